#!/usr/bin/env python3
"""Checks config/crd/bases against the API that users already have manifests for: every kind, path, type, column, short name and
subresource of tests/golden/crd-fields.tsv and crd-kinds.json is there, and no constraint is narrower. Additions are fine.

usage: check_contract.py ROOT
Where a folder above ROOT has shared/contract, from which the golden tables were copied, they must still equal those there, and
its check-crds.py must be content too.
"""
import csv
import json
import pathlib
import subprocess
import sys

import yaml

# What the product changes on purpose: mended mistakes and documented short forms, by kind and path.
CHANGED = {
    ("Provider", "spec.type"), ("Provider", "spec.credentialSecretRef"), ("Provider", "spec.runtime"),
    ("Provider", "spec.endpoint"), ("Provider", "spec.runtime.image"), ("VMClass", "spec.securityProfile.tpmVersion"),
    ("VMClass", "spec.firmware"), ("VMClass", "spec.cpu"), ("VMClass", "spec.memory"), ("VMImage", "spec.source"),
    ("VMClone", "spec.source"), ("VMClone", "spec.target"), ("VMSet", "spec.selector"),
    ("VMNetworkAttachment", "spec.network"),
}
TABLES = ("crd-fields.tsv", "crd-kinds.json")


def paths_of(schema, path, required, out):
    """Every path of a schema with its type, whether it is required, and the schema itself."""
    if path:
        kind = "int-or-string" if schema.get("x-kubernetes-int-or-string") else schema.get("type", "any")
        out[path] = (kind, required, schema)
    for name, member in schema.get("properties", {}).items():
        if path or name in ("spec", "status"):
            paths_of(member, f"{path}.{name}" if path else name, name in schema.get("required", []), out)
    if "items" in schema:
        paths_of(schema["items"], path + "[]", False, out)
    if isinstance(schema.get("additionalProperties"), dict):
        paths_of(schema["additionalProperties"], path + "{}", False, out)


def parse_constraints(text):
    out, decoder = {}, json.JSONDecoder()
    while text:
        key, _, rest = text.partition("=")
        out[key.strip()], end = decoder.raw_decode(rest)
        text = rest[end:].lstrip()
    return out


def narrower(want, have):
    """Names of the constraints in which `have` takes less than `want`."""
    bad = []
    if "enum" in have and not {str(v) for v in want.get("enum", ["\0"])} <= {str(v) for v in have["enum"]}:
        bad.append("enum")
    bad += [k for k in ("minimum", "minLength", "minItems") if k in have and have[k] > want.get(k, float("-inf"))]
    bad += [k for k in ("maximum", "maxLength", "maxItems") if k in have and have[k] < want.get(k, float("inf"))]
    if "default" in want and have.get("default") != want["default"]:
        bad.append("default")
    return bad


def kind_problems(want, spec):
    name = want["kind"]
    if spec is None:
        return [f"{name}: no CRD"]
    version = spec["versions"][0]
    problems = [f"{name}: {key} is {spec['names'].get(key)}, not {want[key]}"
                for key in ("plural", "singular") if spec["names"].get(key) != want[key]]
    problems += [f"{name}: short name {short} is missing"
                 for short in want["shortNames"] if short not in spec["names"].get("shortNames", [])]
    columns = {column["name"] for column in version["additionalPrinterColumns"]}
    problems += [f"{name}: printer column {column['name']!r} is missing"
                 for column in want["columns"] if column["name"] not in columns]
    if "status" not in version["subresources"]:
        problems.append(f"{name}: no status subresource")
    return problems


def field_problems(row, fields):
    kind, path = row["kind"], row["path"]
    have = fields.get(kind, {}).get(path)
    if have is None:
        return [f"{kind} {path}: missing"]
    if (kind, path) in CHANGED:
        return []
    problems = []
    loose = have[2].get("x-kubernetes-int-or-string") or have[2].get("x-kubernetes-preserve-unknown-fields")
    if row["type"].split("+")[0] not in ("any", have[0]) and not loose:
        problems.append(f"{kind} {path}: type is {have[0]}, not {row['type']}")
    if have[1] and row["required"] != "required":
        problems.append(f"{kind} {path}: must not be required")
    return problems + [f"{kind} {path}: {name} is narrower or different"
                       for name in narrower(parse_constraints(row["constraints"]), have[2])]


def compare(crd_folder, golden):
    specs, fields = {}, {}
    for file in sorted(crd_folder.glob("*.yaml")):
        spec = yaml.safe_load(file.read_text())["spec"]
        kind = spec["names"]["kind"]
        specs[kind] = spec
        paths_of(spec["versions"][0]["schema"]["openAPIV3Schema"], "", False, fields.setdefault(kind, {}))
    problems = []
    for want in json.loads((golden / "crd-kinds.json").read_text()):
        problems += kind_problems(want, specs.get(want["kind"]))
    with open(golden / "crd-fields.tsv", newline="") as table:
        rows = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))
    for row in rows:
        problems += field_problems(row, fields)
    return problems, len(rows)


def main(root):
    golden = root / "tests/golden"
    contract = next((path for path in (above / "shared/contract" for above in root.parents) if path.is_dir()), None)
    problems, rows = compare(root / "config/crd/bases", golden)
    if contract:
        problems += [f"tests/golden/{name} differs from {contract / name}: copy it"
                     for name in TABLES if (golden / name).read_bytes() != (contract / name).read_bytes()]
        check = subprocess.run([sys.executable, contract / "check-crds.py", root / "config/crd/bases"],
                               capture_output=True, text=True)
        if check.returncode != 0:
            problems.append(check.stdout + check.stderr)
    print("\n".join(problems + [f"{rows} rows of tests/golden checked, {len(problems)} differences",
                                "compared with shared/contract as well" if contract else "no shared/contract above"]))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
