"""Monte Carlo over a grid."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _spurious
from ._algorithms import Algorithm, AlgorithmSettings, algorithms
from ._arrays import numbers, whole
from ._executors import Executor, Workers
from ._options import count, flag, number, word
from ._progress import Bar, shown
from ._result import Table

if TYPE_CHECKING:
    from typing import Unpack

Folder = str | os.PathLike[str]


class Sweep(Table):
    """The results of a sweep, a row for each cell of the grid; all columns ``[cells]``. A shard has no rows.

    With ``steps`` there are columns ``steps_runs``, ``steps_mean``, ``steps_median``, ``steps_90``, ``steps_99`` and ``steps_max`` too, and
    with ``convergence`` the same of ``convergence_steps``, ``phase_one_steps`` and ``final_loss``.

    Attributes:
        cell: The number of the cell in the grid, from 0, which selects its random streams.
        patch_dim: Patch dimension ``p``.
        patches: Number of patches ``k``.
        sum_ratio: Sum ratio ``ρ``.
        scale_ratio: Scale ratio ``β``.
        negative_slope: Negative slope ``c`` of the activation; 0 is the rectifier.
        step_size: Step size ``η``.
        criticality: Criticality ``x_c``.
        runs: Runs.
        global_: Runs that recover the teacher, the column ``"global"``.
        spurious: Runs that are trapped.
        undecided: Runs without a verdict.
        probability: The share that recovers the teacher.
        lower: Lower end of Wilson's 95 % interval. Undecided runs count as failures.
        upper: Upper end. Undecided runs count as successes.
        exact_probability: The exact probability, where the theory covers the step size; there is no such column with ``exact=False``.
        exact_error_bound: Bound on its error.
        z_score: Distance of the share from the exact probability, in standard errors.
        settings: Everything on which the results depend.
    """

    cell: NDArray[np.int64]
    patch_dim: NDArray[np.int64]
    patches: NDArray[np.int64]
    sum_ratio: NDArray[np.float64]
    scale_ratio: NDArray[np.float64]
    negative_slope: NDArray[np.float64]
    step_size: NDArray[np.float64]
    criticality: NDArray[np.float64]
    runs: NDArray[np.int64]
    global_: NDArray[np.int64]
    spurious: NDArray[np.int64]
    undecided: NDArray[np.int64]
    probability: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    exact_probability: NDArray[np.float64]
    exact_error_bound: NDArray[np.float64]
    z_score: NDArray[np.float64]
    settings: dict[str, Any]


def sweep(
    *,
    patch_dim: ArrayLike,
    patches: ArrayLike,
    sum_ratio: ArrayLike,
    step_size: ArrayLike,
    runs: int,
    scale_ratio: ArrayLike = 1.0,
    negative_slope: ArrayLike = 0.0,
    until: float | None = None,
    steps: bool = False,
    convergence: float | None = None,
    algorithm: Algorithm = "gd",
    engine: Literal["lanes", "scalar", "full"] = "lanes",
    records: bool = False,
    exact: bool = True,
    skip_impossible: bool = False,
    seed: int = 1,
    out: Folder | None = None,
    shard: str | None = None,
    executor: Callable[[], Executor] | Executor | None = None,
    shards: int | None = None,
    force: bool = False,
    progress: bool = False,
    **settings: Unpack[AlgorithmSettings],
) -> Sweep:
    """Monte Carlo over a grid of cells that can be interrupted, resumed and divided among machines.

    The first four arguments, ``scale_ratio`` and ``negative_slope`` are numbers or lists, which multiply. With ``out`` everything is kept in a folder: after Ctrl-C, a kill or
    a full disk, the same call goes on from where it stopped, and with more ``runs`` it adds those that are missing. The command
    ``spurious sweep --out`` reads and writes the same folders.

    With ``executor`` the workers of a cluster do the work, in shards. They need the package, but no file system in common: files come back
    as bytes, and this process writes them into ``out``, from where the same call with any other executor goes on. The results are the same
    bytes that one process would have written.

    Args:
        patch_dim: Patch dimensions ``p``.
        patches: Numbers of patches ``k``.
        sum_ratio: Sum ratios ``ρ``.
        step_size: Step sizes ``η``.
        runs: Runs of each cell.
        scale_ratio: Scale ratios ``β = ‖b‖/‖v₀‖``.
        negative_slope: Negative slopes ``c`` of the activation, from 0 (the rectifier) to 1 (the identity).
        until: Stop a cell as soon as its 95 % interval is no wider than this; ``runs`` is then the most that it gets.
        steps: Also the distribution of the steps until a verdict is certain.
        convergence: Follow runs until their loss is this close to that of their minimum, in units of ``‖b‖²``. Slow.
        algorithm: What moves the student, on the population loss; others than ``"gd"`` have no exact probabilities.
        engine: Of ``"gd"``: ``"lanes"`` has many runs side by side, ``"scalar"`` one at a time, ``"full"`` all ``p + k`` numbers.
        records: Write every trial to Parquet files in the folder.
        exact: Compute the exact probability beside the estimate.
        skip_impossible: Leave out cells whose sum ratio exceeds their number of patches, instead of refusing them.
        seed: Seed of all random streams.
        out: The folder that keeps the runs.
        shard: Do part ``"1/3"`` only; :func:`merge` puts the parts together.
        executor: Anything with ``submit(fn, *args)`` that returns something with ``result()``, such as an executor of
            ``concurrent.futures``, mpi4py or submitit, or a client of Dask; or a function that makes one, which is called again when the
            executor breaks, as a pool of processes does when it loses one.
        shards: The number of parts that the executor's workers do, from 1 to 1000; by default that of the folder, or else as many as are
            worth the trouble, at most 240. What is lost with a worker is one part.
        force: Start over if the folder holds another sweep.
        progress: Show a progress bar (needs tqdm).
        **settings: Settings of the algorithm, see :class:`AlgorithmSettings`.

    Raises:
        SpuriousError: A setting is out of range, or the folder belongs to another sweep.
        WorkersLost: The executor is broken, or lost the same part four times. What was done is kept in the folder.
        OSError: Reading or writing failed.
        KeyboardInterrupt: Ctrl-C. What was done is kept in the folder.

    Examples:
        >>> import spurious
        >>> found = spurious.sweep(patch_dim=5, patches=[25, 36], sum_ratio=[0, 4], step_size=0.1, runs=1000)
        >>> len(found), bool((abs(found.z_score) < 4).all())
        (4, True)

        The same on two processes, and on new ones if one of them is killed:

        >>> from concurrent.futures import ProcessPoolExecutor
        >>> from functools import partial
        >>> same = spurious.sweep(
        ...     patch_dim=5, patches=[25, 36], sum_ratio=[0, 4], step_size=0.1, runs=1000,
        ...     executor=partial(ProcessPoolExecutor, 2), shards=2,
        ... )
        >>> same == found
        True
    """
    chosen = json.loads(algorithms([algorithm], settings))[0]
    if algorithm != "gd" and engine == "full":
        raise _spurious.SpuriousError(f'engine="full" is for gd: {algorithm} carries what numbers it needs by itself')
    everything = {
        "patch_dim": _list(whole(patch_dim, "patch_dim"), "patch_dim"),
        "patches": _list(whole(patches, "patches"), "patches"),
        "sum_ratio": _list(numbers(sum_ratio, "sum_ratio"), "sum_ratio"),
        "scale_ratio": _list(numbers(scale_ratio, "scale_ratio"), "scale_ratio"),
        "negative_slope": _list(numbers(negative_slope, "negative_slope"), "negative_slope"),
        "step_size": _list(numbers(step_size, "step_size"), "step_size"),
        "runs": count(runs, "runs"),
        "until": None if until is None else number(until, "until"),
        "steps": flag(steps, "steps"),
        "convergence": None if convergence is None else number(convergence, "convergence"),
        "engine": word(engine, "engine", ("lanes", "scalar", "full")),
        "records": flag(records, "records"),
        "algorithm": chosen,
        "exact": flag(exact, "exact") and algorithm == "gd",
        "skip_impossible": flag(skip_impossible, "skip_impossible"),
        "seed": count(seed, "seed"),
    }
    with shown(progress) as bar:
        if executor is not None:
            if shard is not None:
                raise _spurious.SpuriousError("an executor does all shards: leave out shard, or executor")
            if records and out is None:
                raise _spurious.SpuriousError("records need a folder: name one with out")
            parts = None if shards is None else count(shards, "shards", 1)
            found = _on_workers(executor, json.dumps(everything), out, parts, force, bar)
        elif shards is not None:
            raise _spurious.SpuriousError("shards are for an executor: give one, or do one part with shard")
        else:
            folder = None if out is None else os.fspath(out)
            found = _spurious.sweep(json.dumps(everything), out=folder, shard=shard, force=force, progress=bar)
    columns, used, text = found
    return Sweep(columns, text, settings=json.loads(used))


def _on_workers(
    executor: Callable[[], Executor] | Executor,
    settings: str,
    out: Folder | None,
    shards: int | None,
    force: bool,
    bar: Bar | None,
) -> tuple[dict[str, Any], str, str]:
    """Has the shards that are not complete done by workers, each of which sends its files back, and merges them."""
    with tempfile.TemporaryDirectory() if out is None else nullcontext(os.fspath(out)) as folder:
        of, unfinished = _spurious.unfinished_shards(settings, out=folder, shards=shards, force=force, progress=bar)
        if bar is not None:
            bar.begin(f"shards of {of}", len(unfinished))

        def keep(shard: str, files: list[tuple[str, bytes]]) -> None:
            _spurious.keep_shard(folder, shard, files)
            if bar is not None:
                bar.advance(1)

        tasks = {shard: (settings, shard, files) for shard, files in unfinished}
        kept = "with out, a folder, the same call would go on from there"
        if out is not None:
            kept = f"what came back is kept in {folder}: the same call goes on from there"
        with Workers(executor) as workers:
            workers.run(_run_shard, tasks, keep, kept)
        return _spurious.merge([folder], out=folder, force=force, progress=bar)


def _run_shard(settings: str, shard: str, files: list[tuple[str, bytes]], attempt: int) -> list[tuple[str, bytes]]:
    """What a worker does."""
    return _spurious.run_shard(settings, shard, files)


def merge(folders: Sequence[Folder], *, out: Folder, force: bool = False, progress: bool = False) -> Sweep:
    """Adds up what the shards of a sweep have left in some folders, and writes the results to ``out``.

    Args:
        folders: The folders of the shards.
        out: The folder for the results, which are the same bytes that one process would have written.
        force: Replace results that are there.
        progress: Show a progress bar (needs tqdm).

    Raises:
        SpuriousError: A shard is missing or not complete, or belongs to another sweep.
        OSError: Reading or writing failed.
    """
    if isinstance(folders, str):
        raise _spurious.SpuriousError("folders is a text: give a list of folders")
    with shown(progress) as bar:
        columns, used, text = _spurious.merge(
            [os.fspath(folder) for folder in folders], out=os.fspath(out), force=force, progress=bar
        )
    return Sweep(columns, text, settings=json.loads(used))


def _list(values: NDArray[Any], name: str) -> list[Any]:
    for value in values.ravel():
        number(value, name)
    if values.dtype.kind == "i" and values.size and values.min() < 0:
        raise _spurious.SpuriousError(f"{name} {values.min()} is not a whole number from 1 on")
    return list(dict.fromkeys(values.ravel().tolist()))
