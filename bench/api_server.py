#!/usr/bin/env python3
"""Measures the embedded API server beside kube-apiserver and etcd: the same calls to both, in one run.

usage: api_server.py [--vms 10000] [--watchers 100] [--bin build/release]
Prints one JSON object with the figures of both; bench/README.md explains them. Both make every write durable with fsync.
"""
import argparse
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests/lib"), str(ROOT / "tests/parity")]
import servers  # noqa: E402
import testenv  # noqa: E402
from product import rss_mib  # noqa: E402


def load(program, url, token, ca, arguments):
    done = subprocess.run([program, url, token, ca, str(arguments.vms), str(arguments.watchers)],
                          stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{program} failed against {url}")
    return {name: round(value, 2) for name, value in json.loads(done.stdout).items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vms", type=int, default=10000)
    parser.add_argument("--watchers", type=int, default=100)
    parser.add_argument("--bin", default=str(ROOT / "build/release"))
    arguments = parser.parse_args()
    program = arguments.bin + "/bench/api_load"
    figures = {}
    with servers.Embedded(arguments.bin + "/tests/controlplane_serve") as embedded:
        before = rss_mib(embedded.process.pid)
        ca = str(pathlib.Path(embedded.kubeconfig).parent / "pki/ca.crt")
        figures["embedded"] = load(program, embedded.url, embedded.token, ca, arguments)
        figures["embedded"].update(rss_mib_empty=before, rss_mib=rss_mib(embedded.process.pid))
    with testenv.ApiServer(fsync=True) as real:
        real.install_crds()
        before = sum(rss_mib(process.pid) for process in real.processes)
        figures["kube-apiserver and etcd"] = load(program, real.url, real.token, f"{real.dir}/certs/apiserver.crt", arguments)
        figures["kube-apiserver and etcd"].update(rss_mib_empty=before,
                                                  rss_mib=sum(rss_mib(process.pid) for process in real.processes))
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    sys.exit(main())
