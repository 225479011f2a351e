"""How often students of several filters recover the teacher."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _spurious
from ._arrays import whole
from ._options import count
from ._progress import shown
from ._result import Result, Table
from ._words import in_python


@dataclass(frozen=True, repr=False, eq=False)
class Trap(Result):
    """A critical point above the teacher at which runs end.

    Attributes:
        loss: Loss in units of ``‖b‖²``.
        index: Morse index: the number of negative eigenvalues of the Hessian; 0 at a minimum.
        smallest_eigenvalue: The smallest eigenvalue of the Hessian that is not 0, with filters of length 1 and ``‖b‖ = 1``.
        angles: Angles of the filters with the teacher, radians, rising.
        angles_between: Angles of the filters with each other, radians: of the first with the second, the third, …, then of the second
            with the third, ….
        signals: Signals ``aᵢᵀb`` in units of ``‖b‖²``, in the order of the angles.
        gradient: Length of the gradient: what Newton's method left of it.
        runs: Number of runs that ended there.
    """

    loss: float
    index: int
    smallest_eigenvalue: float
    angles: tuple[float, ...]
    angles_between: tuple[float, ...]
    signals: tuple[float, ...]
    gradient: float
    runs: int

    def __repr__(self) -> str:
        degrees = ", ".join(f"{np.degrees(angle):.2f}°" for angle in self.angles)
        return f"loss {self.loss:.6g}, index {self.index}, angles {degrees}, {self.runs} runs"


class Width(Table):
    """Shares of runs that recover the teacher, a row for each number of filters; all columns ``[numbers of filters]``.

    Attributes:
        filters: Number of filters ``r`` of the student.
        patch_dim: Patch dimension ``p``.
        patches: Number of patches ``k``.
        sum_ratio: Sum ratio ``ρ``.
        scale_ratio: Scale ratio ``β``.
        negative_slope: Negative slope ``c`` of the activation.
        output_weights: How large output weights start, ``"divided"`` or ``"whole"``.
        step_size: Step size ``η``.
        runs: Runs of each student.
        global_: Runs that recovered the teacher (column ``global``).
        spurious: Runs that were trapped.
        undecided: All other runs.
        probability: ``global/runs``.
        lower: Lower end of Wilson's 95 % interval; undecided runs count as failures there.
        upper: Upper end; undecided runs count as successes there.
        single_probability: The exact probability ``P₁`` of one filter; NaN where the theory does not cover the step size.
        law_probability: ``1 − (1 − P₁)ʳ``.
        z_score: Distance of ``probability`` from the law, in standard errors.
        traps: For each number of filters the critical points at which its first 1000 trapped runs end, the most frequent first; empty
            unless they were asked for.
    """

    filters: NDArray[np.int64]
    patch_dim: NDArray[np.int64]
    patches: NDArray[np.int64]
    sum_ratio: NDArray[np.float64]
    scale_ratio: NDArray[np.float64]
    negative_slope: NDArray[np.float64]
    output_weights: NDArray[np.str_]
    step_size: NDArray[np.float64]
    runs: NDArray[np.int64]
    global_: NDArray[np.int64]
    spurious: NDArray[np.int64]
    undecided: NDArray[np.int64]
    probability: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    single_probability: NDArray[np.float64]
    law_probability: NDArray[np.float64]
    z_score: NDArray[np.float64]
    traps: tuple[tuple[Trap, ...], ...]


def width(
    *,
    patch_dim: int,
    patches: int,
    sum_ratio: float,
    filters: ArrayLike,
    step_size: float,
    runs: int,
    scale_ratio: float = 1.0,
    negative_slope: float = 0.0,
    output_weights: Literal["divided", "whole"] = "divided",
    traps: bool = False,
    seed: int = 1,
    progress: bool = False,
) -> Width:
    """How often students of several filters recover the teacher, which has one, and where they are trapped.

    Every filter and its output weights start as in the paper. Beside each share stands the law of independent tickets, with the exact
    probability ``P₁`` of one filter::

        1 − (1 − P₁)ʳ

    A theorem decides the runs of one filter, where it covers the step size. None is known for several filters: a run has recovered the teacher when its loss is next to nothing, and is trapped when it has come to rest
    above.

    Args:
        patch_dim: Patch dimension ``p``.
        patches: Number of patches ``k``.
        sum_ratio: Sum ratio ``ρ``, from 0 to ``k``.
        filters: Numbers of filters of the student, from 1 to 16.
        step_size: Step size ``η``.
        runs: Runs for each number of filters.
        scale_ratio: Scale ratio ``β = ‖b‖/‖v₀‖``.
        negative_slope: Negative slope ``c`` of the activation, from 0 (the rectifier) to 1 (the identity).
        output_weights: How large the output weights of each filter start: as in the paper, divided by the number of filters or whole.
        traps: Also the critical points at which trapped runs end.
        seed: Seed of the starts.
        progress: Show a progress bar (needs tqdm).

    Raises:
        SpuriousError: A number is out of range, or output weights of so many filters diverge with the step size.

    Source:
        docs/theory.md, section 16.

    Examples:
        >>> import spurious
        >>> found = spurious.width(patch_dim=5, patches=25, sum_ratio=1, filters=[1, 2], step_size=0.1, runs=500, traps=True)
        >>> bool(found.probability[1] > found.probability[0])
        True
        >>> [round(trap.loss, 4) for trap in found.traps[1]]
        [0.1268]
    """
    counts = [count(number, "number of filters") for number in whole(filters, "filters").ravel().tolist()]
    with shown(progress) as bar:
        columns, found, text = _spurious.width(
            patch_dim=patch_dim,
            patches=patches,
            sum_ratio=sum_ratio,
            scale_ratio=scale_ratio,
            negative_slope=negative_slope,
            filters=counts,
            step_size=step_size,
            runs=count(runs, "runs", 1),
            output_weights=output_weights,
            traps=traps,
            seed=count(seed, "seed"),
            progress=bar,
        )
    lists: list[list[dict[str, Any]]] = json.loads(found)
    return Width(columns, text, traps=tuple(tuple(_trap(trap) for trap in row) for row in lists))


class WideTrajectory(Table):
    """The recorded moments of a run of a student with several filters; all columns ``[moments]``.

    Besides these columns there are ``angle_1``, …, ``angle_r`` (radians, with the teacher's filter), ``sum_1``, … (``1ᵀaᵢ``) and
    ``signal_1``, … (``aᵢᵀb``), one of each for each filter.

    Attributes:
        step: Number of steps so far.
        time: Time ``t = η·steps``.
        loss: Population loss.
    """

    step: NDArray[np.int64]
    time: NDArray[np.float64]
    loss: NDArray[np.float64]

    def __repr__(self) -> str:
        return f"WideTrajectory of {len(self)} moments: {', '.join(self.columns)}"


@dataclass(frozen=True, repr=False, eq=False)
class WideMoment(Result):
    """Where a run of a student with several filters starts or ends.

    Attributes:
        step: Number of steps so far.
        time: Time ``t = η·steps``.
        loss: Population loss.
        angles: Angles of the filters with the teacher's, radians.
        sums: ``1ᵀaᵢ`` of each filter.
        signals: ``aᵢᵀb`` of each filter.
    """

    step: int
    time: float
    loss: float
    angles: tuple[float, ...]
    sums: tuple[float, ...]
    signals: tuple[float, ...]

    def __repr__(self) -> str:
        return f"loss {self.loss:.6g}, angles {', '.join(f'{angle:.6g}' for angle in self.angles)}"


@dataclass(frozen=True, repr=False, eq=False)
class WideRun(Result):
    """A run of a student with several filters. It ends with its verdict.

    Attributes:
        filters: Number of filters ``r``.
        verdict: Whether it recovers the teacher.
        decided_by: How that was found: by convergence.
        sentence: What the run does and why.
        steps: Steps taken.
        time: Time ``t = η·steps`` at the end.
        start: The first point.
        final: The last point.
        trap: The critical point at which a trapped run ends.
        trajectory: The recorded moments.
    """

    filters: int
    verdict: Literal["global", "spurious", "undecided"]
    decided_by: Literal["convergence"] | None
    sentence: str
    steps: int
    time: float
    start: WideMoment
    final: WideMoment
    trap: Trap | None
    trajectory: WideTrajectory
    _text: str = ""


def trace_width(
    *,
    patch_dim: int,
    patches: int,
    sum_ratio: float,
    filters: int,
    step_size: float,
    scale_ratio: float = 1.0,
    negative_slope: float = 0.0,
    output_weights: Literal["divided", "whole"] = "divided",
    trial: int = 0,
    seed: int = 1,
    max_steps: int = 1_000_000,
    record_every: int | None = None,
    progress: bool = False,
) -> WideRun:
    """One run of a student with several filters: the one of this number among those of :func:`width`. The program has it as ``trace --filters``.

    Args:
        patch_dim: Patch dimension ``p``.
        patches: Number of patches ``k``.
        sum_ratio: Sum ratio ``ρ``, from 0 to ``k``.
        filters: Number of filters of the student, from 1 to 16.
        step_size: Step size ``η``.
        scale_ratio: Scale ratio ``β = ‖b‖/‖v₀‖``.
        negative_slope: Negative slope ``c`` of the activation, from 0 (the rectifier) to 1 (the identity).
        output_weights: How large the output weights of each filter start: as in the paper, divided by the number of filters or whole.
        trial: Which random start of the seed.
        seed: Seed of random starts.
        max_steps: Longest run, in steps.
        record_every: Record every so many steps instead of a hundred moments per decade.
        progress: Show a progress bar (needs tqdm).

    Raises:
        SpuriousError: A number is out of range, or output weights of so many filters diverge with the step size.

    Source:
        docs/theory.md, section 16.

    Examples:
        >>> import spurious
        >>> run = spurious.trace_width(patch_dim=5, patches=25, sum_ratio=1, filters=2, step_size=0.1, trial=7)
        >>> run.verdict, run.final.step == run.steps
        ('global', True)
    """
    with shown(progress) as bar:
        found, trajectory, text = _spurious.trace_width(
            patch_dim=patch_dim,
            patches=patches,
            sum_ratio=sum_ratio,
            scale_ratio=scale_ratio,
            negative_slope=negative_slope,
            filters=count(filters, "number of filters"),
            step_size=step_size,
            output_weights=output_weights,
            trial=count(trial, "trial"),
            seed=count(seed, "seed"),
            max_steps=count(max_steps, "max_steps"),
            record_every=None if record_every is None else count(record_every, "record_every", 1),
            progress=bar,
        )
    fields: dict[str, Any] = json.loads(found)
    for name in ("start", "final"):
        fields[name] = _moment(fields[name])
    trap = fields.pop("trap")
    return WideRun(**fields, trap=None if trap is None else _trap(trap), trajectory=WideTrajectory(trajectory), _text=in_python(text))


def _tuples(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    """Fields whose lists of these names are tuples."""
    found = dict(fields)
    for name in names:
        found[name] = tuple(found[name])
    return found


def _moment(fields: dict[str, Any]) -> WideMoment:
    return WideMoment(**_tuples(fields, "angles", "sums", "signals"))


def _trap(fields: dict[str, Any]) -> Trap:
    return Trap(**_tuples(fields, "angles", "angles_between", "signals"))
