#!/usr/bin/env python3
"""Every file under examples/ applies, strictly, to the embedded API server and to a real kube-apiserver, and what is refused on
purpose (refused/*.yaml) is refused with the message that its header promises.

usage: examples_test.py [unittest arguments]
$CONTROLPLANE_SERVE: tests/tools/controlplane_serve. Needs kubectl, and Go to build the real servers once (tools/testenv/build.sh).
"""
import json
import os
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "tests/lib"), str(ROOT / "tests/parity")]
import examples  # noqa: E402
import servers  # noqa: E402

MODES = {"client": ["--server-side=false"], "server": ["--server-side"]}


class Examples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.schemas = examples.schemas()
        cls.servers = {"embedded": cls.enterClassContext(servers.Embedded(os.environ["CONTROLPLANE_SERVE"])),
                       "real": cls.enterClassContext(servers.Real())}
        cls.aliases = {}  # warnings by file
        cls.namespaces = {name: set() for name in cls.servers}

    def namespace(self, server, name):
        if name not in self.namespaces[server]:
            self.namespaces[server].add(name)
            self.servers[server].create_namespace(name)

    def kubectl(self, server, *arguments, namespace=None, stdin=None):
        """The namespace is that of objects that name none; -n would refuse the others."""
        home = self.servers[server]
        config = json.loads(pathlib.Path(home.kubeconfig).read_text())
        config["contexts"][0]["context"]["namespace"] = namespace or "default"
        path = pathlib.Path(home.home) / "kubeconfig-of-namespace"
        path.write_text(json.dumps(config))
        if stdin is not None:
            stdin = {"apiVersion": "v1", "kind": "List", "items": stdin}
        return home.kubectl({"kubectl": ["--kubeconfig", str(path), *arguments], "stdin": stdin})

    def served(self, server):
        answer = self.kubectl(server, "api-resources", "--no-headers")
        self.assertEqual(answer["exit"], 0, answer["stderr"])
        return {line.split()[-1] for line in answer["stdout"].splitlines()}

    def apply(self, server, mode, path):
        """Applies a file, reads it back, and deletes it again. Returns the number of objects."""
        left_out = examples.left_out(path, server)
        documents = [item for item in examples.documents(path.read_text()) if item["kind"] not in left_out]
        names = [examples.identity(item) for item in documents]
        self.assertEqual(len(names), len(set(names)), "an object is there twice")
        here = f"examples-{mode}"
        for _, namespace, _ in names:
            self.namespace(server, namespace or here)
        if not documents:
            return 0
        try:
            self.apply_and_compare(server, mode, path, documents, whole=not left_out)
        finally:
            self.delete(server, here, documents)
        return len(documents)

    def apply_and_compare(self, server, mode, path, documents, whole):
        target, stdin = ["-f", str(path) if whole else "-"], None if whole else documents
        answer = self.kubectl(server, "apply", "--validate=strict", *MODES[mode], *target, namespace=f"examples-{mode}",
                              stdin=stdin)
        self.assertEqual(answer["exit"], 0, answer["stderr"])
        if server == "embedded":  # on a cluster the webhook warns, which does not run here
            self.check_warnings(path, answer["stderr"])
        answer = self.kubectl(server, "get", "-o", "json", *target, namespace=f"examples-{mode}", stdin=stdin)
        self.assertEqual(answer["exit"], 0, answer["stderr"])
        stored = answer["body"].get("items", [answer["body"]])
        self.assertEqual(len(stored), len(documents))
        for written, read in zip(documents, stored):
            self.assertEqual(examples.lost(self.schemas, written, read), [], examples.identity(written))

    def check_warnings(self, path, stderr):
        """The documentation's own manifests use other spellings, and checksums that it has shortened."""
        warnings = [line for line in stderr.splitlines() if line.startswith("Warning:")]
        aliases = [line for line in warnings if "this spelling is an alias" in line]
        shortened = [line for line in warnings if "no file has this checksum" in line]
        self.assertEqual(warnings if not examples.as_documented(path) else
                         [line for line in warnings if line not in aliases + shortened], [])
        self.aliases[examples.name_of(path)] = len(aliases)

    def delete(self, server, namespace, documents):
        """So that the next file may use the same names. A deleted namespace would stay: nobody ends it here."""
        documents = [item for item in documents if item["kind"] != "Namespace"]
        answer = self.kubectl(server, "delete", "--wait=false", "--ignore-not-found", "-f", "-", namespace=namespace, stdin=documents)
        self.assertEqual(answer["exit"], 0, answer["stderr"])

    def test_every_example_applies(self):
        paths = examples.files()
        for server in self.servers:
            for mode in MODES:
                objects = 0
                for path in paths:
                    with self.subTest(examples.name_of(path), server=server, mode=mode):
                        objects += self.apply(server, mode, path)
                print(f"{server}, {mode}-side apply: {objects} objects of {len(paths)} files", flush=True)
        print(f"documented spellings that were warned about: {sum(self.aliases.values())}", flush=True)
        self.assertGreater(self.aliases["documentation/custom-resource-definitions.yaml"], 0)
        self.assertGreater(len(paths), 50)

    def test_only_kinds_that_are_not_served_are_left_out(self):
        served = {server: self.served(server) for server in self.servers}
        for name, kinds in examples.LEFT_OUT.items():
            present = {item["kind"] for item in examples.documents((examples.EXAMPLES / name).read_text())}
            for kind, (where, _) in kinds.items():
                with self.subTest(name, kind=kind):
                    self.assertIn(kind, present)
                    self.assertNotIn(kind, served["embedded"])
                    self.assertEqual(kind in served["real"], where == "embedded")

    def test_what_is_refused_is_refused_with_its_message(self):
        found = [examples.Refused(path) for path in examples.files(HERE / "refused")]
        for server in self.servers:
            self.namespace(server, "refused")
            refused = 0
            for item in found:
                with self.subTest(item.path.name, server=server):
                    answer = self.kubectl(server, "apply", "--dry-run=server", "--validate=strict", "-f", str(item.path),
                                          namespace="refused")
                    if server == "real" and item.accepted_by_schema:
                        self.assertEqual(answer["exit"], 0, answer["stderr"])
                        print(f"real: accepts {item.path.name} without the webhook", flush=True)
                        continue
                    self.assertNotEqual(answer["exit"], 0, answer)
                    refused += 1
                    for message in item.messages:
                        self.assertIn(message, answer["stderr"])
            print(f"{server}: {refused} of {len(found)} refused on purpose", flush=True)
        self.assertGreater(len(found), 3)


if __name__ == "__main__":
    unittest.main()
