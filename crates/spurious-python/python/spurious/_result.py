"""What all results have in common: they are frozen, they can be compared and pickled, and they say what they are."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from typing_extensions import Self


def plain(value: Any) -> Any:
    """A value as JSON has it: lists for arrays, ``None`` for NaN."""
    if isinstance(value, Result):
        return value.to_dict()
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return None if value != value else value
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value


def _html(text: str) -> str:
    # Imported where it is used: it has a table of two thousand characters.
    import html

    return f"<pre>{html.escape(text)}</pre>"


class Result:
    """A frozen result."""

    _text: str

    def __repr__(self) -> str:
        return self._text.rstrip("\n")

    def _repr_html_(self) -> str:
        return _html(repr(self))

    def to_dict(self) -> dict[str, Any]:
        """The result as the program's JSON has it: numbers, texts, lists and ``None``."""
        fields = dataclasses.fields(self)  # type: ignore[arg-type]
        names = [field.name for field in fields if not field.name.startswith("_")]
        return {name.removesuffix("_"): plain(getattr(self, name)) for name in names}

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        assert isinstance(other, Result)
        return self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]


class Table(Result):
    """Rows under named columns, each an array that is read-only.

    A column is an attribute (``table.loss``) and an item (``table["loss"]``). NaN stands for what is missing.
    """

    _columns: dict[str, NDArray[Any]]

    def __init__(self, columns: Mapping[str, Any], text: str = "", **others: Any) -> None:
        arrays: dict[str, NDArray[Any]] = {}
        for name, values in columns.items():
            array = np.asarray(values).view()
            array.flags.writeable = False
            arrays[name] = array
        object.__setattr__(self, "_columns", arrays)
        object.__setattr__(self, "_text", text)
        object.__setattr__(self, "_others", others)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(self._columns)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of each column."""
        return next(iter(self._columns.values())).shape if self._columns else (0,)

    def __len__(self) -> int:
        return self.shape[0] if self.shape else 1

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._columns[name]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        # `global` is a word of Python: `table.global_` is that column.
        for key in (name, name.removesuffix("_")):
            if key in self._columns:
                return self._columns[key]
        others: dict[str, Any] = self.__dict__["_others"]
        if name in others:
            return others[name]
        raise AttributeError(f"{type(self).__name__} has no {name!r}: its columns are {', '.join(self._columns)}")

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be deleted")

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._columns, *self.__dict__["_others"]})

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (type(self), self._columns, self._text, self.__dict__["_others"])

    def __copy__(self) -> Self:
        return self

    def __repr__(self) -> str:
        shown = super().__repr__()
        left = max((column.size for column in self._columns.values()), default=0) - 20
        return f"{shown}\n… and {left} more rows" if left > 0 else shown

    def to_dict(self) -> dict[str, Any]:
        """The columns as lists, with ``None`` for what is missing."""
        return {name: plain(value) for name, value in {**self._columns, **self.__dict__["_others"]}.items()}

    def to_numpy(self) -> NDArray[Any]:
        """A structured array with a field for each column."""
        columns = {name: column.ravel() for name, column in self._columns.items()}
        table = np.empty(next(iter(columns.values())).shape, [(name, column.dtype) for name, column in columns.items()])
        for name, column in columns.items():
            table[name] = column
        return table

    def to_pandas(self) -> pd.DataFrame:
        """A data frame with a row for each row.

        Raises:
            ImportError: pandas is not installed (``pip install "spurious[pandas]"``).
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise ImportError('to_pandas needs pandas: pip install "spurious[pandas]"') from error
        return pd.DataFrame({name: column.ravel() for name, column in self._columns.items()})


def _rebuilt(kind: type[Table], columns: dict[str, Any], text: str, others: dict[str, Any]) -> Table:
    return kind(columns, text, **others)
