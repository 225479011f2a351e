"""Arrays as the library reads them: native numbers in single or double precision, one after the other.

An array of ``float32`` or ``float64`` that is contiguous in C order is borrowed, read-only and memory-mapped ones too: it must not be
written to by another thread meanwhile. Other orders and strides, integers, booleans and other precisions are copied. What cannot be meant,
or would be slow in silence, is refused: other byte orders, misaligned numbers, Python objects, complex numbers, texts and dates, masked and
sparse arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._spurious import SpuriousError

Numbers = NDArray[np.float64]
SingleOrDouble = NDArray[np.float64] | NDArray[np.float32]


def native(values: Any, name: str) -> NDArray[Any]:
    """The array itself, if its numbers can be read."""
    if hasattr(values, "nnz") and hasattr(values, "toarray"):
        raise SpuriousError(f"{name} is sparse: make it dense with {name}.toarray()")
    if isinstance(values, np.ma.MaskedArray):
        raise SpuriousError(
            f'{name} is a masked array: fill it, such as with {name}.filled(numpy.nan) and missing="mean"'
        )
    try:
        array: NDArray[Any] = np.asarray(values)
    except ValueError:
        raise SpuriousError(f"{name} has rows of different lengths, or holds what is no number") from None
    if array.dtype.kind == "O":
        raise SpuriousError(f"{name} holds Python objects: convert it, such as with numpy.asarray({name}, dtype=float)")
    if array.dtype.kind not in "fiub":
        raise SpuriousError(f"{name} holds {array.dtype}, not real numbers")
    if not array.dtype.isnative:
        raise SpuriousError(
            f'{name} has the byte order of another machine: convert it with {name}.astype({name}.dtype.newbyteorder("="))'
        )
    if not array.flags.aligned:
        raise SpuriousError(f"the numbers of {name} are misaligned in memory: copy it with {name}.copy()")
    return array


def single_or_double(values: Any, name: str) -> SingleOrDouble:
    """Numbers in C order: borrowed where that is possible, else copied. Half precision becomes single, all else double."""
    array = native(values, name)
    if array.dtype.kind == "f" and array.dtype.itemsize <= 4:
        return np.ascontiguousarray(array, dtype=np.float32)
    return np.ascontiguousarray(array, dtype=np.float64)


def vector(values: ArrayLike, name: str) -> Numbers:
    """Numbers along one axis, in double precision."""
    array = np.ascontiguousarray(native(values, name), dtype=np.float64)
    if array.ndim != 1:
        raise SpuriousError(f"{name} has {array.ndim} axes where 1 is needed")
    return array


def numbers(values: ArrayLike, name: str) -> Numbers:
    """Numbers of any shape, in double precision."""
    return np.asarray(native(values, name), dtype=np.float64)


def whole(values: ArrayLike, name: str) -> NDArray[np.int64]:
    """Whole numbers of any shape."""
    array = native(values, name)
    if array.dtype.kind not in "iu":
        raise SpuriousError(f"{name} holds {array.dtype}: use whole numbers")
    if array.size and int(array.max()) > np.iinfo(np.int64).max:
        raise SpuriousError(f"{name} {int(array.max())} is too large")
    return array.astype(np.int64)
