"""The same runs in PyTorch, batched and compiled, and here: seconds, and the shares that recover the teacher.

PyTorch moves all p + k numbers of 10,000 students at once for a fixed number of steps, on all cores, in double precision, with the
population loss in closed form and its gradient by automatic differentiation. The program decides the same number of runs.
Needs PyTorch and the package `spurious`.
"""

import math
import time
from typing import Literal

import numpy as np
import torch

import spurious

PATCH_DIM, PATCHES, SUM_RATIO = 5, 25, 4.0
STEP_SIZE, RUNS, STEPS = 0.02, 10_000, 2000


def teacher() -> torch.Tensor:
    """Output weights of length 1 with the sum ratio: as much as needed along 1, the rest across it."""
    along = math.sqrt(SUM_RATIO / PATCHES)
    across = math.sqrt((1 - along**2) / 2)
    weights = torch.full((PATCHES,), along / math.sqrt(PATCHES), dtype=torch.float64)
    weights[0] += across
    weights[1] -= across
    return weights


def starts(generator: torch.Generator, weights: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Filters uniform on the sphere, output weights uniform in the ball of radius ``|1ᵀb|/√k``."""

    def directions(size: int) -> torch.Tensor:
        normal = torch.randn(RUNS, size, dtype=torch.float64, generator=generator)
        return normal / normal.norm(dim=1, keepdim=True)

    uniform = torch.rand(RUNS, 1, dtype=torch.float64, generator=generator)
    radius = float(weights.sum().abs()) / math.sqrt(PATCHES) * uniform ** (1 / PATCHES)
    return directions(PATCH_DIM), radius * directions(PATCHES)


def total_loss(filters: torch.Tensor, outputs: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    cos = filters[:, 0] / filters.norm(dim=1)
    angle = torch.atan2(filters[:, 1:].norm(dim=1), filters[:, 0])
    sin = torch.sin(angle)
    drive = (math.pi - angle) * cos + sin - 1
    squares = (math.pi - 1) * (outputs.square().sum(1) + weights.square().sum())
    sums = (outputs.sum(1) - weights.sum()).square()
    return ((squares + sums - 2 * drive * (outputs @ weights)) / (4 * math.pi)).sum()


def step(
    filters: torch.Tensor, outputs: torch.Tensor, buffers: tuple[torch.Tensor, torch.Tensor], momentum: float, weights: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
    slopes = torch.func.grad(total_loss, argnums=(0, 1))(filters, outputs, weights)
    buffers = (momentum * buffers[0] + slopes[0], momentum * buffers[1] + slopes[1])
    return filters - STEP_SIZE * buffers[0], outputs - STEP_SIZE * buffers[1], buffers


def in_pytorch(momentum: float) -> tuple[float, float]:
    weights = teacher()
    compiled = torch.compile(step)
    filters, outputs = starts(torch.Generator().manual_seed(1), weights)
    buffers = (torch.zeros_like(filters), torch.zeros_like(outputs))
    compiled(filters, outputs, buffers, momentum, weights)  # compiles
    began = time.perf_counter()
    for _ in range(STEPS):
        filters, outputs, buffers = compiled(filters, outputs, buffers, momentum, weights)
    share = float((outputs @ weights > 0).double().mean())
    return time.perf_counter() - began, share


def here(algorithm: Literal["gd", "momentum"]) -> tuple[float, float]:
    began = time.perf_counter()
    found = spurious.sweep(
        patch_dim=PATCH_DIM,
        patches=PATCHES,
        sum_ratio=SUM_RATIO,
        step_size=STEP_SIZE,
        runs=RUNS,
        algorithm=algorithm,
        exact=False,
    )
    return time.perf_counter() - began, float(np.ravel(found.probability)[0])


def main() -> None:
    print(f"{RUNS} runs, p = {PATCH_DIM}, k = {PATCHES}, ρ = {SUM_RATIO:g}, step size {STEP_SIZE}; PyTorch takes {STEPS} steps")
    cases: tuple[tuple[Literal["gd", "momentum"], float], ...] = (("gd", 0.0), ("momentum", 0.9))
    for algorithm, momentum in cases:
        ours, share = here(algorithm)
        theirs, their_share = in_pytorch(momentum)
        print(f"{algorithm:9} PyTorch {theirs:8.3f} s ({their_share:.3f})   here {ours:8.4f} s ({share:.3f})   ratio {theirs / ours:.0f}")


if __name__ == "__main__":
    main()
