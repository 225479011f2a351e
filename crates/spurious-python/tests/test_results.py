"""Results are frozen, compare, pickle, print, and become dictionaries and tables."""

import copy
import dataclasses
import json
import pickle
from typing import Any

import numpy as np
import pytest

import spurious


def results() -> dict[str, Any]:
    data = spurious.generate(patch_dim=3, patches=4, sum_ratio=2, samples=60, noise=0.1)
    fit = spurious.fit(data.X, data.y, patch_len=3)
    run = spurious.trace(patch_dim=5, patches=25, sum_ratio=4, step_size=0.1, trial=1, max_steps=1000)
    return {
        "landscape": spurious.landscape(patches=25, sum_ratio=4),
        "probability": spurious.probability(patch_dim=5, patches=25, sum_ratio=4, runs=1000),
        "map": spurious.probability(patch_dim=5, patches=[[25], [36]], sum_ratio=[0, 4]),
        "run": run,
        "trajectory": run.trajectory,
        "sweep": spurious.sweep(patch_dim=5, patches=[25, 36], sum_ratio=[0, 4], step_size=0.1, runs=1000, steps=True),
        "planted": data,
        "fit": fit,
        "search": fit.search,
        "searches": fit.searches,
        "comparison": fit.comparison,
        "predictions": fit.predictions,
        "explanation": fit.model.explain(data.X[0]),
        "recovery": spurious.recovery(patch_dim=2, patches=4, sum_ratio=1, samples=[40, 80], step_size=0.3, runs=16),
        "width": spurious.width(patch_dim=3, patches=9, sum_ratio=1, filters=[1, 2], step_size=0.1, runs=64, traps=True),
    }


RESULTS = results()
TABLES = ["map", "trajectory", "sweep", "searches", "predictions", "explanation", "recovery", "width"]


@pytest.mark.parametrize("name", RESULTS)
def test_every_result(name: str) -> None:
    result, again = RESULTS[name], results()[name]
    assert result == again, "the same call gives the same result"
    assert result != RESULTS["landscape" if name != "landscape" else "run"]
    for copied in (pickle.loads(pickle.dumps(result)), copy.copy(result), copy.deepcopy(result)):
        assert copied == result and repr(copied) == repr(result)
    text = repr(result)
    assert text and "object at 0x" not in text and "\x1b" not in text and max(map(len, text.split("\n"))) <= 160
    assert result._repr_html_().startswith("<pre>")
    json.dumps(result.to_dict(), allow_nan=False)
    with pytest.raises((AttributeError, dataclasses.FrozenInstanceError)):
        result.loss = 1.0
    with pytest.raises(TypeError):
        hash(result)


@pytest.mark.parametrize("name", TABLES)
def test_every_table(name: str) -> None:
    table = RESULTS[name]
    frame, array = table.to_pandas(), table.to_numpy()
    assert list(frame.columns) == list(table.columns) == list(array.dtype.names)
    for column in table.columns:
        values = table[column]
        assert getattr(table, column) is values
        assert values.shape == table.shape and not values.flags.writeable
        assert list(array[column]) == list(values.ravel()) or np.isnan(values).any()
        assert column in dir(table)
    with pytest.raises(AttributeError, match=f"{type(table).__name__} has no 'nothing': its columns are"):
        _ = table.nothing


def test_whole_numbers_are_whole() -> None:
    found = RESULTS["probability"]
    assert isinstance(found.patches, int) and isinstance(found.starts, int) and found.starts == 4
    assert found.runs == 1000 and found.global_ + found.spurious + found.undecided == 1000
    assert found.to_dict()["global"] == found.global_
    assert found.step_size is None and found.limit_coefficient is None
    assert RESULTS["sweep"].global_.dtype == np.int64


