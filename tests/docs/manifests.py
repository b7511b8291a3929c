"""Asks the embedded API server whether the manifests of the documentation are good, with kubectl, and creates nothing
but the namespace that they name."""
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from needs import require  # noqa: E402


class Server:
    """controlplane_serve on a folder of its own. Use as a context manager."""

    def __init__(self, program):
        self.program = program

    def __enter__(self):
        require("kubectl")
        self.folder = tempfile.TemporaryDirectory(prefix="virtrigaud-docs-")
        self.process = subprocess.Popen([self.program, self.folder.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.kubeconfig = self.process.stdout.readline().strip()
        if not pathlib.Path(self.kubeconfig).is_file():
            self.__exit__()
            raise RuntimeError("the embedded API server did not start")
        subprocess.run(["kubectl", "--kubeconfig", self.kubeconfig, "create", "namespace", "virtrigaud-system"], check=True,
                       capture_output=True, timeout=60)
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()
        self.folder.cleanup()

    def problem(self, manifest):
        """What the server has against it, warnings included; empty: nothing."""
        done = subprocess.run(["kubectl", "--kubeconfig", self.kubeconfig, "apply", "--dry-run=server", "--validate=strict",
                               "-f", "-"], input=manifest, text=True, capture_output=True, timeout=60)
        warnings = [line for line in done.stderr.splitlines() if line.startswith("Warning:")]
        return done.stderr.strip() if done.returncode != 0 else "\n".join(warnings)


def is_manifest(block):
    return block.language in ("yaml", "yml") and re.search(r"^apiVersion: infra\.virtrigaud\.io/", block.text, re.M) is not None
