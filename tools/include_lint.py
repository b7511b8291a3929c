#!/usr/bin/env python3
"""Checks #include lines against the room table in cmake/Rooms.cmake, and keeps heavy headers in their rooms.

usage: include_lint.py PROJECT_ROOT
Prints one line per forbidden include and exits 1 if there is any. Tests (*_test.cc, *_benchmark.cc, *_fixture.h) and the room
'testing' may also include testing/.
"""
import pathlib
import re
import sys

# header prefix -> the rooms (or folders below src/) that may include it
HEAVY = {
    "grpcpp/": ("rpc", "sdk"),
    "grpc/": ("rpc", "sdk"),
    "google/protobuf/": ("rpc", "sdk", "controlplane"),
    "openapi/v2/": ("controlplane",),
    "provider/v1/": ("rpc", "sdk"),
    "CLI/": ("cli",),
    "boost/": ("net",),
    "curl/": ("net",),
    "jwt.h": ("net",),
    "libvirt/": ("providers/libvirt",),
    "sqlite3.h": ("controlplane",),
    "prometheus/": ("obs",),
    "spdlog/": ("base",),
}
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]')


def rooms(root):
    table = {}
    for name, uses in re.findall(r"^set\(VR_ROOM_(\w+) ([^)]*)\)", (root / "cmake/Rooms.cmake").read_text(), re.M):
        table[name] = set() if uses == '""' else set(uses.split())
    return table


def check(path, folder, table):
    """Yields (line number, message) for each forbidden include of one file below src/."""
    room = folder.split("/")[0]
    is_test = path.name.endswith(("_test.cc", "_benchmark.cc", "_fixture.h")) or room == "testing"
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        target = match.group(1)
        first = target.split("/")[0]
        for prefix, allowed in HEAVY.items():
            if target.startswith(prefix) and not any(folder == a or folder.startswith(a + "/") for a in allowed):
                yield number, f"{target} belongs to {', '.join(allowed)} only"
        if target == "nlohmann/json.hpp" and path.suffix == ".h" and not is_test:
            yield number, "headers take nlohmann/json_fwd.hpp; json.hpp belongs into .cc files"
        if first not in table or "/" not in target or first == room:
            if first == room == "providers" and folder.split("/")[1:2] != target.split("/")[1:2]:
                yield number, f"one provider may not see another ({target})"
            continue
        if is_test and (first == "testing" or room == "testing"):
            continue
        if first not in table[room] and not is_test:
            yield number, f"room '{room}' may not use room '{first}' ({target})"


def main(argv):
    root = pathlib.Path(argv[1])
    table = rooms(root)
    problems = 0
    for path in sorted(root.glob("src/**/*")):
        if path.suffix not in (".h", ".cc"):
            continue
        folder = str(path.parent.relative_to(root / "src"))
        if folder.split("/")[0] not in table:
            print(f"{path.relative_to(root)}: '{folder}' is not a room of cmake/Rooms.cmake")
            problems += 1
            continue
        for number, message in check(path, folder, table):
            print(f"{path.relative_to(root)}:{number}: {message}")
            problems += 1
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
