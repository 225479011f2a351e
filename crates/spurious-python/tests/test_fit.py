"""Fits, models, and their agreement with the program."""

import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import REPOSITORY

import spurious


def test_the_teacher_is_found(planted: spurious.Planted, fitted: spurious.Fit) -> None:
    assert float(abs(fitted.network.filters @ planted.filters.T)[0, 0]) > 0.999
    assert fitted.search.antipodal_restart == "leads_higher"
    assert fitted.comparison is not None and fitted.comparison.conclusion == "better"
    assert fitted.validation_r2 is not None and fitted.validation_r2 > 0.9
    errors = fitted.standard_errors
    assert errors is not None and errors.filters.shape == fitted.network.filters.shape
    assert (abs(fitted.network.filters - planted.filters) < 5 * errors.filters).all()
    assert fitted.to_dict()["search"]["searches"] == fitted.search.searches
    assert "--" not in repr(fitted)


def test_predictions_are_those_of_the_formula(planted: spurious.Planted, fitted: spurious.Fit) -> None:
    network = fitted.network
    patches = planted.X.reshape(-1, 4, 4)
    active = np.maximum(patches @ network.filters.T + network.filter_biases, 0)
    values = np.einsum("rk,nkr->n", network.output_weights, active) + network.intercept
    assert np.allclose(values, fitted.model.predict(planted.X), atol=1e-12)
    found = fitted.model.explain(planted.X[7])
    assert found.running_sum[-1] == found.prediction
    assert np.isclose(found.prediction, values[7], atol=1e-12)


def test_the_program_and_the_package_share_models(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "spurious"]
    table = REPOSITORY / "data" / "tiles.csv"
    folder = tmp_path / "fit"
    asked = [
        "--target",
        "answer",
        "--image",
        "8x8",
        "--patch",
        "4x4",
        "--folds",
        "none",
        "--out",
        str(folder),
        "--json",
    ]
    printed = json.loads(subprocess.run([*command, "fit", str(table), *asked], capture_output=True, check=True).stdout)
    frame = pd.read_csv(table)
    X, y = frame.drop(columns="answer"), frame["answer"].to_numpy()
    ours = spurious.fit(X, y, image=(8, 8), patch=(4, 4), folds=None, target="answer")
    assert ours.loss == printed["results"][0]["loss"]
    assert ours.model == spurious.Model.load(folder / "model.json")
    assert ours.model.columns == tuple(X.columns)
    ours.model.save(tmp_path / "ours.json")
    predicted = subprocess.run(
        [*command, "predict", str(tmp_path / "ours.json"), str(table)], capture_output=True, check=True, text=True
    ).stdout
    column = [float(line.split(",")[0]) for line in predicted.strip().split("\n")[1:]]
    assert column == list(ours.model.predict(X))


def test_axes(planted: spurious.Planted) -> None:
    flat = spurious.fit(planted.X, planted.y, patch_len=4, folds=None)
    cube = spurious.fit(planted.X.reshape(-1, 4, 4), planted.y, folds=None)
    assert flat == cube
    assert (cube.model.predict(planted.X.reshape(-1, 4, 4)) == flat.model.predict(planted.X)).all()
    # Two channels of eight numbers, cut along time.
    by_hand = spurious.fit(planted.X, planted.y, channels=2, patch_len=4, folds=None)
    channels = spurious.fit(planted.X.reshape(-1, 2, 8), planted.y, axes="channels", patch_len=4, folds=None)
    assert channels == by_hand and channels.model.patch_shape == (2, 4) and channels.model.grid_shape == (1, 2)
    with pytest.raises(spurious.SpuriousError, match="the patches of X have 8 numbers, but patch_len is 4"):
        spurious.fit(planted.X.reshape(-1, 2, 8), planted.y, patch_len=4)


def test_classes(planted: spurious.Planted) -> None:
    two = np.where(planted.y > np.median(planted.y), "high", "low")
    found = spurious.fit(planted.X, two, patch_len=4, folds=None)
    assert found.model.loss == "logistic" and found.model.classes == ("high", "low")
    chances = found.model.predict(planted.X)
    assert ((chances > 0.5) == (two == "low")).mean() > 0.9
    assert np.allclose(chances, 1 / (1 + np.exp(-found.model.values(planted.X))))
    three = np.digitize(planted.y, np.quantile(planted.y, [1 / 3, 2 / 3]))
    several = spurious.fit(planted.X, three, patch_len=4, folds=None, loss="logistic")
    assert several.model.loss == "multinomial" and several.network.output_weights.shape == (1, 3, 4)
    chances = several.model.predict(planted.X)
    assert chances.shape == (400, 3) and np.allclose(chances.sum(axis=1), 1)
    assert (chances.argmax(axis=1) == three).mean() > 0.8
    assert isinstance(several.network.intercept, np.ndarray)
    explained = several.model.explain(planted.X[0], class_number=2)
    assert np.isclose(explained.prediction, several.model.values(planted.X[:1])[0, 2])


