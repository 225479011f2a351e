"""Leaky rectifiers: what the library says about them, through Python."""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import spurious
from numpy.typing import NDArray
from sklearn.base import clone
from spurious import PatchClassifier, PatchRegressor
from spurious._model import Network

CELL = {"patches": 25, "sum_ratio": 4}
PLANTED = {"patch_dim": 3, "patches": 4, "sum_ratio": 1, "samples": 300, "seed": 5}


def values(network: Network, X: NDArray[np.float64], slope: float) -> NDArray[np.float64]:
    """The values of a network of one filter, from the formula."""
    dots = X.reshape(len(X), -1, network.filters.shape[1]) @ network.filters[0] + network.filter_biases[0]
    active = np.maximum(dots, 0) + slope * np.minimum(dots, 0)
    found: NDArray[np.float64] = active @ network.output_weights[0] + network.intercept
    return found


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
        lambda: spurious.generate(**PLANTED, negative_slope=slope),
        lambda: spurious.fit([[1, 2], [3, 4]], [1, 2], patch_len=1, negative_slope=slope),
        lambda: PatchRegressor(negative_slope=slope).fit([[1, 2], [3, 4]], [1, 2]),
        lambda: spurious.recovery(patch_dim=2, patches=4, sum_ratio=1, samples=40, step_size=0.3, negative_slope=slope),
    ):
        with pytest.raises(spurious.SpuriousError, match="negative.slope"):
            call()


def test_a_leaky_teacher_is_found() -> None:
    data = spurious.generate(**PLANTED, negative_slope=0.2)
    assert np.array_equal(data.X, spurious.generate(**PLANTED).X)
    dots = data.X.reshape(-1, 4, 3) @ data.filters[0]
    labels = (np.maximum(dots, 0) + 0.2 * np.minimum(dots, 0)) @ data.output_weights[0]
    assert np.allclose(labels, data.y, atol=1e-12)
    found = spurious.fit(data.X, data.y, patch_len=3, negative_slope=0.2, folds=None)
    assert np.allclose(found.network.filters, data.filters, atol=1e-8)
    assert found.model.negative_slope == 0.2 and found.to_dict()["negative_slope"] == 0.2
    assert "negative slope" in str(found)
    assert np.allclose(values(found.network, data.X, 0.2), found.model.predict(data.X), atol=1e-12)
    explained = found.model.explain(data.X[3])
    assert math.isclose(explained.prediction, found.model.predict(data.X[3:4])[0], abs_tol=1e-12)
    assert spurious.Model.from_json(found.model.to_json()) == found.model
    rectifier = spurious.fit(data.X, data.y, patch_len=3, folds=None)
    assert rectifier.model.negative_slope == 0 and rectifier.train_r2 < 0.99
    assert "negative slope" not in str(rectifier)


def test_the_program_does_the_same(tmp_path: Path) -> None:
    def run(line: str) -> str:
        words = [sys.executable, "-m", "spurious", *line.split()]
        return subprocess.run(words, cwd=tmp_path, capture_output=True, check=True, text=True).stdout

    flags = "--patch-dim 3 --patches 4 --sum-ratio 1 --samples 300 --seed 5 --negative-slope 0.2 --noise 0.1"
    run(f"generate {flags} --out data.npz")
    data = spurious.generate(**PLANTED, negative_slope=0.2, noise=0.1)
    with np.load(tmp_path / "data.npz") as written:
        assert np.array_equal(written["X"], data.X) and np.array_equal(written["y"], data.y)
    run("fit data.npz --target y --patch-len 3 --negative-slope 0.2 --out fit")
    found = spurious.fit(data.X, data.y, patch_len=3, negative_slope=0.2)
    model = spurious.Model.load(tmp_path / "fit" / "model.json")
    assert np.allclose(model.network.filters, found.network.filters, atol=1e-10) and model.negative_slope == 0.2
    parts = spurious.fit(parts=[tmp_path / "data.npz"], target="y", patch_len=3, negative_slope=0.2)
    assert np.allclose(parts.network.filters, found.network.filters, atol=1e-8)
    assert parts.model.negative_slope == 0.2
    line = "recovery --patch-dim 2 --patches 4 --sum-ratio 1 --samples 40,400 --step-size 0.3 --runs 64 --negative-slope 0.3"
    rows = json.loads(run(f"{line} --json"))["results"]
    recovered = spurious.recovery(
        patch_dim=2, patches=4, sum_ratio=1, samples=[40, 400], step_size=0.3, runs=64, negative_slope=0.3
    )
    assert [row["share"] for row in rows] == recovered.share.tolist()
    assert recovered.negative_slope.tolist() == [0.3, 0.3]
    exact = spurious.probability(patch_dim=2, patches=4, sum_ratio=1, step_size=0.3, negative_slope=0.3)
    assert recovered.exact_probability.tolist() == [exact.probability] * 2


def test_estimators_have_the_slope() -> None:
    data = spurious.generate(**PLANTED, negative_slope=0.2, noise=0.1)
    regressor = PatchRegressor(patch_len=3, negative_slope=0.2).fit(data.X, data.y)
    assert regressor.get_params()["negative_slope"] == 0.2 and clone(regressor).negative_slope == 0.2
    assert np.allclose(regressor.predict(data.X), values(regressor.model_.network, data.X, 0.2), atol=1e-12)
    assert regressor.score(data.X, data.y) > PatchRegressor(patch_len=3).fit(data.X, data.y).score(data.X, data.y)
    two = PatchClassifier(patch_len=3, negative_slope=0.2).fit(data.X, data.y > 0)
    odds = values(two.model_.network, data.X, 0.2)
    assert np.allclose(two.predict_proba(data.X)[:, 1], 1 / (1 + np.exp(-odds)), atol=1e-12)


def test_the_identity_is_refused() -> None:
    data = spurious.generate(**PLANTED, negative_slope=1)
    with pytest.raises(spurious.SpuriousError, match="with a negative slope of 1 the network is a linear model"):
        spurious.fit(data.X, data.y, patch_len=3, negative_slope=1)
