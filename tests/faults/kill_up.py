#!/usr/bin/env python3
"""Kills the product with SIGKILL at random moments while VMs are created, changed and deleted, and counts.

usage: kill_up.py [--victim up|manager|provider] [--vms 10] [--kills 10] [--seed N]
  up        `vrtg up` itself, with all below it, and starts it again (the default)
  manager   the manager alone: `vrtg up` starts it again
  provider  the provider process alone: the manager starts it again
Every VM that was declared must be on the hypervisor (the mock provider with its state file) exactly once and Ready, and nothing
else. The same seed gives the same moments; without --seed a new one is drawn, and printed.
"""
import argparse
import contextlib
import os
import pathlib
import random
import signal
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from cluster import Kubectl, eventually  # noqa: E402
from needs import require  # noqa: E402
from manager_process import MockHypervisor  # noqa: E402
from product import Product, mock_objects, mock_vm  # noqa: E402

COMM = {"manager": "virtrigaud-mana", "provider": "virtrigaud-prov"}  # the kernel keeps 15 characters
LONGEST_WAIT = 1.5  # seconds between two kills
HEALS = 75  # seconds within which everything is as declared; restarts back off up to 30 s


class Run:
    def __init__(self, folder, options):
        self.options = options
        self.chance = random.Random(options.seed)
        self.hypervisor = MockHypervisor(folder / "mock-state.json")
        self.product = Product(folder / "data")
        self.kubectl = Kubectl(self.product.kubeconfig)
        self.killed = 0

    def kill_once(self):
        time.sleep(self.chance.uniform(0.05, LONGEST_WAIT))
        if self.options.victim == "up":
            self.product.kill()
            self.product.start()
            self.killed += 1
            return
        name = COMM[self.options.victim]
        # It may be between two lives: then its next one is cut short.
        pid = eventually(f"there is a {self.options.victim} to kill",
                         lambda: next((pid for pid, comm in self.product.children().items() if comm == name), None), 60)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            self.killed += 1

    def declare(self):
        self.kubectl.apply(*mock_objects(self.hypervisor.path))
        names = [f"vm-{i}" for i in range(self.options.vms)]
        self.kubectl.apply(*[mock_vm(name) for name in names])
        return names

    def change(self, name):
        """What a user does meanwhile: switches some off, deletes and declares others anew."""
        what = self.chance.choice(("power", "delete", "nothing"))
        if what == "power":
            self.kubectl.patch(f"vm/{name}", {"spec": {"powerState": self.chance.choice(("On", "Off"))}})
        if what == "delete":
            self.kubectl.run("delete", f"vm/{name}", f"--timeout={HEALS}s")
            self.kubectl.apply(mock_vm(name))

    def finish(self, names):
        self.kubectl.wait("condition=Ready", *[f"vm/{name}" for name in names], seconds=HEALS)

    def show(self):
        """What is there when it went wrong."""
        print(self.kubectl.run("get", "vm,provider", "-o", "yaml", check=False).stdout)
        for log in sorted(self.product.data.rglob("*.log")):
            print(f"== {log}\n" + "\n".join(line[:400] for line in log.read_text(errors="replace").splitlines()[-60:]))

    def judge(self):
        """True where the hypervisor has what is declared; prints the numbers."""
        declared = {vm["metadata"]["uid"]: vm for vm in self.kubectl.get("vm")["items"]}
        owners = [owner for owner in self.hypervisor.owners() if owner]
        on = {vm["ownerUid"]: vm["power"] for vm in self.hypervisor.vms().values()}
        wrong_power = [uid for uid, vm in declared.items() if on.get(uid) != vm["spec"]["powerState"]]
        duplicates, orphans = len(owners) - len(set(owners)), len(set(owners) - set(declared))
        missing = len(set(declared) - set(owners))
        print(f"victim {self.options.victim}, seed {self.options.seed}, kills {self.killed}, declared {len(declared)}, on the "
              f"hypervisor {len(owners)}, duplicates {duplicates}, orphans {orphans}, missing {missing}, "
              f"wrong power {len(wrong_power)}", flush=True)
        return not duplicates and not orphans and not missing and not wrong_power and len(declared) == self.options.vms


def main():
    require("kubectl")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--victim", choices=("up", *COMM), default="up")
    parser.add_argument("--vms", type=int, default=10)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)  # also where the run does not come to its end
    with tempfile.TemporaryDirectory(prefix="vrtg-faults-") as folder:
        run = Run(pathlib.Path(folder), options)
        run.product.start()
        try:
            names = run.declare()
            for _ in range(options.kills):
                run.kill_once()
                if options.victim != "up":
                    run.change(run.chance.choice(names))
            run.finish(names)
            good = run.judge()
        except BaseException:
            run.show()
            raise
        finally:
            run.product.stop()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
