#!/usr/bin/env python3
"""Starts a real etcd and kube-apiserver for tests, on loopback and free ports, and stops them again.

As a module:   with ApiServer() as server: server.kubeconfig, server.kubectl("get", "ns")
As a program:  testenv.py [--crds DIR] -- COMMAND...   runs COMMAND with KUBECONFIG set; its exit code is ours.
The binaries come from tools/testenv/build.sh. Everything lives in one temporary folder that is removed at the end.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from needs import require

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOKEN = "testenv-admin-token"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, ready, process, log, seconds=60):
    """Polls ready() until it is true; fails with the end of the log if the process dies or time runs out."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ready():
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    tail = "\n".join(pathlib.Path(log).read_text(errors="replace").splitlines()[-15:])
    raise RuntimeError(f"{what} did not become ready:\n{tail}")


class ApiServer:
    """etcd + kube-apiserver (+ kube-controller-manager on request). Use as a context manager."""

    def __init__(self, controller_manager=False, fsync=False):
        self.want_controller_manager = controller_manager
        self.fsync = fsync
        self.processes = []

    def __enter__(self):
        require("kubectl", "go")
        built = subprocess.run([ROOT / "tools/testenv/build.sh"], check=True, stdout=subprocess.PIPE, text=True)
        self.bin = pathlib.Path(built.stdout.strip())
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="virtrigaud-testenv-"))
        try:
            self._start_etcd()
            self._start_apiserver()
            if self.want_controller_manager:
                self._start("kube-controller-manager", f"--kubeconfig={self.kubeconfig}",
                            f"--service-account-private-key-file={self.dir}/sa.key", "--leader-elect=false",
                            f"--secure-port={free_port()}", "--bind-address=127.0.0.1", f"--cert-dir={self.dir}/kcm")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
        for process in reversed(self.processes):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def _start(self, name, *arguments):
        log = self.dir / f"{name}.log"
        with open(log, "wb") as out:
            process = subprocess.Popen([self.bin / name, *arguments], stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        self.processes.append(process)
        return process, log

    def _start_etcd(self):
        client, peer = free_port(), free_port()
        self.etcd_url = f"http://127.0.0.1:{client}"
        durable = [] if self.fsync else ["--unsafe-no-fsync"]  # tests do not need it
        process, log = self._start("etcd", "--data-dir", str(self.dir / "etcd"), *durable,
                                   "--listen-client-urls", self.etcd_url, "--advertise-client-urls", self.etcd_url,
                                   "--listen-peer-urls", f"http://127.0.0.1:{peer}")
        wait_for("etcd", lambda: _answers(self.etcd_url + "/health"), process, log)

    def _start_apiserver(self):
        subprocess.run(["openssl", "genrsa", "-out", self.dir / "sa.key", "2048"], check=True, capture_output=True)
        (self.dir / "tokens.csv").write_text(f'{TOKEN},admin,admin,"system:masters"\n')
        port = free_port()
        self.url = f"https://127.0.0.1:{port}"
        self.token = TOKEN
        process, log = self._start(
            "kube-apiserver", f"--etcd-servers={self.etcd_url}", f"--secure-port={port}", "--bind-address=127.0.0.1",
            f"--cert-dir={self.dir}/certs", f"--token-auth-file={self.dir}/tokens.csv",
            f"--service-account-key-file={self.dir}/sa.key", f"--service-account-signing-key-file={self.dir}/sa.key",
            "--service-account-issuer=https://kubernetes.default.svc", "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.0.0.0/24", "--disable-admission-plugins=ServiceAccount",
            "--allow-privileged=true", "--profiling=false")
        self.kubeconfig = str(self.dir / "kubeconfig")
        cluster = {"server": self.url, "insecure-skip-tls-verify": True}
        pathlib.Path(self.kubeconfig).write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": "admin", "user": {"token": TOKEN}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}]}))
        wait_for("kube-apiserver", lambda: _answers(self.url + "/readyz"), process, log)

    def kubectl(self, *arguments, check=True, stdin=None):
        return subprocess.run(["kubectl", "--kubeconfig", self.kubeconfig, *arguments], check=check, text=True,
                              capture_output=True, input=stdin)

    def install_crds(self, folder=ROOT / "config/crd/bases"):
        self.kubectl("apply", "--server-side", "-f", str(folder))
        self.kubectl("wait", "--for=condition=Established", "--timeout=30s", "crd", "--all")


def _answers(url):
    context = ssl._create_unverified_context()
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {TOKEN}"})
    try:
        with urllib.request.urlopen(request, timeout=2, context=context) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crds", help="folder of CRDs to install first")
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    with ApiServer() as server:
        if arguments.crds:
            server.install_crds(arguments.crds)
        return subprocess.call(arguments.command, env={**os.environ, "KUBECONFIG": server.kubeconfig})


if __name__ == "__main__":
    sys.exit(main())
