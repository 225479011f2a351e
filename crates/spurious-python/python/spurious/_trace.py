"""One run and its trajectory."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from . import _spurious
from ._options import count, flag
from ._progress import shown
from ._result import Result, Table
from ._words import in_python

if TYPE_CHECKING:
    from typing import Unpack

    from ._algorithms import Algorithm, AlgorithmSettings


class Trajectory(Table):
    """The recorded moments of a run; all columns ``[moments]``.

    Attributes:
        step: Number of steps so far.
        time: Time ``t = η·steps``.
        loss: Population loss.
        angle: Angle ``φ``, radians.
        supplement: ``ψ = π − φ``, accurate near the antipode.
        sum: ``s = 1ᵀa``.
        signal: ``q = aᵀb``.
        filter_norm: ``‖v‖``.
    """

    step: NDArray[np.int64]
    time: NDArray[np.float64]
    loss: NDArray[np.float64]
    angle: NDArray[np.float64]
    supplement: NDArray[np.float64]
    sum: NDArray[np.float64]
    signal: NDArray[np.float64]
    filter_norm: NDArray[np.float64]

    def __repr__(self) -> str:
        return f"Trajectory of {len(self)} moments: {', '.join(self.columns)}"


@dataclass(frozen=True, repr=False, eq=False)
class Point(Result):
    """Where a run starts or ends.

    Attributes:
        angle: Angle ``φ``, radians.
        sum: ``s = 1ᵀa``.
        signal: ``q = aᵀb``.
        loss: Population loss, of the end.
    """

    angle: float
    sum: float
    signal: float
    loss: float | None = None

    def __repr__(self) -> str:
        return f"angle {self.angle:.6g}, sum {self.sum:.6g}, signal {self.signal:.6g}"


@dataclass(frozen=True, repr=False, eq=False)
class Guarantee(Result):
    """The step sizes for which a verdict is a theorem.

    Attributes:
        largest_step_size: ``2π/K``, of the rectifier ``2π/(k + π − 1)``. Up to this step size the sum of the output weights approaches its target from one side.
        divergent_step_size: ``4π/K``. From this step size on the sum of the output weights diverges.
        overshoot_step_size: Up to this step size no step turns the filter past the teacher or the antipode.
    """

    largest_step_size: float
    divergent_step_size: float
    overshoot_step_size: float

    def __repr__(self) -> str:
        return f"a verdict is a theorem up to the step size {min(self.largest_step_size, self.overshoot_step_size):.6g}"


@dataclass(frozen=True, repr=False, eq=False)
class Run(Result):
    """A run: its outcome and its trajectory.

    Attributes:
        verdict: The minimum to which the run converges.
        decided_by: How that was found: by a theorem, by the energy (a theorem, too), or by convergence. See :func:`trace`.
        sentence: What the run does and why.
        verdict_step: The step after which the verdict was certain.
        verdict_time: The time of that step.
        steps: Steps taken.
        time: Time ``t = η·steps`` at the end.
        stop: Why the run ended. Trapped runs exhaust their steps: their loss does not fall below that of the spurious minimum.
        phase_one_steps: Steps of phase I, if it ended.
        phase_one_time: Time of phase I, if it ended.
        measured_rate: For a run that recovered the teacher: the final rate of decrease of its error per unit of time. For a trapped run with
            a leak that of ``π − φ``.
        predicted_rate: The rate predicted by the Hessian at that minimum.
        measured_closing: For a trapped run of the rectifier: ``(π − φ)·t`` at the end, which tends to a constant.
        predicted_closing: That constant, ``2π‖v‖²/|q₋|``.
        guarantee: The step sizes for which the verdict is a theorem; ``None`` for gradient flow.
        final: The last point.
        start: The first point.
        trajectory: The recorded moments.
    """

    verdict: Literal["global", "spurious", "undecided"]
    decided_by: Literal["theorem", "energy", "convergence"] | None
    sentence: str
    verdict_step: int | None
    verdict_time: float | None
    steps: int
    time: float
    stop: Literal["converged", "exhausted", "diverged"]
    phase_one_steps: int | None
    phase_one_time: float | None
    measured_rate: float | None
    predicted_rate: float | None
    measured_closing: float | None
    predicted_closing: float | None
    guarantee: Guarantee | None
    final: Point
    start: Point
    trajectory: Trajectory
    _text: str = ""


def trace(
    *,
    patch_dim: int,
    patches: int,
    sum_ratio: float,
    scale_ratio: float = 1.0,
    negative_slope: float = 0.0,
    step_size: float | None = None,
    algorithm: Algorithm = "gd",
    full: bool = False,
    angle: float | None = None,
    sum: float | None = None,
    signal: float | None = None,
    trial: int = 0,
    seed: int = 1,
    max_steps: int = 1_000_000,
    max_time: float = 1e6,
    record_every: int | None = None,
    progress: bool = False,
    **settings: Unpack[AlgorithmSettings],
) -> Run:
    """One run: its trajectory, phases, rate and verdict.

    With a step size, gradient descent (exactly reduced to five numbers, or with ``full`` all ``p + k`` of them) or another algorithm; without
    one, gradient flow. The start is drawn from the paper's initialisation, or given by its angle, sum and signal.

    Args:
        patch_dim: Patch dimension ``p``.
        patches: Number of patches ``k``.
        sum_ratio: Sum ratio ``ρ``, from 0 to ``k``.
        scale_ratio: Scale ratio ``β = ‖b‖/‖v₀‖``.
        negative_slope: Negative slope ``c`` of the activation ``max(t, 0) + c min(t, 0)``, from 0 (the rectifier) to 1 (the identity).
        step_size: Step size ``η``; gradient flow if left out.
        algorithm: What moves the student, on the population loss; with a step size.
        full: Carry all ``p + k`` numbers instead of the five that matter, from a start drawn in full.
        angle: Start at this angle ``φ₀`` (radians) instead of a random one.
        sum: Start with this sum ``1ᵀa₀`` (0 if only the angle or the signal is given).
        signal: Start with this signal ``a₀ᵀb`` (0 if only the angle or the sum is given).
        trial: Which random start of the seed.
        seed: Seed of random starts.
        max_steps: Longest run of gradient descent, in steps.
        max_time: Longest run of gradient flow, in time ``t = η·steps``.
        record_every: Record every so many steps instead of a hundred moments per decade.
        progress: Show a progress bar (needs tqdm).
        **settings: Settings of the algorithm, see :class:`AlgorithmSettings`.

    Gradient descent is decided by theorems. A run with momentum is decided by its energy where that is proved to fall, and other algorithms
    when their loss has stayed below that of the saddles, on one side, for 1000 steps.

    Raises:
        SpuriousError: A number is out of range, a setting is not one of the algorithm, or ``full`` comes without a step size or with a given start.

    Source:
        docs/theory.md, sections 3 and 7.

    Examples:
        >>> import spurious
        >>> run = spurious.trace(patch_dim=5, patches=25, sum_ratio=4, step_size=0.1, trial=1)
        >>> run.verdict, run.verdict_step
        ('spurious', 29)
    """
    if full and step_size is None:
        raise _spurious.SpuriousError("full=True is for gradient descent: give a step_size")
    if full and not (angle is None and sum is None and signal is None):
        raise _spurious.SpuriousError("full=True draws its start in full: leave out angle, sum and signal")
    # Imported here: that module needs this one.
    from ._algorithms import algorithms

    chosen = algorithms([algorithm], settings)
    if algorithm != "gd" and step_size is None:
        raise _spurious.SpuriousError(f"{algorithm} moves in steps: give a step_size")
    if algorithm != "gd" and full:
        raise _spurious.SpuriousError(f"full=True is for gd: {algorithm} carries what numbers it needs by itself")
    with shown(progress) as bar:
        found, start, trajectory, text = _spurious.trace(
            patch_dim=patch_dim,
            patches=patches,
            sum_ratio=sum_ratio,
            scale_ratio=scale_ratio,
            negative_slope=negative_slope,
            step_size=step_size,
            algorithm=chosen,
            full=flag(full, "full"),
            angle=angle,
            sum=sum,
            signal=signal,
            trial=count(trial, "trial"),
            seed=count(seed, "seed"),
            max_steps=count(max_steps, "max_steps"),
            max_time=max_time,
            record_every=None if record_every is None else count(record_every, "record_every", 1),
            progress=bar,
        )
    return run_of(json.loads(found), Point(*start), Trajectory(trajectory), in_python(text))


def run_of(fields: dict[str, Any], start: Point, trajectory: Trajectory, text: str) -> Run:
    """A run from the fields that the library has written, which may be among others."""
    known = {name: fields[name] for name in Run.__dataclass_fields__ if name in fields}
    guarantee, final = known.pop("guarantee"), known.pop("final")
    return Run(
        **known,
        final=Point(**final),
        guarantee=None if guarantee is None else Guarantee(**guarantee),
        start=start,
        trajectory=trajectory,
        _text=text,
    )
