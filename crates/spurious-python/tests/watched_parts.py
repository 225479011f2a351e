"""Workers that answer for parts, of which one is killed. Workers import this module, which imports little."""

from __future__ import annotations

import os
import signal
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

# The question at which a worker is killed.
LAST = 3


def watched(
    notes: Path, victim: str, fn: Callable[..., Any], columns: str, question: bytes, file: Any, *others: Any
) -> Any:
    """The answer of a part, noted; the worker that has some question for one of them is killed in the middle."""
    name = Path(file.path).name
    (notes / f"{name} {uuid.uuid4()}").touch()
    if name == victim and len(list(notes.glob(f"{name} *"))) == LAST:
        threading.Timer(0.002, os.kill, (os.getpid(), signal.SIGKILL)).start()
        fn(columns, question, file, *others)
        time.sleep(60)  # Never reached, unless the answer takes less than the timer.
    return fn(columns, question, file, *others)


class Watched:
    """An executor whose work is noted, and of which one worker dies at some part."""

    def __init__(self, workers: Any, notes: Path, victim: str) -> None:
        self._workers, self._notes, self._victim = workers, notes, victim

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Any:
        return self._workers.submit(watched, self._notes, self._victim, fn, *args)

    def __enter__(self) -> Watched:
        self._workers.__enter__()
        return self

    def __exit__(self, *raised: Any) -> None:
        self._workers.__exit__(*raised)
