"""What the tests have in common."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from hypothesis import settings

import spurious

# The same cases in every run, so that a new failure is caused by the change.
settings.register_profile("same", derandomize=True)
settings.load_profile("same")
# Without it scikit-learn leaves out one of its checks.
os.environ["SCIPY_ARRAY_API"] = "1"
matplotlib.use("Agg")

REPOSITORY = Path(__file__).resolve().parents[3]


def reference(name: str) -> list[dict[str, Any]]:
    """The reference cases that the tests of the library read, too."""
    return tomllib.loads((REPOSITORY / "testdata" / f"{name}.toml").read_text(encoding="utf-8"))[name]


@pytest.fixture(scope="session")
def planted() -> spurious.Planted:
    """Data of a teacher of four patches of four numbers, with a little noise."""
    return spurious.generate(patch_dim=4, patches=4, sum_ratio=2, samples=400, noise=0.1)


@pytest.fixture(scope="session")
def fitted(planted: spurious.Planted) -> spurious.Fit:
    return spurious.fit(planted.X, planted.y, patch_len=4)


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(1)
