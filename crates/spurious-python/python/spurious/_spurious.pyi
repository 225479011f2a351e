"""The extension module: the library as functions of numbers and NumPy arrays. The package makes objects of what these return."""

import builtins
from collections.abc import Callable, Sequence
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Model",
    "Part",
    "SpuriousError",
    "__version__",
    "algorithms",
    "compare",
    "descend",
    "explore",
    "fit",
    "fit_parts",
    "generate",
    "gradient",
    "hessian",
    "keep_shard",
    "landscape",
    "merge",
    "population_loss",
    "probability",
    "recovery",
    "run_command",
    "run_shard",
    "sweep",
    "trace",
    "trace_width",
    "unfinished_shards",
    "verdict",
    "width",
]

__version__: str

class SpuriousError(ValueError):
    """The input is wrong. The message names the value, its limit, and what would be accepted."""

@final
class Model:
    """A fitted model; see ``spurious.Model``."""

    @classmethod
    def from_json(cls, text: str, /) -> Model: ...
    def to_json(self) -> str: ...
    def predict(self, values: NDArray[np.float64] | NDArray[np.float32], /, *, raw: bool) -> NDArray[np.float64]: ...
    def explain(self, row: NDArray[np.float64], /, *, class_number: int) -> tuple[str, dict[str, Any], str]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

@final
class Part:
    """A file of a data set that lies in several, kept by a worker."""

    @staticmethod
    def open(path: str, columns: str, most_bytes: int) -> Part: ...
    @property
    def bytes(self) -> int: ...
    def answer(
        self, question: builtins.bytes, first_block: int, skip: int, samples: int, marks: builtins.bytes | None
    ) -> builtins.bytes: ...

def run_command(arguments: list[str], /) -> int: ...
def explore(
    *,
    patch_dim: int | None,
    patches: int | None,
    sum_ratio: float | None,
    scale_ratio: float | None,
    negative_slope: float | None,
    step_size: float | None,
    flow: bool,
    angle: float | None,
    sum: float | None,
    signal: float | None,
    trial: int | None,
    seed: int,
    algorithms: Sequence[str],
    view: str | None,
) -> tuple[str, str]: ...
def landscape(*, patches: int, sum_ratio: float, patch_dim: int, negative_slope: float) -> tuple[str, str]: ...
def verdict(
    *,
    patches: int,
    sum_ratio: float,
    angle: float,
    sum: float,
    signal: float,
    scale_ratio: float = 1.0,
    step_size: float | None = None,
    patch_dim: int = 2,
    negative_slope: float = 0.0,
) -> Literal["global", "spurious", "undecided"]:
    """The minimum that a run from a point reaches, by a theorem; ``"undecided"`` outside of both invariant sets.

    With ``d = (g − 1)B² + S(S − s)`` the sets are, of the rectifier::

        global   { q ≥ 0, d ≥ 0, g(φ) ≥ g_x }
        spurious { q ≤ 0, d ≤ 0, g(φ) ≤ g_x }        g_x = π(1 − x_c)/(π − x_c)

    Args:
        patches: Number of patches ``k``.
        sum_ratio: Sum ratio ``ρ``, from 0 to ``k``.
        angle: Angle ``φ`` between student and teacher filter, radians, from 0 to π.
        sum: ``s = 1ᵀa``.
        signal: ``q = aᵀb``.
        scale_ratio: Scale ratio ``β = ‖b‖/‖v‖``: the student filter has length 1.
        step_size: Step size ``η`` of gradient descent; gradient flow if left out.
        patch_dim: Patch dimension ``p``; only ``p = 1`` is special.
        negative_slope: Negative slope ``c`` of the activation, from 0 (the rectifier) to 1 (the identity, with which every minimum is global).

    Raises:
        SpuriousError: A number is out of range.

    Source:
        docs/theory.md, section 7.

    Examples:
        >>> import spurious
        >>> spurious.verdict(patches=25, sum_ratio=4, angle=0.5, sum=0, signal=0.1)
        'global'
        >>> spurious.verdict(patches=25, sum_ratio=4, angle=3, sum=2, signal=-0.5)
        'spurious'
    """

