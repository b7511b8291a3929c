#!/usr/bin/env python3
"""Measures the walking product on this machine: start, apply to Ready on the mock provider, resident memory.

usage: walk.py [--vms 200]
The mock's delays are off, so the figures are ours alone. kubectl's own start-up time is measured as the baseline.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/lib"))
from product import Product, mock_objects, mock_vm, rss_mib  # noqa: E402


class ReadyWatch:
    """Follows VirtualMachines from the moment it is made: when each was first seen, and when it was first Ready."""

    def __init__(self, product, expected):
        self.seen, self.ready, self.expected = {}, {}, expected
        self.process = subprocess.Popen(
            ["kubectl", "--kubeconfig", product.kubeconfig, "get", "vm", "--watch", "-o",
             'jsonpath={.metadata.name}{" "}{.status.conditions[?(@.type=="Ready")].status}{"\\n"}'],
            stdout=subprocess.PIPE, text=True)
        self.thread = threading.Thread(target=self._read)
        self.thread.start()

    def _read(self):
        for line in self.process.stdout:
            name, _, status = line.strip().partition(" ")
            now = time.monotonic()
            self.seen.setdefault(name, now)
            if status == "True":
                self.ready.setdefault(name, now)
            if len(self.ready) == self.expected:
                break

    def latencies(self, seconds):
        """Sorted seconds from first seen to Ready, one for each VM."""
        self.thread.join(seconds)
        self.process.terminate()
        self.process.wait()
        if len(self.ready) != self.expected:
            raise RuntimeError(f"{len(self.ready)} of {self.expected} VMs became Ready within {seconds} s")
        return sorted(self.ready[name] - self.seen[name] for name in self.ready)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vms", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="virtrigaud-bench-") as folder:
        product = Product(pathlib.Path(folder) / "data")
        up = product.start()
        try:
            objects = mock_objects(pathlib.Path(folder) / "state.json", delay_scale="0")
            objects[0]["spec"]["rateLimit"] = {"qps": 1000, "burst": 2000}  # the default, 10, would be all that we measure
            product.apply(*objects)
            product.kubectl("wait", "--for=condition=ProviderAvailable", "--timeout=30s", "provider/lab")
            started = time.monotonic()
            product.kubectl("version")
            baseline = time.monotonic() - started
            names = [f"vm-{i}" for i in range(options.vms)]
            watch = ReadyWatch(product, len(names))
            started = time.monotonic()
            product.apply(*[mock_vm(name) for name in names])
            applied = time.monotonic() - started
            latency = watch.latencies(120)
            memory = {f"{name} ({pid})": round(rss_mib(pid), 1) for pid, name in product.children().items()}
        finally:
            product.stop()
    print(json.dumps({
        "up_seconds": round(up, 2), "kubectl_version_seconds": round(baseline, 2), "vms": len(names),
        "apply_command_seconds": round(applied, 2), "apply_to_ready_p50_seconds": round(statistics.median(latency), 2),
        "apply_to_ready_p99_seconds": round(latency[int(len(latency) * 0.99) - 1], 2), "rss_mib": memory}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
