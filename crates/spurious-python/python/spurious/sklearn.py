"""The fit as estimators of scikit-learn.

An estimator takes rows ``[samples, numbers]``, which it cuts into patches by ``patch_len`` (a signal, with ``channels``), or by ``image`` and
``patch``; without any of them each number is a patch of its own. An array of three axes is ``[samples, patches, patch_dim]``, already cut. aeon and
sktime have ``[samples, channels, time]`` instead: say so with ``axes="channels"``, and cut along time by ``patch_len``.
"""

# scikit-learn has no types of its own.
# mypy: disable-error-code="misc, no-untyped-call"
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUntypedBaseClass=false, reportArgumentType=false, reportIncompatibleMethodOverride=false, reportUnknownParameterType=false, reportMissingModuleSource=false

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.utils.multiclass import check_classification_targets, type_of_target
    from sklearn.utils.validation import check_array, check_is_fitted, column_or_1d, validate_data
except ImportError as _error:
    raise ImportError('the estimators need scikit-learn: pip install "spurious[sklearn]"') from _error

from ._arrays import SingleOrDouble, native
from ._fit import Auto, Axes, Fit, OptimiserName, Scale, Searches, asked, column_names, cut, fitted
from ._model import Model, Network
from ._spurious import SpuriousError

if TYPE_CHECKING:
    from typing_extensions import Self

    from matplotlib.axes import Axes as PlotAxes

    _Request = bool | str | None


