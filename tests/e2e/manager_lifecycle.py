"""A VirtualMachine from apply to delete, as a user sees it."""
import json

from manager_case import ManagerCase, write_manifest


class Lifecycle(ManagerCase):
    def test_apply_leads_to_ready_with_address_and_events(self):
        vm = self.running_vm()
        status = vm["status"]
        self.assertEqual((status["phase"], status["powerState"]), ("Running", "On"))
        self.kubectl.wait("jsonpath={.status.ips[0]}", "vm/web")
        self.assertEqual(self.hypervisor.owners(), [vm["metadata"]["uid"]])
        self.await_events("web", "Creating", "Created", "PoweringOn", "VMReady")
        table = self.kubectl.run("get", "vm", "web").stdout
        self.assertIn("Running", table)
        provider = self.kubectl.get("provider/lab")["status"]
        self.assertTrue(provider["healthy"])
        self.eventually("the VM is counted", lambda: self.kubectl.get("provider/lab")["status"].get("connectedVMs") == 1)

    def test_dependencies_may_come_later_and_in_any_order(self):
        self.kubectl.apply(self.vm())
        message = self.kubectl.await_condition("vm/web", "False", "WaitingForDependencies")
        for kind in ("Provider", "VMClass", "VMImage"):
            self.assertIn(f"{kind} {self.namespace}/", message)
        for item in reversed(self.objects()):
            self.kubectl.apply(item)
        self.kubectl.wait("condition=Ready", "vm/web")

    def test_power_follows_the_spec(self):
        self.running_vm()
        for wanted, there in (("Off", "Off"), ("On", "On"), ("OffGraceful", "Off"), ("On", "On")):
            self.kubectl.patch("vm/web", {"spec": {"powerState": wanted}})
            self.kubectl.wait(f"jsonpath={{.status.powerState}}={there}", "vm/web")
            self.kubectl.wait("condition=Ready", "vm/web")
            self.assertEqual(self.power(), there)
            phase = "Running" if there == "On" else "Stopped"
            self.kubectl.wait(f"jsonpath={{.status.phase}}={phase}", "vm/web")
        self.await_events("web", "PoweringOff", "PoweringOn")

    def test_a_changed_class_changes_its_vms(self):
        self.running_vm()
        self.kubectl.patch("vmclass/small", {"spec": {"cpu": 2, "memory": "2Gi"}})
        self.kubectl.wait("jsonpath={.status.currentResources.cpu}=2", "vm/web")
        self.kubectl.wait("condition=Ready", "vm/web")
        record = self.hypervisor.vms()["web"]
        self.assertEqual((record["cpus"], record["memoryMiB"]), (2, 2048))
        self.assertEqual(self.kubectl.condition("vm/web", "InSync")[0], "True")
        self.await_events("web", "ReconfigureStarted")

    def test_everything_may_be_deleted_at_once(self):
        names = [f"vm-{i}" for i in range(3)]
        manifest = write_manifest(self.folder / "all.yaml", [*self.objects(), *[self.vm(name) for name in names]])
        self.kubectl.run("apply", "-f", manifest)
        self.kubectl.wait("condition=Ready", *[f"vm/{name}" for name in names])
        self.assertEqual(sorted(self.hypervisor.vms()), names)
        self.kubectl.run("delete", "-f", manifest, "--timeout=40s")
        self.assertEqual(self.kubectl.get("vm,provider,vmclass,vmimage")["items"], [])
        self.assertEqual(self.hypervisor.owners(), [], "nothing is left on the hypervisor")
        self.eventually("the provider process ends", lambda: self.provider_pid() is None)

    def test_wait_for_delete(self):
        self.running_vm()
        self.kubectl.run("delete", "vm/web", "--wait=false")
        self.kubectl.wait("delete", "vm/web")
        self.assertEqual(self.hypervisor.owners(), [])

    def test_a_vm_may_be_deleted_while_it_is_being_created(self):
        self.kubectl.apply(*self.objects(), self.vm())
        self.eventually("its creation has begun", lambda: self.hypervisor.owners())
        self.kubectl.run("delete", "vm/web", "--timeout=30s")
        self.assertEqual(self.hypervisor.owners(), [])

    def test_a_provider_waits_for_its_vms(self):
        self.running_vm()
        self.kubectl.run("delete", "provider/lab", "--wait=false")
        self.eventually("the reason is told", lambda: "InUse" in self.kubectl.run("describe", "provider/lab").stdout)
        self.assertIsNotNone(self.provider_pid())
        self.kubectl.run("delete", "vm/web", "--timeout=30s")
        self.kubectl.wait("delete", "provider/lab", seconds=20)

    def test_retain_leaves_the_vm_on_the_hypervisor(self):
        vm = self.running_vm(deletionPolicy="Retain")
        self.kubectl.run("delete", "vm/web", "--timeout=20s")
        self.assertEqual(self.hypervisor.owners(), [vm["metadata"]["uid"]])
        self.assertEqual(self.power(), "On")

    def test_force_delete_lets_go_of_a_vm_that_cannot_be_deleted(self):
        vm = self.running_vm(environment=[("MOCK_FAILURE_MODE", "delete"), ("MOCK_FAILURE_RATE", "1")])
        self.kubectl.run("delete", "vm/web", "--wait=false")
        self.kubectl.await_condition("vm/web", "False", "DeleteFailed")
        self.assertTrue(self.kubectl.get("vm/web")["metadata"]["finalizers"])
        self.kubectl.annotate("vm/web", "virtrigaud.io/force-delete=true")
        self.kubectl.wait("delete", "vm/web", seconds=20)
        self.assertEqual(self.hypervisor.owners(), [vm["metadata"]["uid"]])

    def test_nothing_is_done_to_a_paused_vm(self):
        self.running_vm()
        self.kubectl.annotate("vm/web", "virtrigaud.io/paused=true")
        self.kubectl.patch("vm/web", {"spec": {"powerState": "Off"}})
        self.kubectl.annotate("vm/web", "virtrigaud.io/force-sync=now")

        def told():  # by a pass that saw the new power state: it writes the status after it has acted
            vm = self.kubectl.get("vm/web")
            status = vm["status"]
            return "virtrigaud.io/paused" in status.get("message", "") and status["observedGeneration"] == vm["metadata"]["generation"]
        self.eventually("a pass over the new spec", told)
        self.assertEqual(self.power(), "On")
        self.kubectl.annotate("vm/web", "virtrigaud.io/paused-")
        self.kubectl.wait("jsonpath={.status.phase}=Stopped", "vm/web")
        self.assertEqual(self.power(), "Off")

    def test_names_on_the_hypervisor_follow_the_template(self):
        vm = self.running_vm(provider={"vmNameTemplate": "{{.Namespace}}-{{.Name}}-{{.UID}}"})
        self.assertEqual(list(self.hypervisor.vms()), [f"{self.namespace}-web-{vm['metadata']['uid']}"])

    def test_a_name_that_another_vm_has_is_a_conflict_and_no_takeover(self):
        first = self.running_vm()
        other = self.make_namespace(self.namespace[:40] + "-2")
        second = self.vm(providerRef={"name": "lab", "namespace": self.namespace},
                         classRef={"name": "small", "namespace": self.namespace},
                         imageRef={"name": "tiny", "namespace": self.namespace})
        second["metadata"]["namespace"] = other.namespace
        other.apply(second)
        message = other.await_condition("vm/web", "False", "Conflict")
        self.assertIn("web", message)
        self.assertEqual(self.hypervisor.owners(), [first["metadata"]["uid"]])
        self.kubectl.run("delete", "vm/web", "--timeout=20s")
        other.annotate("vm/web", "virtrigaud.io/force-sync=now")  # it would look by itself within a minute
        other.wait("condition=Ready", "vm/web")
        self.assertEqual(self.hypervisor.owners(), [other.get("vm/web")["metadata"]["uid"]])

    def test_a_provider_type_without_a_program_is_told(self):
        provider = self.resource("Provider", "lab", {"type": "firecracker", "endpoint": "https://192.0.2.1"})
        self.kubectl.apply(provider, *self.objects()[1:], self.vm())
        message = self.kubectl.await_condition("provider/lab", "False", "HealthCheckFailed")
        self.assertIn("virtrigaud-provider-firecracker", message)
        self.assertEqual(self.kubectl.condition("vm/web")[0], "False")
        refused = self.kubectl.run("apply", "-f", "-", check=False,
                                   stdin=json.dumps(self.resource("Provider", "bad", {"type": "nonsense"})))
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("spec.type", refused.stderr)
        self.kubectl.run("delete", "vm/web", "provider/lab", "--timeout=30s")

    def test_a_missing_secret_is_named_and_its_coming_heals(self):
        objects = self.objects(credentialSecretRef={"name": "keys"})
        vm = self.vm(userData={"cloudInit": {"secretRef": {"name": "guest"}}})
        self.kubectl.apply(*objects, vm)
        message = self.kubectl.await_condition("provider/lab", "False", "HealthCheckFailed")
        self.assertIn(f"Secret {self.namespace}/keys", message)
        self.kubectl.apply(self.secret("keys", password="hunter2"))
        self.kubectl.annotate("provider/lab", "look=now")  # it would look by itself within half a minute, as would the VM
        self.kubectl.wait("condition=Ready", "provider/lab")
        message = self.kubectl.await_condition("vm/web", "False", "WaitingForDependencies", "Secret")
        self.assertIn(f"Secret {self.namespace}/guest", message)
        self.kubectl.apply(self.secret("guest", userdata="#cloud-config\n"))
        self.kubectl.annotate("vm/web", "virtrigaud.io/force-sync=now")
        self.kubectl.wait("condition=Ready", "vm/web")
        self.assertNotIn("hunter2", self.manager.log())
