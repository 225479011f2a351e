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


def _trap(fields: dict[str, Any]) -> Trap:
    found = dict(fields)
    for name in ("angles", "angles_between", "signals"):
        found[name] = tuple(found[name])
    return Trap(**found)
