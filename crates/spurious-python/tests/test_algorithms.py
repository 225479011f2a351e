"""Algorithms through Python, against PyTorch and against its formulas in NumPy."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import spurious

CELL: dict[str, Any] = {"patch_dim": 5, "patches": 25, "sum_ratio": 4}
random = np.random.default_rng(7)
TEACHER = (random.standard_normal(5), random.standard_normal(9))
STUDENT = (random.standard_normal(5), 0.3 * random.standard_normal(9))

SETTINGS: list[tuple[str, dict[str, Any]]] = [
    ("gd", {}),
    ("momentum", {"momentum": 0.8}),
    ("nesterov", {}),
    ("adam", {}),
    ("adam", {"betas": (0.8, 0.95), "eps": 1e-4}),
    ("rmsprop", {}),
    ("rmsprop", {"alpha": 0.9, "eps": 1e-3}),
]


def _gradient(student: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    return np.concatenate(spurious.gradient(TEACHER, student))


def _written(algorithm: str, settings: dict[str, Any], step_size: float, steps: int) -> np.ndarray:
    """The formulas of PyTorch's documentation."""
    x = np.concatenate(STUDENT)
    m, u = np.zeros_like(x), np.zeros_like(x)
    for t in range(1, steps + 1):
        g = _gradient((x[:5], x[5:]))
        if algorithm in ("momentum", "nesterov"):
            mu = settings.get("momentum", 0.9)
            m = mu * m + g
            x = x - step_size * (g + mu * m if algorithm == "nesterov" else m)
        elif algorithm == "adam":
            (b1, b2), eps = settings.get("betas", (0.9, 0.999)), settings.get("eps", 1e-8)
            m, u = b1 * m + (1 - b1) * g, b2 * u + (1 - b2) * g * g
            x = x - step_size * (m / (1 - b1**t)) / (np.sqrt(u / (1 - b2**t)) + eps)
        elif algorithm == "rmsprop":
            alpha, eps = settings.get("alpha", 0.99), settings.get("eps", 1e-8)
            u = alpha * u + (1 - alpha) * g * g
            x = x - step_size * g / (np.sqrt(u) + eps)
        else:
            x = x - step_size * (np.sign(g) if algorithm == "sign" else g)
    return x


@pytest.mark.parametrize(("algorithm", "settings"), [*SETTINGS, ("sign", {})])
def test_steps_are_those_of_the_formulas(algorithm: Any, settings: dict[str, Any]) -> None:
    for steps in (1, 2, 100):
        found = spurious.descend(TEACHER, STUDENT, step_size=0.01, steps=steps, algorithm=algorithm, **settings)
        written = _written(algorithm, settings, 0.01, steps)
        # Where a gradient passes 0, rounding decides its sign.
        tolerance = 0.05 if algorithm == "sign" and steps > 2 else 1e-11
        assert np.abs(np.concatenate(found) - written).max() < tolerance


