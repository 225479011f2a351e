"""A sweep on executors: real clusters on this machine, each of which loses a worker in the middle of a shard."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from sysconfig import get_path
from types import SimpleNamespace
from typing import Any

import pytest
from clusters import SPAWN, dask, documented, processes, ray, submitit
from watched import SHARDS, SWEEP, Watched

import spurious

SMALL: dict[str, Any] = {**SWEEP, "runs": 1000, "exact": False}

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a worker cannot be killed like this there")


def files(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def results(folder: Path) -> dict[str, bytes]:
    return {name: text for name, text in files(folder).items() if not name.startswith(("shard-", "records/"))}


@pytest.fixture(scope="session")
def one_process(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The results of the sweep without an executor."""
    out = tmp_path_factory.mktemp("one") / "sweep"
    spurious.sweep(**SWEEP, out=out)
    assert len(results(out)) == 4
    return results(out)


def begun(notes: Path) -> Counter[str]:
    """How often each shard was begun."""
    return Counter(note.name.split()[0] for note in notes.iterdir())


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("cluster", [processes, dask, ray, submitit])
def test_a_worker_is_killed(cluster: Any, tmp_path: Path, notes: Path, one_process: dict[str, bytes]) -> None:
    out = tmp_path / "sweep"
    with cluster() as workers:
        watch = partial(Watched, notes=notes, victim="2/6")
        executor = watch(workers) if hasattr(workers, "submit") else lambda: watch(workers())
        found = spurious.sweep(**SWEEP, out=out, executor=executor, shards=SHARDS)
    assert results(out) == one_process
    assert found == spurious.merge([out], out=out)
    # The shard of the killed worker was begun again, and each of the others at least once.
    times = begun(notes)
    assert len(times) == SHARDS and times["2-6"] > 1


def test_another_driver_goes_on(tmp_path: Path, notes: Path, one_process: dict[str, bytes]) -> None:
    out = tmp_path / "sweep"
    with ProcessPoolExecutor(1, SPAWN) as pool, pytest.raises(spurious.WorkersLost) as lost:
        spurious.sweep(**SWEEP, out=out, executor=Watched(pool, notes, "4/6"), shards=SHARDS)
    broke, rest = str(lost.value).split(") before ")
    assert broke.startswith("the executor broke (")
    assert rest == (
        f"shards 4/6, 5/6, 6/6 came back; what came back is kept in {out}: the same call goes on from there; a function that makes "
        "the executor would have been called again"
    )
    # Nothing that came back is done again.
    later = tmp_path / "later"
    later.mkdir()
    with ThreadPoolExecutor(1) as pool:
        spurious.sweep(**SWEEP, out=out, executor=Watched(pool, later, "none"))
    assert begun(later) == {"4-6": 1, "5-6": 1, "6-6": 1}
    assert results(out) == one_process


DRIVER = """
import pathlib, spurious, watched
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(1) as pool:
    spurious.sweep(**watched.SWEEP, out="sweep", executor=watched.Watched(pool, pathlib.Path("notes"), "none"), shards=watched.SHARDS)
"""


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_the_driver_is_stopped(end: signal.Signals, tmp_path: Path, notes: Path, one_process: dict[str, bytes]) -> None:
    paths = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    driver = subprocess.Popen(
        [sys.executable, "-c", DRIVER], cwd=tmp_path, env=paths, stderr=subprocess.PIPE, text=True
    )
    out = tmp_path / "sweep"
    while not (out / "shard-2-of-6.log").exists():
        time.sleep(0.01)
    driver.send_signal(end)
    _, errors = driver.communicate(timeout=60)
    assert driver.returncode != 0
    assert end == signal.SIGKILL or errors.strip().endswith("KeyboardInterrupt")
    kept = sorted(path.name for path in out.glob("shard-*.log"))
    assert 2 <= len(kept) < SHARDS
    before = begun(notes)
    with ThreadPoolExecutor(1) as pool:
        spurious.sweep(**SWEEP, out=out, executor=Watched(pool, notes, "none"))
    later = begun(notes) - before
    assert later == {f"{number}-6": 1 for number in range(len(kept) + 1, SHARDS + 1)}
    assert results(out) == one_process


class Inline:
    """An executor whose futures have nothing but a result, and which fails on some shard."""

    def __init__(self, shard: str | None = None, error: Exception | None = None) -> None:
        self._shard, self._error = shard, error
        self.calls = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Any:
        def result() -> Any:
            self.calls += 1
            if args[1] == self._shard and self._error:
                raise self._error
            return fn(*args)

        return SimpleNamespace(result=result)


def test_the_folder_is_that_of_the_command(tmp_path: Path) -> None:
    shards, executed = tmp_path / "shards", tmp_path / "executed"
    for number in (1, 2, 3):
        spurious.sweep(**SMALL, records=True, out=shards, shard=f"{number}/3")
    spurious.merge([shards], out=shards)
    spurious.sweep(**SMALL, records=True, out=executed, executor=Inline(), shards=3)
    assert files(executed) == files(shards) and "records/shard-3-of-3-batch-000000000000.parquet" in files(shards)
    # What is complete is not done again, and the division is that of the folder.
    again = Inline()
    spurious.sweep(**SMALL, records=True, out=executed, executor=again)
    assert again.calls == 0
    with pytest.raises(spurious.SpuriousError, match="holds shards of a sweep divided into 3 instead of 4"):
        spurious.sweep(**SMALL, records=True, out=executed, executor=again, shards=4)


