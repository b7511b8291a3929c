#!/usr/bin/env python3
"""Holds the documentation against the built programs, the sources and the embedded API server.

usage: docs_test.py [unittest arguments]
$VIRTRIGAUD_BIN: folder of the built programs; $CONTROLPLANE_SERVE: tests/tools/controlplane_serve. kubectl is needed.
"""
import os
import pathlib
import re
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "tools")]
import examples  # noqa: E402
import manifests  # noqa: E402
import markdown  # noqa: E402
import metrics_doc  # noqa: E402
import programs  # noqa: E402
import shell  # noqa: E402

BIN = pathlib.Path(os.environ["VIRTRIGAUD_BIN"])
SHELL_LANGUAGES = ("sh", "bash", "console")
# It quotes commands that do not exist here, to say what to use instead.
QUOTES_OTHERS = ("docs/differences.md",)


def reasons(root=ROOT):
    text = (root / "src/api/constants.h").read_text()
    return set(re.findall(r'kReason\w+ =\s*"(\w+)"', text))


def rooms_and_apps():
    names = [name for names in re.findall(r"^set\(VR_ROOMS ([^)]*)\)", (ROOT / "cmake/Rooms.cmake").read_text(), re.M)
             for name in names.split()]
    rooms = [f"src/{name}" for name in names if (ROOT / "src" / name / "CMakeLists.txt").exists()]
    return rooms + [f"apps/{path.name}" for path in sorted((ROOT / "apps").iterdir()) if path.is_dir()]


class Docs(unittest.TestCase):
    def assert_none(self, problems):
        self.assertFalse(problems, "\n" + "\n".join(problems))

    def test_links_lead_somewhere(self):
        self.assert_none([line for path in markdown.files(ROOT) for line in markdown.broken_links(ROOT, path)])

    def test_commands_exist(self):
        checker, problems = shell.Checker(ROOT, BIN), []
        for path in markdown.files(ROOT):
            blocks, outside = markdown.split(path)
            for block in blocks:
                if block.language in SHELL_LANGUAGES:
                    problems += checker.check_block(block)
            if str(path.relative_to(ROOT)) in QUOTES_OTHERS:
                continue
            for number, code in markdown.inline_code(outside):
                if "COMMAND" not in code and re.match(r"^(vrtg|virtrigaud-manager|make|hack/\S+|tools/\S+\.(sh|py)) ", code):
                    problems += checker.check_block(markdown.Block(path, number, "sh", code.replace("...", "")))
        self.assert_none(problems)

    def test_manifests_are_accepted(self):
        checked, problems = 0, []
        with manifests.Server(os.environ["CONTROLPLANE_SERVE"]) as server:
            for path in markdown.files(ROOT):
                for block in filter(manifests.is_manifest, markdown.split(path)[0]):
                    checked += 1
                    problem = server.problem(block.text)
                    if problem:
                        problems.append(f"{path.relative_to(ROOT)}:{block.line}: {problem}")
            for path in examples.files():
                if examples.as_documented(path) or examples.left_out(path, "embedded"):
                    continue  # examples_test.py applies them
                checked += 1
                problem = server.problem(path.read_text())
                if problem:
                    problems.append(f"{path.relative_to(ROOT)}: {problem}")
        self.assert_none(problems)
        self.assertGreater(checked, 10)

    def test_readme_has_the_command_that_the_gate_runs(self):
        line = re.search(r"^\s*command=(\$\(sed .*\))$", (ROOT / ".ci/run").read_text(), re.M).group(1)
        said = subprocess.run(["bash", "-c", f"echo {line}"], cwd=ROOT, text=True, capture_output=True, check=True)
        self.assertEqual(said.stdout.strip(), "make setup && make test")
        self.assertIn("\n<!-- test-command -->\n```\nmake setup && make test\n```\n", (ROOT / "README.md").read_text())

    def test_every_reason_can_be_looked_up(self):
        page = ROOT / "docs/guides/troubleshoot.md"
        entries = re.findall(r"^\| `(\w+)` \|", page.read_text(), re.M)
        self.assertEqual(reasons() - set(entries), set(), "reasons of src/api/constants.h without an entry in " + str(page))
        self.assertEqual(set(entries) - reasons(), set(), "entries that are no reasons")
        self.assertEqual(len(entries), len(set(entries)), "a reason has two entries")

    def test_the_map_has_every_room_and_app(self):
        text = (ROOT / "docs/README.md").read_text()
        self.assert_none([f"docs/README.md lacks {name}" for name in rooms_and_apps() if f"](../{name}" not in text])

    def test_the_map_has_every_page(self):
        text = (ROOT / "docs/README.md").read_text()
        pages = [path.relative_to(ROOT / "docs") for path in markdown.files(ROOT / "docs")]
        self.assert_none([f"docs/README.md lacks {page}" for page in pages
                          if str(page) != "README.md" and f"]({page})" not in text])

    def test_metrics_are_those_of_the_catalogue(self):
        self.assertEqual((ROOT / metrics_doc.OUTPUT).read_text(), metrics_doc.render(ROOT), "run tools/metrics_doc.py")

    def test_the_references_list_what_the_programs_take(self):
        for page, names in (("manager.md", ["virtrigaud-manager"]),
                            ("providers.md", ["virtrigaud-provider-mock", "virtrigaud-provider-libvirt"])):
            text = (ROOT / "docs/reference" / page).read_text()
            listed = set(re.findall(r"`((?:--[a-z-]+)|(?:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+))[^`]*`", text))
            taken = set()
            for name in names:
                flags, help_text = programs.flags_of(BIN / name)
                taken |= {flag for flag in flags if flag.startswith("--")} | programs.variables_in(help_text)
            with self.subTest(page):
                self.assertEqual(taken - listed, set(), "in --help, not in " + page)

    def test_decisions_have_their_parts(self):
        for path in sorted((ROOT / "docs/adr").glob("*.md")):
            with self.subTest(path.name):
                self.assertRegex(path.name, r"^\d{4}-\d{2}-\d{2}-[a-z0-9-]+\.md$")
                for part in ("Status: ", "## Context", "## Decision", "## Consequences"):
                    self.assertIn(part, path.read_text())


if __name__ == "__main__":
    unittest.main()