def test_map_has_the_shape_of_its_arguments() -> None:
    found = spurious.probability(
        patch_dim=5, patches=np.array([2, 25, 36])[:, None], sum_ratio=np.array([0.0, 4.0]), skip_impossible=True
    )
    assert found.shape == (3, 2) and len(found) == 3
    assert np.isnan(found.probability[0, 1]) and found.patches[0, 1] == 2 and found.sum_ratio[0, 1] == 4
    assert found.probability[1, 0] == 0.5
    empty = spurious.probability(patch_dim=5, patches=np.zeros((0, 3), dtype=int), sum_ratio=0)
    assert empty.shape == (0, 3)
    impossible = spurious.probability(patch_dim=5, patches=2, sum_ratio=4, skip_impossible=True)
    assert impossible.shape == () and np.isnan(impossible.probability)


def test_a_sweep_goes_on(tmp_path: Any) -> None:
    grid: Any = {"patch_dim": 5, "patches": [25, 36], "sum_ratio": 4, "step_size": 0.1}
    alone = spurious.sweep(**grid, runs=3000)
    spurious.sweep(**grid, runs=1000, out=tmp_path / "whole")
    assert spurious.sweep(**grid, runs=3000, out=tmp_path / "whole") == alone
    for shard in ("1/2", "2/2"):
        assert len(spurious.sweep(**grid, runs=3000, out=tmp_path / "parts", shard=shard)) == 0
    merged = spurious.merge([tmp_path / "parts"], out=tmp_path / "merged")
    assert merged == alone
    assert alone.settings["runs"] == 3000


def test_derivatives_are_those_of_the_loss(random: np.random.Generator) -> None:
    teacher = (random.normal(size=4), random.normal(size=6))
    filter, weights = random.normal(size=4), random.normal(size=6)
    by_filter, by_weights = spurious.gradient(teacher, (filter, weights))
    at = np.concatenate([filter, weights])

    def loss(point: Any) -> float:
        return spurious.population_loss(teacher, (point[:4], point[4:]))

    def slopes(point: Any) -> Any:
        return np.concatenate(spurious.gradient(teacher, (point[:4], point[4:])))

    step = 1e-5
    moves = step * np.eye(10)
    numeric = np.array([(loss(at + move) - loss(at - move)) / (2 * step) for move in moves])
    # Central differences: an error of some h² and 1e-16/h.
    assert np.allclose(numeric, np.concatenate([by_filter, by_weights]), atol=1e-9)
    second = np.array([(slopes(at + move) - slopes(at - move)) / (2 * step) for move in moves])
    assert np.allclose(second, spurious.hessian(teacher, (filter, weights)), atol=1e-9)


def test_verdicts() -> None:
    words: Any = {"patches": 25, "sum_ratio": 4}
    assert spurious.verdict(**words, angle=0.0, sum=0.0, signal=-1.0) == "global"
    assert spurious.verdict(**words, angle=np.pi, sum=0.0, signal=1.0) == "spurious"
    assert spurious.verdict(**words, angle=1.8, sum=0.0, signal=-0.5) == "undecided"
    run = RESULTS["run"]
    assert run.verdict == "spurious" and run.verdict_step == 29
    assert run.sentence.startswith("the run is trapped at the antipode: after 29 steps its signal is negative")
    last = run.final
    assert spurious.verdict(**words, angle=last.angle, sum=last.sum, signal=last.signal, step_size=0.1) == run.verdict


def test_generate_by_parts() -> None:
    words: Any = {"patch_dim": 3, "patches": 5, "sum_ratio": 2, "noise": 0.3, "filters": 2}
    whole = spurious.generate(**words, samples=1000)
    part = spurious.generate(**words, samples=10, first=500)
    assert (part.X == whole.X[500:510]).all() and (part.y == whole.y[500:510]).all()
    exact = spurious.generate(**{**words, "noise": 0.0}, samples=50)
    patches = exact.X.reshape(50, 5, 3)
    values = np.einsum("rk,nkr->n", exact.output_weights, np.maximum(patches @ exact.filters.T, 0))
    assert np.allclose(values, exact.y, atol=1e-12)
    assert spurious.generate(**words, samples=4, precision="single").X.dtype == np.float32
    assert spurious.generate(**words, samples=0).X.shape == (0, 15)
