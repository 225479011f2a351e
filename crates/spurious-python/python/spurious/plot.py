"""Figures in matplotlib. Each function draws into ``ax``, or into a figure of its own, and returns the axes."""

# matplotlib says little about the types of its functions.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

try:
    import matplotlib.pyplot as plt
    from matplotlib.axes import Axes
except ImportError as _error:
    raise ImportError('spurious.plot needs matplotlib: pip install "spurious[plot]"') from _error

from ._fit import Fit
from ._landscape import Landscape
from ._model import Model
from ._probability import ProbabilityMap
from ._spurious import SpuriousError
from ._sweep import Sweep
from ._trace import Run

COLOURS = {"global": "#0b6e99", "spurious": "#b3432b", "undecided": "#7a7a7a"}
"""The colour of each verdict."""


def _axes(ax: Axes | None) -> Axes:
    return plt.figure(layout="constrained").add_subplot() if ax is None else ax


def landscape(landscape: Landscape, runs: Sequence[Run] = (), *, ax: Axes | None = None) -> Axes:
    """The critical points in the plane of angle and signal, with some runs.

    Args:
        landscape: What :func:`spurious.landscape` returns.
        runs: Runs of a teacher of this shape; each is drawn in the colour of its verdict. Signals are in units of ``‖b‖²`` for a scale
            ratio of 1.
        ax: Where to draw.
    """
    ax = _axes(ax)
    for run in runs:
        path = run.trajectory
        colour = COLOURS[run.verdict]
        ax.plot(path.angle, path.signal, color=colour, linewidth=1, alpha=0.8)
        ax.plot(path.angle[:1], path.signal[:1], marker=".", color=colour)
    markers = {"global_minimum": "*", "spurious_minimum": "o", "saddle": "x", "degenerate_saddle": "s", "strict_saddle": "s"}
    for point in landscape.points:
        label = point.kind.replace("_", " ")
        ax.plot(
            [point.angle],
            [point.signal],
            marker=markers[point.kind],
            color="black",
            linestyle="none",
            label=label,
            zorder=3,
        )
    ax.set_xticks([0, np.pi / 2, np.pi], ["0", "π/2", "π"])
    ax.set_xlabel("angle φ")
    ax.set_ylabel("signal q/‖b‖²")
    slope = f", c = {landscape.negative_slope:g}" if landscape.negative_slope else ""
    ax.set_title(f"k = {landscape.patches}, ρ = {landscape.sum_ratio:g}{slope}: x_c = {landscape.criticality:.3f}")
    ax.legend()
    return ax


def trace(run: Run, *, ax: Axes | None = None) -> Axes:
    """The loss of a run over time, with the end of phase I and the moment from which on its verdict is certain."""
    ax = _axes(ax)
    path = run.trajectory
    later = path.time > 0
    ax.loglog(
        path.time[later], np.maximum(path.loss[later], np.finfo(float).tiny), color=COLOURS[run.verdict], label="loss"
    )
    if run.phase_one_time:
        ax.axvline(run.phase_one_time, color="black", linestyle="--", linewidth=1, label="end of phase I")
    if run.verdict_time:
        ax.axvline(run.verdict_time, color="black", linestyle=":", linewidth=1, label="verdict certain")
    certain = "" if run.verdict_step is None else f", certain after {run.verdict_step} steps"
    ax.set_title(f"{run.verdict}{certain}")
    ax.set_xlabel("time t = η·steps")
    ax.set_ylabel("population loss")
    ax.legend()
    return ax


