"""Drives the built product for tests: `vrtg up` on a folder of its own, kubectl against it, and its processes."""
import json
import os
import pathlib
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def binaries():
    """The folder of the built programs: $VIRTRIGAUD_BIN, or the first build that has vrtg."""
    if "VIRTRIGAUD_BIN" in os.environ:
        return pathlib.Path(os.environ["VIRTRIGAUD_BIN"]).resolve()
    for preset in ("release", "dev"):
        for found in (ROOT / "build" / preset).glob("**/vrtg"):
            if found.is_file() and os.access(found, os.X_OK):
                return found.parent
    raise SystemExit("vrtg is not built: run `make build`")


class Product:
    """One `vrtg up`. start() waits until it serves; kill() is kill -9 of the front process alone."""

    def __init__(self, data_dir, environment=None):
        self.data = pathlib.Path(data_dir)
        self.data.mkdir(parents=True, exist_ok=True)
        self.environment = {**os.environ, **(environment or {})}
        self.process = None

    @property
    def kubeconfig(self):
        return str(self.data / "kubeconfig")

    def start(self, seconds=60, arguments=()):
        started = time.monotonic()
        with open(self.data / "up.log", "ab") as log:
            self.process = subprocess.Popen([binaries() / "vrtg", "up", "--data-dir", str(self.data), *arguments], stdout=log,
                                            stderr=log, stdin=subprocess.DEVNULL, env=self.environment)
        while time.monotonic() - started < seconds:
            if self.process.poll() is not None:
                raise RuntimeError("vrtg up ended:\n" + (self.data / "up.log").read_text(errors="replace")[-2000:])
            if pathlib.Path(self.kubeconfig).exists() and self.kubectl("get", "--raw", "/readyz", check=False).returncode == 0:
                return time.monotonic() - started
            time.sleep(0.05)
        raise RuntimeError("vrtg up did not become ready:\n" + (self.data / "up.log").read_text(errors="replace")[-2000:])

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds=30):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
                raise RuntimeError("vrtg up did not stop on SIGTERM")

    def kubectl(self, *arguments, check=True, stdin=None):
        done = subprocess.run(["kubectl", "--kubeconfig", self.kubeconfig, *arguments], text=True, capture_output=True,
                              input=stdin)
        if check and done.returncode != 0:
            raise RuntimeError(f"kubectl {' '.join(arguments)}: {done.stderr.strip()}")
        return done

    def get(self, *arguments):
        return json.loads(self.kubectl("get", *arguments, "-o", "json").stdout)

    def apply(self, *objects):
        self.kubectl("apply", "-f", "-", stdin="\n".join(json.dumps(item) for item in objects))

    def children(self):
        """{pid: name} of every process below the front process, itself included."""
        return process_tree(self.process.pid)


def process_tree(root):
    """{pid: name} of a process and all below it."""
    found, queue = {}, [root]
    while queue:
        pid = queue.pop()
        try:
            found[pid] = pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                queue += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def resource(kind, name, spec, namespace="default"):
    return {"apiVersion": "infra.virtrigaud.io/v1beta1", "kind": kind, "metadata": {"name": name, "namespace": namespace},
            "spec": spec}


def mock_objects(state_file, delay_scale="1"):
    """A mock provider that keeps its VMs in a file, a class and an image."""
    environment = [{"name": "MOCK_STATE_FILE", "value": str(state_file)}, {"name": "MOCK_DELAY_SCALE", "value": delay_scale}]
    return [resource("Provider", "lab", {"type": "mock", "runtime": {"mode": "Remote", "env": environment}}),
            resource("VMClass", "small", {"cpu": 1, "memory": "1Gi"}),
            resource("VMImage", "tiny", {"source": {"libvirt": {"path": "/images/tiny.qcow2"}}})]


def mock_vm(name, **spec):
    return resource("VirtualMachine", name, {"providerRef": {"name": "lab"}, "classRef": {"name": "small"},
                                             "imageRef": {"name": "tiny"}, "powerState": "On", **spec})


def rss_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0
