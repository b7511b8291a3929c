"""What tests of a running manager share: one control plane and one manager for all of them, a namespace for each."""
import json
import pathlib
import subprocess
import unittest

from cluster import Kubectl, eventually
from manager_process import MockHypervisor
from product import binaries, mock_objects, mock_vm, resource

DELAY_SCALE = "0.1"  # a create takes 0.2 s, a boot 0.1 s


class ManagerCase(unittest.TestCase):
    plane = None    # with .kubeconfig; set by the program before the tests run
    manager = None  # watches all namespaces
    folder = None   # a pathlib.Path for all tests

    def setUp(self):
        self.namespace = self._testMethodName.removeprefix("test_").replace("_", "-")[:50].rstrip("-")
        self.kubectl = self.make_namespace(self.namespace)
        self.state = self.folder / f"{self.namespace}.json"
        self.hypervisor = MockHypervisor(self.state)

    def make_namespace(self, name):
        kubectl = Kubectl(self.plane.kubeconfig, name)
        kubectl.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        return kubectl

    def objects(self, environment=(), **provider):
        """Provider "lab", VMClass "small" and VMImage "tiny" of this test's namespace."""
        made = mock_objects(self.state, DELAY_SCALE)
        more = [("MOCK_SAMPLE_VMS", "false"), *environment]
        made[0]["spec"]["runtime"]["env"] += [{"name": name, "value": value} for name, value in more]
        made[0]["spec"].update(provider)
        return [{**item, "metadata": {**item["metadata"], "namespace": self.namespace}} for item in made]

    def vm(self, name="web", **spec):
        made = mock_vm(name, **spec)
        return {**made, "metadata": {**made["metadata"], "namespace": self.namespace}}

    def resource(self, kind, name, spec):
        return resource(kind, name, spec, self.namespace)

    def secret(self, name, **data):
        return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": self.namespace}, "stringData": data}

    def running_vm(self, name="web", provider=None, environment=(), **spec):
        """A VM on a mock provider of its own, Ready; its object."""
        self.kubectl.apply(*self.objects(environment, **(provider or {})), self.vm(name, **spec))
        self.kubectl.wait("condition=Ready", f"vm/{name}")
        return self.kubectl.get(f"vm/{name}")

    def provider_pid(self, name="lab"):
        return self.manager.provider_pid(self.namespace, name)

    def power(self, name="web"):
        """On the hypervisor, not in the status."""
        return self.hypervisor.vms().get(name, {}).get("power")

    def versions(self):
        """{kind/name: resourceVersion} of all that the manager writes to in this namespace."""
        listed = self.kubectl.get("vm,provider,vmclass,vmimage")["items"]
        return {f"{item['kind']}/{item['metadata']['name']}": item["metadata"]["resourceVersion"] for item in listed}

    def vrtg(self, *arguments, check=True):
        done = subprocess.run([binaries() / "vrtg", "--kubeconfig", self.plane.kubeconfig, "-n", self.namespace, *arguments],
                              text=True, capture_output=True, timeout=60)
        if check:
            self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def eventually(self, what, holds, seconds=30):
        return eventually(what, holds, seconds)

    def await_events(self, name, *reasons):
        """Events are written behind the work: waits until `kubectl describe` shows all of these."""
        def shown():
            events = self.kubectl.run("describe", f"vm/{name}").stdout.partition("Events:")[2]
            return all(reason in events for reason in reasons) and events
        return eventually(f"events {reasons} of {name}", shown)


def write_manifest(path, objects):
    """A file for `kubectl -f`."""
    pathlib.Path(path).write_text("\n".join(json.dumps(item) for item in objects))
    return str(path)
