"""The estimators as scikit-learn has them."""

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import spurious
from spurious import PatchClassifier, PatchRegressor


@parametrize_with_checks(
    [
        PatchRegressor(),
        PatchClassifier(),
        PatchRegressor(filter_bias=True),
        PatchRegressor(scale="standardise"),
        PatchClassifier(filter_bias=True),
        PatchRegressor(negative_slope=0.1),
        PatchClassifier(negative_slope=0.1),
    ]
)
def test_everything_that_scikit_learn_asks(estimator: Any, check: Any) -> None:
    check(estimator)


def test_attributes(planted: spurious.Planted) -> None:
    fitted = PatchRegressor(patch_len=4).fit(planted.X, planted.y)
    assert fitted.filters_.shape == (1, 4) and fitted.output_weights_.shape == (1, 4)
    assert isinstance(fitted.intercept_, float) and fitted.n_features_in_ == 16
    assert fitted.verdict_ == "leads_higher" and fitted.searches_.ending[0] in ("best", "antipode", "elsewhere")
    errors = fitted.standard_errors_
    assert errors is not None and errors.filters.shape == (1, 4)
    assert fitted.score(planted.X, planted.y) > 0.95
    assert fitted.model_.predict(planted.X).tolist() == fitted.predict(planted.X).tolist()
    assert fitted.plot_filters().get_xlabel() == "place in the window"


def test_classes_of_any_kind(planted: spurious.Planted) -> None:
    edges = np.quantile(planted.y, [0.25, 0.5, 0.75])
    names = np.array(["a", "b", "c", "d"])[np.digitize(planted.y, edges)]
    fitted = PatchClassifier(patch_len=4).fit(planted.X, names)
    assert fitted.classes_.tolist() == ["a", "b", "c", "d"]
    assert fitted.output_weights_.shape == (1, 4, 4) and fitted.score(planted.X, names) > 0.7
    chances = fitted.predict_proba(planted.X)
    assert np.allclose(np.exp(fitted.predict_log_proba(planted.X)), chances)
    assert (fitted.classes_[chances.argmax(axis=1)] == fitted.predict(planted.X)).all()
    with pytest.raises(ValueError, match="y has 40 classes: at most 20 can be fitted"):
        PatchClassifier(patch_len=4).fit(planted.X, np.arange(400) % 40)
    with pytest.raises(ValueError, match="y has one class only, 1.0: two or more classes are needed"):
        PatchClassifier(patch_len=4).fit(planted.X, np.ones(400))


def test_two_values_are_numbers_to_a_regressor(planted: spurious.Planted) -> None:
    fitted = PatchRegressor(patch_len=4).fit(planted.X, planted.y > 0)
    assert fitted.model_.loss == "squares"


def test_a_linear_part_of_classes(planted: spurious.Planted) -> None:
    y = np.digitize(planted.X[:, 0] + planted.y, [-0.5, 1.0])
    fitted = PatchClassifier(patch_len=4, linear=True).fit(planted.X, y)
    network = fitted.model_.network
    assert network.linear_part is not None and network.linear_part.shape == (3, 16)
    cut = planted.X.reshape(-1, 4, 4)
    active = np.maximum(np.einsum("njt,it->nij", cut, network.filters), 0)
    scores = np.einsum("nij,icj->nc", active, network.output_weights) + planted.X @ network.linear_part.T + network.intercept
    assert np.allclose(scores, fitted.decision_function(planted.X))
    assert fitted.fit_.to_dict()["linear_adds"] > 0
    again = pickle.loads(pickle.dumps(network))
    assert again == network and not again.linear_part.flags.writeable


def test_pipelines_searches_and_clones(planted: spurious.Planted) -> None:
    pipeline = make_pipeline(StandardScaler(), PatchRegressor(patch_len=4)).set_output(transform="pandas")
    frame = pd.DataFrame(planted.X, columns=[f"z{i}" for i in range(16)])
    pipeline.fit(frame, planted.y)
    last = pipeline[-1]
    assert last.feature_names_in_.tolist() == frame.columns.tolist()
    assert last.model_.columns == tuple(frame.columns)
    with pytest.raises(ValueError, match="feature names should match"):
        last.predict(frame.rename(columns={"z0": "other"}))
    search = GridSearchCV(PatchRegressor(), {"patch_len": [2, 4, 8], "ridge": [1e-3, 1e-1]}, cv=3, n_jobs=2)
    search.fit(planted.X, planted.y)
    assert search.best_params_["patch_len"] == 4
    again = pickle.loads(pickle.dumps(search.best_estimator_))
    assert (again.predict(planted.X) == search.predict(planted.X)).all()
    assert clone(search.best_estimator_).get_params() == search.best_estimator_.get_params()
    assert not hasattr(clone(search.best_estimator_), "model_")


