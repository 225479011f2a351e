"""Loss, gradient and Hessian at a point, of the population."""

from __future__ import annotations

from numpy.typing import ArrayLike

from . import _spurious
from ._arrays import Numbers, vector

Network = tuple[ArrayLike, ArrayLike]
"""Filter ``[p]`` and output weights ``[k]``."""


def vectors(teacher: Network, student: Network) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """The four vectors as the library borrows them."""
    return (
        vector(teacher[0], "teacher filter"),
        vector(teacher[1], "teacher output weights"),
        vector(student[0], "student filter"),
        vector(student[1], "student output weights"),
    )


def population_loss(teacher: Network, student: Network, *, negative_slope: float = 0.0) -> float:
    """The population loss of a student, in closed form.

    ::

        ℓ(v, a) = ½ E[(f(Z; v, a) − y(Z))²] = [ (π − 1)(‖a‖² + B²) + (s − S)² − 2 (g(φ) − 1) q ] / 4π

    for patches with independent standard normal entries, of the rectifier; ``s = 1ᵀa``, ``S = 1ᵀb``, ``q = aᵀb``, ``B² = ‖b‖²``, with
    ``b = ‖w*‖a*`` of the teacher.

    Args:
        teacher: Filter ``w*`` ``[p]`` and output weights ``a*`` ``[k]``.
        student: Filter ``v`` ``[p]``, whose length does not matter, and output weights ``a`` ``[k]``.
        negative_slope: Negative slope ``c`` of the activation ``max(t, 0) + c min(t, 0)``, from 0 (the rectifier) to 1 (the identity).

    Raises:
        SpuriousError: ``negative_slope`` is not from 0 to 1, shapes differ, a filter is zero, or a number is not finite.

    Source:
        Du et al. (2018), section 3.

    Examples:
        >>> import spurious
        >>> spurious.population_loss(([1, 0], [1, 1]), ([0.5, 0], [1, 1]))
        0.0
    """
    return _spurious.population_loss(*vectors(teacher, student), negative_slope=negative_slope)


def gradient(teacher: Network, student: Network, *, negative_slope: float = 0.0) -> tuple[Numbers, Numbers]:
    """The gradient of the population loss: ``∂ℓ/∂v`` ``[p]``, which is orthogonal to ``v``, and ``∂ℓ/∂a`` ``[k]``.

    Arguments, errors and source are those of :func:`population_loss`.

    Examples:
        >>> import spurious
        >>> by_filter, by_output_weights = spurious.gradient(([1, 0], [1, 1]), ([0, 2], [1, 0]))
        >>> float(by_filter[0].round(6))
        -0.125
    """
    return _spurious.gradient(*vectors(teacher, student), negative_slope=negative_slope)


def hessian(teacher: Network, student: Network, *, negative_slope: float = 0.0) -> Numbers:
    """The Hessian of the population loss, ``[p + k, p + k]``, filter coordinates first.

    Arguments, errors and source are those of :func:`population_loss`.

    Examples:
        >>> import numpy as np, spurious
        >>> at_teacher = spurious.hessian(([1, 0], [1, 1]), ([1, 0], [1, 1]))
        >>> bool(abs(np.linalg.eigvalsh(at_teacher)[0]) < 1e-15)  # rescaling the filter changes nothing
        True
    """
    return _spurious.hessian(*vectors(teacher, student), negative_slope=negative_slope)