def test_without_a_folder() -> None:
    assert spurious.sweep(**SMALL, executor=Inline(), shards=4) == spurious.sweep(**SMALL)


def test_more_runs(tmp_path: Path) -> None:
    more = {**SMALL, "runs": 5000}
    spurious.sweep(**SMALL, out=tmp_path / "grown", executor=Inline(), shards=3)
    spurious.sweep(**more, out=tmp_path / "grown", executor=Inline())
    spurious.sweep(**more, out=tmp_path / "whole")
    assert results(tmp_path / "grown") == results(tmp_path / "whole")


def test_what_fails_is_tried_four_times(tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    full = Inline("2/3", OSError("no space left"))
    with pytest.raises(spurious.WorkersLost) as lost:
        spurious.sweep(**SMALL, out=out, executor=full, shards=3)
    assert str(lost.value) == (
        "shard 2/3 failed 4 times, at last with OSError: no space left; "
        f"what came back is kept in {out}: the same call goes on from there"
    )
    assert full.calls == 6
    healthy = Inline()
    spurious.sweep(**SMALL, out=out, executor=healthy)
    assert healthy.calls == 1
    with pytest.raises(ValueError, match="with out, a folder, the same call would go on from there$"):
        spurious.sweep(**SMALL, executor=full, shards=3)


def test_what_is_refused_is_not_tried_again(tmp_path: Path) -> None:
    strange = Inline("1/3", spurious.SpuriousError("use workers that are alike"))
    with pytest.raises(spurious.SpuriousError, match="^use workers that are alike$"):
        spurious.sweep(**SMALL, executor=strange, shards=3)
    assert strange.calls == 1
    for wrong, message in {
        "shard": "an executor does all shards: leave out shard, or executor",
        "records": "records need a folder: name one with out",
        "shards": "1001 shards are too many: use at most 1000",
        "runs": "runs 0 is not a whole number from 1 to 1e15",
        "executor": "executor 4 has no submit(fn, *args), and is no function that makes such a thing",
    }.items():
        value = {"shard": "1/3", "records": True, "shards": 1001, "runs": 0, "executor": 4}[wrong]
        with pytest.raises(spurious.SpuriousError, match=f"^{re.escape(message)}$"):
            spurious.sweep(**{**SMALL, "executor": Inline(), wrong: value})
    with pytest.raises(
        spurious.SpuriousError, match="^shards are for an executor: give one, or do one part with shard$"
    ):
        spurious.sweep(**SMALL, shards=3)


def test_the_job_array_of_the_documentation(tmp_path: Path) -> None:
    script = documented("sh", "SBATCH").replace("1e11", "1e4").replace("240", "3")
    path = f"{get_path('scripts')}{os.pathsep}{os.environ['PATH']}"
    for task in ("1", "2", "3"):
        slurm = {**os.environ, "PATH": path, "SLURM_ARRAY_TASK_ID": task, "SLURM_CPUS_PER_TASK": "1"}
        subprocess.run(["bash", "-ec", script], cwd=tmp_path, env=slurm, check=True)
    spurious.merge([tmp_path / "sweep"], out=tmp_path / "sweep")
    spurious.sweep(**DOCUMENTED, out=tmp_path / "one")
    assert results(tmp_path / "sweep") == results(tmp_path / "one")


DOCUMENTED: dict[str, Any] = {
    "patch_dim": 5,
    "patches": [25, 36, 49],
    "sum_ratio": [0, 2, 4],
    "step_size": 0.1,
    "runs": 10_000,
}


@pytest.mark.parametrize(
    ("word", "command"),
    [
        ("ProcessPoolExecutor", [sys.executable]),
        ("submitit", [sys.executable]),
        ("MPIPoolExecutor", [f"{get_path('scripts')}/mpiexec", "-n", "3", sys.executable, "-m", "mpi4py.futures"]),
    ],
)
def test_scripts_of_the_documentation(tmp_path: Path, word: str, command: list[str]) -> None:
    script = tmp_path / "sweep.py"
    script.write_text(re.sub(r"runs=1e\d+", "runs=1e4", documented("python", word)))
    subprocess.run([*command, "sweep.py"], cwd=tmp_path, check=True, timeout=120)
    same = DOCUMENTED if "49" in script.read_text() else {**DOCUMENTED, "patches": 25, "sum_ratio": 4}
    spurious.sweep(**same, out=tmp_path / "one")
    assert results(tmp_path / "sweep") == results(tmp_path / "one")


def test_progress(capsys: pytest.CaptureFixture[str]) -> None:
    spurious.sweep(**SMALL, executor=Inline(), shards=3, progress=True)
    assert "shards of 3: 100%" in capsys.readouterr().err
