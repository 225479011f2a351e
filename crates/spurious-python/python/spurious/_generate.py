"""Data of a planted teacher."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from . import _spurious
from ._arrays import Numbers, SingleOrDouble
from ._options import count, number, word
from ._progress import shown
from ._result import Result


@dataclass(frozen=True, repr=False, eq=False)
class Planted(Result):
    """Rows, their labels, and the teacher that gave them.

    Attributes:
        X: Rows ``[samples, patches · patch_dim]``, the patches one after the other.
        y: Labels ``[samples]``.
        filters: Filters of length 1 of the teacher, ``[filters, patch_dim]``.
        output_weights: Its output weights, ``[filters, patches]``.
    """

    X: SingleOrDouble
    y: Numbers
    filters: Numbers
    output_weights: Numbers

    def __repr__(self) -> str:
        filters = "1 filter" if len(self.filters) == 1 else f"{len(self.filters)} filters"
        samples, width = self.X.shape
        return f"Planted data: {samples} rows of {width} numbers ({self.X.dtype}), labelled by a teacher of {filters}"


def generate(
    *,
    patch_dim: int,
    patches: int,
    sum_ratio: float,
    samples: int,
    scale_ratio: float = 1.0,
    negative_slope: float = 0.0,
    filters: int = 1,
    noise: float = 0.0,
    inputs: Literal["gaussian", "uniform", "rademacher", "correlated"] = "gaussian",
    correlation: float = 0.5,
    precision: Literal["single", "double"] = "double",
    seed: int = 1,
    first: int = 0,
    progress: bool = False,
) -> Planted:
    """A data set from a planted teacher.

    The samples depend on their numbers alone: ``first=1000, samples=10`` are rows 1000 to 1009 of any larger data set of the same seed,
    and the same rows that ``spurious generate`` writes.

    Args:
        patch_dim: Patch dimension ``p``.
        patches: Number of patches ``k``.
        sum_ratio: Sum ratio ``ρ``, from 0 to ``k``.
        samples: Number of rows.
        scale_ratio: Scale ratio ``β = ‖b‖/‖v₀‖``.
        negative_slope: Negative slope ``c`` of the activation ``max(t, 0) + c min(t, 0)``, from 0 (the rectifier) to 1 (the identity).
        filters: Number of filters of the teacher.
        noise: Standard deviation of the noise on the labels.
        inputs: What the numbers of the patches are drawn from; the theory assumes ``"gaussian"``.
        correlation: For ``"correlated"``: correlation between corresponding numbers of two patches.
        precision: ``"single"`` or ``"double"``.
        seed: Seed of teacher and samples.
        first: The number of the first row.
        progress: Show a progress bar (needs tqdm).

    Raises:
        SpuriousError: A number is out of range.

    Examples:
        >>> import spurious
        >>> data = spurious.generate(patch_dim=5, patches=25, sum_ratio=4, samples=100)
        >>> data.X.shape, data.y.shape
        ((100, 125), (100,))
    """
    word(inputs, "inputs", ("gaussian", "uniform", "rademacher", "correlated"))
    word(precision, "precision", ("single", "double"))
    drawn: Any = (
        {"correlated": {"correlation": number(correlation, "correlation")}} if inputs == "correlated" else inputs
    )
    with shown(progress) as bar:
        rows, labels, teacher = _spurious.generate(
            patch_dim=patch_dim,
            patches=patches,
            sum_ratio=sum_ratio,
            scale_ratio=scale_ratio,
            negative_slope=negative_slope,
            filters=count(filters, "filters"),
            samples=count(samples, "samples"),
            noise=noise,
            inputs=json.dumps(drawn),
            seed=count(seed, "seed"),
            single=precision == "single",
            first=count(first, "first"),
            progress=bar,
        )
    network: list[dict[str, Any]] = json.loads(teacher)["filters"]
    weights: NDArray[np.float64] = np.array([filter["weights"] for filter in network])
    return Planted(rows, labels, weights, np.array([filter["output_weights"] for filter in network]))
