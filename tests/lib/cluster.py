"""A control plane for tests (the embedded one, or a real kube-apiserver with etcd) and kubectl against it."""
import json
import os
import pathlib
import subprocess
import tempfile
import time

from needs import require
from product import Product
from testenv import ApiServer


def eventually(what, holds, seconds=30):
    """The first true value of holds(); `what` may be a function that says what was seen instead."""
    deadline = time.monotonic() + seconds
    while not (value := holds()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not in {seconds} s: {what() if callable(what) else what}")
        time.sleep(0.05)
    return value


class Kubectl:
    """kubectl with a kubeconfig and a namespace."""

    def __init__(self, kubeconfig, namespace="default"):
        self.kubeconfig, self.namespace = str(kubeconfig), namespace

    def run(self, *arguments, check=True, stdin=None, seconds=90):
        done = subprocess.run(["kubectl", "--kubeconfig", self.kubeconfig, "-n", self.namespace, *arguments], text=True,
                              capture_output=True, input=stdin, timeout=seconds)
        if check and done.returncode != 0:
            raise AssertionError(f"kubectl {' '.join(arguments)}: {done.stderr.strip()}")
        return done

    def get(self, *arguments):
        """The object, or None where there is none."""
        done = self.run("get", *arguments, "-o", "json", check=False)
        if done.returncode != 0 and "NotFound" in done.stderr:
            return None
        if done.returncode != 0:
            raise AssertionError(f"kubectl get {' '.join(arguments)}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def apply(self, *objects):
        self.run("apply", "-f", "-", stdin="\n".join(json.dumps(item) for item in objects))

    def patch(self, target, change):
        self.run("patch", target, "--type=merge", "-p", json.dumps(change))

    def annotate(self, target, *pairs):
        self.run("annotate", "--overwrite", target, *pairs)

    def wait(self, condition, *targets, seconds=30):
        done = self.run("wait", f"--for={condition}", f"--timeout={seconds}s", *targets, check=False, seconds=seconds + 60)
        if done.returncode != 0:
            shown = self.run("get", *targets, "-o", "yaml", check=False).stdout[-3000:]
            raise AssertionError(f"{done.stderr.strip()}\n{shown}")

    def condition(self, target, name="Ready"):
        """(status, reason, message) of a condition; Nones without it."""
        found = self.get(target)
        for condition in (found or {}).get("status", {}).get("conditions", []):
            if condition["type"] == name:
                return condition["status"], condition["reason"], condition["message"]
        return None, None, None

    def await_condition(self, target, status, reason, text="", name="Ready", seconds=30):
        """Waits for a condition and returns its message."""
        def holds():
            now = self.condition(target, name)
            return now[:2] == (status, reason) and text in now[2] and (now[2] or " ")
        return eventually(lambda: f"{target} {name}={status} {reason} '{text}'; it is {self.condition(target, name)}", holds, seconds)


class Embedded:
    """`vrtg up --no-manager` in a folder of its own. Use as a context manager."""

    def __enter__(self):
        require("kubectl")
        self.folder = tempfile.TemporaryDirectory(prefix="vrtg-e2e-")
        self.product = Product(pathlib.Path(self.folder.name) / "data")
        self.product.start(arguments=["--no-manager"])
        self.kubeconfig = self.product.kubeconfig
        return self

    def __exit__(self, *_):
        self.product.stop()
        self.folder.cleanup()


class Kubernetes:
    """A real kube-apiserver and etcd with the product's CRDs. Use as a context manager."""

    def __enter__(self):
        require("kubectl", "go", "openssl")
        self.server = ApiServer().__enter__()
        try:
            self.server.install_crds()
        except BaseException:
            self.server.__exit__()
            raise
        self.kubeconfig = self.server.kubeconfig
        return self

    def __exit__(self, *_):
        self.server.__exit__()


CONTROL_PLANES = {"embedded": Embedded, "kubernetes": Kubernetes}
