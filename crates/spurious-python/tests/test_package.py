"""The package as a whole: documentation, imports, the program, and memory."""

import doctest
import gc
import importlib
import inspect
import pkgutil
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import REPOSITORY

import spurious

MODULES = ["spurious", *(f"spurious.{module.name}" for module in pkgutil.iter_modules(spurious.__path__))]


@pytest.mark.parametrize("name", [name for name in MODULES if name != "spurious.__main__"])
def test_examples_of_the_documentation(name: str) -> None:
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert failed == 0


def test_everything_public_is_documented() -> None:
    for name in spurious.__all__:
        value = getattr(spurious, name)
        assert name.startswith("__") or inspect.getdoc(value), name
        if inspect.isfunction(value) or inspect.isbuiltin(value):
            text = inspect.getdoc(value) or ""
            assert "Examples:" in text or name == "merge", name
            assert inspect.signature(value).parameters
        if inspect.isclass(value) and not issubclass(value, Exception):
            assert all(
                inspect.getdoc(member)
                for key, member in vars(value).items()
                if inspect.isfunction(member) and key[0] != "_"
            )


def test_import_brings_numpy_alone() -> None:
    code = "import sys, spurious; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout.split()
    assert not {"sklearn", "scipy", "matplotlib", "pandas", "tqdm", "joblib"} & set(loaded)
    assert "numpy" in loaded


def test_what_is_absent_is_named() -> None:
    code = """
import sys
for name in ("sklearn", "matplotlib", "pandas", "tqdm"):
    sys.modules[name] = None
import spurious
for call in (
    lambda: spurious.PatchRegressor,
    lambda: spurious.plot,
    lambda: spurious.sweep(patch_dim=5, patches=25, sum_ratio=4, step_size=0.1, runs=10).to_pandas(),
    lambda: spurious.landscape and spurious.trace(patch_dim=5, patches=25, sum_ratio=4, progress=True),
):
    try:
        call()
    except ImportError as error:
        print(error)
"""
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    assert printed.split("\n")[:4] == [
        'the estimators need scikit-learn: pip install "spurious[sklearn]"',
        'spurious.plot needs matplotlib: pip install "spurious[plot]"',
        'to_pandas needs pandas: pip install "spurious[pandas]"',
        "progress=True needs tqdm: pip install tqdm",
    ]


@pytest.mark.parametrize("example", sorted((REPOSITORY / "crates/spurious-python/examples").glob("*.py")))
def test_examples(example: Path) -> None:
    printed = subprocess.run([sys.executable, str(example)], capture_output=True, check=True, text=True)
    assert printed.stdout and not printed.stderr


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    from sysconfig import get_path

    return subprocess.run([f"{get_path('scripts')}/spurious", *arguments], capture_output=True, text=True)


def test_the_program() -> None:
    assert command("--version").stdout.strip() == f"spurious {spurious.__version__}"
    wrong = command("landscape", "--patches", "25", "--sum-ratio", "30")
    assert wrong.returncode == 2
    assert wrong.stderr.strip() == "error: sum ratio 30 is larger than the number of patches 25"
    shown = command("landscape", "--patches", "25", "--sum-ratio", "4").stdout
    assert shown.strip() == repr(spurious.landscape(patches=25, sum_ratio=4))


LEAKS: dict[str, Any] = {
    "verdict": lambda: spurious.verdict(patches=25, sum_ratio=4, angle=2, sum=0, signal=0),
    "error": lambda: pytest.raises(ValueError, spurious.verdict, patches=0, sum_ratio=4, angle=2, sum=0, signal=0),
    "landscape": lambda: spurious.landscape(patches=25, sum_ratio=4),
    "loss": lambda: spurious.gradient((np.ones(20), np.ones(20)), (np.ones(20), np.ones(20))),
    "generate": lambda: spurious.generate(patch_dim=5, patches=25, sum_ratio=4, samples=20),
    "predict": lambda: MODEL.predict(ROWS),
    "map": lambda: spurious.probability(patch_dim=5, patches=np.array([25, 36]), sum_ratio=0),
}
ROWS = spurious.generate(patch_dim=5, patches=5, sum_ratio=2, samples=50)
MODEL = spurious.fit(ROWS.X, ROWS.y, patch_len=5, folds=None).model
ROWS = ROWS.X


@pytest.mark.parametrize("name", LEAKS)
def test_ten_thousand_calls_leave_no_memory_behind(name: str) -> None:
    call = LEAKS[name]

    def peak() -> int:
        gc.collect()
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    for _ in range(1000):
        call()
    before = peak()
    for _ in range(10_000):
        call()
    # In KiB: a hundred bytes a call would be ten times as much.
    assert peak() - before < 4096
