"""Leaky rectifiers: what the library says about them, through Python."""

import math

import numpy as np
import pytest
import spurious

CELL = {"patches": 25, "sum_ratio": 4}


def test_the_threshold_rises_with_the_slope() -> None:
    found = [spurious.landscape(**CELL, negative_slope=c) for c in (0.0, 0.1, 0.2)]
    assert [round(one.critical_sum_ratio, 3) for one in found] == [8.639, 10.563, 12.202]
    assert [one.negative_slope for one in found] == [0.0, 0.1, 0.2]
    beyond = spurious.landscape(patches=25, sum_ratio=12, negative_slope=0.1)
    assert [point.kind for point in beyond.points] == ["global_minimum", "strict_saddle"]
    identity = spurious.landscape(**CELL, negative_slope=1)
    assert [point.kind for point in identity.points] == ["global_minimum", "saddle", "global_minimum"]
    assert math.isinf(identity.critical_sum_ratio)


def test_probabilities_broadcast_over_slopes() -> None:
    slopes = np.array([0.0, 0.01, 0.1, 0.3, 1.0])
    found = spurious.probability(patch_dim=5, **CELL, negative_slope=slopes)
    assert isinstance(found, spurious.ProbabilityMap)
    assert np.array_equal(found.negative_slope, slopes)
    expected = [0.727916134148, 0.725201767594, 0.703941422412, 0.661707449964, 1]
    assert np.allclose(found.probability, expected, rtol=0, atol=2e-12)
    one = spurious.probability(patch_dim=5, **CELL, negative_slope=0.1)
    assert one.negative_slope == 0.1
    assert one.probability == found.probability[2]


def test_runs_and_sweeps() -> None:
    run = spurious.trace(patch_dim=5, **CELL, negative_slope=0.1, step_size=0.1, trial=1, max_steps=5000)
    assert run.verdict == "spurious"
    assert run.measured_rate == pytest.approx(run.predicted_rate, rel=1e-3)
    assert run.measured_closing is None
    found = spurious.sweep(patch_dim=5, **CELL, step_size=0.1, negative_slope=[0, 0.1], runs=20_000)
    assert list(found.negative_slope) == [0, 0.1]
    assert (abs(found.z_score) < 4).all()
    at = {"angle": 3.0, "sum": 2.0, "signal": -0.5}
    assert spurious.verdict(**CELL, **at, negative_slope=0.1) == "spurious"
    assert spurious.verdict(**CELL, **at, negative_slope=1) == "global"


def test_the_identity_is_the_same_reversed() -> None:
    teacher, reversed_teacher = ([1.0, 2.0], [1.0, -2.0, 0.5]), ([-1.0, -2.0], [-1.0, 2.0, -0.5])
    # Teachers have a length: the student's output weights are those of a filter of length 1.
    length = math.sqrt(5)
    student = (reversed_teacher[0], [length * a for a in reversed_teacher[1]])
    assert abs(spurious.population_loss(teacher, student, negative_slope=1)) < 1e-14
    assert spurious.population_loss(teacher, student) > 1
    for gradient in spurious.gradient(teacher, student, negative_slope=1):
        assert abs(gradient).max() < 1e-14
    assert np.linalg.eigvalsh(spurious.hessian(teacher, student, negative_slope=1))[0] > -1e-14


@pytest.mark.parametrize("slope", [-0.1, 1.5, math.nan])
def test_other_slopes_are_refused(slope: float) -> None:
    for call in (
        lambda: spurious.landscape(**CELL, negative_slope=slope),
        lambda: spurious.probability(patch_dim=5, **CELL, negative_slope=slope),
        lambda: spurious.trace(patch_dim=5, **CELL, negative_slope=slope),
        lambda: spurious.sweep(patch_dim=5, **CELL, step_size=0.1, runs=10, negative_slope=slope),
        lambda: spurious.verdict(**CELL, angle=1, sum=0, signal=0, negative_slope=slope),
        lambda: spurious.population_loss(([1], [1]), ([1], [1]), negative_slope=slope),
    ):
        with pytest.raises(spurious.SpuriousError, match="negative.slope"):
            call()
