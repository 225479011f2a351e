"""What does a question cost beyond the sums themselves, where the parts of a fit lie on workers?

A fit to four files on workers, beside the same fit without any: how long the questions take, and how many bytes they and their answers have.
Workers are there before the clock starts, and have read their files. Dask and Ray are measured where they are installed.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from executors import dask, processes, ray

import spurious

PARTS = 4


class Measured:
    """An executor, with the bytes of what it is asked and answers."""

    def __init__(self, workers: Any) -> None:
        self._workers = workers
        self.asked: list[int] = []
        self.answered: list[Any] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Any:
        self.asked.append(sum(len(argument) for argument in args if isinstance(argument, (str, bytes))))
        self.answered.append(self._workers.submit(fn, *args))
        return self.answered[-1]


def seconds(files: list[Path], words: dict[str, Any], **executor: Any) -> float:
    began = time.perf_counter()
    spurious.fit(parts=files, **words, **executor)
    return time.perf_counter() - began


def measure(patch_dim: int, patches: int, samples: int, folder: Path) -> None:
    data = spurious.generate(patch_dim=patch_dim, patches=patches, sum_ratio=4, samples=samples, noise=1)
    files = [folder / f"{number}.npy" for number in range(PARTS)]
    table = np.column_stack([data.X, data.y])
    for file, rows in zip(files, np.array_split(table, PARTS), strict=True):
        np.save(file, rows)
    words: dict[str, Any] = {"target": str(table.shape[1]), "patch_len": patch_dim, "folds": None}
    print(f"{samples} rows of {data.X.shape[1]} numbers, patches of {patch_dim}: {seconds(files, words):.1f} s alone")
    for cluster in (processes, dask, ray):
        try:
            with cluster() as executor:
                seconds(files, words, executor=executor)
                measured = Measured(executor)
                took = seconds(files, words, executor=measured)
                answers = [len(future.result()[0]) for future in measured.answered]
        except ImportError as error:
            print(f"not measured: {cluster.__name__} ({error})")
            continue
        tasks = len(answers)
        print(
            f"{took:8.1f} s on {cluster.__name__}: {tasks} questions to parts, of {sum(measured.asked) / tasks / 1e3:.1f} kB, with answers of "
            f"{sum(answers) / tasks / 1e3:.1f} kB"
        )


def main() -> None:
    for patch_dim, patches, samples in ((5, 25, 400_000), (8, 100, 50_000)):
        with tempfile.TemporaryDirectory() as folder:
            measure(patch_dim, patches, samples, Path(folder))


if __name__ == "__main__":
    main()
