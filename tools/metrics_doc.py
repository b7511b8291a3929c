#!/usr/bin/env python3
"""Writes docs/reference/metrics.md from src/obs/catalog.cc and from where the sources record each metric.

usage: metrics_doc.py [--print]    --print: to standard output instead of the file
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
OUTPUT = "docs/reference/metrics.md"
ENTRY = re.compile(r'const MetricInfo (k\w+)\{\s*"(\w+)",\s*(k\w+),\s*\{([^}]*)\},\s*((?:"[^"]*"\s*)+)', re.S)
HEAD = """# Metrics

Written by `tools/metrics_doc.py` from `src/obs/catalog.cc`; a test compares the two. Prometheus text format, at `/metrics` of the
manager (`--metrics-bind-address`) and of a provider program that was given `HEALTH_PORT` or `--metrics-addr`. `vrtg status` prints
where the manager that `vrtg up` started serves them.

Histograms have the buckets 5 ms, 10, 25, 50, 100, 250, 500 ms, 1 s, 2.5, 5, 10, 30 s, 1 min, 2 and 5 min.
`virtrigaud_circuit_breaker_state` is 0 closed, 1 open, 2 half-open.

## Recorded

| Metric | Type | Labels | Meaning | Recorded in |
|---|---|---|---|---|
"""
TAIL = """
## Declared, recorded by nothing yet

These names are reserved by the product's documentation. No program exports them today: a dashboard that uses them stays empty.

| Metric | Type | Labels | Meaning |
|---|---|---|---|
"""


def catalog(root):
    """[(constant, name, type, labels, help)] in the order of the file."""
    text = (root / "src/obs/catalog.cc").read_text()
    found = []
    for constant, name, kind, labels, help_text in ENTRY.findall(text):
        words = "".join(re.findall(r'"([^"]*)"', help_text))
        found.append((constant, name, kind[1:].lower(), re.findall(r'"(\w+)"', labels), words))
    declared = len(re.findall(r"^const MetricInfo k", text, re.M))
    if len(found) != declared:
        raise SystemExit(f"metrics_doc: read {len(found)} of {declared} entries of src/obs/catalog.cc: mend ENTRY in this script")
    return found


def places(root, constants):
    """Which room or app records each constant: {constant: {"src/runtime", ...}}."""
    used = {constant: set() for constant in constants}
    for path in [*root.glob("src/**/*.cc"), *root.glob("apps/**/*.cc")]:
        if path.name.endswith("_test.cc") or path.parent.name in ("obs", "testing"):
            continue
        for constant in set(re.findall(r"\bobs::(k\w+)", path.read_text())) & used.keys():
            parts = path.relative_to(root).parts
            used[constant].add("/".join(parts[:3] if parts[1] == "providers" else parts[:2]))
    return used


def render(root):
    entries = catalog(root)
    used = places(root, [entry[0] for entry in entries])
    recorded, idle = [], []
    for constant, name, kind, labels, words in entries:
        row = f"| `{name}` | {kind} | {', '.join(labels)} | {words} |"
        if used[constant]:
            recorded.append(f"{row} {', '.join(f'`{place}`' for place in sorted(used[constant]))} |")
        else:
            idle.append(row)
    text = HEAD + "\n".join(recorded) + "\n"
    return text + TAIL + "\n".join(idle) + "\n" if idle else text


def main():
    if "--print" in sys.argv[1:]:
        sys.stdout.write(render(ROOT))
    else:
        (ROOT / OUTPUT).write_text(render(ROOT))


if __name__ == "__main__":
    main()
