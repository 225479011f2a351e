"""What does a shard cost beyond its runs, on each kind of executor?

A sweep of one run for each of 240 cells, in 240 shards: nothing but the way to a worker and back, the file, and the merge. Workers are there
before the clock starts. Dask and Ray are measured where they are installed.
"""

import os
import time
from collections.abc import Callable, Generator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from multiprocessing import get_context
from typing import Any

import spurious

SHARDS = 240


@contextmanager
def processes() -> Generator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        yield pool


@contextmanager
def dask() -> Generator[Any]:
    distributed: Any = import_module("distributed")
    local = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with local as cluster, distributed.Client(cluster) as client:
        yield client


@contextmanager
def ray() -> Generator[Any]:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray: Any = import_module("ray")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)

    def called(fn: Callable[..., Any], *args: Any) -> Any:
        return fn(*args)

    call = ray.remote(called)

    class RayExecutor:
        def submit(self, fn: Callable[..., Any], /, *args: Any) -> Any:
            return call.remote(fn, *args).future()

    yield RayExecutor()
    ray.shutdown()


def seconds(shards: int, **executor: Any) -> float:
    began = time.perf_counter()
    cells = range(2, 2 + SHARDS)
    spurious.sweep(
        patch_dim=cells, patches=9, sum_ratio=1, step_size=0.1, runs=1, exact=False, shards=shards, **executor
    )
    return time.perf_counter() - began


def main() -> None:
    for cluster in (processes, dask, ray):
        try:
            with cluster() as executor:
                seconds(2, executor=executor)
                one, many = (min(seconds(shards, executor=executor) for _ in range(5)) for shards in (1, SHARDS))
        except ImportError as error:
            print(f"not measured: {cluster.__name__} ({error})")
            continue
        each = 1e3 * (many - one) / (SHARDS - 1)
        print(f"{each:8.1f} ms a shard on {cluster.__name__} ({1e3 * one:.0f} ms for a sweep of one)")


if __name__ == "__main__":
    main()
