"""The manager as a program (flags, endpoints, leader election), and `vrtg vm` beside it."""
import json
import re
import subprocess
import time
import unittest
import urllib.error
import urllib.request

from cluster import Kubectl
from manager_process import Manager
from manager_case import ManagerCase
from product import binaries


def fetch(url):
    """(status, text)."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


class CommandLine(unittest.TestCase):
    def run_manager(self, *arguments, environment=None):
        return subprocess.run([binaries() / "virtrigaud-manager", *arguments], text=True, capture_output=True, timeout=20,
                              stdin=subprocess.DEVNULL, env={"PATH": "/usr/bin", "HOME": "/nowhere", **(environment or {})})

    def test_help_shows_every_flag_and_an_example(self):
        done = self.run_manager("--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for flag in ("--kubeconfig", "--namespace", "--leader-elect", "--metrics-bind-address", "--log-level", "Examples:"):
            self.assertIn(flag, done.stdout)
        self.assertRegex(self.run_manager("--version").stdout, r"^virtrigaud-manager \d+\.\d+")

    def test_wrong_flags_are_refused_with_what_to_do(self):
        for arguments, said in ((["--no-such-flag"], "--help"), (["--vm-workers", "0"], "--vm-workers is '0'"),
                                (["--vm-workers", "many"], "1 to 256"), (["--log-level", "loud"], "loud"), (["now"], "'now'"),
                                (["--kubeconfig"], "--help")):
            done = self.run_manager(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn(said, done.stderr, arguments)
        wrong = self.run_manager("--help", environment={"WORKERS_PER_KIND": "-1"})
        self.assertEqual(wrong.returncode, 2)
        self.assertIn("WORKERS_PER_KIND", wrong.stderr)

    def test_without_an_api_server_it_says_what_is_missing(self):
        done = self.run_manager("--metrics-bind-address", "0", "--health-probe-bind-address", "0")
        self.assertEqual(done.returncode, 1)
        self.assertIn("--kubeconfig", done.stderr)
        done = self.run_manager("--kubeconfig", "/no/such/file", "--metrics-bind-address", "0")
        self.assertEqual(done.returncode, 1)
        self.assertIn("/no/such/file", done.stderr)


class Program(ManagerCase):
    def test_endpoints_tell_metrics_and_health(self):
        self.running_vm()
        base = self.manager.operations
        for path in ("/healthz", "/readyz", "/health"):
            self.assertEqual(fetch(base + path)[0], 200, path)
        status, text = fetch(base + "/metrics")
        self.assertEqual(status, 200)
        for metric in ("virtrigaud_build_info", 'virtrigaud_vm_operations_total{operation="Create"'):
            self.assertIn(metric, text)
        self.assertEqual(fetch(base + "/nothing")[0], 404)

    def test_a_namespaced_manager_leaves_the_others_alone(self):
        self.manager.stop()
        self.addCleanup(self.manager.start)
        other = self.make_namespace(self.namespace[:40] + "-2")
        with_one = Manager(self.folder / "namespaced", self.plane.kubeconfig, "--namespace", self.namespace).start()
        self.addCleanup(with_one.stop)
        vm = self.vm("elsewhere")
        vm["metadata"]["namespace"] = other.namespace
        other.apply(vm)
        self.running_vm()
        self.assertNotIn("status", other.get("vm/elsewhere"))
        self.assertEqual(with_one.stop(), 0)

    def test_of_two_managers_one_works_and_the_other_takes_over(self):
        self.manager.stop()
        self.addCleanup(self.manager.start)
        leases = Kubectl(self.plane.kubeconfig, self.namespace)
        both = [Manager(self.folder / f"leader-{i}", self.plane.kubeconfig, "--leader-elect", "--leader-elect-namespace",
                        self.namespace, "--namespace", self.namespace) for i in range(2)]
        for manager in both:
            manager.start()
            self.addCleanup(manager.stop)
        self.running_vm()

        def holder():
            lease = leases.get("lease/8da97394.virtrigaud.io")
            identity = lease["spec"].get("holderIdentity", "") if lease else ""
            # Not host and process number alone: containers share both.
            return next((manager for manager in both if re.search(f"_{manager.process.pid}_[0-9a-f]{{16}}$", identity)), None)
        leader = self.eventually("one leads", holder)
        second = both[1 - both.index(leader)]
        self.assertIsNotNone(leader.provider_pid(self.namespace, "lab"))
        self.assertIsNone(second.provider_pid(self.namespace, "lab"), "who does not lead does not work")
        self.assertEqual(fetch(second.operations + "/readyz")[0], 200, "who waits is ready to take over")

        leader.kill()
        self.kubectl.patch("vm/web", {"spec": {"powerState": "Off"}})
        self.kubectl.wait("jsonpath={.status.powerState}=Off", "vm/web", seconds=40)  # the Lease lasts 15 s
        self.assertIs(holder(), second)
        leader.start()
        began = time.monotonic()
        self.assertEqual(second.stop(), 0)
        self.eventually("the Lease was given back", lambda: holder() is leader, 10)
        self.assertLess(time.monotonic() - began, 14, "without waiting for its end")
        self.assertEqual(len(self.hypervisor.owners()), 1)

    def test_vrtg_creates_changes_shows_and_deletes(self):
        self.kubectl.apply(*self.objects())
        created = self.vrtg("vm", "create", "web", "--provider", "lab", "--class", "small", "--image", "tiny", "-l", "app=shop", "--wait")
        self.assertIn("virtualmachine.infra.virtrigaud.io/web created", created.stdout)
        self.assertEqual(self.power(), "On")
        self.vrtg("vm", "stop", "web", "--wait")
        self.assertEqual(self.power(), "Off")
        self.vrtg("vm", "start", "web", "--wait")
        self.assertEqual(self.power(), "On")
        boots = self.hypervisor.vms()["web"]["boots"]
        self.vrtg("vm", "restart", "web", "--wait")
        self.assertEqual((self.power(), self.hypervisor.vms()["web"]["boots"]), ("On", boots + 1))
        described = self.vrtg("vm", "describe", "web").stdout
        for word in ("Provider:           lab", "Ready", "PoweringOff", "app=shop"):
            self.assertIn(word, described)
        self.assertIn("Created", self.vrtg("vm", "events", "web").stdout)
        listed = json.loads(self.vrtg("vm", "list", "-l", "app=shop", "-o", "json").stdout)
        self.assertEqual([vm["metadata"]["name"] for vm in listed["items"]], ["web"])
        self.vrtg("vm", "delete", "web")
        self.assertEqual(self.hypervisor.owners(), [])
        gone = self.vrtg("vm", "describe", "web", check=False)
        self.assertEqual(gone.returncode, 4, gone.stderr)
        self.vrtg("vm", "delete", "web", "--ignore-not-found")
