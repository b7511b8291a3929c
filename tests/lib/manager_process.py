"""virtrigaud-manager as a process, and the mock hypervisor behind its providers."""
import contextlib
import fcntl
import json
import os
import pathlib
import signal
import subprocess
import time

from cluster import eventually
from product import alive, binaries, process_tree


class Manager:
    """One manager with a folder of its own. start() waits until its caches are complete; kill() is kill -9."""

    def __init__(self, folder, kubeconfig, *arguments, environment=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ready_file = self.folder / "ready"
        self.command = [str(binaries() / "virtrigaud-manager"), "--kubeconfig", str(kubeconfig), "--state-dir",
                        str(self.folder / "state"), "--ready-file", str(self.ready_file), "--metrics-bind-address",
                        "127.0.0.1:0", "--health-probe-bind-address", "0", *arguments]
        self.environment = {**os.environ, **(environment or {})}
        self.process = None

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=self.environment)
        eventually(lambda: "the manager is ready\n" + self.log()[-2000:], lambda: self.ready() or self.process.poll() is not None)
        if self.process.poll() is not None:
            raise AssertionError("the manager ended:\n" + self.log()[-2000:])
        return self

    def ready(self):
        with contextlib.suppress(OSError, ValueError):
            return json.loads(self.ready_file.read_text())["pid"] == self.process.pid
        return False

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    @property
    def operations(self):
        """Where /metrics and the probes are."""
        return json.loads(self.ready_file.read_text())["operations"]

    def kill(self):
        """kill -9; returns once the provider processes have followed it."""
        below = [pid for pid in process_tree(self.process.pid) if pid != self.process.pid]
        self.process.kill()
        self.process.wait()
        eventually("the providers end with the manager", lambda: not any(alive(pid) for pid in below), 20)

    def stop(self, seconds=30):
        """SIGTERM; its exit code."""
        if self.process is None or self.process.poll() is not None:
            return None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("the manager did not stop on SIGTERM:\n" + self.log()[-2000:]) from None

    def provider_pid(self, namespace, name):
        """The process that serves this Provider; None where there is none."""
        wanted = {f"PROVIDER_NAME={name}", f"PROVIDER_NAMESPACE={namespace}"}
        for pid, comm in process_tree(self.process.pid).items():
            with contextlib.suppress(OSError):
                if comm.startswith("virtrigaud-prov") and wanted <= set(pathlib.Path(f"/proc/{pid}/environ").read_text().split("\0")):
                    return pid
        return None


class MockHypervisor:
    """The state file of a mock provider."""

    def __init__(self, path):
        self.path = pathlib.Path(path)

    def vms(self):
        """The complete VMs: {name: record}."""
        if not self.path.exists():
            return {}
        return {vm["name"]: vm for vm in json.loads(self.path.read_text())["vms"].values() if not vm["creating"]}

    def owners(self):
        """The owner of every VM, complete or not; a VM twice would be here twice."""
        state = json.loads(self.path.read_text()) if self.path.exists() else {"vms": {}}
        return [vm["ownerUid"] for vm in state["vms"].values()]

    def edit(self, find_provider, change, seconds=20):
        """Kills the provider, changes the state and lets the next provider start from that.

        find_provider() is its pid or None. Whoever has the lock beside the file may write it; a new provider waits for it.
        """
        deadline = time.monotonic() + seconds
        with open(f"{self.path}.lock", "a") as lock:
            while True:
                pid = find_provider()
                if pid:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise AssertionError(f"{self.path} stays locked") from None
                    time.sleep(0.005)
            state = json.loads(self.path.read_text())
            change(state)
            self.path.write_text(json.dumps(state))