def collapse(results: ProbabilityMap | Sweep, *, ax: Axes | None = None) -> Axes:
    """The success probability over the criticality: cells with different numbers of patches fall on one curve.

    A sweep is drawn with its intervals of 95 %.
    """
    ax = _axes(ax)
    patches, criticality, chance = (_flat(results, name) for name in ("patches", "criticality", "probability"))
    for k in np.unique(patches):
        here = (patches == k) & np.isfinite(chance)
        order = np.argsort(criticality[here])
        x, y = criticality[here][order], chance[here][order]
        if isinstance(results, Sweep):
            low, high = (_flat(results, name)[here][order] for name in ("lower", "upper"))
            ax.errorbar(x, y, yerr=np.array([y - low, high - y]), marker=".", linewidth=1, label=f"k = {k:g}")
        else:
            ax.plot(x, y, linewidth=1, label=f"k = {k:g}")
    ax.axvline(1, color="black", linestyle=":", linewidth=1)
    ax.set_xlabel("criticality x_c")
    ax.set_ylabel("success probability")
    ax.legend()
    return ax


def phase_diagram(results: ProbabilityMap | Sweep, *, ax: Axes | None = None) -> Axes:
    """The success probability over number of patches and sum ratio.

    Raises:
        SpuriousError: The cells are not all combinations of some numbers of patches and some sum ratios.
    """
    ax = _axes(ax)
    patches, ratios, chance = (_flat(results, name) for name in ("patches", "sum_ratio", "probability"))
    rows, columns = np.unique(patches), np.unique(ratios)
    table = np.full((len(rows), len(columns)), np.nan)
    table[np.searchsorted(rows, patches), np.searchsorted(columns, ratios)] = chance
    if len(patches) > table.size or len(rows) < 2 or len(columns) < 2:
        raise SpuriousError(
            "a phase diagram needs several numbers of patches and several sum ratios, and one value of all else"
        )
    mesh = ax.pcolormesh(columns, rows, table, vmin=0.5, vmax=1, shading="nearest", cmap="viridis")
    plt.colorbar(mesh, ax=ax, label="success probability")
    # There is no spurious minimum to the right of this line.
    ax.plot(_critical(rows), rows, color="white", linestyle="--", linewidth=1, label="x_c = 1")
    ax.set_xlim(columns.min(), columns.max())
    ax.set_xlabel("sum ratio ρ")
    ax.set_ylabel("number of patches k")
    ax.legend()
    return ax


def filters(fitted: Fit | Model, *, ax: Axes | None = None) -> Axes:
    """The filters of a fit, side by side: tiles of an image as images, windows of a signal as curves."""
    ax = _axes(ax)
    model = fitted.model if isinstance(fitted, Fit) else fitted
    height, width = model.patch_shape
    weights = model.network.filters
    errors = model.standard_errors
    if model.to_dict()["windows"]["layout"] == "image":
        gap = np.full((height, 1), np.nan)
        parts = [part for weight in weights for part in (weight.reshape(height, width), gap)][:-1]
        largest = float(np.abs(weights).max())
        image = ax.imshow(np.hstack(parts), cmap="RdBu_r", vmin=-largest, vmax=largest)
        ax.set_axis_off()
        plt.colorbar(image, ax=ax)
        return ax
    for number, weight in enumerate(weights):
        for channel in range(height):
            here = slice(channel * width, (channel + 1) * width)
            label = "filter" if len(weights) == 1 else f"filter {number + 1}"
            label = label if height == 1 else f"{label}, channel {channel + 1}"
            spread = None if errors is None else 1.96 * errors.filters[number, here]
            ax.errorbar(np.arange(width), weight[here], yerr=spread, marker=".", linewidth=1, capsize=2, label=label)
    ax.axhline(0, color="black", linewidth=0.5)
    ax.set_xlabel("place in the window")
    ax.set_ylabel("weight, ± 1.96 standard errors" if errors is not None else "weight")
    ax.legend()
    return ax


def _flat(results: ProbabilityMap | Sweep, name: str) -> NDArray[np.float64]:
    return np.asarray(results[name], dtype=np.float64).ravel()


def _critical(rows: NDArray[np.float64]) -> list[float]:
    """The critical sum ratio of each number of patches."""
    from ._landscape import landscape as found

    return [found(patches=int(k), sum_ratio=1.0).critical_sum_ratio for k in rows]


__all__ = ["COLOURS", "collapse", "filters", "landscape", "phase_diagram", "trace"]
