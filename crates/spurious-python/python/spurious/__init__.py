"""Gradient descent on a one-hidden-layer convolutional network: its landscape, its success probability, and fits to data.

An input is cut into ``k`` patches of dimension ``p``. One filter ``w`` is shared by all patches, the rectifier ``σ(t) = max(t, 0)`` is
applied, and output weights ``a`` sum the result::

    f(Z; v, a) = Σⱼ aⱼ σ(v·Zⱼ)/‖v‖        Z ∈ ℝᵏˣᵖ, v ∈ ℝᵖ, a ∈ ℝᵏ

Labels come from a teacher of the same shape, inputs are standard normal, and both ``v`` and ``a`` are learned by gradient descent. Du, Lee,
Tian, Póczos and Singh (ICML 2018, arXiv:1712.00779) proved that this problem has a spurious local minimum. This package computes to which
minimum a run converges, how fast, and with what probability; and it fits the model to data.

=========================  =================================================================================
:func:`landscape`          all critical points, the barrier, the spectra
:func:`probability`        the exact success probability, of one cell or of a map
:func:`trace`              one run: trajectory, phases, rate, verdict
:func:`compare`            several algorithms on one landscape: momentum, Adam, noise, fresh samples
:func:`verdict`            the minimum that a run from a point reaches, by a theorem
:func:`sweep`              Monte Carlo over a grid, resumable, on any cluster; :func:`merge` for shards
:func:`width`              how often a student of several filters finds the teacher, and where it is trapped
:func:`trace_width`        one run of such a student: the moments of each of its filters
:func:`population_loss`    with :func:`gradient` and :func:`hessian`: the loss at a point
:func:`descend`            the student after some steps of an algorithm
:func:`explore`            the explorer: a page that computes by itself, in a notebook or as a file
:func:`generate`           data of a planted teacher
:func:`fit`                the model fitted to data, and compared with a linear model
:class:`Model`             what :func:`fit` returns in ``fit.model``, and what ``model.json`` holds
:func:`recovery`           how often gradient descent on samples finds the teacher
:class:`PatchRegressor`    with :class:`PatchClassifier`: the fit as an estimator of scikit-learn
:mod:`spurious.plot`       figures in matplotlib
=========================  =================================================================================

Everything is dimensionless; angles are radians. Options are keywords, with the names of the program's flags: ``spurious landscape
--sum-ratio 4`` is ``landscape(sum_ratio=4)``. Results are frozen; they print, compare, pickle, and have ``to_dict()``. What is wrong with an
argument is a :class:`SpuriousError`, a :class:`ValueError`. The interpreter is released while something is computed, on all cores (or as
many as ``RAYON_NUM_THREADS`` says), and Ctrl-C ends it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._algorithms import AlgorithmSettings, ComparedAlgorithms, compare, descend
from ._executors import WorkersLost
from ._explore import Explorer, explore
from ._fit import Comparison, Fit, Measure, Search, fit
from ._generate import Planted, generate
from ._landscape import CriticalPoint, Eigenvalue, Landscape, landscape
from ._model import Explanation, Model, predict
from ._population import gradient, hessian, population_loss
from ._probability import Probability, ProbabilityMap, probability
from ._recovery import Recovery, recovery
from ._spurious import SpuriousError, __version__, verdict
from ._sweep import Sweep, merge, sweep
from ._trace import Guarantee, Point, Run, Trajectory, trace
from ._width import Trap, WideMoment, WideRun, WideTrajectory, Width, trace_width, width

if TYPE_CHECKING:
    from .sklearn import PatchClassifier, PatchRegressor

__all__ = [
    "AlgorithmSettings",
    "ComparedAlgorithms",
    "Comparison",
    "CriticalPoint",
    "Eigenvalue",
    "Explanation",
    "Explorer",
    "Fit",
    "Guarantee",
    "Landscape",
    "Measure",
    "Model",
    "PatchClassifier",
    "PatchRegressor",
    "Planted",
    "Point",
    "Probability",
    "ProbabilityMap",
    "Recovery",
    "Run",
    "Search",
    "SpuriousError",
    "Sweep",
    "Trajectory",
    "Trap",
    "WideMoment",
    "WideRun",
    "WideTrajectory",
    "Width",
    "WorkersLost",
    "__version__",
    "compare",
    "descend",
    "explore",
    "fit",
    "generate",
    "gradient",
    "hessian",
    "landscape",
    "merge",
    "population_loss",
    "predict",
    "probability",
    "recovery",
    "sweep",
    "trace",
    "trace_width",
    "verdict",
    "width",
]

# scikit-learn and matplotlib are imported when they are first used.
_LAZY = {"PatchRegressor": "sklearn", "PatchClassifier": "sklearn", "sklearn": "", "plot": ""}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'spurious' has no {name!r}")
    from importlib import import_module

    module = import_module(f"spurious.{_LAZY[name] or name}")
    return getattr(module, name) if _LAZY[name] else module


def __dir__() -> list[str]:
    return sorted({*__all__, "plot", "sklearn"})
