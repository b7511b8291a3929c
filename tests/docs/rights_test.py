#!/usr/bin/env python3
"""docs/guides/on-a-cluster.md against a real kube-apiserver: its ClusterRole is all that the manager needs.

usage: rights_test.py [unittest arguments]
$VIRTRIGAUD_BIN: folder of the built programs. Needs kubectl, and Go to build the servers once (tools/testenv/build.sh).
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "tests/lib")]
import markdown  # noqa: E402
from testenv import ApiServer, wait_for  # noqa: E402

BIN = pathlib.Path(os.environ["VIRTRIGAUD_BIN"])
USER = "the-manager"
BINDING = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "virtrigaud-manager"},
           "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "virtrigaud-manager"},
           "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": USER}]}


def documented_role():
    blocks = markdown.split(ROOT / "docs/guides/on-a-cluster.md")[0]
    return next(block.text for block in blocks if re.search(r"^kind: ClusterRole$", block.text, re.M))


class Rights(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vr-rights-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.server = self.enterContext(ApiServer())
        self.server.install_crds()

    def manager(self):
        """Runs the manager as a user who may do what the role says, until the test ends."""
        config = json.loads(pathlib.Path(self.server.kubeconfig).read_text())
        config["users"][0]["user"]["as"] = USER
        kubeconfig, ready, log = (self.folder / name for name in ("kubeconfig", "ready", "log"))
        kubeconfig.write_text(json.dumps(config))
        with open(log, "wb") as out:
            process = subprocess.Popen(
                [BIN / "virtrigaud-manager", "--kubeconfig", kubeconfig, "--state-dir", self.folder / "state", "--ready-file", ready,
                 "--metrics-bind-address", "127.0.0.1:0", "--health-probe-bind-address", "0", "--leader-elect"], stdout=out, stderr=out)
        self.addCleanup(process.wait, 30)
        self.addCleanup(process.terminate)
        wait_for("the manager", ready.exists, process, log)
        return log

    def test_the_documented_role_is_enough(self):
        self.server.kubectl("apply", "-f", "-", stdin=documented_role())
        self.server.kubectl("apply", "-f", "-", stdin=json.dumps(BINDING))
        log = self.manager()
        self.server.kubectl("create", "secret", "generic", "lab", "--from-literal=username=x")
        self.server.kubectl("apply", "-f", str(ROOT / "examples/mock"))
        self.server.kubectl("patch", "provider", "lab", "--type=merge", "-p", '{"spec":{"credentialSecretRef":{"name":"lab"}}}')
        self.server.kubectl("wait", "--for=condition=Ready", "--timeout=60s", "vm/hello", "provider/lab")
        self.server.kubectl("delete", "--timeout=60s", "-f", str(ROOT / "examples/mock"))
        events = json.loads(self.server.kubectl("get", "events", "-o", "json").stdout)["items"]
        self.assertIn("Deleted", {event["reason"] for event in events if event["involvedObject"]["name"] == "hello"})
        self.assertNotIn("forbidden", log.read_text())


if __name__ == "__main__":
    unittest.main()
