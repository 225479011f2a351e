"""Algorithms by their names, and several of them on one landscape."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import numpy as np

from . import _spurious
from ._arrays import Numbers, numbers
from ._options import count, number
from ._population import Network, vectors
from ._progress import shown
from ._result import Table
from ._trace import Point, Run, Trajectory, run_of
from ._words import in_python

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from typing import Unpack

Algorithm = Literal["gd", "momentum", "nesterov", "adam", "rmsprop", "sign", "straight_through", "noisy", "sgd"]
"""The algorithms, by the names that the command line has."""


class AlgorithmSettings(TypedDict, total=False):
    """Settings of algorithms, with the names of PyTorch; what is left out is as it has it."""

    momentum: float
    """``μ`` of ``momentum`` and ``nesterov``, below 1; 0.9."""
    betas: tuple[float, float]
    """``β₁`` and ``β₂`` of ``adam``; 0.9 and 0.999."""
    eps: float
    """``ε`` of ``adam`` and ``rmsprop``; 1e-8."""
    alpha: float
    """``α`` of ``rmsprop``; 0.99."""
    noise: tuple[float, float]
    """Radii of the noise of ``noisy`` in its first epoch, around the filter and around the output weights; 36 and 1."""
    noise_decay: float
    """What they are multiplied by after each epoch; 0.4."""
    step_decay: float
    """What the step size of ``noisy`` is multiplied by after each epoch; 0.8."""
    epoch: int
    """Steps of an epoch of ``noisy``; 400."""
    epochs: int
    """Epochs with noise, after which ``noisy`` is ``gd``; 20."""
    batch_size: int
    """Fresh samples of a step of ``sgd``; 32."""


_PAIRS = ("betas", "noise")
_COUNTS = ("epoch", "epochs", "batch_size")


def algorithms(names: Sequence[str], settings: AlgorithmSettings) -> str:
    """The algorithms as the library reads them."""
    found: dict[str, Any] = {}
    for name, value in settings.items():
        if name in _COUNTS:
            found[name] = count(value, name, 1)
        elif name in _PAIRS:
            pair = numbers(value, name).ravel()  # type: ignore[arg-type]
            if pair.size != 2:
                raise _spurious.SpuriousError(f"{name} {value!r} is not a pair of numbers")
            found[name] = [number(item, name) for item in pair.tolist()]
        elif name in AlgorithmSettings.__annotations__:
            found[name] = number(value, name)
        else:
            raise TypeError(f"{name!r} is no setting of an algorithm: those are {', '.join(AlgorithmSettings.__annotations__)}")
    return _spurious.algorithms([str(name) for name in names], json.dumps(found))


class ComparedAlgorithms(Table):
    """Several algorithms on one landscape, a row for each algorithm with each step size; all columns ``[rows]``.

    The columns from ``runs`` on are there if many runs were asked for.

    Attributes:
        algorithm: The name.
        step_size: Step size ``η``.
        verdict: ``"global"``, ``"spurious"`` or ``"undecided"``, of the run from the one start.
        decided_by: ``"theorem"``, ``"energy"`` or ``"convergence"``; empty if it is undecided.
        verdict_step: The step after which that was known.
        phase_one_steps: Steps of its phase I, if it ended.
        steps: Steps taken.
        stop: Why it ended.
        loss: Population loss at the end.
        angle: Angle ``φ`` at the end, radians.
        signal: ``q = aᵀb`` at the end.
        runs: Random starts, the same for every row.
        global_: Runs that recover the teacher, the column ``"global"``.
        spurious: Runs that are trapped.
        undecided: Runs without a verdict.
        probability: The share that recovers the teacher.
        lower: Lower end of Wilson's 95 % interval. Undecided runs count as failures.
        upper: Upper end. Undecided runs count as successes.
        decided_by_theorem: Runs that were decided by the invariant sets.
        decided_by_energy: By their energy.
        decided_by_convergence: By convergence.
        phase_one_median: The median length of phase I in steps, of runs that recover the teacher; at most 1 % too large.
        phase_one_90: The quantile at 90 %.
        start: The one start.
        paths: The run of each row.
    """

    algorithm: NDArray[np.str_]
    step_size: NDArray[np.float64]
    verdict: NDArray[np.str_]
    decided_by: NDArray[np.str_]
    verdict_step: NDArray[np.float64]
    phase_one_steps: NDArray[np.float64]
    steps: NDArray[np.int64]
    stop: NDArray[np.str_]
    loss: NDArray[np.float64]
    angle: NDArray[np.float64]
    signal: NDArray[np.float64]
    runs: NDArray[np.int64]
    global_: NDArray[np.int64]
    spurious: NDArray[np.int64]
    undecided: NDArray[np.int64]
    probability: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    decided_by_theorem: NDArray[np.int64]
    decided_by_energy: NDArray[np.int64]
    decided_by_convergence: NDArray[np.int64]
    phase_one_median: NDArray[np.float64]
    phase_one_90: NDArray[np.float64]
    start: Point
    paths: tuple[Run, ...]


def compare(
    *,
    patch_dim: int,
    patches: int,
    sum_ratio: float,
    step_size: ArrayLike,
    algorithm: Algorithm | Sequence[Algorithm] = ("gd", "momentum", "nesterov", "adam"),
    scale_ratio: float = 1.0,
    negative_slope: float = 0.0,
    runs: int | None = None,
    angle: float | None = None,
    sum: float | None = None,
    signal: float | None = None,
    trial: int = 0,
    seed: int = 1,
    max_steps: int = 20_000,
    progress: bool = False,
    **settings: Unpack[AlgorithmSettings],
) -> ComparedAlgorithms:
    """Several algorithms on one landscape: a run of each from the same start, and with ``runs`` how often each recovers the teacher.

    Each algorithm is run with each step size. All of them minimise the population loss.

    Args:
        patch_dim: Patch dimension ``p``.
        patches: Number of patches ``k``.
        sum_ratio: Sum ratio ``ρ``, from 0 to ``k``.
        step_size: Step sizes ``η``.
        algorithm: Names of algorithms.
        scale_ratio: Scale ratio ``β = ‖b‖/‖v₀‖``.
        negative_slope: Negative slope ``c`` of the activation, from 0 (the rectifier) to 1 (the identity).
        runs: Random starts from which each algorithm is run as well.
        angle: Start at this angle ``φ₀`` (radians) instead of a random one.
        sum: Start with this sum ``1ᵀa₀`` (0 if only the angle or the signal is given).
        signal: Start with this signal ``a₀ᵀb`` (0 if only the angle or the sum is given).
        trial: Which random start of the seed.
        seed: Seed of random starts.
        max_steps: Longest run from the one start, in steps.
        progress: Show a progress bar (needs tqdm).
        **settings: See :class:`AlgorithmSettings`.

    Raises:
        SpuriousError: A number is out of range, a name unknown, or a setting is given that none of the algorithms has.

    Source:
        docs/theory.md, sections 3 and 7; Zhou et al. (2019) for the defaults of the noise.

    Examples:
        >>> import spurious
        >>> found = spurious.compare(patch_dim=5, patches=25, sum_ratio=4, step_size=0.02, trial=1, algorithm=["gd", "adam"])
        >>> found.verdict.tolist()
        ['spurious', 'global']
    """
    names = [algorithm] if isinstance(algorithm, str) else list(algorithm)
    sizes = [number(size, "step_size") for size in numbers(step_size, "step_size").ravel().tolist()]
    with shown(progress) as bar:
        start, found, columns, trajectories, text = _spurious.compare(
            algorithms=algorithms(names, settings),
            patch_dim=patch_dim,
            patches=patches,
            sum_ratio=sum_ratio,
            scale_ratio=scale_ratio,
            negative_slope=negative_slope,
            step_size=sizes,
            angle=angle,
            sum=sum,
            signal=signal,
            trial=count(trial, "trial"),
            seed=count(seed, "seed"),
            max_steps=count(max_steps, "max_steps"),
            runs=None if runs is None else count(runs, "runs", 1),
            progress=bar,
        )
    first = Point(*start)
    pairs = zip(json.loads(found), trajectories, strict=True)
    paths = tuple(run_of(fields, first, Trajectory(trajectory), "") for fields, trajectory in pairs)
    return ComparedAlgorithms(columns, in_python(text), start=first, paths=paths)


def descend(
    teacher: Network,
    student: Network,
    *,
    step_size: float,
    steps: int = 1,
    algorithm: Literal["gd", "momentum", "nesterov", "adam", "rmsprop", "sign"] = "gd",
    negative_slope: float = 0.0,
    **settings: Unpack[AlgorithmSettings],
) -> tuple[Numbers, Numbers]:
    """The student after some steps on the population loss: its filter ``[p]`` and its output weights ``[k]``.

    Running means begin with 0, as in PyTorch.

    Args:
        teacher: Filter ``w*`` ``[p]`` and output weights ``a*`` ``[k]``.
        student: Filter ``v`` ``[p]`` and output weights ``a`` ``[k]``.
        step_size: Step size ``η``.
        steps: Steps.
        algorithm: An algorithm that draws nothing.
        negative_slope: Negative slope ``c`` of the activation.
        **settings: See :class:`AlgorithmSettings`.

    Raises:
        SpuriousError: A number is out of range, shapes differ, or the algorithm draws random numbers.

    Examples:
        >>> import spurious
        >>> filter, output_weights = spurious.descend(([1, 0], [1, 2]), ([0.6, 0.8], [0.5, 0.5]), step_size=0.5, steps=2000)
        >>> output_weights.round(9).tolist()
        [1.0, 2.0]
    """
    return _spurious.descend(
        *vectors(teacher, student),
        algorithm=algorithms([algorithm], settings),
        step_size=step_size,
        steps=count(steps, "steps"),
        negative_slope=negative_slope,
    )
