"""All critical points."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, Literal

from . import _spurious
from ._result import Result


@dataclass(frozen=True, repr=False, eq=False)
class CriticalPoint(Result):
    """A critical point, up to the rotations that fix the teacher.

    Attributes:
        kind: Its kind. A degenerate saddle is the antipode when it is not a minimum (``x_c ≥ 1``), with a leak and ``x_c > 1`` a strict
            saddle; with the identity it is a second global minimum.
        angle: Angle ``φ`` between student and teacher filter, radians.
        loss: Loss in units of ``‖b‖²``.
        index: Morse index: the number of negative eigenvalues of the Hessian.
        signal: Signal ``q/‖b‖²``.
        sum: Sum of the output weights, as ``s/S``.
        sphere_dimension: Dimension ``p − 2`` of the sphere of filters that the saddles form; ``None`` for the other points.
        learning_coefficient: Learning coefficient of a minimum; ``None`` for the other points.
    """

    kind: Literal["global_minimum", "spurious_minimum", "saddle", "degenerate_saddle", "strict_saddle"]
    angle: float
    loss: float
    index: int
    signal: float
    sum: float
    sphere_dimension: int | None
    learning_coefficient: float | None

    def __repr__(self) -> str:
        return f"{self.kind}: angle {self.angle:.6g}, loss {self.loss:.6g}, index {self.index}"


@dataclass(frozen=True, repr=False, eq=False)
class Eigenvalue(Result):
    """An eigenvalue of a Hessian.

    Attributes:
        value: The eigenvalue, for ``‖b‖ = ‖v‖ = 1``.
        multiplicity: How often it occurs.
    """

    value: float
    multiplicity: int

    def __repr__(self) -> str:
        return f"{self.value:.6g} ×{self.multiplicity}"


@dataclass(frozen=True, repr=False, eq=False)
class Landscape(Result):
    """The landscape of one shape of output weights.

    Attributes:
        patches: Number of patches ``k``.
        sum_ratio: Sum ratio ``ρ``.
        negative_slope: Negative slope ``c`` of the activation; 0 is the rectifier.
        criticality: Criticality ``x_c``, of the rectifier ``πρ/(k + π − 1)``. There is a spurious minimum iff it is below 1, unless the
            activation is the identity.
        critical_sum_ratio: ``ρ_c``, of the rectifier ``1 + (k − 1)/π``; infinite for the identity.
        barrier: Loss of the saddles less that of the spurious minimum, in units of ``‖b‖²``; ``None`` if there is no such minimum, or, for
            ``p = 1``, no saddle.
        points: All critical points, from the teacher to the antipode.
        spectra: The spectrum of the Hessian at each point.
        patch_dim: Patch dimension ``p``.
    """

    patches: int
    sum_ratio: float
    negative_slope: float
    criticality: float
    critical_sum_ratio: float
    barrier: float | None
    points: tuple[CriticalPoint, ...]
    spectra: tuple[tuple[Eigenvalue, ...], ...]
    patch_dim: int
    _text: str = ""


def landscape(*, patches: int, sum_ratio: float, patch_dim: int = 5, negative_slope: float = 0.0) -> Landscape:
    """All critical points of the population loss, in closed form.

    Everything but the counts of eigenvalues depends on two numbers, up to scale; of the rectifier::

        ρ = (1ᵀb)²/‖b‖² ∈ [0, k]        x_c = πρ/(k + π − 1)

    For ``x_c < 1`` the antipode of the teacher is a spurious local minimum, behind a barrier of ``(1 − x_c)²/(4(π − 1)(π − x_c))``.

    Args:
        patches: Number of patches ``k``.
        sum_ratio: Sum ratio ``ρ`` of the teacher's output weights, from 0 to ``k``.
        patch_dim: Patch dimension ``p``, which counts the eigenvalues (and ``p = 1`` is special).
        negative_slope: Negative slope ``c`` of the activation ``max(t, 0) + c min(t, 0)``, from 0 (the rectifier) to 1 (the identity).

    Raises:
        SpuriousError: A size is not from 1 to 1e9, ``sum_ratio`` is not from 0 to ``patches``, or ``negative_slope`` not from 0 to 1.

    Source:
        Du, Lee, Tian, Póczos and Singh (ICML 2018, arXiv:1712.00779); docs/theory.md, section 5.

    Examples:
        >>> import spurious
        >>> found = spurious.landscape(patches=25, sum_ratio=4)
        >>> [point.kind for point in found.points]
        ['global_minimum', 'saddle', 'spurious_minimum']
        >>> round(found.barrier, 6)
        0.012568
    """
    found, text = _spurious.landscape(
        patches=patches, sum_ratio=sum_ratio, patch_dim=patch_dim, negative_slope=negative_slope
    )
    fields: dict[str, Any] = json.loads(found)
    if fields["critical_sum_ratio"] is None:
        fields["critical_sum_ratio"] = math.inf
    fields["points"] = tuple(CriticalPoint(**point) for point in fields["points"])
    fields["spectra"] = tuple(tuple(Eigenvalue(**value) for value in spectrum) for spectrum in fields["spectra"])
    return Landscape(**fields, patch_dim=patch_dim, _text=text)
