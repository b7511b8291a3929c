#!/usr/bin/env python3
"""Measures the walking product on this machine: start, apply to Ready on the mock provider, resident memory.

usage: walk.py [--vms 200]
The mock's delays are off, so the figures are ours alone. The same run measures baselines: kubectl by itself, the same objects
given to a real kube-apiserver (with etcd) and to the embedded API server, both without a manager. bench/README.md explains them.
"""
import argparse
import json
import math
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/lib"))
from cluster import require  # noqa: E402
from product import Product, mock_objects, mock_vm, rss_mib  # noqa: E402
from testenv import ApiServer  # noqa: E402


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


def timed(work):
    """(seconds, result)"""
    started = time.monotonic()
    result = work()
    return time.monotonic() - started, result


def apply(plane, objects):
    """Seconds of one `kubectl apply` of all objects."""
    text = "\n".join(json.dumps(item) for item in objects)
    return timed(lambda: plane.kubectl("apply", "-f", "-", stdin=text))[0]


def measure_product(folder, vms):
    product = Product(folder / "data")
    up = product.start()
    try:
        objects = mock_objects(folder / "state.json", delay_scale="0")
        objects[0]["spec"]["rateLimit"] = {"qps": 1000, "burst": 2000}  # the default, 10, would be all that we measure
        product.apply(*objects)
        product.kubectl("wait", "--for=condition=ProviderAvailable", "--timeout=30s", "provider/lab")
        watch = ReadyWatch(product, len(vms))
        applied = apply(product, vms)
        latency = watch.latencies(120)
        # The 99th percentile of few values is their largest.
        p99 = latency[min(len(latency) - 1, math.ceil(len(latency) * 0.99) - 1)]
        return {"up_seconds": up, "apply_command_seconds": applied, "apply_to_ready_p50_seconds": statistics.median(latency),
                "apply_to_ready_p99_seconds": p99,
                "rss_mib": {f"{name} ({pid})": rss_mib(pid) for pid, name in product.children().items()}}
    finally:
        product.stop()


def measure_embedded_alone(folder, vms):
    product = Product(folder / "alone")
    product.start(arguments=["--no-manager"])
    try:
        version = timed(lambda: product.kubectl("version"))[0]
        return {"kubectl_version_seconds": version, "embedded_apply_command_seconds": apply(product, vms),
                "embedded_rss_mib": rss_mib(product.process.pid)}
    finally:
        product.stop()


def measure_kubernetes(vms):
    def start():
        return ApiServer().__enter__()
    up, server = timed(start)
    try:
        server.install_crds()
        applied = apply(server, vms)
        return {"kube_apiserver_up_seconds": up, "kube_apiserver_apply_command_seconds": applied,
                "kube_apiserver_and_etcd_rss_mib": sum(rss_mib(process.pid) for process in server.processes)}
    finally:
        server.__exit__()


def rounded(value):
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    return round(value, 2)


def main():
    require("kubectl", "go", "openssl")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vms", type=int, default=200)
    options = parser.parse_args()
    vms = [mock_vm(f"vm-{i}") for i in range(options.vms)]
    with tempfile.TemporaryDirectory(prefix="virtrigaud-bench-") as name:
        folder = pathlib.Path(name)
        product = measure_product(folder, vms)
        baseline = {**measure_embedded_alone(folder, vms), **measure_kubernetes(vms)}
    print(json.dumps({"vms": options.vms, "product": rounded(product), "baseline": rounded(baseline)}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
