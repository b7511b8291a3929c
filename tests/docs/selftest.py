#!/usr/bin/env python3
"""Shows that the checks of docs_test.py find what they are there to find. Needs what docs_test.py needs."""
import os
import pathlib
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))
import examples  # noqa: E402
import manifests  # noqa: E402
import markdown  # noqa: E402
import programs  # noqa: E402
import shell  # noqa: E402

PAGE = ROOT / "docs/README.md"


class SelfTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.checker = shell.Checker(ROOT, os.environ["VIRTRIGAUD_BIN"])

    def problems(self, text, language="sh"):
        return self.checker.check_block(markdown.Block(PAGE, 1, language, text))

    def test_broken_links_are_found(self):
        for text in ("[x](nowhere.md)", "[x](README.md#no-such-heading)", "[x](../../outside.md)"):
            self.assertEqual(len(markdown.broken_links(ROOT, PAGE, text)), 1, text)
        for text in ("[x](README.md)", "[x](https://example.com/y)", "```\n[x](nowhere.md)\n```"):
            self.assertEqual(markdown.broken_links(ROOT, PAGE, text), [], text)

    def test_a_block_without_an_end_is_found(self):
        with self.assertRaises(ValueError):
            markdown.split(PAGE, "```sh\nmake test\n")

    def test_wrong_commands_are_found(self):
        for text in ("vrtg vm explode web", "vrtg up --detatch", "vrtg vm list | jq . && vrtg provider list", "vrtg -o",
                     "virtrigaud-manager --kubeconfg x", "make setup && make tset", "make test PRESET=fast",
                     "cmake --preset quick", "hack/no-such.sh", "hack/demo.sh --twice", "kubectl apply -f examples/nothing/",
                     "sudo VAR=1 build/dev/bin/vrtg dance", "echo $(vrtg dance)", "kubectl virtrigaud vm explode",
                     "virtrigaud-provider-nobody", "vrtg up \\\n  --nothing", "vrtg 'unclosed"):
            self.assertEqual(len(self.problems(text)), 1, text)

    def test_right_commands_pass(self):
        for text in ("vrtg vm list -A -o wide", "vrtg --kubeconfig=x vm get web -ojson", "make setup && make test PRESET=dev",
                     "vrtg vm create web --class small --image tiny --wait", "virtrigaud-manager --kubeconfig x --vm-workers 4",
                     "export KUBECONFIG=x  # vrtg dance", "kubectl apply -f examples/quickstart/", "source <(vrtg completion bash)"):
            self.assertEqual(self.problems(text), [], text)
        self.assertEqual(self.problems("$ vrtg vm list\nNAME\nvrtg dance\n", "console"), [])
        self.assertEqual(len(self.problems("$ vrtg dance\n", "console")), 1)

    def test_bad_manifests_are_refused(self):
        good = "apiVersion: infra.virtrigaud.io/v1beta1\nkind: VMClass\nmetadata: {name: x}\nspec: {cpu: 1, memory: 1Gi}\n"
        with manifests.Server(os.environ["CONTROLPLANE_SERVE"]) as server:
            self.assertEqual(server.problem(good), "")
            self.assertIn("cpus", server.problem(good.replace("cpu:", "cpus:").replace("cpus: 1", "cpus: 1, cpusy: 2")))
            self.assertIn("Warning", server.problem(good.replace("memory: 1Gi", "memoryMiB: 1024")))
            self.assertNotEqual(server.problem(good.replace("VMClass", "VMCalss")), "")

    def test_variables_are_read_from_help(self):
        self.assertEqual(programs.variables_in("LOG_LEVEL A_{B,C} $POD_NAMESPACE x FOO"),
                         {"LOG_LEVEL", "A_B", "A_C", "POD_NAMESPACE"})

    def test_what_an_example_loses_is_found(self):
        schema = {"VMClass": {"properties": {"spec": {"properties": {
            "cpu": {"type": "integer"}, "firmware": {"default": "BIOS"}, "disks": {"items": {"properties": {"type": {"default": "thin"}}}}}}}}}
        written = {"kind": "VMClass", "spec": {"cpu": 2, "disks": [{"name": "root"}]}}
        stored = {"cpu": 2, "firmware": "BIOS", "disks": [{"name": "root", "type": "thin"}]}
        self.assertEqual(examples.lost(schema, written, {"spec": stored}), [])
        for change in ({"cpu": 3}, {"firmware": "UEFI"}, {"disks": []}, {"disks": [{"name": "root"}]}, {"memory": "1Gi"}):
            self.assertEqual(len(examples.lost(schema, written, {"spec": {**stored, **change}})), 1, change)

    def test_more_may_be_stored_of_kinds_that_are_not_ours(self):
        written = {"kind": "Secret", "stringData": {"a": "b"}, "data": {"c": "ZA=="}}
        self.assertEqual(examples.lost({}, written, {"kind": "Secret", "type": "Opaque", "data": {"a": "Yg==", "c": "ZA=="}}), [])
        self.assertEqual(len(examples.lost({}, written, {"kind": "Secret", "data": {"a": "Yg=="}})), 1)

    def test_a_refused_manifest_without_its_message_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "x.yaml"
            path.write_text("# Message: spec.cpu\nkind: VMClass\n")
            with self.assertRaises(ValueError):
                examples.Refused(path)


if __name__ == "__main__":
    unittest.main()