def test_metadata_is_routed(planted: spurious.Planted) -> None:
    weights = np.linspace(0.5, 1.5, 400)
    groups = np.arange(400) % 8
    with config_context(enable_metadata_routing=True):
        estimator = PatchRegressor(patch_len=4, ridge="auto").set_fit_request(sample_weight=True, groups=True)
        estimator.set_score_request(sample_weight=True)
        found = cross_validate(
            estimator,
            planted.X,
            planted.y,
            cv=GroupKFold(4),
            params={"sample_weight": weights, "groups": groups},
            return_estimator=True,
        )
        assert (found["test_score"] > 0.9).all()
    direct = PatchRegressor(patch_len=4, folds=4).fit(planted.X, planted.y, sample_weight=weights, groups=groups)
    assert direct.fit_.to_dict()["held_out_together"] == {"groups": 8}
    assert direct.fit_.comparison is not None


def test_weights_count_as_repetitions(planted: spurious.Planted, random: np.random.Generator) -> None:
    weights = random.integers(0, 3, size=400)
    weighted = PatchRegressor(patch_len=4).fit(planted.X, planted.y, sample_weight=weights)
    repeated = PatchRegressor(patch_len=4).fit(planted.X.repeat(weights, axis=0), planted.y.repeat(weights))
    assert np.allclose(weighted.predict(planted.X), repeated.predict(planted.X))


def test_three_axes(planted: spurious.Planted) -> None:
    flat = PatchRegressor(patch_len=4).fit(planted.X, planted.y)
    cube = planted.X.reshape(-1, 4, 4)
    cut = PatchRegressor().fit(cube, planted.y)
    assert (cut.predict(cube) == flat.predict(planted.X)).all() and cut.n_features_in_ == 16
    assert cut.__sklearn_tags__().input_tags.three_d_array
    channels = PatchRegressor(axes="channels", patch_len=4).fit(planted.X.reshape(-1, 2, 8), planted.y)
    assert channels.model_.patch_shape == (2, 4)
    with pytest.raises(ValueError, match="X has 8 features, but PatchRegressor is expecting 16"):
        cut.predict(cube[:, :2])
    images = PatchRegressor(image=(4, 4), patch=(2, 2)).fit(planted.X, planted.y)
    assert images.model_.grid_shape == (2, 2)


def test_missing_values_if_allowed(planted: spurious.Planted) -> None:
    X = planted.X.copy()
    X[0, 0] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        PatchRegressor(patch_len=4).fit(X, planted.y)
    fitted = PatchRegressor(patch_len=4, missing="mean").fit(X, planted.y)
    assert np.isfinite(fitted.predict(X)).all()
    assert PatchRegressor(missing="mean").__sklearn_tags__().input_tags.allow_nan


@pytest.mark.parametrize("make", [scipy.sparse.csr_array, scipy.sparse.csc_matrix, scipy.sparse.coo_array])
def test_sparse_input_is_refused(make: Any, planted: spurious.Planted) -> None:
    for estimator, y in ((PatchRegressor(), planted.y), (PatchClassifier(), planted.y > 0)):
        with pytest.raises(ValueError, match="X is sparse: make it dense"):
            estimator.fit(make(planted.X), y)


def test_scorers(planted: spurious.Planted) -> None:
    y = planted.y > np.median(planted.y)
    for name in ("roc_auc", "neg_log_loss", "accuracy", "neg_brier_score"):
        score = get_scorer(name)(PatchClassifier(patch_len=4).fit(planted.X, y), planted.X, y)
        assert np.isfinite(score)
    assert cross_val_score(PatchRegressor(patch_len=4), planted.X, planted.y, cv=3).min() > 0.9
