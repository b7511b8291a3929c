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
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/lib"))
from product import Product, mock_objects, mock_vm, rss_mib  # noqa: E402


def watch_ready(product, expected):
    """Starts a watch; returns a function that waits and gives {name: monotonic time of Ready}."""
    process = subprocess.Popen(["kubectl", "--kubeconfig", product.kubeconfig, "get", "vm", "--watch", "-o",
                                'jsonpath={.metadata.name}{" "}{.status.conditions[?(@.type=="Ready")].status}{"\\n"}'],
                               stdout=subprocess.PIPE, text=True)

    def collect():
        ready = {}
        for line in process.stdout:
            name, _, status = line.strip().partition(" ")
            if status == "True":
                ready.setdefault(name, time.monotonic())
            if len(ready) == expected:
                break
        process.terminate()
        process.wait()
        return ready

    return collect


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vms", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="virtrigaud-bench-") as folder:
        product = Product(pathlib.Path(folder) / "data")
        up = product.start()
        try:
            product.apply(*mock_objects(pathlib.Path(folder) / "state.json", delay_scale="0"))
            product.kubectl("wait", "--for=condition=ProviderAvailable", "--timeout=30s", "provider/lab")
            started = time.monotonic()
            product.kubectl("version")
            baseline = time.monotonic() - started
            names = [f"vm-{i}" for i in range(options.vms)]
            collect = watch_ready(product, len(names))
            started = time.monotonic()
            product.apply(*[mock_vm(name) for name in names])
            applied = time.monotonic() - started
            ready = collect()
            created = {item["metadata"]["name"]: item["metadata"]["creationTimestamp"] for item in product.get("vm")["items"]}
            assert set(created) == set(names), "a VM is missing"
            latency = sorted(moment - started for moment in ready.values())
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
