"""The program ``spurious``."""

from __future__ import annotations

import sys

from ._spurious import run_command


def main() -> int:
    """Runs the command line of this process and returns its exit code."""
    return run_command(["spurious", *sys.argv[1:]])