def population_loss(
    teacher_filter: NDArray[np.float64],
    teacher_output_weights: NDArray[np.float64],
    filter: NDArray[np.float64],
    output_weights: NDArray[np.float64],
    *,
    negative_slope: float,
) -> float: ...
def gradient(
    teacher_filter: NDArray[np.float64],
    teacher_output_weights: NDArray[np.float64],
    filter: NDArray[np.float64],
    output_weights: NDArray[np.float64],
    *,
    negative_slope: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...
def hessian(
    teacher_filter: NDArray[np.float64],
    teacher_output_weights: NDArray[np.float64],
    filter: NDArray[np.float64],
    output_weights: NDArray[np.float64],
    *,
    negative_slope: float,
) -> NDArray[np.float64]: ...
def probability(
    patch_dim: NDArray[np.int64],
    patches: NDArray[np.int64],
    sum_ratio: NDArray[np.float64],
    scale_ratio: NDArray[np.float64],
    negative_slope: NDArray[np.float64],
    step_size: NDArray[np.float64] | None,
    *,
    tolerance: float,
    confidence: float,
    limit_within: float | None,
    runs: int | None,
    skip_impossible: bool,
    seed: int,
    progress: object | None,
) -> tuple[dict[str, Any], list[int], str]: ...
def trace(
    *,
    patch_dim: int,
    patches: int,
    sum_ratio: float,
    scale_ratio: float,
    negative_slope: float,
    step_size: float | None,
    algorithm: str,
    full: bool,
    angle: float | None,
    sum: float | None,
    signal: float | None,
    trial: int,
    seed: int,
    max_steps: int,
    max_time: float,
    record_every: int | None,
    progress: object | None,
) -> tuple[str, list[float], dict[str, Any], str]: ...
def algorithms(names: list[str], settings: str) -> str: ...
def compare(
    *,
    algorithms: str,
    patch_dim: int,
    patches: int,
    sum_ratio: float,
    scale_ratio: float,
    negative_slope: float,
    step_size: list[float],
    angle: float | None,
    sum: float | None,
    signal: float | None,
    trial: int,
    seed: int,
    max_steps: int,
    runs: int | None,
    progress: object | None,
) -> tuple[list[float], str, dict[str, Any], list[dict[str, Any]], str]: ...
def descend(
    teacher_filter: NDArray[np.float64],
    teacher_output_weights: NDArray[np.float64],
    filter: NDArray[np.float64],
    output_weights: NDArray[np.float64],
    *,
    algorithm: str,
    step_size: float,
    steps: int,
    negative_slope: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...
def sweep(
    settings: str, *, out: str | None, shard: str | None, force: bool, progress: object | None
) -> tuple[dict[str, Any], str, str]: ...
def unfinished_shards(
    settings: str, *, out: str, shards: int | None, force: bool, progress: object | None
) -> tuple[int, list[tuple[str, list[tuple[str, bytes]]]]]: ...
def run_shard(settings: str, shard: str, files: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]: ...
def keep_shard(out: str, shard: str, files: list[tuple[str, bytes]]) -> None: ...
def merge(folders: list[str], *, out: str, force: bool, progress: object | None) -> tuple[dict[str, Any], str, str]: ...
def generate(
    *,
    patch_dim: int,
    patches: int,
    sum_ratio: float,
    scale_ratio: float,
    negative_slope: float,
    filters: int,
    samples: int,
    noise: float,
    inputs: str,
    seed: int,
    single: bool,
    first: int,
    progress: object | None,
) -> tuple[NDArray[np.float64] | NDArray[np.float32], NDArray[np.float64], str]: ...
def recovery(
    *,
    patch_dim: int,
    patches: int,
    sum_ratio: float,
    scale_ratio: float,
    negative_slope: float,
    filters: int,
    samples: list[int],
    step_size: float,
    noise: float,
    runs: int,
    seed: int,
    progress: object | None,
) -> tuple[dict[str, Any], float | None, str]: ...
def fit(
    values: NDArray[np.float64] | NDArray[np.float32],
    target: NDArray[np.float64],
    request: str,
    *,
    sample_weights: NDArray[np.float64] | None,
    groups: NDArray[np.uint32] | None,
    time: NDArray[np.float64] | None,
    start: Model | None,
    progress: object | None,
) -> tuple[str, Model, dict[str, Any], str]: ...
def fit_parts(
    paths: list[str],
    request: str,
    *,
    columns: list[str] | None,
    sample_weights: str | None,
    groups: str | None,
    time: str | None,
    memory: int,
    start: Model | None,
    ask: Callable[[str, bytes, list[tuple[int, int, int, int, bytes | None]]], list[bytes]] | None,
    progress: object | None,
) -> tuple[str, Model, dict[str, Any], str]: ...
def trace_width(
    *,
    patch_dim: int,
    patches: int,
    sum_ratio: float,
    scale_ratio: float,
    negative_slope: float,
    filters: int,
    step_size: float,
    output_weights: str,
    trial: int,
    seed: int,
    max_steps: int,
    record_every: int | None,
    progress: object | None,
) -> tuple[str, dict[str, Any], str]: ...
def width(
    *,
    patch_dim: int,
    patches: int,
    sum_ratio: float,
    scale_ratio: float,
    negative_slope: float,
    filters: list[int],
    step_size: float,
    runs: int,
    output_weights: str,
    traps: bool,
    seed: int,
    progress: object | None,
) -> tuple[dict[str, Any], str, str]: ...