@pytest.mark.pytorch
@pytest.mark.parametrize(("algorithm", "settings"), SETTINGS)
def test_steps_are_those_of_pytorch(algorithm: Any, settings: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    makers: dict[str, Callable[..., Any]] = {
        "gd": lambda numbers: torch.optim.SGD(numbers, lr=0.01),
        "momentum": lambda numbers: torch.optim.SGD(numbers, lr=0.01, momentum=settings.get("momentum", 0.9)),
        "nesterov": lambda numbers: torch.optim.SGD(numbers, lr=0.01, momentum=0.9, nesterov=True),
        "adam": lambda numbers: torch.optim.Adam(numbers, lr=0.01, **settings),
        "rmsprop": lambda numbers: torch.optim.RMSprop(numbers, lr=0.01, **settings),
    }
    numbers = [torch.tensor(part, dtype=torch.float64, requires_grad=True) for part in STUDENT]
    optimizer = makers[algorithm](numbers)
    at = STUDENT
    for step in range(1, 1001):
        # The same gradients for both: with its own, each would stretch its rounding errors close to the teacher.
        for number, slope in zip(numbers, spurious.gradient(TEACHER, at), strict=True):
            number.grad = torch.tensor(slope)
        optimizer.step()
        at = spurious.descend(TEACHER, STUDENT, step_size=0.01, steps=step, algorithm=algorithm, **settings)
        for part, number in zip(at, numbers, strict=True):
            assert np.abs(part - number.detach().numpy()).max() < 1e-12


def test_a_run_says_how_it_was_decided() -> None:
    decided = {
        name: spurious.trace(**CELL, step_size=0.02, trial=1, algorithm=name, max_steps=20_000)
        for name in ("gd", "momentum", "nesterov", "adam", "rmsprop", "sgd")
    }
    assert {name: run.decided_by for name, run in decided.items()} == {
        "gd": "theorem",
        "momentum": "energy",
        "nesterov": "convergence",
        "adam": "convergence",
        "rmsprop": "convergence",
        "sgd": "convergence",
    }
    assert decided["gd"].verdict == decided["momentum"].verdict == "spurious"
    assert decided["adam"].verdict == "global"
    assert "by its energy" in repr(decided["momentum"])
    noisy = spurious.trace(**CELL, step_size=0.1, algorithm="noisy", epoch=10, epochs=3, max_steps=2000)
    assert noisy.decided_by == "theorem"
    assert noisy.verdict_step is not None
    assert noisy.verdict_step >= 30


def test_algorithms_are_compared_from_the_same_starts() -> None:
    found = spurious.compare(**CELL, step_size=[0.02, 0.05], algorithm=["gd", "momentum"], runs=400, momentum=0.5)
    assert found.algorithm.tolist() == ["gd", "gd", "momentum", "momentum"]
    assert found.step_size.tolist() == [0.02, 0.05, 0.02, 0.05]
    assert (found.runs == 400).all()
    assert (found.decided_by_theorem == [400, 400, 0, 0]).all()
    assert (found.decided_by_energy == [0, 0, 400, 400]).all()
    assert np.abs(found.probability - 0.728).max() < 0.09
    assert (found.lower < found.probability).all()
    assert (found.phase_one_median[2:] < found.phase_one_median[:2]).all()
    assert len(found.paths) == 4
    alone = spurious.trace(**CELL, step_size=0.05, algorithm="momentum", momentum=0.5, max_steps=20_000)
    assert found.paths[3].to_dict() == alone.to_dict()
    assert found.start.angle == alone.start.angle
    # A sweep has the same runs.
    swept = spurious.sweep(**CELL, step_size=0.02, algorithm="momentum", momentum=0.5, runs=400)
    assert swept.global_[0] == found.global_[2]
    assert swept.settings["algorithm"] == {"algorithm": "momentum", "momentum": 0.5}
    without = spurious.compare(**CELL, step_size=0.02, algorithm="sign")
    assert "runs" not in without.columns


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"algorithm": "newton"}, "no algorithm is called 'newton': use one of gd, momentum, nesterov, adam, rmsprop, sign, straight_through, noisy, sgd"),
        ({"algorithm": "momentum", "momentum": 1.0}, "momentum 1 is not from 0 to below 1"),
        ({"algorithm": "adam", "momentum": 0.5}, "momentum is no setting of adam, but of momentum and nesterov"),
        ({"algorithm": "adam", "betas": (0.5,)}, "betas (0.5,) is not a pair of numbers"),
        ({"algorithm": "noisy", "noise": (math.nan, 1)}, "noise is nan, not a finite number"),
        ({"algorithm": "sgd", "batch_size": 0}, "batch_size 0 is not a whole number from 1 on"),
        ({"algorithm": "adam", "full": True}, "full=True is for gd: adam carries what numbers it needs by itself"),
        ({"algorithm": "adam", "step_size": None}, "adam moves in steps: give a step_size"),
    ],
)
def test_what_is_wrong_is_said(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(spurious.SpuriousError) as refused:
        spurious.trace(**CELL, **{"step_size": 0.02, **arguments})
    assert str(refused.value) == message


def test_random_algorithms_have_no_steps_of_their_own() -> None:
    with pytest.raises(spurious.SpuriousError, match="noisy draws random numbers"):
        spurious.descend(TEACHER, STUDENT, step_size=0.1, algorithm="noisy")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="'nu' is no setting"):
        spurious.trace(**CELL, step_size=0.1, nu=3)  # type: ignore[call-arg]
