"""A fitted model."""

from __future__ import annotations

import json
import os
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _spurious
from ._arrays import Numbers, SingleOrDouble, single_or_double, vector
from ._result import Table


class Explanation(Table):
    """What each patch of a row contributes to its prediction, a row for the intercept (patch 0) and one for each patch.

    Beside these columns there is ``filter_1`` and so on: what each filter adds; and ``linear_part`` where the model has one.

    Attributes:
        patch: Number of the patch, from 1; 0 is the intercept.
        columns_covered: The columns of a row that it covers: its first and its last.
        running_sum: The intercept and what this patch and those before it contribute; the last one is the prediction.
        prediction: The prediction; of a model for classes its score.
    """

    patch: NDArray[np.int64]
    columns_covered: NDArray[np.str_]
    running_sum: NDArray[np.float64]
    prediction: float


class Network:
    """The numbers of a network, or their standard errors. All arrays are read-only.

    Attributes:
        filters: ``u``, ``[filters, patch_dim]``.
        filter_biases: ``b``, ``[filters]``.
        output_weights: ``a``, ``[filters, patches]``; for several classes ``[filters, classes, patches]``.
        intercept: ``c``; for several classes ``[classes]``.
        linear_part: ``β``, in the order of the columns, ``[width]``; for several classes ``[classes, width]``; ``None`` without a linear part.
    """

    __slots__ = ("filter_biases", "filters", "intercept", "linear_part", "output_weights")

    filters: Numbers
    filter_biases: Numbers
    output_weights: Numbers
    intercept: float | Numbers
    linear_part: Numbers | None

    def __init__(self, network: dict[str, Any]) -> None:
        classes = len(network.get("intercepts", ()))
        filters = network["filters"]
        weights = np.array([filter["output_weights"] for filter in filters])
        linear = np.array(network["linear_part"]) if network.get("linear_part") else None
        numbers: dict[str, Any] = {
            "filters": np.array([filter["weights"] for filter in filters]),
            "filter_biases": np.array([filter["bias"] for filter in filters]),
            "output_weights": weights.reshape(len(filters), classes, -1) if classes else weights,
            "intercept": np.array(network["intercepts"]) if classes else float(network["intercept"]),
            "linear_part": linear.reshape(classes, -1) if linear is not None and classes else linear,
        }
        _freeze(self, numbers)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Network is frozen: {name} cannot be set")

    def __reduce__(self) -> tuple[Any, ...]:
        return _network, ([getattr(self, name) for name in self.__slots__],)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Network) and all(
            np.array_equal(getattr(self, name), getattr(other, name)) for name in self.__slots__
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        filters, patch_dim = self.filters.shape
        return f"Network: filters {filters} × {patch_dim}, output weights {' × '.join(map(str, self.output_weights.shape))}"


def _network(values: list[Any]) -> Network:
    network = object.__new__(Network)
    _freeze(network, dict(zip(Network.__slots__, values, strict=True)))
    return network


def _freeze(network: Network, numbers: dict[str, Any]) -> None:
    for name, value in numbers.items():
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
        object.__setattr__(network, name, value)


class Model:
    """A fitted model: all that predictions need, and where it came from.

    It is what ``model.json`` holds: ``spurious fit`` writes what :meth:`load` reads, and ``spurious predict`` reads what :meth:`save` writes.
    """

    _core: _spurious.Model

    def __init__(self, core: _spurious.Model) -> None:
        object.__setattr__(self, "_core", core)

    @classmethod
    def from_json(cls, text: str) -> Model:
        """Reads a model back and checks it.

        Raises:
            SpuriousError: The text is not a model, is of another version, or was changed after it was written.
        """
        return cls(_spurious.Model.from_json(text))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Model:
        """Reads ``model.json`` of a fit; errors are those of :meth:`from_json`, and :class:`OSError`."""
        return cls.from_json(Path(path).read_text(encoding="utf-8"))

    def to_json(self) -> str:
        """The model as JSON, with a checksum."""
        return self._core.to_json()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the model to a file, which must not exist."""
        with open(path, "x", encoding="utf-8") as file:
            file.write(self.to_json())

    def to_dict(self) -> dict[str, Any]:
        """The model as its JSON has it."""
        return json.loads(self.to_json())["model"]  # type: ignore[no-any-return]

    @cached_property
    def _fields(self) -> dict[str, Any]:
        return self.to_dict()

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Model is frozen: {name} cannot be set")

    @cached_property
    def network(self) -> Network:
        """The numbers of the network."""
        return Network(self._fields["network"])

    @cached_property
    def standard_errors(self) -> Network | None:
        """The standard error of each of its numbers; ``None`` if fewer than five degrees of freedom are left."""
        errors = self._fields["standard_errors"]
        return None if errors is None else Network(errors)

    @property
    def negative_slope(self) -> float:
        """Negative slope ``c`` of the activation ``max(t, 0) + c min(t, 0)``; 0 is the rectifier."""
        return float(self._fields["network"].get("negative_slope", 0.0))

    @property
    def loss(self) -> str:
        """What it was fitted by: ``"squares"``, ``"logistic"`` or ``"multinomial"``."""
        return str(self._fields["loss"]["kind"])

    @property
    def classes(self) -> tuple[str, ...] | None:
        """The classes with the numbers 0, 1, …, if the target has any."""
        labels: Any = self._fields["labels"]
        return tuple(labels["classes"]) if "classes" in labels else None

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the numbers of a row, in its order."""
        return tuple(self._fields["columns"])

    @property
    def target(self) -> str:
        """What is predicted."""
        return str(self._fields["target"])

    @property
    def patch_shape(self) -> tuple[int, int]:
        """The shape of a patch: its lines (of a tile, or channels) and the entries of a line."""
        height, width = self._fields["windows"]["patch"]
        return height, width

    @property
    def grid_shape(self) -> tuple[int, int]:
        """The arrangement of the patches: lines of patches, and patches in a line."""
        height, width = self._fields["windows"]["grid"]
        return height, width

    @property
    def prediction_interval(self) -> float | None:
        """Half the width of an interval of 95 % around a prediction, from the errors on samples held out."""
        return self._fields["prediction_interval"]  # type: ignore[no-any-return]

    @property
    def samples(self) -> int:
        """Samples that it was fitted to."""
        return int(self._fields["samples"])

    @property
    def noise(self) -> float:
        """Standard deviation of the residuals, in units of the target."""
        return float(self._fields["noise"])

    def predict(self, X: Any) -> Numbers:
        """What the model predicts for rows ``[samples, numbers]``, ``[samples]``.

        With logistic loss the chance of the higher class; for several classes the chance of each, ``[samples, classes]``. A missing value
        (NaN) is replaced if the model was fitted with ``missing="mean"``.

        Raises:
            SpuriousError: Rows have another length, or a number is not finite.
        """
        return self._core.predict(self._rows(X), raw=False)

    def values(self, X: Any) -> Numbers:
        """The values of the network: predictions, with logistic loss the logarithm of the odds, or scores ``[samples, classes]``."""
        return self._core.predict(self._rows(X), raw=True)

    def _rows(self, X: Any) -> SingleOrDouble:
        rows = single_or_double(X, "X")
        if rows.ndim == 3:
            rows = rows.reshape(rows.shape[0], -1)
        if rows.ndim != 2:
            raise _spurious.SpuriousError(f"X has {rows.ndim} axes where 2 are needed, or 3")
        return rows

    def explain(self, row: ArrayLike, *, class_number: int = 0) -> Explanation:
        """What each patch of one row ``[numbers]`` contributes to its prediction. The sum is exact.

        Args:
            row: One row.
            class_number: Which class is explained, of several.

        Raises:
            SpuriousError: The row has another length, or a number is not finite.
        """
        if np.ndim(row) == 2:
            row = np.asarray(row).reshape(-1)
        found, columns, text = self._core.explain(vector(row, "row"), class_number=class_number)
        renamed = {("columns_covered" if name == "columns" else name): column for name, column in columns.items()}
        return Explanation(renamed, text, prediction=json.loads(found)["prediction"])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and self._core == other._core

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return Model, (self._core,)

    def __repr__(self) -> str:
        filters = len(self.network.filters)
        height, width = self.grid_shape
        shape = " × ".join(map(str, self.patch_shape))
        of = "1 filter" if filters == 1 else f"{filters} filters"
        return f"Model of {self.target}: {of}, {height * width} patches of {shape}, fitted to {self.samples} samples by {self.loss}"


def predict(model: Model, X: Any) -> Numbers:
    """What a model predicts for some rows: :meth:`Model.predict`.

    Examples:
        >>> import spurious
        >>> data = spurious.generate(patch_dim=3, patches=4, sum_ratio=2, samples=200)
        >>> fitted = spurious.fit(data.X, data.y, patch_len=3)
        >>> bool(abs(spurious.predict(fitted.model, data.X) - data.y).max() < 1e-9)
        True
    """
    return model.predict(X)


__all__ = ["Explanation", "Model", "Network", "predict"]
