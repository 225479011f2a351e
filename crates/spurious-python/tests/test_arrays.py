"""Arrays of every kind: what is the same numbers gives the same result, and what is none is refused with a sentence."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import spurious

SHAPES = arrays.array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=12)


def model(width: int) -> spurious.Model:
    rows = np.random.default_rng(width).normal(size=(60, width))
    return spurious.fit(rows, rows[:, 0] + rows[:, -1] ** 2, patch_len=1, folds=None, ridge=0.1).model


MODELS = {width: model(width) for width in range(1, 13)}


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_strides_orders_and_precisions(data: st.DataObject) -> None:
    """Any view of finite numbers is predicted as its plain copy is."""
    dtype = data.draw(st.sampled_from(["f8", "f4", "f2", "i1", "u2", "i8", "?", "g"]))
    elements = {"allow_nan": False, "allow_infinity": False} if np.dtype(dtype).kind == "f" else {}
    if np.dtype(dtype).kind == "f":
        elements |= {"min_value": -1000, "max_value": 1000}
    base = data.draw(arrays.arrays(np.dtype(dtype), SHAPES, elements=elements or None))
    view = base[
        data.draw(arrays.basic_indices(base.shape, min_dims=2, max_dims=2, allow_newaxis=False, allow_ellipsis=False))
    ]
    view = view.T if data.draw(st.booleans()) else view
    if view.shape[1] not in MODELS:
        return
    fitted = MODELS[view.shape[1]]
    is_single = view.dtype.kind == "f" and view.dtype.itemsize <= 4
    plain = np.array(view, dtype=np.float32 if is_single else np.float64, order="C", copy=True)
    found = fitted.predict(view)
    assert found.shape == (view.shape[0],)
    assert (found == fitted.predict(plain)).all()
    before = base.tobytes()
    fitted.predict(np.asfortranarray(view))
    assert base.tobytes() == before


@settings(deadline=None, max_examples=100)
@given(arrays.arrays(np.float64, SHAPES))
def test_any_double_is_predicted_or_refused(values: Any) -> None:
    if values.shape[1] not in MODELS:
        return
    try:
        assert np.isfinite(MODELS[values.shape[1]].predict(values)).all()
    except spurious.SpuriousError as error:
        assert "not a finite number" in str(error) or "overflowed" in str(error)
        assert not (np.abs(values) < 1e100).all()


@settings(deadline=None, max_examples=100)
@given(st.integers(), st.floats(), st.integers(), st.floats())
def test_any_number_is_computed_or_refused(patches: int, sum_ratio: float, patch_dim: int, angle: float) -> None:
    for call in (
        lambda: spurious.landscape(patches=patches, sum_ratio=sum_ratio, patch_dim=patch_dim),
        lambda: spurious.verdict(
            patches=patches, sum_ratio=sum_ratio, angle=angle, sum=0, signal=0, patch_dim=patch_dim
        ),
        lambda: spurious.trace(patches=patches, sum_ratio=sum_ratio, patch_dim=patch_dim, angle=angle, max_time=1.0),
    ):
        try:
            call()
        except spurious.SpuriousError as error:
            assert str(error)


def test_borrowed_arrays(tmp_path: Path, planted: spurious.Planted, fitted: spurious.Fit) -> None:
    """Read-only and memory-mapped arrays are read as they are."""
    expected = fitted.model.predict(planted.X)
    frozen = planted.X.copy()
    frozen.flags.writeable = False
    np.save(tmp_path / "rows.npy", planted.X)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    from spurious._arrays import single_or_double

    for rows in (frozen, mapped, frozen.astype(np.float32)):
        assert np.shares_memory(single_or_double(rows, "X"), rows)
    for rows in (frozen, mapped):
        assert (fitted.model.predict(rows) == expected).all()
        assert spurious.fit(rows, planted.y, patch_len=4) == fitted


def test_refused_arrays(fitted: spurious.Fit) -> None:
    rows = np.zeros((3, 16))
    misaligned = np.frombuffer(bytes(1 + rows.nbytes), dtype=np.uint8)[1:].view(np.float64).reshape(rows.shape)
    assert not misaligned.flags.aligned
    for wrong, sentence in (
        (rows.astype(">f8"), "X has the byte order of another machine"),
        (misaligned, "the numbers of X are misaligned in memory"),
        (rows.astype(object), "X holds Python objects"),
        (rows.astype(complex), "X holds complex128, not real numbers"),
        (rows.astype("U5"), "X holds <U5, not real numbers"),
        (rows.astype("datetime64[s]"), r"X holds datetime64\[s\], not real numbers"),
        (np.ma.masked_array(rows, rows == 1), "X is a masked array"),
        (scipy.sparse.csr_array(rows), "X is sparse"),
        (rows[0], "X has 1 axes where 2 are needed, or 3"),
        (rows.reshape(3, 2, 2, 4), "X has 4 axes"),
        ([[1, 2], [3]], "X has rows of different lengths, or holds what is no number"),
    ):
        with pytest.raises(ValueError, match=sentence):
            fitted.model.predict(wrong)
    assert fitted.model.predict(rows.tolist()).shape == (3,)


def test_sizes_beyond_memory_are_refused() -> None:
    for words, sentence in (
        ({"samples": 10**15}, "too many for one array"),
        ({"samples": 10, "patches": 10**9, "patch_dim": 10**9}, "too large|use at most|not a whole number"),
        ({"samples": -1}, "samples -1 is not a whole number from 0 on"),
    ):
        with pytest.raises(spurious.SpuriousError, match=sentence):
            spurious.generate(**{"patch_dim": 5, "patches": 25, "sum_ratio": 4, **words})
    # A view of one number that looks like a terabyte is a terabyte of rows, of which none fits the model.
    huge = np.broadcast_to(np.float64(1), (10**6, 10**5))
    with pytest.raises((MemoryError, spurious.SpuriousError)):
        MODELS[3].predict(huge)


def test_sentences_of_numbers() -> None:
    for call, sentence in (
        (lambda: spurious.landscape(patches=25, sum_ratio=30), "sum ratio 30 is larger than the number of patches 25"),
        (lambda: spurious.landscape(patches=0, sum_ratio=0), "number of patches 0 is not a whole number from 1 to 1e9"),
        (lambda: spurious.landscape(patches=10**30, sum_ratio=0), "is not a whole number from 1 to 1e9"),
        (lambda: spurious.landscape(patches=25, sum_ratio=float("nan")), "sum ratio is NaN, not a finite number"),
        (
            lambda: spurious.probability(patch_dim=5, patches=-3, sum_ratio=0),
            "number of patches -3 is not a whole number",
        ),
        (
            lambda: spurious.probability(patch_dim=5, patches=2.5, sum_ratio=0),
            "patches holds float64: use whole numbers",
        ),
        (
            lambda: spurious.probability(patch_dim=5, patches=[1, 2], sum_ratio=[0, 1, 2]),
            r"\(2,\), \(3,\), \(\), \(\) do not broadcast",
        ),
        (
            lambda: spurious.probability(patch_dim=5, patches=25, sum_ratio=4, tolerance=2),
            "tolerance 2 is not between 0 and 1",
        ),
        (lambda: spurious.trace(patch_dim=5, patches=25, sum_ratio=4, full=True), "full=True is for gradient descent"),
        (lambda: spurious.trace(patch_dim=5, patches=25, sum_ratio=4, angle=4), "angle 4 is not between 0 and π"),
        (
            lambda: spurious.sweep(patch_dim=5, patches=25, sum_ratio=4, step_size=0.1, runs=0),
            "runs 0 is not a whole number from 1 to 1e15",
        ),
        (
            lambda: spurious.sweep(patch_dim=-5, patches=25, sum_ratio=4, step_size=0.1, runs=9),
            "patch_dim -5 is not a whole",
        ),
        (lambda: spurious.sweep(patch_dim=5, patches=25, sum_ratio=np.nan, step_size=0.1, runs=9), "sum_ratio is nan"),
        (
            lambda: spurious.sweep(patch_dim=5, patches=25, sum_ratio=4, step_size=0.1, runs=1.5),
            "runs 1.5 is not a whole",
        ),
        (
            lambda: spurious.trace(patch_dim=5, patches=25, sum_ratio=4, seed=-1),
            "seed -1 is not a whole number from 0 on",
        ),
        (
            lambda: spurious.sweep(patch_dim=5, patches=25, sum_ratio=4, step_size=0.1, runs=9, shard="1/2"),
            "name it with out",
        ),
        (
            lambda: spurious.gradient(([1, 0], [1]), ([1, 0, 0], [1])),
            "student filter has 3 entries where the teacher has 2",
        ),
        (lambda: spurious.hessian(([0, 0], [1]), ([1, 0], [1])), "teacher filter must have an entry that is not zero"),
        (
            lambda: spurious.recovery(patch_dim=2, patches=4, sum_ratio=1, samples=0, step_size=0.3),
            "number of samples 0",
        ),
    ):
        with pytest.raises(spurious.SpuriousError, match=sentence):
            call()
