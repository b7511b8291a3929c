#!/usr/bin/env python3
"""The manager with the mock provider, end to end, on the control plane that the first argument names.

usage: manager.py embedded|kubernetes [unittest arguments]
$VIRTRIGAUD_BIN is the folder of the built programs.
"""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from cluster import CONTROL_PLANES  # noqa: E402
from manager_process import Manager  # noqa: E402
from manager_case import ManagerCase  # noqa: E402
from manager_failures import Failures  # noqa: E402, F401
from manager_lifecycle import Lifecycle  # noqa: E402, F401
from manager_program import CommandLine, Program  # noqa: E402, F401


def main():
    if len(sys.argv) < 2 or sys.argv[1] not in CONTROL_PLANES:
        sys.exit(__doc__)
    name = sys.argv.pop(1)
    with tempfile.TemporaryDirectory(prefix="vrtg-e2e-") as folder, CONTROL_PLANES[name]() as plane:
        ManagerCase.plane, ManagerCase.folder = plane, pathlib.Path(folder)
        ManagerCase.manager = Manager(pathlib.Path(folder) / "manager", plane.kubeconfig)
        try:
            ManagerCase.manager.start()
            return 0 if unittest.main(exit=False).result.wasSuccessful() else 1
        finally:
            ManagerCase.manager.stop()


if __name__ == "__main__":
    sys.exit(main())
