"""Files of data that workers keep, each some of them, to answer questions of a fit."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from threading import Lock

from ._executors import Workers
from ._spurious import Part, SpuriousError

#: The parts that this process keeps, the one used last at the end.
_kept: dict[tuple[str, tuple[int, int], str], Part] = {}
_one_at_a_time = Lock()

#: What a part is asked, besides the question: its number, the first block of the samples in question, where they begin in the file, how many
#: they are, and a bit for each that is selected.
Task = tuple[int, int, int, int, bytes | None]


class Stamped:
    """A file as it was when the fit began."""

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            self.state = _state(path)
        except OSError:
            # Whoever opens it says what is wrong.
            self.state = -1, -1


class Questions:
    """Puts the questions of a fit to the parts that lie in some files."""

    def __init__(self, workers: Workers, files: Sequence[Stamped], memory: int) -> None:
        self._workers, self._files, self._memory = workers, files, memory
        #: The workers of Dask that keep the parts.
        self._places: dict[str, str | None] = {}

    def __call__(self, columns: str, question: bytes, tasks: list[Task]) -> list[bytes]:
        """The answers in the order of the tasks."""
        names = [f"{part + 1}/{len(self._files)}" for part, *_ in tasks]
        asked = {
            name: (columns, question, self._files[part], *others, self._memory)
            for name, (part, *others) in zip(names, tasks, strict=True)
        }
        answers: dict[str, bytes] = {}

        def take(name: str, answer: tuple[bytes, str | None]) -> None:
            answers[name], self._places[name] = answer

        go_on = "a fit keeps nothing to go on from: begin it again with other workers"
        self._workers.run(_answer, asked, take, go_on, "part", self._places.get)
        return [answers[name] for name in names]


def _answer(
    columns: str,
    question: bytes,
    file: Stamped,
    first_block: int,
    skip: int,
    samples: int,
    marks: bytes | None,
    memory: int,
    attempt: int,
) -> tuple[bytes, str | None]:
    """What a worker does; with its address, if it is one of Dask."""
    answer = _part(file, columns, memory).answer(question, first_block, skip, samples, marks)
    try:
        return answer, str(sys.modules["distributed"].get_worker().address)
    except (KeyError, ValueError):
        return answer, None


def _part(file: Stamped, columns: str, memory: int) -> Part:
    """A part that is kept, or is from now on. Those that have not been used for longest make room for it."""
    if _state(file.path) != file.state:
        raise SpuriousError(f"{file.path} changed while it was fitted: fit again when it is complete")
    key = (file.path, file.state, columns)
    with _one_at_a_time:
        part = _kept.pop(key, None) or Part.open(file.path, columns, memory)
        _kept[key] = part
        for other in list(_kept)[:-1]:
            if sum(kept.bytes for kept in _kept.values()) <= memory:
                break
            del _kept[other]
    return part


def _state(path: str) -> tuple[int, int]:
    """The size of a file, and when it was last written."""
    found = os.stat(path)
    return found.st_size, found.st_mtime_ns
