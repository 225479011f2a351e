"""What does a question to the parts of a fit cost beyond the sums themselves?

A fit to four files. Each question is put to this process first, which has nothing to send, and then to two workers of each kind of executor, which
have read the files before. Printed are the median time of a question to all parts, and its bytes. Dask and Ray are measured where they are installed.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from executors import dask, processes, ray

import spurious
from spurious import _fit
from spurious._parts import Questions, Task

PARTS = 4


class Timed(Questions):
    """Questions that are timed and weighed."""

    took: list[float] = []
    sent: list[int] = []
    received: list[int] = []

    def __call__(self, columns: str, question: bytes, tasks: list[Task]) -> list[bytes]:
        began = time.perf_counter()
        answers = super().__call__(columns, question, tasks)
        self.took.append(time.perf_counter() - began)
        self.sent.append(len(columns) + len(question))
        self.received.append(sum(len(answer) for answer in answers) // len(answers))
        return answers


@contextmanager
def this_process() -> Generator[Any]:
    def submit(fn: Callable[..., Any], /, *args: Any) -> Any:
        return SimpleNamespace(result=lambda: fn(*args))

    yield SimpleNamespace(submit=submit)


def measure(patch_dim: int, patches: int, samples: int, folder: Path) -> None:
    data = spurious.generate(patch_dim=patch_dim, patches=patches, sum_ratio=4, samples=samples, noise=1)
    files = [folder / f"{number}.npy" for number in range(PARTS)]
    table = np.column_stack([data.X, data.y])
    for file, rows in zip(files, np.array_split(table, PARTS), strict=True):
        np.save(file, rows)
    words: dict[str, Any] = {"target": str(table.shape[1]), "patch_len": patch_dim, "folds": None, "ridge": 0.01}
    print(f"{samples} rows of {data.X.shape[1]} numbers, patches of {patch_dim}, {PARTS} files")
    for cluster in (this_process, processes, dask, ray):
        try:
            with cluster() as executor:
                spurious.fit(parts=files, executor=executor, starts=1, **words)
                for measured in (Timed.took, Timed.sent, Timed.received):
                    measured.clear()
                spurious.fit(parts=files, executor=executor, starts=4, **words)
        except ImportError as error:
            print(f"not measured: {cluster.__name__} ({error})")
            continue
        print(
            f"{1e3 * statistics.median(Timed.took):8.1f} ms a question on {cluster.__name__}: {len(Timed.took)} of them, to each part "
            f"{statistics.median(Timed.sent) / 1e3:.1f} kB and back {statistics.median(Timed.received) / 1e3:.1f} kB"
        )


def main() -> None:
    # The class that a fit uses.
    setattr(_fit, "Questions", Timed)
    for patch_dim, patches, samples in ((5, 25, 8192), (5, 25, 400_000), (8, 100, 50_000)):
        with tempfile.TemporaryDirectory() as folder:
            measure(patch_dim, patches, samples, Path(folder))


if __name__ == "__main__":
    main()
