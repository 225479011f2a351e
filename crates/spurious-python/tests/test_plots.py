"""Plots return the axes that they were given, or new ones, with what they are to show."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

import spurious
from spurious import plot


@pytest.fixture(autouse=True)
def closed() -> Any:
    yield
    plt.close("all")


def drawn(draw: Any, *arguments: Any) -> Any:
    _, ax = plt.subplots()
    assert draw(*arguments, ax=ax) is ax
    alone = draw(*arguments)
    assert alone is not ax
    alone.figure.canvas.draw()
    return alone


def test_landscape_with_runs() -> None:
    words: Any = {"patch_dim": 5, "patches": 25, "sum_ratio": 4, "step_size": 0.1, "max_steps": 2000}
    runs = [spurious.trace(**words, trial=trial) for trial in range(4)]
    ax = drawn(plot.landscape, spurious.landscape(patches=25, sum_ratio=4), runs)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["global minimum", "saddle", "spurious minimum"]
    assert len(ax.lines) == 2 * 4 + 3


def test_trace_with_phases() -> None:
    runs = [spurious.trace(patch_dim=5, patches=25, sum_ratio=4, step_size=0.1, trial=trial) for trial in range(20)]
    run = next(run for run in runs if run.verdict == "global" and run.verdict_step)
    ax = drawn(plot.trace, run)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["loss", "end of phase I", "verdict certain"]
    assert ax.get_title() == f"global, certain after {run.verdict_step} steps"


def test_collapse_and_phase_diagram() -> None:
    patches = np.array([[25], [36], [49]])
    found = spurious.probability(patch_dim=5, patches=patches, sum_ratio=np.linspace(0, 8, 5))
    assert len(drawn(plot.collapse, found).lines) == 4
    assert drawn(plot.phase_diagram, found).get_ylabel() == "number of patches k"
    swept = spurious.sweep(patch_dim=5, patches=[25, 36], sum_ratio=[0, 4], step_size=0.1, runs=1000)
    drawn(plot.collapse, swept)
    drawn(plot.phase_diagram, swept)
    one = spurious.probability(patch_dim=5, patches=[25, 36], sum_ratio=4)
    with pytest.raises(spurious.SpuriousError, match="a phase diagram needs several numbers of patches"):
        plot.phase_diagram(one)


def test_filters(planted: spurious.Planted, fitted: spurious.Fit) -> None:
    assert drawn(plot.filters, fitted).get_ylabel() == "weight, ± 1.96 standard errors"
    drawn(plot.filters, fitted.model)
    tiles = spurious.fit(planted.X, planted.y, image=(4, 4), patch=(2, 2), filters=2, folds=None)
    assert len(drawn(plot.filters, tiles).images) == 1
    channels = spurious.fit(planted.X, planted.y, channels=2, patch_len=4, folds=None)
    assert len(drawn(plot.filters, channels).containers) == 2
