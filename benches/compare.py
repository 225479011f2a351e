"""Compares `spurious fit` with other models on held-out rows, and writes `docs/benchmarks.md`.

    python benches/compare.py            # all sets
    python benches/compare.py --quick    # three sets, printed, nothing written
    python benches/compare.py --resume   # go on after an interruption
    python benches/compare.py --page     # the page again, from benches/results.json

Each set is divided into outer folds once, and every method fits and predicts the same rows. A time is that of
one fit with the predictions of its fold, in the mean over folds.
"""

import argparse
import importlib.metadata
import json
import os
import platform
import shutil
import sys
import time
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold
from threadpoolctl import threadpool_limits

from datasets import QUICK, SETS, Missing, Table
from methods import (
    SQUARES,
    Failed,
    Program,
    Spurious,
    by_scipy,
    chosen_penalty,
    methods,
    network_in,
    penalised_loss,
)
from page import page

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benches" / "results.json"
PAGE = ROOT / "docs" / "benchmarks.md"
SCIPY_STARTS = 20
# Probabilities are kept this far from 0 and 1 before the log-loss, for every method.
EDGE = 0.01
# Packages whose versions change results.
PACKAGES = [
    "numpy",
    "scipy",
    "scikit-learn",
    "pandas",
    "statsmodels",
    "sktime",
    "PyWavelets",
    "vega_datasets",
]


def folds(table: Table) -> list[tuple[np.ndarray, np.ndarray]]:
    """Training and held-out rows: five folds of small tables, three of larger ones."""
    count = 5 if table.x.size <= 30_000 else 3
    if table.in_time:
        return list(KFold(count).split(table.x))
    if table.classes:
        return list(StratifiedKFold(count, shuffle=True, random_state=1).split(table.x, table.y))
    return list(KFold(count, shuffle=True, random_state=1).split(table.x))


def scaled(table: Table, train: np.ndarray) -> np.ndarray:
    """The columns, in units of the training rows where the set asks for it."""
    if not table.scale_columns:
        return table.x
    return (table.x - table.x[train].mean(axis=0)) / table.x[train].std(axis=0)


def held_out(method, table: Table) -> tuple[np.ndarray, list[float]]:
    """Predictions of every row by a model that has not seen it, and seconds of each fold."""
    predictions, seconds = np.full(len(table.y), np.nan), []
    for train, held in folds(table):
        x = scaled(table, train)
        with TemporaryDirectory() as folder:
            run = method.prepare(Path(folder), table, x[train], table.y[train], x[held])
            start = time.perf_counter()
            predictions[held] = run()
            seconds.append(time.perf_counter() - start)
    return predictions, seconds


def squared_errors(table: Table, predictions: np.ndarray) -> np.ndarray:
    bounded = np.clip(predictions, 0, 1) if table.classes else predictions
    return (bounded - table.y) ** 2


def scores(table: Table, predictions: np.ndarray) -> dict[str, float]:
    """`R²` of all held-out rows together; for classes also accuracy and log-loss."""
    found = {"r2": 1 - squared_errors(table, predictions).mean() / table.y.var()}
    if table.classes:
        p = np.clip(predictions, EDGE, 1 - EDGE)
        found["accuracy"] = np.mean((predictions > 0.5) == (table.y > 0.5))
        found["log_loss"] = -np.mean(np.where(table.y > 0.5, np.log(p), np.log(1 - p)))
    return {name: float(value) for name, value in found.items()}


def verdict(table: Table, ours: np.ndarray, theirs: np.ndarray) -> str:
    """By the mean difference of squared errors: better or worse if it exceeds two standard errors."""
    gain = squared_errors(table, theirs) - squared_errors(table, ours)
    error = gain.std(ddof=1) / np.sqrt(len(gain))
    return "better" if gain.mean() > 2 * error else "worse" if gain.mean() < -2 * error else "unclear"


def optimisers(program: Program, table: Table) -> dict:
    """Loss and time of one filter on the training rows of the first fold: the program beside SciPy."""
    train, _ = folds(table)[0]
    x, y = scaled(table, train)[train], table.y[train]
    cut = x[:, table.patches.indices(x.shape[1])]
    penalty = chosen_penalty(program, table, x, y)
    with TemporaryDirectory() as name:
        folder = Path(name)
        fit = Spurious(program, (*SQUARES, "--ridge", repr(penalty))).fit(folder, table, x, y)
        start = time.perf_counter()
        found = fit()
        seconds = time.perf_counter() - start
        ours = penalised_loss(*network_in(folder), penalty, cut, y)
    rng, ends, times = np.random.default_rng(1), [], []
    for _ in range(SCIPY_STARTS):
        start = time.perf_counter()
        ends.append(by_scipy(cut, y, penalty, rng))
        times.append(time.perf_counter() - start)
    return {
        "penalty": penalty,
        "searches": found["search"]["searches"],
        "loss": float(ours),
        "seconds": seconds,
        "scipy_best": float(min(ends)),
        "scipy_median": float(np.median(ends)),
        "scipy_reached": int(sum(end <= ours * (1 + 1e-4) for end in ends)),
        "scipy_seconds": sum(times),
    }


