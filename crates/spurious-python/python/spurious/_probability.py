"""Exact success probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _spurious
from ._arrays import numbers, whole
from ._options import count, flag
from ._progress import shown
from ._result import Result, Table


@dataclass(frozen=True, repr=False, eq=False)
class Probability(Result):
    """The success probability of one cell, and what goes with it.

    Attributes:
        patch_dim: Patch dimension ``p``.
        patches: Number of patches ``k``.
        sum_ratio: Sum ratio ``ρ``.
        scale_ratio: Scale ratio ``β = ‖b‖/‖v₀‖``.
        negative_slope: Negative slope ``c`` of the activation; 0 is the rectifier.
        step_size: Step size ``η``; ``None`` is gradient flow.
        criticality: Criticality ``x_c``, of the rectifier ``πρ/(k + π − 1)``.
        probability: The probability to reach the global minimum.
        error_bound: Bound on its error. 0 is exact.
        failure_probability: ``1 − P``, summed up by itself: it keeps its digits where ``P`` rounds to 1.
        failure_error_bound: Bound on its error.
        limit_probability: The limit of infinitely many patches at this criticality, of gradient flow.
        starts: Independent random starts, including the first one, for the confidence asked for.
        limit_coefficient: Coefficient of ``1/k`` in the approach to the limit, if ``limit_within`` was given.
        patches_within: The number of patches from which on the limit is within ``limit_within``, if there is one.
        simulation_step_size: Step size of the simulation, if ``runs`` was given.
        runs: Runs of the simulation.
        global_: Simulated runs that recover the teacher.
        spurious: Simulated runs that are trapped.
        undecided: Simulated runs without a verdict.
        simulated_probability: The share that recovers the teacher.
        lower: Lower end of Wilson's 95 % interval for it.
        upper: Upper end.
    """

    patch_dim: int
    patches: int
    sum_ratio: float
    scale_ratio: float
    negative_slope: float
    step_size: float | None
    criticality: float
    probability: float
    error_bound: float
    failure_probability: float
    failure_error_bound: float
    limit_probability: float
    starts: int
    limit_coefficient: float | None
    patches_within: int | None
    simulation_step_size: float | None
    runs: int | None
    # `global` is a word of Python.
    global_: int | None
    spurious: int | None
    undecided: int | None
    simulated_probability: float | None
    lower: float | None
    upper: float | None
    _text: str = ""


class ProbabilityMap(Table):
    """Success probabilities of many cells, in arrays of the shape that the arguments have together.

    The columns are the fields of :class:`Probability`. NaN stands for ``None``, and for cells that were skipped as impossible.
    """

    patch_dim: NDArray[np.int64]
    patches: NDArray[np.int64]
    sum_ratio: NDArray[np.float64]
    scale_ratio: NDArray[np.float64]
    negative_slope: NDArray[np.float64]
    step_size: NDArray[np.float64]
    criticality: NDArray[np.float64]
    probability: NDArray[np.float64]
    error_bound: NDArray[np.float64]
    failure_probability: NDArray[np.float64]
    failure_error_bound: NDArray[np.float64]
    limit_probability: NDArray[np.float64]
    starts: NDArray[np.float64]
    limit_coefficient: NDArray[np.float64]
    patches_within: NDArray[np.float64]
    simulation_step_size: NDArray[np.float64]
    runs: NDArray[np.float64]
    global_: NDArray[np.float64]
    spurious: NDArray[np.float64]
    undecided: NDArray[np.float64]
    simulated_probability: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]


# Counts, where there is one cell.
_WHOLE = {"patch_dim", "patches", "starts", "patches_within", "runs", "global", "spurious", "undecided"}


@overload
def probability(
    *,
    patch_dim: int,
    patches: int,
    sum_ratio: float,
    scale_ratio: float = 1.0,
    step_size: float | None = None,
    negative_slope: float = 0.0,
    tolerance: float = 1e-12,
    confidence: float = 0.99,
    limit_within: float | None = None,
    runs: int | None = None,
    skip_impossible: bool = False,
    seed: int = 1,
    progress: bool = False,
) -> Probability: ...


@overload
def probability(
    *,
    patch_dim: ArrayLike,
    patches: ArrayLike,
    sum_ratio: ArrayLike,
    scale_ratio: ArrayLike = 1.0,
    step_size: ArrayLike | None = None,
    negative_slope: ArrayLike = 0.0,
    tolerance: float = 1e-12,
    confidence: float = 0.99,
    limit_within: float | None = None,
    runs: int | None = None,
    skip_impossible: bool = False,
    seed: int = 1,
    progress: bool = False,
) -> Probability | ProbabilityMap: ...


def probability(
    *,
    patch_dim: ArrayLike,
    patches: ArrayLike,
    sum_ratio: ArrayLike,
    scale_ratio: ArrayLike = 1.0,
    step_size: ArrayLike | None = None,
    negative_slope: ArrayLike = 0.0,
    tolerance: float = 1e-12,
    confidence: float = 0.99,
    limit_within: float | None = None,
    runs: int | None = None,
    skip_impossible: bool = False,
    seed: int = 1,
    progress: bool = False,
) -> Probability | ProbabilityMap:
    """The probability that gradient descent from the paper's random start recovers the teacher, by quadrature.

    Only three numbers of the start matter: the angle ``φ₀`` and ``(s₀, q₀)``. For each ``(s₀, q₀)`` one critical angle separates the
    basins, so::

        P = E[ F_p(φ_c(s₀, q₀)) ]

    The first six arguments may be arrays, which broadcast: one call computes a whole map, on all cores. With numbers alone the result is
    a :class:`Probability`.

    Args:
        patch_dim: Patch dimension ``p``.
        patches: Number of patches ``k``.
        sum_ratio: Sum ratio ``ρ = (1ᵀb)²/‖b‖²`` of the teacher's output weights, from 0 to ``k``.
        scale_ratio: Scale ratio ``β = ‖b‖/‖v₀‖``, from 1e-4 to 100.
        step_size: Step size ``η``; gradient flow if left out.
        negative_slope: Negative slope ``c`` of the activation ``max(t, 0) + c min(t, 0)``, from 0 (the rectifier) to 1 (the identity).
        tolerance: The quadrature order is raised until the error bound is at most this.
        confidence: With which at least one of ``starts`` independent starts is to recover the teacher.
        limit_within: If given: from how many patches on the limit of many patches is within this of the probability. Of gradient flow.
        runs: Also simulate so many runs of each cell, at ``step_size`` or at half the largest step with a proof.
        skip_impossible: Cells whose sum ratio exceeds their number of patches become NaN instead of an error.
        seed: Seed of the simulation.
        progress: Show a progress bar (needs tqdm).

    Raises:
        SpuriousError: A number is out of range, or arrays do not broadcast.

    Source:
        docs/theory.md, section 10.

    Examples:
        >>> import numpy as np, spurious
        >>> spurious.probability(patch_dim=5, patches=25, sum_ratio=4).probability
        0.72791613414...
        >>> k, rho = np.array([[25], [36]]), np.array([0.0, 1.0, 4.0])
        >>> spurious.probability(patch_dim=5, patches=k, sum_ratio=rho).probability.round(3)
        array([[0.5  , 0.552, 0.728],
               [0.5  , 0.537, 0.659]])
    """
    arrays: list[Any] = [
        whole(patch_dim, "patch_dim"),
        whole(patches, "patches"),
        numbers(sum_ratio, "sum_ratio"),
        numbers(scale_ratio, "scale_ratio"),
        numbers(negative_slope, "negative_slope"),
    ]
    if step_size is not None:
        arrays.append(numbers(step_size, "step_size"))
    try:
        arrays = list(np.broadcast_arrays(*arrays))
    except ValueError:
        shapes = ", ".join(str(array.shape) for array in arrays)
        raise _spurious.SpuriousError(f"arrays of the shapes {shapes} do not broadcast to one shape") from None
    shape: tuple[int, ...] = arrays[0].shape
    flat = [np.ascontiguousarray(array).ravel() for array in arrays]
    with shown(progress) as bar:
        found, cells, text = _spurious.probability(
            flat[0],
            flat[1],
            flat[2],
            flat[3],
            flat[4],
            flat[5] if step_size is not None else None,
            tolerance=tolerance,
            confidence=confidence,
            limit_within=limit_within,
            runs=None if runs is None else count(runs, "runs"),
            skip_impossible=flag(skip_impossible, "skip_impossible"),
            seed=count(seed, "seed"),
            progress=bar,
        )
    columns: dict[str, NDArray[Any]] = dict(found)
    if shape == () and cells:
        fields: dict[str, Any] = {_name(key): _number(key, column[0]) for key, column in columns.items()}
        return Probability(**fields, _text=text)
    size = flat[0].size
    # What was asked is known of skipped cells, too.
    asked = dict(zip(("patch_dim", "patches", "sum_ratio", "scale_ratio", "negative_slope"), flat, strict=False))
    for name, column in columns.items():
        if name in asked:
            columns[name] = asked[name].reshape(shape).copy()
            continue
        if len(cells) < size:
            whole_column = np.full(size, np.nan)
            whole_column[cells] = column
            column = whole_column
        columns[name] = np.asarray(column, dtype=np.float64).reshape(shape)
    return ProbabilityMap(columns, text)


def _name(key: str) -> str:
    return "global_" if key == "global" else key


def _number(name: str, value: Any) -> float | int | None:
    if np.isnan(value):
        return None
    return int(value) if name in _WHOLE else float(value)
