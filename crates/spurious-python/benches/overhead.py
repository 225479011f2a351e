"""What does a call cost beyond its work, and what does the import cost beyond NumPy?

Printed beside their limits: 5 µs for ``verdict``, which computes next to nothing, and 100 ms for the import.
"""

import statistics
import subprocess
import sys
import timeit

import numpy as np

import spurious


def microseconds(call: object, number: int) -> float:
    """The median of several rounds."""
    rounds = timeit.repeat(call, number=number, repeat=7)  # type: ignore[arg-type]
    return 1e6 * statistics.median(rounds) / number


def import_milliseconds(module: str) -> float:
    """The fastest of some fresh interpreters, by their own clock."""
    code = f"import numpy, time; began = time.perf_counter(); import {module}; print(time.perf_counter() - began)"
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True) for _ in range(7)]
    return 1e3 * min(float(run.stdout) for run in runs)


def main() -> None:
    rows = spurious.generate(patch_dim=5, patches=25, sum_ratio=4, samples=1000)
    model = spurious.fit(rows.X, rows.y, patch_len=5, folds=None).model
    calls = {
        "verdict (limit 5)": (
            lambda: spurious.verdict(patches=25, sum_ratio=4.0, angle=2.0, sum=0.1, signal=-0.2),
            100_000,
        ),
        "landscape": (lambda: spurious.landscape(patches=25, sum_ratio=4.0), 1000),
        "population loss, p + k = 30": (
            lambda: spurious.population_loss((np.ones(5), np.ones(25)), (np.ones(5), np.ones(25))),
            10_000,
        ),
        "probability": (lambda: spurious.probability(patch_dim=5, patches=25, sum_ratio=4.0), 20),
        "predictions for 1000 rows of 125": (lambda: model.predict(rows.X), 200),
    }
    for name, (call, number) in calls.items():
        print(f"{microseconds(call, number):10.2f} µs  {name}")
    print(f"{import_milliseconds('spurious'):10.1f} ms  import, beyond NumPy (limit 100)")


if __name__ == "__main__":
    main()