def compared(name: str, program: Program) -> dict:
    """All methods on one set."""
    table = SETS[name]()
    print(f"{name}: {table.x.shape[0]} rows of {table.x.shape[1]}", file=sys.stderr)
    outcome = {
        "source": table.source,
        "target": table.target,
        "patches": str(table.patches),
        "shape": table.x.shape,
        "folds": len(folds(table)),
        "in_time": table.in_time,
        "classes": table.classes,
        "methods": {},
        "against": {},
    }
    predicted = {}
    for label, method in methods(program).items():
        if label == "logistic" and not table.classes:
            continue
        try:
            predicted[label], seconds = held_out(method, table)
            row = {**scores(table, predicted[label]), "seconds": float(np.mean(seconds))}
        except Failed as reason:
            row = reason.described()
        outcome["methods"][label] = row
        shown = (f"{k} {v:.4g}" if isinstance(v, float) else v for k, v in row.items())
        print(f"  {label:15}", *shown, file=sys.stderr)
    ours = [label for label, method in methods(program).items() if isinstance(method, Spurious)]
    for label in ours:
        if label in predicted:
            others = [other for other in predicted if other not in ours]
            outcome["against"][label] = {
                other: verdict(table, predicted[label], predicted[other]) for other in others
            }
    if not program.automatic_patches:
        try:
            outcome["optimisers"] = optimisers(program, table)
            print("  optimisers", outcome["optimisers"], file=sys.stderr)
        except Failed as reason:
            outcome["optimisers"] = reason.described()
    return {**outcome, "load": load()}


def processor() -> str:
    """Name of the processor, where the system tells."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def load() -> float | None:
    """Processes that wanted a core in the last minute, ours included, where the system tells."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def default_program() -> str:
    built = ROOT / "target" / "release" / "spurious"
    return str(built) if built.exists() else shutil.which("spurious") or str(built)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument(
        "--spurious", default=default_program(), help="the program [target/release/spurious]"
    )
    options.add_argument("--quick", action="store_true", help="three sets, and nothing is written")
    options.add_argument("--resume", action="store_true", help="keep the tables that the results have")
    options.add_argument("--page", action="store_true", help="write the page from the last results")
    options.add_argument(
        "--sets", nargs="+", choices=SETS, metavar="SET", help="these sets, and nothing is written"
    )
    options.add_argument("--threads", type=int, default=1, help="threads of every method [1]")
    options.add_argument("--limit", type=float, default=30, help="seconds that a fit may take [30]")
    options.add_argument("--patches", choices=["shape", "auto"], default="shape", help="who chooses windows")
    given = options.parse_args()
    if given.page:
        PAGE.write_text(page(json.loads(RESULTS.read_text())))
        return
    program = Program(given.spurious, given.threads, given.limit, given.patches == "auto")
    start = time.perf_counter()
    results = {
        "date": date.today().isoformat(),
        "program": program.run("--version").strip(),
        "processor": f"{processor()}, {os.cpu_count()} cores",
        "system": f"{platform.system()}, Python {platform.python_version()}",
        "versions": {name: version(name) for name in PACKAGES},
        "threads": given.threads,
        "limit": given.limit,
        "patches": given.patches,
        "scipy_starts": SCIPY_STARTS,
        "sessions": 1,
        "sets": {},
        "missing": {},
    }
    if given.resume and RESULTS.exists():
        earlier = json.loads(RESULTS.read_text())
        start -= earlier["seconds"]
        results["sets"] = earlier["sets"]
        results["sessions"] = earlier["sessions"] + 1
    chosen = given.sets or (QUICK if given.quick else list(SETS))
    complete = chosen == list(SETS)
    with threadpool_limits(given.threads):
        for name in chosen:
            if name in results["sets"]:
                continue
            try:
                results["sets"][name] = compared(name, program)
            except (Missing, ImportError) as reason:
                results["missing"][name] = str(reason)
                print(f"{name}: missing, {reason}", file=sys.stderr)
            results["seconds"] = time.perf_counter() - start
            if complete:
                RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    if not complete:
        print(page(results))
        return
    PAGE.write_text(page(results))
    print(f"wrote {RESULTS.relative_to(ROOT)} and {PAGE.relative_to(ROOT)}", file=sys.stderr)


if __name__ == "__main__":
    main()