def test_missing_values(planted: spurious.Planted) -> None:
    X = planted.X.copy()
    X[3, 5] = np.nan
    with pytest.raises(spurious.SpuriousError, match=r"the value in row 3, column 5 \(counted from 0\) is NaN"):
        spurious.fit(X, planted.y, patch_len=4)
    dropped = spurious.fit(X, planted.y, patch_len=4, missing="drop", folds=None)
    assert dropped.samples == 399
    filled = spurious.fit(X, planted.y, patch_len=4, missing="mean", folds=None)
    mean = X[:, 5][np.isfinite(X[:, 5])].mean()
    X[3, 5] = mean
    complete = filled.model.predict(X)
    X[3, 5] = np.nan
    assert np.allclose(filled.model.predict(X), complete)
    with pytest.raises(spurious.SpuriousError, match="not a finite number"):
        dropped.model.predict(X)


def test_groups_time_weights_and_starts(planted: spurious.Planted) -> None:
    groups = np.array(["a", "b", "c", "d"] * 100)
    found = spurious.fit(planted.X, planted.y, patch_len=4, groups=groups)
    assert found.to_dict()["held_out_together"] == {"groups": 4}
    found = spurious.fit(planted.X, planted.y, patch_len=4, time=np.arange(400.0), folds=2)
    assert found.to_dict()["held_out_together"] == "later_samples"
    days = np.datetime64("2024-01-01") + np.arange(400)
    assert spurious.fit(planted.X, planted.y, patch_len=4, time=days, folds=2) == found
    weights = np.ones(400)
    weights[200:] = 0
    half = spurious.fit(planted.X, planted.y, patch_len=4, sample_weights=weights, folds=None, ridge=0)
    alone = spurious.fit(planted.X[:200], planted.y[:200], patch_len=4, folds=None, ridge=0)
    assert np.allclose(half.network.filters, alone.network.filters, atol=1e-7)
    again = spurious.fit(planted.X, planted.y, patch_len=4, start=half.model, folds=None)
    assert again.searches.start[0] == "given"
    descent = spurious.fit(planted.X, planted.y, patch_len=4, optimiser="descent", starts=2, folds=None, max_steps=200)
    assert descent.search.searches == 2


def test_shapes_are_chosen(planted: spurious.Planted) -> None:
    found = spurious.fit(planted.X, planted.y, patch_len="auto", filters="auto", folds=None, time_limit=60)
    assert found.to_dict()["choice"] is not None and found.model.patch_shape == (1, 4)


def test_a_model_is_frozen_and_travels(fitted: spurious.Fit) -> None:
    model = fitted.model
    again = pickle.loads(pickle.dumps(model))
    assert again == model and again.to_json() == model.to_json()
    with pytest.raises(AttributeError, match="frozen"):
        model.loss = "none"  # type: ignore[misc]
    with pytest.raises(ValueError, match="read-only"):
        model.network.filters[0, 0] = 1
    changed = model.to_json().replace('"samples": 400', '"samples": 401')
    with pytest.raises(spurious.SpuriousError, match="this model was changed after it was written"):
        spurious.Model.from_json(changed)
    assert spurious.predict(model, np.zeros((0, 16))).shape == (0,)


def test_errors_of_the_arguments(planted: spurious.Planted) -> None:
    def refused(match: str, **words: Any) -> None:
        with pytest.raises(spurious.SpuriousError, match=match):
            spurious.fit(planted.X, words.pop("y", planted.y), **words)

    refused("rows have 16 numbers: say how they are cut into patches with patch_len=P")
    refused("window length 17 does not fit into the row length 16: use 1 to 16", patch_len=17)
    refused("an image of 3x3 has 9 pixels, but a row has 16 numbers", image=(3, 3), patch=(1, 1))
    refused(r"y has the shape \(399,\) where \(400,\) is needed", patch_len=4, y=planted.y[1:])
    refused("the target is 0 in every sample: there is nothing to fit", patch_len=4, y=np.zeros(400))
    refused("filters 'many' is unknown: use a number or auto", patch_len=4, filters="many")
    refused("patch_len 2.5 is not a whole number", patch_len=2.5)
    refused("patch_len -1 is not a whole number from 0 on", patch_len=-1)
    refused("seed -1 is not a whole number from 0 on", patch_len=4, seed=-1)
    refused("linear 'yes' is neither True nor False", patch_len=4, linear="yes")
    refused(r"patch 3 is not a height and a width, such as \(8, 8\)", image=(4, 4), patch=3)
    refused("scale 'big' is unknown: use one of None, none, standardise, whiten", patch_len=4, scale="big")
    refused("give folds or validation, not both", patch_len=4, folds=3, validation=0.2)
    refused('step_size is for optimiser="descent" or "batches"', patch_len=4, step_size=0.1)
    refused("ridge penalty -1 is negative", patch_len=4, ridge=-1)
    refused("ridge is nan, not a finite number", patch_len=4, ridge=float("nan"))
    refused('time_limit is for patch_len="auto"', patch_len=4, time_limit=3)
    refused("the sample weight in row 0", patch_len=4, sample_weights=-np.ones(400))
    with pytest.raises(spurious.SpuriousError, match="rows have 15 numbers: the model was fitted to rows of 16"):
        spurious.fit(planted.X, planted.y, patch_len=4, folds=None).model.predict(planted.X[:, :15])


def test_warnings(planted: spurious.Planted, fitted: spurious.Fit) -> None:
    assert fitted.warnings == ()
    few = spurious.fit(planted.X[:6], planted.y[:6], patch_len=4, folds=None, ridge=0)
    assert "a penalty such as ridge=0.1 settles the rest" in few.warnings[0]
    assert repr(few).startswith("warning: the data determines")
