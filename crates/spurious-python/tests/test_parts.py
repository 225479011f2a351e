"""A fit to data that lies in several files, for which workers answer."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from clusters import dask, processes, ray
from interrupted import assert_ctrl_c_ends
from watched_parts import WatchedParts

import spurious
from spurious._spurious import Part, __version__

QUICK: dict[str, Any] = {"patch_len": 4, "folds": None, "starts": 2, "ridge": 0.001}
SAMPLES = 5000


@pytest.fixture(scope="session")
def table() -> pd.DataFrame:
    """Rows of sixteen numbers, a target of a planted teacher, and columns for all roles."""
    planted = spurious.generate(patch_dim=4, patches=4, sum_ratio=2, samples=SAMPLES, noise=0.3)
    frame = pd.DataFrame(planted.X, columns=[f"x{i}" for i in range(16)])
    frame["y"] = planted.y
    frame["w"] = np.arange(SAMPLES) % 3 / 2.0
    frame["patient"] = [f"p{i * 7 % 11}" for i in range(SAMPLES)]
    frame["level"] = np.array(["low", "middle", "high"])[np.digitize(planted.y, [-1, 1])]
    frame["number"] = np.digitize(planted.y, [-1, 1]) * 5.0
    return frame


def written(
    frame: pd.DataFrame, folder: Path, ends: Sequence[int], columns: Sequence[str] = ("y",), kind: str = "parquet"
) -> list[Path]:
    """Files with the rows up to each of some ends, and some columns beside the features."""
    frame = frame[[*(f"x{i}" for i in range(16)), *columns]]
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{number}.{kind}" for number in range(len(ends))]
    for path, first, end in zip(paths, [0, *ends], ends, strict=False):
        rows = frame[first:end]
        match kind:
            case "csv":
                rows.to_csv(path, index=False)
            case "npy":
                np.save(path, np.ascontiguousarray(rows.to_numpy()))
            case _:
                rows.to_parquet(path, index=False)
    return paths


@pytest.fixture(scope="session")
def parts(table: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return written(table, tmp_path_factory.mktemp("parts"), (1100, 3200, SAMPLES))


@pytest.fixture(scope="session")
def alone(parts: list[Path]) -> spurious.Fit:
    """The fit for which nobody is asked."""
    return spurious.fit(parts=parts, **QUICK)


class Inline:
    """An executor whose futures have nothing but a result."""

    def __init__(self, before: Callable[[int], None] = lambda call: None) -> None:
        self._before, self.calls = before, 0

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Any:
        def result() -> Any:
            self.calls += 1
            self._before(self.calls)
            return fn(*args)

        return SimpleNamespace(result=result)


@pytest.mark.skipif(sys.platform == "win32", reason="a worker cannot be killed like this there")
@pytest.mark.parametrize("cluster", [processes, dask, ray])
def test_a_worker_is_killed(cluster: Any, tmp_path: Path, parts: list[Path], alone: spurious.Fit) -> None:
    with cluster() as workers:
        watch = partial(WatchedParts, notes=tmp_path, victim="1.parquet")
        executor = watch(workers) if hasattr(workers, "submit") else lambda: watch(workers())
        found = spurious.fit(parts=parts, executor=executor, **QUICK)
    assert found == alone and found.model.to_json() == alone.model.to_json()
    # One part was asked once more than the others, at least.
    times = [len(list(tmp_path.glob(f"{part.name} *"))) for part in parts]
    assert times[1] > min(times) > 10


def test_dask_brings_questions_to_who_has_the_part(
    parts: list[Path], alone: spurious.Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Client(Inline):
        """What looks like a client of Dask, whose one worker is this process."""

        scheduler_info = None
        wishes: list[dict[str, Any]] = []

        def submit(self, fn: Callable[..., Any], /, *args: Any, **wish: Any) -> Any:
            self.wishes.append(wish)
            return super().submit(fn, *args)

    worker = SimpleNamespace(address="tcp://here:1")
    monkeypatch.setitem(sys.modules, "distributed", SimpleNamespace(get_worker=lambda: worker))
    client = Client()
    assert spurious.fit(parts=parts, executor=client, **QUICK) == alone
    assert client.wishes[:3] == [{}] * 3
    assert client.wishes[3:] == [{"workers": ["tcp://here:1"], "allow_other_workers": True}] * (client.calls - 3)


def test_how_rows_are_divided_does_not_matter(table: pd.DataFrame, tmp_path: Path, alone: spurious.Fit) -> None:
    for kind, ends in (("parquet", (SAMPLES,)), ("csv", (1, 1024, 2047, 2050, SAMPLES)), ("npy", (2048, SAMPLES))):
        files = written(table, tmp_path / kind, ends, kind=kind)
        target = "17" if kind == "npy" else "y"
        for memory in (4096, 0):
            executor = Inline()
            found = spurious.fit(parts=files, target=target, executor=executor, memory=memory, **QUICK)
            assert executor.calls > 10
            assert np.array_equal(found.network.filters, alone.network.filters)
            assert (found.loss, found.train_r2) == (alone.loss, alone.train_r2)
            assert found.searches == alone.searches and found.predictions == alone.predictions


def test_it_is_the_fit_of_arrays(table: pd.DataFrame, alone: spurious.Fit) -> None:
    found = spurious.fit(table.filter(like="x"), table["y"].to_numpy(), **QUICK)
    assert np.allclose(found.network.filters, alone.network.filters, atol=1e-7)
    assert found.model.columns == alone.model.columns and found.samples == alone.samples


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (("y", "w"), {"sample_weights": "w"}),
        (("y", "patient"), {"groups": "patient", "folds": 2}),
        (("y", "w"), {"time": "w", "validation": 0.3, "folds": "auto"}),
        (("level",), {"target": "level"}),
        (("level", "w"), {"target": "level", "linear": True, "sample_weights": "w"}),
        (("number",), {"target": "number", "loss": "logistic"}),
        (("y",), {"missing": "mean"}),
        (("y",), {"filters": 2, "linear": True, "ridge": "auto", "columns": [f"x{i}" for i in range(8)]}),
        (("y",), {"patch_len": "auto", "starts": "auto", "ridge": "auto", "columns": [f"x{i}" for i in range(6)]}),
    ],
)
def test_columns_and_options(
    columns: tuple[str, ...], words: dict[str, Any], table: pd.DataFrame, tmp_path: Path
) -> None:
    # Many shapes are tried on fewer rows.
    samples = 1500 if "patch_len" in words else SAMPLES
    frame = table[:samples]
    if "missing" in words:
        frame = frame.copy()
        frame.loc[::97, "x3"] = np.nan
    divided = written(frame, tmp_path / "divided", (1100, samples * 3 // 4, samples), columns, kind="csv")
    together = written(frame, tmp_path / "together", (samples,), columns)
    words = {**QUICK, **words}
    # Workers read their files in every pass.
    found = spurious.fit(parts=divided, executor=Inline(), memory=0, **words)
    assert found == spurious.fit(parts=together, **words)
    names = {role: frame[words[role]].to_numpy() for role in ("sample_weights", "groups", "time") if role in words}
    target = words.get("target", "y")
    X = frame[words.get("columns", [f"x{i}" for i in range(16)])]
    arrays = spurious.fit(X, frame[target].to_numpy(), **{**words, "columns": None, **names})
    assert found.model.classes == arrays.model.classes and found.model.columns == arrays.model.columns
    assert found.to_dict()["held_out_together"] == arrays.to_dict()["held_out_together"]
    assert np.isclose(found.train_r2, arrays.train_r2, atol=1e-4)


def test_columns_without_measurements_are_left_out(table: pd.DataFrame, tmp_path: Path) -> None:
    files = written(table, tmp_path, (1000, SAMPLES), ("y", "patient"))
    found = spurious.fit(parts=files, **QUICK)
    assert found.warnings[0] == "left out: 'patient' (text)"
    assert found.model.columns == tuple(f"x{i}" for i in range(16))


def test_a_file_that_changes_is_told(table: pd.DataFrame, tmp_path: Path) -> None:
    files = written(table, tmp_path, (1500, SAMPLES), kind="csv")

    def append(call: int) -> None:
        if call == 7:
            with files[1].open("a") as file:
                file.write(",".join(["0"] * 17) + "\n")

    message = f"{files[1]} changed while it was fitted: fit again when it is complete"
    with pytest.raises(spurious.SpuriousError, match=f"^{re.escape(message)}$"):
        spurious.fit(parts=files, executor=Inline(append), **QUICK)


def test_workers_that_fail(parts: list[Path]) -> None:
    def full(call: int) -> None:
        raise OSError("no such mount")

    with pytest.raises(spurious.WorkersLost) as lost:
        spurious.fit(parts=parts, executor=Inline(full), **QUICK)
    assert str(lost.value) == (
        "parts 1/3, 2/3, 3/3 failed 4 times, at last with OSError: no such mount; a fit keeps nothing to go on from: begin it again with other "
        "workers"
    )

    class Refusing:
        def submit(self, fn: Any, /, *args: Any) -> Any:
            raise ZeroDivisionError("as it came")

    with pytest.raises(ZeroDivisionError, match="^as it came$"):
        spurious.fit(parts=parts, executor=Refusing(), **QUICK)


def test_workers_that_differ(parts: list[Path]) -> None:
    asked: list[tuple[Any, ...]] = []

    class Noting(Inline):
        def submit(self, fn: Callable[..., Any], /, *args: Any) -> Any:
            asked.append(args)
            return super().submit(fn, *args)

    spurious.fit(parts=parts, executor=Noting(), **QUICK)
    columns, question, file, *others, _, _ = asked[0]
    part = Part.open(file.path, columns, 1 << 30)
    # The version of the program, as CBOR.
    version = b"\x82" + bytes([0x60 + len(__version__)]) + __version__.encode()
    assert question.startswith(version)
    other = question.replace(version, version[:-1] + b"x")
    message = f"the fit was begun by version {__version__[:-1]}x on "
    with pytest.raises(spurious.SpuriousError, match=f"^{re.escape(message)}.*: use workers that are alike$"):
        part.answer(other, *others)
    with pytest.raises(spurious.SpuriousError, match="^this is no question of a fit: "):
        part.answer(b"?", *others)


def test_what_is_refused(table: pd.DataFrame, parts: list[Path], tmp_path: Path) -> None:
    def refused(message: str, *arrays: Any, **words: Any) -> None:
        with pytest.raises(spurious.SpuriousError, match=f"^{re.escape(message)}"):
            spurious.fit(*arrays, **{**QUICK, **words})

    y = table["y"].to_numpy()
    refused("give X and y, or parts, not both", table.filter(like="x"), y, parts=parts)
    refused(
        "an executor answers for parts: name the files of the data with parts",
        table.filter(like="x"),
        y,
        executor=Inline(),
    )
    refused("parts [] is no list of files", parts=[])
    refused("parts 'data.csv' is no list of files", parts="data.csv")
    refused("sample_weights is the name of a column where data lies in parts", parts=parts, sample_weights=y)
    refused("executor 4 has no submit(fn, *args), and is no function", parts=parts, executor=4)
    refused(f"{parts[0]} has no column 'z'", parts=parts, target="z")
    refused("rows have 16 numbers: say how they are cut", parts=parts, patch_len=None)
    (other,) = written(table, tmp_path / "other", (SAMPLES,), ("y", "w"))
    refused(
        f"{other} has a column 'w' that {parts[0]} has not: parts have the same columns, or name those that are meant with columns",
        parts=[parts[0], other],
    )
    refused(
        f"{other} has a column 'w' that {parts[0]} has not: parts have the same columns, or name those that are meant with columns",
        parts=[other, parts[0]],
    )
    (text,) = written(table.assign(y=table["level"]), tmp_path / "text", (SAMPLES,))
    refused(f"the target 'y' is text in {text}, but numbers in {parts[0]}", parts=[parts[0], text])
    (negative,) = written(table.assign(w=-1.5), tmp_path / "negative", (SAMPLES,), ("y", "w"))
    refused(
        f"{negative}, row 1: the sample weight is -1.5, and must not be negative", parts=[negative], sample_weights="w"
    )
    refused(f"{tmp_path / 'missing.csv'} does not exist", parts=[tmp_path / "missing.csv"], executor=Inline())
    refused("give groups or time, not both", parts=parts, groups="x0", time="x1")


ENDLESS = """
import sys, spurious
from concurrent.futures import ThreadPoolExecutor
print("ready", flush=True)
with ThreadPoolExecutor(2) as pool:
    spurious.fit(parts=sys.argv[1:], patch_len=4, filters=8, folds=9, executor=pool)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot send itself Ctrl-C there")
@pytest.mark.parametrize("threads", ["1", "2"])
def test_ctrl_c_ends_the_work(threads: str, parts: list[Path]) -> None:
    assert_ctrl_c_ends(ENDLESS, *map(str, parts), RAYON_NUM_THREADS=threads)
