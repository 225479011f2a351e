"""Ctrl-C, other threads, and processes made in every way."""

import multiprocessing
import os
import sys
import threading
import time

import numpy as np
import pytest
from interrupted import assert_ctrl_c_ends

import spurious

ENDLESS = {
    "probability": "spurious.probability(patch_dim=5, patches=np.arange(10, 400)[:, None], sum_ratio=np.linspace(0, 8, 999))",
    "trace": "spurious.trace(patch_dim=5, patches=25, sum_ratio=4, step_size=1e-7, trial=1, max_steps=10**15)",
    "sweep": "spurious.sweep(patch_dim=5, patches=25, sum_ratio=4, step_size=0.1, runs=10**13)",
    "recovery": "spurious.recovery(patch_dim=5, patches=25, sum_ratio=4, samples=10**5, step_size=0.1, runs=10**7)",
    "width": "spurious.width(patch_dim=5, patches=25, sum_ratio=1, filters=[2], step_size=0.1, runs=10**9)",
    "fit": "spurious.fit(rows, rows[:, 0] ** 2, patch_len=50, filters=4, bootstrap=9999)",
}


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot send itself Ctrl-C there")
@pytest.mark.parametrize("name", ENDLESS)
def test_ctrl_c_ends_the_work(name: str) -> None:
    begin = "import numpy as np, spurious\nrows = np.random.default_rng(1).normal(size=(2000, 500))\nprint('ready', flush=True)\n"
    assert_ctrl_c_ends(begin + ENDLESS[name])


def test_other_threads_run_meanwhile() -> None:
    counted = 0
    done = threading.Event()

    def count() -> None:
        nonlocal counted
        while not done.is_set():
            counted += 1
            time.sleep(0.001)

    other = threading.Thread(target=count)
    other.start()
    spurious.sweep(patch_dim=5, patches=25, sum_ratio=4, step_size=0.1, runs=20_000_000)
    done.set()
    other.join()
    assert counted > 10


def test_threads_share_the_pool() -> None:
    expected = large(25)
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(large(25))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


def large(patches: int) -> tuple[list[float], float]:
    """Work for all threads of the pool."""
    found = spurious.probability(patch_dim=5, patches=patches, sum_ratio=np.linspace(0, 8, 40))
    swept = spurious.sweep(patch_dim=5, patches=patches, sum_ratio=4, step_size=0.1, runs=300_000)
    return found.probability.tolist(), float(swept.probability[0])


def forked_again(patches: int) -> object:
    """A child of a child."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.map_async(large, [patches]).get(timeout=120)[0]


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_processes(method: str) -> None:
    expected = large(25)
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map_async(large, [25] * 4).get(timeout=120) == [expected] * 4
    assert large(25) == expected


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_child_of_a_child() -> None:
    from concurrent.futures import ProcessPoolExecutor

    expected = large(25)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as pool:
        assert pool.submit(forked_again, 25).result(timeout=120) == expected


def test_progress(capsys: pytest.CaptureFixture[str]) -> None:
    spurious.sweep(patch_dim=5, patches=25, sum_ratio=4, step_size=0.1, runs=30_000_000, progress=True)
    assert "runs" in capsys.readouterr().err
