#!/usr/bin/env python3
"""The manager on the embedded control plane with the libvirt provider, a libvirtd of its own and real guests under emulation.

usage: libvirt_manager.py [unittest arguments]
Needs root, libvirtd and QEMU. $VIRTRIGAUD_BIN is the folder of the built programs.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from cluster import Embedded, Kubectl, eventually  # noqa: E402
from needs import require  # noqa: E402
from manager_process import Manager  # noqa: E402
from product import ROOT, resource  # noqa: E402

BOOT = 90  # seconds, under emulation on a busy machine
USER_DATA = "#!/bin/sh\nhostname told-by-user-data\n"


class LibvirtHost:
    """A private libvirtd with its pool, below one short folder (a socket's path has 108 characters at most)."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="vrlv", dir="/tmp")
        self.uri = self.script("start")

    def script(self, command):
        done = subprocess.run([ROOT / "tests/integration/libvirt_host.sh", command, self.folder], text=True, capture_output=True)
        if done.returncode != 0:
            raise AssertionError(done.stderr.strip() or f"libvirt_host.sh {command} failed")
        return done.stdout.strip()

    def virsh(self, *arguments, check=True):
        done = subprocess.run(["virsh", "-q", "-c", self.uri, *arguments], text=True, capture_output=True, timeout=30)
        if check and done.returncode != 0:
            raise AssertionError(f"virsh {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout.strip()

    def domains(self):
        return self.virsh("list", "--all", "--name").split()

    def volumes(self, part):
        pool = pathlib.Path(self.folder) / "pool"
        return [path.name for path in pool.iterdir() if part in path.name] if pool.exists() else []

    def guest_pid(self, name):
        return int((pathlib.Path(self.folder) / f"run/qemu/{name}.pid").read_text())

    def close(self):
        self.script("stop")
        subprocess.run(["rm", "-rf", self.folder], check=True)


class LibvirtManager(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        built = subprocess.run([ROOT / "hack/build-tiny-guest.sh"], text=True, capture_output=True)
        if built.returncode != 0:
            raise AssertionError(built.stderr.strip())
        cls.host = LibvirtHost()
        cls.addClassCleanup(cls.host.close)
        plane = Embedded().__enter__()
        cls.addClassCleanup(plane.__exit__)
        folder = tempfile.TemporaryDirectory(prefix="vrtg-lv-")
        cls.addClassCleanup(folder.cleanup)
        cls.kubectl = Kubectl(plane.kubeconfig)
        cls.manager = Manager(folder.name, plane.kubeconfig).start()
        cls.addClassCleanup(cls.manager.stop)
        pool = [{"name": "LIBVIRT_POOL_PATH", "value": f"{cls.host.folder}/pool"}]
        cls.kubectl.apply(
            resource("Provider", "lab", {"type": "libvirt", "endpoint": cls.host.uri, "runtime": {"mode": "Remote", "env": pool}}),
            resource("VMClass", "small", {"cpu": 1, "memory": "192Mi", "diskDefaults": {"size": "1Gi"}}),
            resource("VMImage", "tiny", {"source": {"libvirt": {"path": built.stdout.strip().splitlines()[-1]}}}),
            resource("VMNetworkAttachment", "nat", {"network": {"type": "nat"}}))
        cls.kubectl.wait("condition=Ready", "provider/lab")

    def start_vm(self, name):
        self.kubectl.apply(resource("VirtualMachine", name, {
            "providerRef": {"name": "lab"}, "classRef": {"name": "small"}, "imageRef": {"name": "tiny"}, "powerState": "On",
            "networks": [{"name": "eth0", "networkRef": {"name": "nat"}}], "userData": {"cloudInit": {"inline": USER_DATA}}}))
        self.kubectl.wait("condition=Ready", f"vm/{name}", seconds=BOOT)
        self.kubectl.wait("jsonpath={.status.ips[0]}=10.0.2.15", f"vm/{name}", seconds=BOOT)
        return self.kubectl.get(f"vm/{name}")

    def test_a_guest_boots_is_kept_running_and_goes_without_a_trace(self):
        status = self.start_vm("life")["status"]
        self.assertEqual((status["phase"], status["powerState"]), ("Running", "On"))
        self.assertRegex(status["consoleURL"], r"^vnc://127\.0\.0\.1:\d+")

        def host_name():
            return self.host.virsh("domhostname", "life", "--source", "agent", check=False)
        eventually(lambda: f"the guest has run its user data: its name is {host_name()}", lambda: host_name() == "told-by-user-data")

        first = self.host.guest_pid("life")
        self.host.virsh("destroy", "life")
        eventually("the guest runs again", lambda: self.host.virsh("domstate", "life") == "running")
        self.assertNotEqual(self.host.guest_pid("life"), first)
        self.kubectl.wait("condition=Ready", "vm/life", seconds=BOOT)
        events = self.kubectl.run("describe", "vm/life").stdout.partition("Events:")[2]
        self.assertIn("PoweringOn", events)

        self.kubectl.patch("vm/life", {"spec": {"resources": {"cpu": 2, "memoryMiB": 256}}})
        self.kubectl.wait("condition=ReconfigurePendingPowerCycle", "vm/life")
        self.kubectl.patch("vm/life", {"spec": {"powerState": "OffGraceful"}})
        self.kubectl.wait("jsonpath={.status.phase}=Stopped", "vm/life", seconds=BOOT)
        self.assertEqual(self.host.virsh("domstate", "life"), "shut off")
        self.kubectl.wait("condition=InSync", "vm/life")
        self.assertEqual(self.host.virsh("vcpucount", "life", "--maximum", "--config"), "2")
        self.kubectl.run("delete", "vm/life", "--timeout=60s")
        self.assertNotIn("life", self.host.domains())
        self.assertEqual(self.host.volumes("vrtg-life"), [])
        self.assertTrue(self.host.volumes("vrtg-image"), "the image stays for the next VM")

    def test_libvirtd_may_die_and_a_vm_may_vanish(self):
        self.start_vm("stays")
        guest = self.host.guest_pid("stays")
        self.host.script("kill")
        self.kubectl.await_condition("provider/lab", "False", "HealthCheckFailed")
        self.kubectl.await_condition("vm/stays", "Unknown", "ProviderUnavailable")
        self.host.script("start")
        self.kubectl.wait("condition=Ready", "provider/lab", seconds=60)
        self.kubectl.wait("condition=Ready", "vm/stays", seconds=60)
        self.assertEqual(self.host.guest_pid("stays"), guest, "the guest went on")
        self.assertTrue(os.path.exists(f"/proc/{guest}"))

        self.host.virsh("undefine", "stays")  # a running domain goes with its guest
        self.host.virsh("destroy", "stays")
        self.kubectl.await_condition("vm/stays", "False", "ExternallyDeleted")
        self.assertNotIn("stays", self.host.domains(), "it is not made again unasked")
        self.assertFalse(self.kubectl.get("vm/stays")["status"].get("ips"))
        self.kubectl.run("delete", "vm/stays", "--timeout=60s")


if __name__ == "__main__":
    require("kubectl", "libvirtd", "virsh", "qemu-system-x86_64")
    if os.geteuid() != 0:
        sys.exit("a private libvirtd needs root: run this test as root (sudo)")
    unittest.main()
