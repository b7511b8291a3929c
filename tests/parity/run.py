#!/usr/bin/env python3
"""Runs the calls of calls/*.yaml against a real kube-apiserver and the embedded one, and compares the answers.

usage: run.py --embedded PROGRAM [--only GLOB] [--show GLOB] [--kubectl PROGRAM]
The embedded PROGRAM is controlplane_serve. With --kubectl, another kubectl than the one on PATH makes the calls of the files that
call kubectl; a script (*.sh) prints where it is. Prints every difference, then `calls compared: N, differences: M (K listed)`.
Differences that differences.md lists with a reason are fine; others fail the run, and so do listed ones that no longer exist, when
all calls are made. README.md describes the files.
"""
import argparse
import fnmatch
import json
import pathlib
import re
import subprocess
import sys

import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
sys.path.insert(0, str(HERE))
import compare  # noqa: E402
import servers  # noqa: E402


def load_calls(pattern, only_kubectl=False):
    """Yields (id, call) in order; the id is FILE/NAME. Later calls build on earlier ones, so filters choose whole files."""
    for path in sorted((HERE / "calls").glob("*.yaml")):
        document = yaml.safe_load(path.read_text())
        if only_kubectl and not any("kubectl" in call for call in document["calls"]):
            continue
        seen = set()
        for call in document["calls"]:
            name = f"{path.stem}/{call['name']}"
            if name in seen:
                raise SystemExit(f"{path}: two calls are named '{call['name']}'")
            seen.add(name)
            if not pattern or fnmatch.fnmatch(path.stem, pattern):
                yield name, call


def load_known():
    """The rows of differences.md: [(call glob, place glob, reason)]."""
    rows = []
    for line in (HERE / "differences.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if line.startswith("| `") and len(cells) == 3:
            if not cells[2]:
                raise SystemExit(f"differences.md: no reason given for {cells[0]}")
            rows.append((cells[0].strip("`"), cells[1].strip("`"), cells[2]))
    return rows


def kubectl_program(given):
    if not given or not given.endswith(".sh"):
        return given or "kubectl"
    return subprocess.run([given], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def substitute(value, variables):
    if isinstance(value, str):
        whole = re.fullmatch(r"\$\{(\w+)\}", value)
        if whole:
            return variables[whole.group(1)]
        return re.sub(r"\$\{(\w+)\}", lambda match: str(variables[match.group(1)]), value)
    if isinstance(value, list):
        return [substitute(item, variables) for item in value]
    if isinstance(value, dict):
        return {substitute(key, variables): substitute(item, variables) for key, item in value.items()}
    return value


def namespace_of(name):
    return "parity-" + name.split("/")[0]


def variables_of(name):
    namespace = namespace_of(name)
    group = "/apis/infra.virtrigaud.io/v1beta1"
    return {"ns": namespace, "group": group, "in": f"{group}/namespaces/{namespace}",
            "vms": f"{group}/namespaces/{namespace}/virtualmachines", "core": f"/api/v1/namespaces/{namespace}",
            "events": f"/apis/events.k8s.io/v1/namespaces/{namespace}/events",
            "long": "x" * 300_000, "huge": "x" * 3_200_000}


class Session:
    """One server and what was saved from its answers."""

    def __init__(self, server):
        self.server = server
        self.variables = {}
        self.namespace = None

    def answer(self, name, call):
        if self.namespace != namespace_of(name):
            self.namespace = namespace_of(name)
            self.variables = variables_of(name)
            self.server.create_namespace(self.namespace)
        result = self.server.run(substitute(call, self.variables))
        for variable, path in (call.get("save") or {}).items():
            found = compare.find(result.get("body"), path)
            self.variables[variable] = found[0] if found else "missing"
        return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--embedded", required=True, help="the controlplane_serve program")
    parser.add_argument("--only", help="glob over names of files in calls/")
    parser.add_argument("--show", help="glob over FILE/NAME: print both answers of these calls")
    parser.add_argument("--kubectl", help="another kubectl than the one on PATH, or a script that prints its path")
    arguments = parser.parse_args()
    kubectl = kubectl_program(arguments.kubectl)
    known = load_known()
    used = set()
    compared = differences = listed = 0
    unlisted = []
    with servers.Real() as real, servers.Embedded(arguments.embedded) as embedded:
        real.kubectl_program = embedded.kubectl_program = kubectl
        sessions = [Session(real), Session(embedded)]
        for name, call in load_calls(arguments.only, only_kubectl=bool(arguments.kubectl)):
            answers = [session.answer(name, call) for session in sessions]
            if arguments.show and fnmatch.fnmatch(name, arguments.show):
                print(f"{name}\n{json.dumps(answers, indent=1)}")
            compared += 1
            for place, left, right in compare.differences(call, *answers):
                differences += 1
                row = next((row for row in known
                            if fnmatch.fnmatch(name, row[0]) and fnmatch.fnmatch(place, row[1])), None)
                print(f"{name}: {place}{' (listed)' if row else ''}\n    real:     {left}\n    embedded: {right}")
                if row:
                    listed += 1
                    used.add(row)
                else:
                    unlisted.append((name, place))
    stale = [] if arguments.only or arguments.kubectl else [row for row in known if row not in used]
    for row in stale:
        print(f"differences.md lists `{row[0]}` `{row[1]}`, but there is no such difference any more: remove it")
    print(f"calls compared: {compared}, differences: {differences} ({listed} listed)")
    return 1 if unlisted or stale or compared == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
