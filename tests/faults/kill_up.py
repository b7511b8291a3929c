#!/usr/bin/env python3
"""Kills `vrtg up` with SIGKILL at random moments while VMs are created, starts it again, and counts.

usage: kill_up.py [--vms 10] [--kills 10] [--seed 1]
Every VM that was declared must exist exactly once on the hypervisor (the mock provider with its state file), and be Ready.
"""
import argparse
import json
import pathlib
import random
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from product import Product, mock_objects, mock_vm  # noqa: E402


def vms_on_hypervisor(state_file):
    """The VMs of the mock's state file: [(id, owner uid)]."""
    state = json.loads(pathlib.Path(state_file).read_text())
    vms = state["vms"]
    return [(vm["id"], vm.get("ownerUid", "")) for vm in (vms.values() if isinstance(vms, dict) else vms)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vms", type=int, default=10)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="virtrigaud-faults-") as folder:
        state = pathlib.Path(folder) / "mock-state.json"
        product = Product(pathlib.Path(folder) / "data")
        product.start()
        try:
            product.apply(*mock_objects(state))
            names = [f"vm-{i}" for i in range(options.vms)]
            product.apply(*[mock_vm(name) for name in names])
            for _ in range(options.kills):
                time.sleep(chance.uniform(0.05, 1.5))
                product.kill()
                product.start()
            product.kubectl("wait", "--for=condition=Ready", "--timeout=120s", *[f"vm/{name}" for name in names])
            declared = {item["metadata"]["uid"] for item in product.get("vm")["items"]}
            owners = [owner for _, owner in vms_on_hypervisor(state) if owner]
        finally:
            product.stop()
    duplicates = len(owners) - len(set(owners))
    orphans = len(set(owners) - declared)
    print(f"kills {options.kills}, declared {len(declared)}, on the hypervisor {len(owners)}, duplicates {duplicates}, "
          f"orphans {orphans}, missing {len(declared - set(owners))}")
    return 0 if set(owners) == declared and not duplicates else 1


if __name__ == "__main__":
    sys.exit(main())
