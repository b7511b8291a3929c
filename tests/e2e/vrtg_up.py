#!/usr/bin/env python3
"""`vrtg up`, `down` and `status` as a user runs them: real processes, kubectl, kill -9.

usage: vrtg_up.py [unittest arguments]
$VIRTRIGAUD_BIN is the folder of the built programs. Tests of how a manager is supervised put a fake one ($FAKE_MANAGER)
beside a copy of vrtg; the others run without a manager.
"""
import json
import os
import pathlib
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from cluster import eventually  # noqa: E402
from needs import require  # noqa: E402
from product import alive, binaries, resource  # noqa: E402

CONFLICT, INVALID, UNAVAILABLE = 6, 3, 8


class VrtgUp(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="virtrigaud-e2e-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.data = self.folder / "data"
        self.program = binaries() / "vrtg"
        self.environment = {**{k: v for k, v in os.environ.items() if k not in ("KUBECONFIG", "VRTG_KUBECONFIG")},
                            "HOME": str(self.folder)}
        self.processes = []
        self.addCleanup(self.end_all)

    def end_all(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
            process.stdout.close()
        self.vrtg("down")

    def use_fake_manager(self):
        place = self.folder / "bin"
        place.mkdir()
        shutil.copy2(self.program, place / "vrtg")
        os.symlink(os.environ["FAKE_MANAGER"], place / "virtrigaud-manager")
        self.program = place / "vrtg"

    def vrtg(self, *arguments, data=None):
        return subprocess.run([self.program, *arguments, "--data-dir", str(data or self.data)], env=self.environment, text=True,
                              capture_output=True, timeout=90)

    def up(self, *arguments, ready=True):
        """`vrtg up` in the foreground, once it is ready."""
        process = subprocess.Popen([self.program, "up", "--data-dir", str(self.data), *arguments], env=self.environment, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        self.processes.append(process)

        def is_ready():
            self.assertIsNone(process.poll(), "vrtg up ended" if process.poll() is None else process.stdout.read())
            record = self.record("up.json")
            return record and record["pid"] == process.pid and record["ready"]
        if ready:
            eventually("vrtg up is ready", is_ready)
        return process

    def record(self, name):
        try:
            return json.loads((self.data / name).read_text())
        except (OSError, ValueError):
            return None

    def status(self):
        asked = self.vrtg("status", "-o", "json")
        return asked.returncode, json.loads(asked.stdout)

    def kubectl(self, *arguments, stdin=None):
        done = subprocess.run(["kubectl", "--kubeconfig", str(self.data / "kubeconfig"), *arguments], text=True,
                              capture_output=True, input=stdin, env=self.environment, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_objects_survive_kill_9_and_the_next_up_works_at_once(self):
        process = self.up("--no-manager")
        vm_class = resource("VMClass", "small", {"cpu": 1, "memory": "1Gi"})
        self.kubectl("apply", "-f", "-", stdin=json.dumps(vm_class))
        url = self.record("up.json")["url"]
        for _ in range(3):
            process.kill()
            process.wait()
            process = self.up("--no-manager")
            self.assertEqual(self.record("up.json")["url"], url, "a kubeconfig that was handed out stays good")
            self.assertEqual(json.loads(self.kubectl("get", "vmclass", "small", "-o", "json"))["spec"]["cpu"], 1)

    def test_a_second_up_is_refused_and_down_stops_the_first(self):
        process = self.up("--no-manager")
        second = self.vrtg("up", "--no-manager")
        self.assertEqual(second.returncode, CONFLICT, second.stderr)
        self.assertIn(f"process {process.pid}", second.stderr)
        self.assertIn(self.record("up.json")["url"], second.stderr)
        code, status = self.status()
        self.assertEqual((code, status["healthy"], status["controlPlane"]["pid"]), (0, True, process.pid))
        down = self.vrtg("down")
        self.assertEqual(down.returncode, 0, down.stderr)
        self.assertEqual(process.wait(1), 0, "down returns once it is gone")
        self.assertIn("Stopped", process.stdout.read())
        again = self.vrtg("down")
        self.assertEqual(again.returncode, 0)
        self.assertIn("Nothing runs", again.stdout)
        code, status = self.status()
        self.assertEqual((code, status["controlPlane"]["running"]), (UNAVAILABLE, False))

    def test_ctrl_c_and_sigterm_stop_it_in_order(self):
        self.use_fake_manager()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            process = self.up()
            manager = self.record("manager/process.json")["pid"]
            process.send_signal(number)
            said = process.communicate(timeout=20)[0]
            self.assertEqual(process.returncode, 0, said)
            self.assertFalse(alive(manager))
            self.assertLess(said.index("Stopping the manager"), said.index("Stopping the API server"))
            self.assertIn("export KUBECONFIG=" + str(self.data / "kubeconfig"), said)

    def test_the_manager_is_started_again_and_ends_with_a_killed_up(self):
        self.use_fake_manager()
        process = self.up()
        first = self.record("manager/process.json")["pid"]
        os.kill(first, signal.SIGKILL)

        def restarted():
            manager = self.record("manager/process.json")
            return manager and manager["restarts"] == 1 and self.status()[1]["manager"]["ready"] and manager["pid"]
        second = eventually("the manager runs again", restarted)
        self.assertEqual(self.status()[1]["manager"]["restarts"], 1)
        process.kill()
        self.assertIn("signal 9", process.communicate()[0])
        eventually("the manager ends with it", lambda: not alive(second))

    def test_a_manager_that_outlives_a_killed_up_is_ended_by_the_next(self):
        self.use_fake_manager()
        self.environment["FAKE_MANAGER_MODE"] = "stubborn"
        process = self.up()
        stubborn = self.record("manager/process.json")["pid"]
        process.kill()
        process.wait()
        self.assertTrue(alive(stubborn), "or this test shows nothing")
        self.environment.pop("FAKE_MANAGER_MODE")
        self.up()
        self.assertFalse(alive(stubborn))
        self.assertNotEqual(self.record("manager/process.json")["pid"], stubborn)

    def test_detach_returns_once_ready_and_down_stops_it(self):
        self.use_fake_manager()
        started = self.vrtg("up", "--detach")
        self.assertEqual(started.returncode, 0, started.stderr)
        self.assertIn("kubectl get vm", started.stdout)
        pid = self.record("up.json")["pid"]
        self.assertEqual(os.getsid(pid), pid, "closing the terminal must not end it")
        self.assertIn("ok", self.kubectl("get", "--raw", "/readyz"))
        self.assertEqual(self.status()[0], 0)
        self.assertEqual(self.vrtg("down").returncode, 0)
        self.assertFalse(alive(pid))

    def test_detach_shows_why_it_failed(self):
        process = self.up("--no-manager")
        taken = self.record("up.json")["url"].rpartition(":")[2]
        other = self.folder / "other"
        failed = self.vrtg("up", "--detach", "--no-manager", "--port", taken, data=other)
        self.assertEqual(failed.returncode, UNAVAILABLE, failed.stderr)
        self.assertIn("--port", failed.stderr)
        self.assertIn("Starting VirtRigaud", failed.stderr, "the tail of its log")
        self.assertEqual(self.vrtg("status", data=other).returncode, UNAVAILABLE)
        self.assertIsNone(process.poll())

    def test_the_folder_is_private_and_a_missing_manager_is_named(self):
        self.use_fake_manager()
        self.up()
        ours = [path for path in self.data.rglob("*") if path.name != "ready"]  # which the manager writes
        for path in [self.data, *ours]:
            self.assertEqual(stat.S_IMODE(path.stat().st_mode) & 0o077, 0, path)
        self.vrtg("down")
        (self.program.parent / "virtrigaud-manager").unlink()
        missing = self.vrtg("up")
        self.assertEqual(missing.returncode, INVALID)
        self.assertIn("--no-manager", missing.stderr)

    def test_commands_find_the_kubeconfig_of_up(self):
        self.environment["VRTG_DATA_DIR"] = str(self.data)
        self.up("--no-manager")
        asked = subprocess.run([self.program, "-v", "vm", "list"], env=self.environment, text=True, capture_output=True,
                               timeout=60)
        self.assertEqual(asked.returncode, 0, asked.stderr)
        self.assertIn("No virtual machines found in namespace default", asked.stderr)
        self.assertIn("GET ", asked.stderr)
        plugin = self.folder / "kubectl-virtrigaud"
        plugin.symlink_to(self.program)
        said = subprocess.run([plugin, "--help"], env=self.environment, text=True, capture_output=True, timeout=60).stdout
        self.assertIn("kubectl virtrigaud up --detach", said)


if __name__ == "__main__":
    require("kubectl")
    unittest.main()
