#!/usr/bin/env python3
"""Runs clang-tidy on our sources, skipping those that passed before with the very same inputs.

usage: clang_tidy.py BUILD_FOLDER [PATH_PREFIX...]
A source's key is a hash of the checks, the clang-tidy version, its compile command and the content of every project header
that the compiler read for it (ninja's dependency log; so build first). Passed keys are empty files in
$XDG_CACHE_HOME/virtrigaud/clang-tidy.
"""
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "virtrigaud" / "clang-tidy"


@functools.lru_cache(maxsize=None)
def content_hash(path):
    try:
        return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()
    except FileNotFoundError:
        return "missing"


def dependencies(build):
    """object -> the files that the compiler read for it, from ninja's log."""
    text = subprocess.run(["ninja", "-C", str(build), "-t", "deps"], capture_output=True, text=True, check=True).stdout
    table, current = {}, None
    for line in text.splitlines():
        head = re.match(r"^(\S.*): #deps", line)
        if head:
            current = table.setdefault(head.group(1), [])
        elif line.startswith("    ") and current is not None:
            current.append(line.strip())
    return table


def key(entry, deps, base):
    digest = hashlib.sha256(base)
    digest.update(entry["command"].replace(str(ROOT), "").encode())
    for dep in sorted(deps):
        path = pathlib.Path(entry["directory"], dep).resolve()
        name = str(path)
        if name.startswith(str(ROOT)):
            digest.update(f"{name[len(str(ROOT)):]}={content_hash(name)}\n".encode())
        else:
            digest.update(f"{name}\n".encode())
    digest.update(content_hash(entry["file"]).encode())
    return digest.hexdigest()


def check(entry, build):
    run = subprocess.run(["clang-tidy", "--quiet", "-p", str(build), "--extra-arg=-Wno-unknown-warning-option",
                          entry["file"]], capture_output=True, text=True, check=False)
    return run.returncode, run.stdout


def main(argv):
    build = pathlib.Path(argv[1]).resolve()
    prefixes = tuple(argv[2:]) or ("src/", "apps/")
    if not (build / "compile_commands.json").exists():
        sys.exit(f"{build} is not configured; run 'make build' first")
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, check=True).stdout
    base = version + (ROOT / ".clang-tidy").read_bytes()
    deps = dependencies(build)
    CACHE.mkdir(parents=True, exist_ok=True)
    todo, skipped = [], 0
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = pathlib.Path(entry["file"])
        if not source.is_relative_to(ROOT) or not str(source.relative_to(ROOT)).startswith(prefixes):
            continue
        built = deps.get(entry.get("output", ""))
        if built is None:
            match = re.search(r" -o (\S+)", entry["command"])
            built = deps.get(match.group(1) if match else "", None)
        name = CACHE / key(entry, built, base) if built is not None else None
        if name is not None and name.exists():
            skipped += 1
        else:
            todo.append((entry, name))
    failures = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = {pool.submit(check, entry, build): (entry, name) for entry, name in todo}
        for number, job in enumerate(concurrent.futures.as_completed(jobs), 1):
            entry, name = jobs[job]
            code, output = job.result()
            source = pathlib.Path(entry["file"]).relative_to(ROOT)
            if code == 0:
                if name is not None:
                    name.touch()
            else:
                failures += 1
                print(output)
            print(f"[{number}/{len(todo)}] {source}: {'ok' if code == 0 else 'findings'}", file=sys.stderr)
    print(f"clang-tidy: {len(todo)} checked, {skipped} unchanged, {failures} with findings")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
