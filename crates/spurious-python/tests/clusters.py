"""Clusters on this machine, as the documentation uses them."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Generator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from conftest import REPOSITORY

SPAWN = get_context("spawn")


def documented(language: str, word: str) -> str:
    """The code in the documentation that has some word."""
    text = (REPOSITORY / "docs/scaling.md").read_text(encoding="utf-8")
    (code,) = (code for code in re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL) if word in code)
    return code


@contextmanager
def processes() -> Generator[Any]:
    yield partial(ProcessPoolExecutor, 2, SPAWN)


@contextmanager
def dask(workers: int = 3) -> Generator[Any]:
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client


@contextmanager
def ray() -> Generator[Any]:
    """Two nodes, and the adapter that the documentation shows."""
    os.environ.update(RAY_USAGE_STATS_ENABLED="0", PYTHONPATH=str(Path(__file__).parent))
    import ray
    from ray.cluster_utils import Cluster

    scope: dict[str, Any] = {}
    exec(documented("python", "import ray"), scope)
    node = {"num_cpus": 1}
    cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    try:
        cluster.add_node(**node)
        ray.init(cluster.address, log_to_driver=False)
        assert len([node for node in ray.nodes() if node["Alive"]]) == 2
        yield scope["RayExecutor"]()
    finally:
        ray.shutdown()
        cluster.shutdown()


@contextmanager
def submitit() -> Generator[Any]:
    from submitit import LocalExecutor, LocalJob

    # After the end of a job its result may be late on a network file system: here it is not.
    LocalJob._results_timeout_s = 1
    with tempfile.TemporaryDirectory() as folder:
        executor = LocalExecutor(folder)
        executor.update_parameters(timeout_min=5)
        yield executor
