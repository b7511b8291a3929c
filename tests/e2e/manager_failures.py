"""Processes that die and VMs that vanish."""
import os
import signal
import time

from manager_case import ManagerCase

REST_SECONDS = 4


class Failures(ManagerCase):
    def test_at_rest_nothing_is_written(self):
        self.running_vm()
        self.kubectl.wait("jsonpath={.status.ips[0]}", "vm/web")
        self.eventually("the VM is counted", lambda: self.kubectl.get("provider/lab")["status"].get("connectedVMs") == 1)
        before = self.versions()
        time.sleep(REST_SECONDS)  # the time that is measured
        self.assertEqual(self.versions(), before)

    def test_a_killed_provider_starts_again_and_its_vms_stay(self):
        vm = self.running_vm()
        for _ in range(2):
            pid = self.provider_pid()
            os.kill(pid, signal.SIGKILL)
            self.eventually("another process serves", lambda: self.provider_pid() not in (None, pid))
            self.kubectl.wait("condition=Ready", "provider/lab")
        self.kubectl.wait("condition=Ready", "vm/web")
        self.assertEqual(self.hypervisor.owners(), [vm["metadata"]["uid"]])
        self.kubectl.patch("vm/web", {"spec": {"powerState": "Off"}})
        self.kubectl.wait("jsonpath={.status.powerState}=Off", "vm/web")

    def test_a_killed_manager_goes_on_without_a_second_vm_and_without_churn(self):
        names = [f"vm-{i}" for i in range(5)]
        self.kubectl.apply(*self.objects(), *[self.vm(name) for name in names])
        self.eventually("creations have begun", lambda: self.hypervisor.owners())
        self.manager.kill()
        self.manager.start()
        targets = [f"vm/{name}" for name in names]
        self.kubectl.wait("condition=Ready", *targets)
        uids = sorted(self.kubectl.get(target)["metadata"]["uid"] for target in targets)
        self.assertEqual(sorted(self.hypervisor.owners()), uids)

        for target in targets:
            self.kubectl.wait("jsonpath={.status.ips[0]}", target)
        before = {key: version for key, version in self.versions().items() if key.startswith("VirtualMachine/")}
        self.manager.kill()
        self.manager.start()
        self.kubectl.wait("condition=Ready", "provider/lab")
        self.eventually("a new provider process", self.provider_pid)
        time.sleep(REST_SECONDS)  # the time that is measured
        after = {key: version for key, version in self.versions().items() if key.startswith("VirtualMachine/")}
        self.assertEqual(after, before, "nothing has changed, so nothing is written")

    def remove_behind_our_back(self, name="web"):
        def remove(state):
            state["vms"] = {key: vm for key, vm in state["vms"].items() if vm["name"] != name}
        self.hypervisor.edit(self.provider_pid, remove)

    def test_a_vm_that_vanished_is_reported_and_not_made_again(self):
        self.running_vm()
        self.remove_behind_our_back()
        self.kubectl.await_condition("vm/web", "False", "ExternallyDeleted")
        vm = self.kubectl.get("vm/web")
        self.assertEqual(vm["status"]["phase"], "Failed")
        self.assertFalse(vm["status"].get("ips"))
        self.assertEqual(self.hypervisor.owners(), [])
        self.await_events("web", "ExternallyDeleted")
        self.kubectl.patch("vm/web", {"spec": {"onMissing": "Recreate"}})
        self.kubectl.wait("condition=Ready", "vm/web")
        self.assertEqual(self.hypervisor.owners(), [vm["metadata"]["uid"]])

    def test_a_vm_that_vanished_is_made_again_on_request(self):
        vm = self.running_vm(onMissing="Recreate")
        self.remove_behind_our_back()
        self.eventually("it is there again", lambda: self.hypervisor.owners() == [vm["metadata"]["uid"]])
        self.kubectl.wait("condition=Ready", "vm/web")

    def test_a_vm_that_vanished_can_be_deleted(self):
        self.running_vm()
        self.remove_behind_our_back()
        self.kubectl.await_condition("vm/web", "False", "ExternallyDeleted")
        self.kubectl.run("delete", "vm/web", "--timeout=20s")

    def test_power_that_changed_behind_our_back_is_corrected(self):
        self.running_vm()

        def switch_off(state):
            for vm in state["vms"].values():
                vm.update(power="Off", booted=False)
        self.hypervisor.edit(self.provider_pid, switch_off)
        self.eventually("it is on again", lambda: self.power() == "On")
        self.kubectl.wait("condition=Ready", "vm/web")

    def test_a_creation_that_fails_is_shown_and_tried_again(self):
        self.kubectl.apply(*self.objects([("MOCK_FAILURE_MODE", "create"), ("MOCK_FAILURE_RATE", "1")]), self.vm())
        self.eventually("the failure is shown", lambda: self.kubectl.condition("vm/web", "Provisioning")[1] == "CreateFailed")
        self.assertEqual(self.hypervisor.owners(), [])
        self.kubectl.apply(*self.objects())
        self.kubectl.wait("condition=Ready", "vm/web", seconds=60)
        self.assertEqual(len(self.hypervisor.owners()), 1)
