#!/usr/bin/env python3
"""Gives the cases of tests/golden/rule-cases.json to a real API server that has our CRDs and nothing else of ours.

Its verdicts come from the schemas and their x-kubernetes-validations. src/api/rules_test.cc expects the same of our own checks.
"""
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/lib"))
import testenv  # noqa: E402


def manifest(case, name, spec):
    body = {"apiVersion": "infra.virtrigaud.io/v1beta1", "kind": case["kind"],
            "metadata": {"name": name, "namespace": "default"}}
    if spec is not None:
        body["spec"] = spec
    return json.dumps(body)


def verdict(server, case, name):
    """What the API server says to the case: "" if it accepts it."""
    if "old" not in case:
        answer = server.kubectl("create", "--dry-run=server", "-f", "-", check=False,
                                stdin=manifest(case, name, case["spec"]))
        return "" if answer.returncode == 0 else answer.stderr
    server.kubectl("create", "-f", "-", stdin=manifest(case, name, case["old"]))
    if "status" in case:
        server.kubectl("patch", case["kind"], name, "--subresource=status", "--type=merge", "-p",
                       json.dumps({"status": case["status"]}))
    answer = server.kubectl("replace", "-f", "-", check=False, stdin=manifest(case, name, case["spec"]))
    return "" if answer.returncode == 0 else answer.stderr


def main():
    cases = json.loads((ROOT / "tests/golden/rule-cases.json").read_text())
    failures = []
    with testenv.ApiServer() as server:
        server.install_crds()
        for number, case in enumerate(cases):
            said = verdict(server, case, f"case-{number}")
            expected = case.get("cluster", case["error"])
            if (expected == "") != (said == "") or expected not in said:
                failures.append(f"{case['kind']}: {case['name']}: expected {expected or 'acceptance'!r}, got: {said}")
    print("\n".join(failures))
    print(f"{len(cases)} cases, {len(failures)} judged differently")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