class _PatchEstimator(BaseEstimator):  # type: ignore[misc, unused-ignore]
    """What both estimators have in common."""

    fit_: Fit
    model_: Model
    patch_len: int | Auto | None
    channels: int
    image: tuple[int, int] | None
    patch: tuple[int, int] | Auto | None
    stride: int | tuple[int, int] | None
    rest: Literal["auto", "trim", "pad"]
    axes: Axes
    filters: int | Auto
    linear: bool
    intercept: bool
    filter_bias: bool
    negative_slope: float
    scale: Scale | None
    ridge: float | Auto
    optimiser: OptimiserName
    starts: int | Literal["auto", "four_signs"]
    step_size: float | None
    max_steps: int
    epochs: int
    batch: int
    folds: int | Auto | None
    bootstrap: int
    missing: Literal["error", "drop", "mean"]
    time_limit: float | None
    seed: int

    def __init__(
        self,
        *,
        patch_len: int | Auto | None = None,
        channels: int = 1,
        image: tuple[int, int] | None = None,
        patch: tuple[int, int] | Auto | None = None,
        stride: int | tuple[int, int] | None = None,
        rest: Literal["auto", "trim", "pad"] = "auto",
        axes: Axes = "patches",
        filters: int | Auto = 1,
        linear: bool = False,
        intercept: bool = True,
        filter_bias: bool = False,
        negative_slope: float = 0.0,
        scale: Scale | None = None,
        ridge: float | Auto = 1e-3,
        optimiser: OptimiserName = "auto",
        starts: int | Literal["auto", "four_signs"] = "auto",
        step_size: float | None = None,
        max_steps: int = 10_000,
        epochs: int = 20,
        batch: int = 64,
        folds: int | Auto | None = None,
        bootstrap: int = 0,
        missing: Literal["error", "drop", "mean"] = "error",
        time_limit: float | None = None,
        seed: int = 1,
    ) -> None:
        self.patch_len = patch_len
        self.channels = channels
        self.image = image
        self.patch = patch
        self.stride = stride
        self.rest = rest
        self.axes = axes
        self.filters = filters
        self.linear = linear
        self.intercept = intercept
        self.filter_bias = filter_bias
        self.negative_slope = negative_slope
        self.scale = scale
        self.ridge = ridge
        self.optimiser = optimiser
        self.starts = starts
        self.step_size = step_size
        self.max_steps = max_steps
        self.epochs = epochs
        self.batch = batch
        self.folds = folds
        self.bootstrap = bootstrap
        self.missing = missing
        self.time_limit = time_limit
        self.seed = seed

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = self.missing != "error"
        return tags

    def _rows(self, X: Any, y: Any = None, *, reset: bool) -> tuple[Any, Any, int | Auto | None, int]:
        """Rows, targets, the length of a window, and the number of channels."""
        patch_len, channels = self.patch_len, self.channels
        rows: Any = X
        if hasattr(rows, "nnz") and hasattr(rows, "toarray"):
            native(rows, "X")
        if (np.ndim(rows) if isinstance(rows, (list, tuple)) else getattr(rows, "ndim", 2)) == 3:
            solid = check_array(
                rows,
                dtype=[np.float64, np.float32],
                allow_nd=True,
                ensure_all_finite=False,
                input_name="X",
                estimator=self,
            )
            rows, patch_len, channels = cut(
                solid, patch_len=patch_len, channels=channels, image=self.image, axes=self.axes
            )
        options: dict[str, Any] = {
            "dtype": [np.float64, np.float32],
            "order": "C",
            "ensure_all_finite": True if self.missing == "error" else "allow-nan",
        }
        if reset:
            rows, y = validate_data(self, rows, y, ensure_min_samples=2, **options)
        else:
            rows = validate_data(self, rows, reset=False, **options)
        if patch_len is None and self.image is None:
            patch_len = 1
        return rows, y, patch_len, channels

    def _fitted(
        self,
        rows: SingleOrDouble,
        labels: NDArray[np.float64],
        *,
        columns: list[str],
        patch_len: int | Auto | None,
        channels: int,
        loss: Literal["squares", "logistic"],
        classes: list[str] | None,
        sample_weight: NDArray[np.float64] | None,
        groups: Any,
    ) -> None:
        options: dict[str, Any] = self.get_params(deep=False)
        del options["axes"]
        options |= {"patch_len": patch_len, "channels": channels, "loss": loss, "validation": None}
        request = asked(**options)
        request |= {"columns": columns, "target": "y", "classes": classes}
        self.fit_ = fitted(
            rows, labels, request, sample_weights=sample_weight, groups=groups, time=None, start=None, progress=False
        )
        self.model_ = self.fit_.model

    def _weights(self, sample_weight: Any, samples: int) -> NDArray[np.float64] | None:
        if sample_weight is None:
            return None
        weights: NDArray[np.float64] = np.array(sample_weight, dtype=np.float64)
        if weights.ndim == 0:
            weights = np.full(samples, weights)
        if weights.shape != (samples,):
            raise SpuriousError(f"sample_weight has the shape {weights.shape} where ({samples},) is needed")
        return weights

    @property
    def filters_(self) -> NDArray[np.float64]:
        """Filters of length 1, ``[filters, patch_dim]``."""
        return self._network.filters

    @property
    def filter_biases_(self) -> NDArray[np.float64]:
        """Biases of the filters, ``[filters]``."""
        return self._network.filter_biases

    @property
    def output_weights_(self) -> NDArray[np.float64]:
        """Output weights, ``[filters, patches]``; for several classes ``[filters, classes, patches]``."""
        return self._network.output_weights

    @property
    def intercept_(self) -> float | NDArray[np.float64]:
        """The intercept; for several classes ``[classes]``."""
        return self._network.intercept

    @property
    def standard_errors_(self) -> Network | None:
        """Standard errors of all of these; ``None`` if fewer than five degrees of freedom are left."""
        check_is_fitted(self)
        return self.model_.standard_errors

    @property
    def verdict_(self) -> str:
        """What the antipodal restart showed: ``leads_higher`` and ``comes_back`` clear the fit of being trapped, ``leads_lower`` says that
        it is, ``cannot_tell`` that samples do not tell."""
        check_is_fitted(self)
        return self.fit_.search.antipodal_restart

    @property
    def searches_(self) -> Searches:
        """All searches, the antipodal restart last."""
        check_is_fitted(self)
        return self.fit_.searches

    @property
    def _network(self) -> Network:
        check_is_fitted(self)
        return self.model_.network

    def plot_filters(self, *, ax: PlotAxes | None = None) -> PlotAxes:
        """Draws the filters in matplotlib: :func:`spurious.plot.filters`."""
        check_is_fitted(self)
        from .plot import filters

        return filters(self.model_, ax=ax)


