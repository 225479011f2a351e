"""How often gradient descent on finite data recovers the teacher."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _spurious
from ._arrays import whole
from ._options import count
from ._progress import shown
from ._result import Table


class Recovery(Table):
    """Shares of runs that recover the teacher, a row for each number of samples; all columns ``[numbers of samples]``.

    Attributes:
        patch_dim: Patch dimension ``p``.
        patches: Number of patches ``k``.
        sum_ratio: Sum ratio ``ρ``.
        scale_ratio: Scale ratio ``β``.
        negative_slope: Negative slope ``c`` of the activation; 0 is the rectifier.
        step_size: Step size ``η``.
        samples: Samples ``n`` of each data set.
        noise: Standard deviation of the noise on the labels.
        data_sets: Data sets.
        runs: Runs in all.
        recovered: Runs that ended at the teacher's minimum.
        trapped: Runs that were trapped.
        elsewhere: All other runs.
        share: ``recovered/runs``.
        lower: Lower end of the 95 % interval for the probability that ``share`` estimates.
        upper: Upper end.
        exact_probability: The probability on the population, for one filter; the same in all rows.
    """

    patch_dim: NDArray[np.int64]
    patches: NDArray[np.int64]
    sum_ratio: NDArray[np.float64]
    scale_ratio: NDArray[np.float64]
    negative_slope: NDArray[np.float64]
    step_size: NDArray[np.float64]
    samples: NDArray[np.int64]
    noise: NDArray[np.float64]
    data_sets: NDArray[np.int64]
    runs: NDArray[np.int64]
    recovered: NDArray[np.int64]
    trapped: NDArray[np.int64]
    elsewhere: NDArray[np.int64]
    share: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    exact_probability: NDArray[np.float64]


def recovery(
    *,
    patch_dim: int,
    patches: int,
    sum_ratio: float,
    samples: ArrayLike,
    step_size: float,
    scale_ratio: float = 1.0,
    negative_slope: float = 0.0,
    filters: int = 1,
    noise: float = 0.0,
    runs: int = 320,
    seed: int = 1,
    progress: bool = False,
) -> Recovery:
    """How often gradient descent on finite data recovers the teacher, beside the exact probability on the population.

    Each data set has a random teacher of its own, and up to 16 runs from random starts. A run is recovered if it ends in the minimum
    nearest to the teacher, trapped if it ends in the other hemisphere, else elsewhere.

    Args:
        patch_dim: Patch dimension ``p``.
        patches: Number of patches ``k``.
        sum_ratio: Sum ratio ``ρ``, from 0 to ``k``.
        samples: Samples in a data set; several make a curve.
        step_size: Step size ``η``.
        scale_ratio: Scale ratio ``β = ‖b‖/‖v₀‖``.
        negative_slope: Negative slope ``c`` of the activation ``max(t, 0) + c min(t, 0)``, from 0 (the rectifier) to less than 1.
        filters: Number of filters of teacher and student.
        noise: Standard deviation of the noise on the labels.
        runs: Runs for each number of samples.
        seed: Seed of data sets and starts.
        progress: Show a progress bar (needs tqdm).

    Raises:
        SpuriousError: A number is out of range.

    Source:
        docs/theory.md, section 14.

    Examples:
        >>> import spurious
        >>> found = spurious.recovery(patch_dim=2, patches=4, sum_ratio=1, samples=[40, 400], step_size=0.3, runs=64)
        >>> bool((found.lower < found.exact_probability).all() and (found.exact_probability < found.upper).all())
        True
    """
    counts = [count(number, "number of samples", 1) for number in whole(samples, "samples").ravel().tolist()]
    with shown(progress) as bar:
        columns, _, text = _spurious.recovery(
            patch_dim=patch_dim,
            patches=patches,
            sum_ratio=sum_ratio,
            scale_ratio=scale_ratio,
            negative_slope=negative_slope,
            filters=count(filters, "filters"),
            samples=counts,
            step_size=step_size,
            noise=noise,
            runs=count(runs, "runs"),
            seed=count(seed, "seed"),
            progress=bar,
        )
    return Recovery(columns, text)
