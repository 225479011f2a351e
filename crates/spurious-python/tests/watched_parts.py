"""Workers that answer for parts, of which one is killed. Workers import this module, which imports little."""

from __future__ import annotations

import os
import signal
import threading
import time
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from watched import Watched

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


WatchedParts = partial(Watched, watch=watched)