class PatchRegressor(RegressorMixin, _PatchEstimator):  # type: ignore[misc, unused-ignore]
    """A filter that all patches share, the rectifier (or a leaky one), and a weight for each patch, fitted by least squares.

    ::

        f(Z) = c + Σⱼ aⱼ σ(u·Zⱼ + b)        minimise (1/2Σω) Σᵢ ωᵢ (f(Zᵢ) − yᵢ)² + ½λ‖a‖²

    The search starts from many filters and their opposites, and keeps the best minimum found. The parameters are those of
    :func:`spurious.fit`, with two other defaults: the penalty ``ridge`` is a number, as with other estimators (``"auto"`` chooses it by
    cross-validation), and no folds are held out.

    Attributes:
        filters_: Filters of length 1, ``[filters, patch_dim]``.
        filter_biases_: Biases of the filters, ``[filters]``.
        output_weights_: Output weights, ``[filters, patches]``.
        intercept_: The intercept.
        standard_errors_: Standard errors of all of these.
        verdict_: What the antipodal restart showed.
        searches_: All searches.
        model_: The model, which can be saved.
        fit_: The fit, with everything that :func:`spurious.fit` returns.
        n_features_in_: Numbers in a row.
        feature_names_in_: Names of the columns, if they had any.

    Examples:
        >>> import spurious
        >>> data = spurious.generate(patch_dim=4, patches=4, sum_ratio=2, samples=300)
        >>> spurious.PatchRegressor(patch_len=4, ridge=0).fit(data.X, data.y).score(data.X, data.y) > 0.999999
        True
    """

    if TYPE_CHECKING:
        # scikit-learn makes these.
        def set_fit_request(self, *, groups: _Request = ..., sample_weight: _Request = ...) -> Self: ...
        def set_score_request(self, *, sample_weight: _Request = ...) -> Self: ...

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Self:
        """Fits the model.

        Args:
            X: Rows ``[samples, numbers]``, or an array of three axes.
            y: Targets ``[samples]``.
            sample_weight: ``ω``, ``[samples]``.
            groups: Which rows belong together, ``[samples]``: where rows are held out, they are held out together.

        Raises:
            ValueError: An argument is out of range, lengths differ, or a number is NaN or infinite.
        """
        rows, labels, patch_len, channels = self._rows(X, y, reset=True)
        y = column_or_1d(labels, warn=True)
        if y.dtype.kind == "O":
            y = y.astype(np.float64)
        self._fitted(
            rows,
            np.ascontiguousarray(y, dtype=np.float64),
            columns=column_names(X, rows.shape[1]),
            patch_len=patch_len,
            channels=channels,
            loss="squares",
            classes=None,
            sample_weight=self._weights(sample_weight, rows.shape[0]),
            groups=groups,
        )
        return self

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Predictions ``[samples]`` for rows."""
        check_is_fitted(self)
        return self.model_.predict(self._rows(X, reset=False)[0])


class PatchClassifier(ClassifierMixin, _PatchEstimator):  # type: ignore[misc, unused-ignore]
    """A filter that all patches share, the rectifier (or a leaky one), and a weight for each patch (and class), fitted by logistic loss.

    ::

        f_c(Z) = c_c + Σⱼ a_cj σ(u·Zⱼ + b)        π_c = e^{f_c}/Σ_b e^{f_b}

    For two classes there is one value, the logarithm of the odds of the second class. The search starts from many filters and their
    opposites, and keeps the best minimum found. The parameters are those of :func:`spurious.fit`, with two other defaults: the penalty
    ``ridge`` is a number, as with other estimators (``"auto"`` chooses it by cross-validation), and no folds are held out.

    Attributes:
        classes_: The classes, at most 20.
        filters_: Filters of length 1, ``[filters, patch_dim]``.
        filter_biases_: Biases of the filters, ``[filters]``.
        output_weights_: Output weights, ``[filters, patches]``; for several classes ``[filters, classes, patches]``.
        intercept_: The intercept; for several classes ``[classes]``.
        standard_errors_: Standard errors of all of these.
        verdict_: What the antipodal restart showed.
        searches_: All searches.
        model_: The model, which can be saved.
        fit_: The fit, with everything that :func:`spurious.fit` returns.
        n_features_in_: Numbers in a row.
        feature_names_in_: Names of the columns, if they had any.

    Examples:
        >>> import spurious
        >>> data = spurious.generate(patch_dim=4, patches=4, sum_ratio=2, samples=300)
        >>> fitted = spurious.PatchClassifier(patch_len=4).fit(data.X, data.y > 0.3)
        >>> fitted.score(data.X, data.y > 0.3) > 0.95
        True
    """

    classes_: NDArray[Any]

    if TYPE_CHECKING:
        # scikit-learn makes these.
        def set_fit_request(self, *, groups: _Request = ..., sample_weight: _Request = ...) -> Self: ...
        def set_score_request(self, *, sample_weight: _Request = ...) -> Self: ...

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Self:
        """Fits the model.

        Args:
            X: Rows ``[samples, numbers]``, or an array of three axes.
            y: Classes ``[samples]``, of two kinds to twenty.
            sample_weight: ``ω``, ``[samples]``.
            groups: Which rows belong together, ``[samples]``: where rows are held out, they are held out together.

        Raises:
            ValueError: An argument is out of range, lengths differ, a number is NaN or infinite, or there is one class, or more than 20.
        """
        rows, labels, patch_len, channels = self._rows(X, y, reset=True)
        y = column_or_1d(labels, warn=True)
        check_classification_targets(y)
        if type_of_target(y) not in ("binary", "multiclass"):
            raise SpuriousError(f"y is {type_of_target(y)}: use one class for each sample")
        self.classes_, places = np.unique(y, return_inverse=True)
        weights = self._weights(sample_weight, rows.shape[0])
        used = places if weights is None else places[weights > 0]
        if len(used) == 0:
            raise SpuriousError("every sample_weight is zero: there is nothing to fit")
        if len(np.unique(used)) < 2:
            raise SpuriousError(f"y has one class only, {self.classes_[used[0]]}: two or more classes are needed")
        if len(self.classes_) > 20:
            raise SpuriousError(f"y has {len(self.classes_)} classes: at most 20 can be fitted")
        self._fitted(
            rows,
            places.astype(np.float64),
            columns=column_names(X, rows.shape[1]),
            patch_len=patch_len,
            channels=channels,
            loss="logistic",
            classes=[str(name) for name in self.classes_],
            sample_weight=weights,
            groups=groups,
        )
        return self

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """The logarithm of the odds of the second of two classes, ``[samples]``; scores ``[samples, classes]`` of several."""
        check_is_fitted(self)
        return self.model_.values(self._rows(X, reset=False)[0])

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """The chance of each class, ``[samples, classes]``."""
        check_is_fitted(self)
        chances = self.model_.predict(self._rows(X, reset=False)[0])
        return np.column_stack([1.0 - chances, chances]) if chances.ndim == 1 else chances

    def predict_log_proba(self, X: Any) -> NDArray[np.float64]:
        """Its logarithm."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X: Any) -> NDArray[Any]:
        """The most likely class for rows, ``[samples]``."""
        values = self.decision_function(X)
        places = (values > 0).astype(int) if values.ndim == 1 else values.argmax(axis=1)
        return self.classes_[places]  # type: ignore[no-any-return]


__all__ = ["PatchClassifier", "PatchRegressor"]
