"""A process of Python that gets Ctrl-C in the middle of its work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time


def assert_ctrl_c_ends(code: str, *arguments: str, **environment: str) -> None:
    """Runs code that prints ``ready`` and then works without end."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(1)
    assert process.poll() is None
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    # Within a second on a machine that has nothing else to do.
    assert time.monotonic() - began < 10
    assert errors.strip().endswith("KeyboardInterrupt")
