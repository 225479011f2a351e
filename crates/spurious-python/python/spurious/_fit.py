"""Fits to data."""

from __future__ import annotations

import json
import os
import textwrap
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _spurious
from ._arrays import Numbers, SingleOrDouble, single_or_double, vector
from ._executors import Executor, Workers
from ._model import Model, Network
from ._options import count, count_or_word, flag, number, pair, word
from ._parts import Questions, Stamped
from ._progress import shown
from ._result import Result, Table
from ._words import in_python

Auto = Literal["auto"]
File = str | os.PathLike[str]
Axes = Literal["patches", "channels"]
Scale = Literal["none", "standardise", "whiten"]
LossName = Literal["auto", "squares", "logistic"]
OptimiserName = Literal["auto", "least_squares", "descent", "batches"]
Conclusion = Literal["better", "worse", "cannot_tell", "neither_predicts", "measures_disagree"]


class Searches(Table):
    """All searches of a fit, the antipodal restart last; all columns ``[searches]``.

    Attributes:
        start: Where it began: ``random``, ``opposite``, ``signs``, ``given`` or ``antipodal``.
        steps: Steps of descent, or of variable projection.
        stop: Why it ended.
        loss: The loss where it ended, on the samples that it saw.
        angle: Angle of its filter to the best, in radians.
        ending: Where it ended: ``best``, ``antipode`` or ``elsewhere``.
        finished: Whether it went all the way down: of a random filter and its opposite only the lower one does.
        samples: Samples that it saw.
    """

    start: NDArray[np.str_]
    steps: NDArray[np.int64]
    stop: NDArray[np.str_]
    loss: NDArray[np.float64]
    angle: NDArray[np.float64]
    ending: NDArray[np.str_]
    finished: NDArray[np.bool_]
    samples: NDArray[np.int64]

    def __repr__(self) -> str:
        best = int((self.ending == "best").sum())
        return f"{len(self)} searches, {best} of which ended at the best minimum: {', '.join(self.columns)}"


class Predictions(Table):
    """What the models say about the samples, or about evenly spaced ones of many; all columns ``[samples]``.

    With folds they are those of the models that had not seen the sample.

    Attributes:
        row: Row of the data, from 0.
        target: What it should be.
        network: What the network says; of several classes the one that it finds most likely.
        probability: With logistic loss, the chance of the higher of two classes, or of the most likely of several.
        linear: What the linear model says.
        logistic: What the logistic model says, for classes.
        held_out: 1 if the models had not seen it.
        fold: The fold, from 1, that it was held out with.
        cluster: What it belongs to: its group, or its stretch of time.
    """

    row: NDArray[np.int64]
    target: NDArray[np.float64]
    network: NDArray[np.float64]
    probability: NDArray[np.float64]
    linear: NDArray[np.float64]
    logistic: NDArray[np.float64]
    held_out: NDArray[np.int64]
    fold: NDArray[np.float64]
    cluster: NDArray[np.float64]

    def __repr__(self) -> str:
        return f"Predictions of {len(self)} samples: {', '.join(self.columns)}"


@dataclass(frozen=True, repr=False, eq=False)
class Search(Result):
    """How the best minimum was found. On samples no theorem says whether a lower one exists.

    Attributes:
        filters: Number of filters.
        merged: Filters beyond these that came out the same as another and were merged with it.
        dropped: Filters beyond these that contributed nothing and were left out.
        stop: Why the search for the best minimum ended.
        searches: Number of independent searches.
        finished: How many of them were carried to the end.
        reached_best: How many of these ended at the best minimum.
        found_by: Which kind of search found it.
        minima: Number of different minima at which they ended.
        seen_once: Number of minima at which exactly one of them ended.
        chance_missed: Estimate of the chance that one more search ends at a minimum not seen yet, after Good and Turing. It is not a bound.
        ended: Why no more searches were made.
        antipodal_restart: What the search from the reversed filter showed. The first two clear the fit of being trapped; ``leads_lower``
            says that it is.
        doubt: Why the antipodal restart cannot tell, if it cannot.
        gap: The loss at the minimum of the antipodal restart less the loss of the fit, if it is another minimum.
    """

    filters: int
    merged: int
    dropped: int
    stop: str
    searches: int
    finished: int
    reached_best: int
    found_by: Literal["search", "look_around", "antipodal_restart"]
    minima: int
    seen_once: int
    chance_missed: float | None
    ended: Literal["settled", "budget", "as_asked"]
    antipodal_restart: Literal["leads_higher", "comes_back", "leads_lower", "cannot_tell"]
    doubt: Literal["scarce", "unsettled", "close"] | None
    gap: float | None

    def __repr__(self) -> str:
        return (
            f"{self.reached_best} of {self.searches} searches ended at the best minimum; "
            f"antipodal restart: {self.antipodal_restart.replace('_', ' ')}"
        )


@dataclass(frozen=True, repr=False, eq=False)
class Measure(Result):
    """One measure of the network and of what it is compared with, on samples that neither has seen.

    Attributes:
        metric: What it is.
        network: Of the network.
        baseline: Of what it is compared with.
        baseline_model: What that is.
        difference: ``network − baseline``.
        interval: Interval of 95 % for the difference, where there are enough samples.
        conclusion: What follows.
    """

    metric: Literal["r2", "accuracy", "auc", "log_loss"]
    network: float
    baseline: float
    baseline_model: Literal["linear", "logistic"]
    difference: float
    interval: tuple[float, float] | None
    conclusion: Conclusion

    def __repr__(self) -> str:
        return f"{self.metric} {self.network:.4f} against {self.baseline:.4f} of the {self.baseline_model} model"


@dataclass(frozen=True, repr=False, eq=False)
class Comparison(Result):
    """The network against linear models, on samples that neither has seen.

    Attributes:
        conclusion: What follows from all measures.
        measures: The measures.
        samples: Samples held out.
    """

    conclusion: Conclusion
    measures: tuple[Measure, ...]
    samples: int

    def __repr__(self) -> str:
        return "\n".join(
            [f"the network is {self.conclusion.replace('_', ' ')}", *(f"  {one!r}" for one in self.measures)]
        )


@dataclass(frozen=True, repr=False, eq=False)
class Fit(Result):
    """A fit, and what it has to be judged by. ``to_dict`` has everything that the program's JSON has.

    Attributes:
        model: The model: it predicts, and it can be saved.
        loss: The loss on the samples fitted, without the penalty.
        ridge: The penalty ``λ``.
        noise: Standard deviation of the residual of a sample, for as many samples as are left when the parameters are paid for.
        samples: Samples fitted.
        parameters: Free numbers.
        rank: How many combinations of them the data determines.
        train_r2: ``R²`` on the samples fitted.
        validation_r2: ``R²`` on samples held out, if any were.
        typical_error: Root mean square of the network's errors on samples held out.
        prediction_interval: Half the width of an interval of 95 % around a prediction, from the errors on samples held out.
        search: How the best minimum was found.
        searches: All searches.
        comparison: Network and linear models on samples held out, if there are any.
        predictions: What the models say about the samples.
        warnings: What whoever uses the fit should know, each with what to do about it.
    """

    model: Model
    loss: float
    ridge: float
    noise: float
    samples: int
    parameters: int
    rank: int
    train_r2: float
    validation_r2: float | None
    typical_error: float | None
    prediction_interval: float | None
    search: Search
    searches: Searches
    comparison: Comparison | None
    predictions: Predictions
    warnings: tuple[str, ...]
    _analysis: dict[str, Any]
    _text: str = ""

    @property
    def network(self) -> Network:
        """The numbers of the network."""
        return self.model.network

    @property
    def standard_errors(self) -> Network | None:
        """The standard error of each of its numbers; ``None`` if fewer than five degrees of freedom are left."""
        return self.model.standard_errors

    def to_dict(self) -> dict[str, Any]:
        """The fit as the program's JSON has it."""
        return dict(self._analysis)


def fit(
    X: Any = None,
    y: Any = None,
    *,
    parts: Sequence[File] | None = None,
    executor: Callable[[], Executor] | Executor | None = None,
    memory: int = 4096,
    patch_len: int | Auto | None = None,
    channels: int = 1,
    image: tuple[int, int] | None = None,
    patch: tuple[int, int] | Auto | None = None,
    stride: int | tuple[int, int] | None = None,
    rest: Literal["auto", "trim", "pad"] = "auto",
    axes: Axes = "patches",
    filters: int | Auto = 1,
    linear: bool = False,
    intercept: bool = True,
    filter_bias: bool = False,
    negative_slope: float = 0.0,
    scale: Scale | None = None,
    ridge: float | Auto = "auto",
    loss: LossName = "auto",
    optimiser: OptimiserName = "auto",
    starts: int | Literal["auto", "four_signs"] = "auto",
    start: Model | None = None,
    step_size: float | None = None,
    max_steps: int = 10_000,
    epochs: int = 20,
    batch: int = 64,
    folds: int | Auto | None = "auto",
    validation: float | None = None,
    bootstrap: int = 0,
    missing: Literal["error", "drop", "mean"] = "error",
    sample_weights: ArrayLike | str | None = None,
    groups: ArrayLike | str | None = None,
    time: ArrayLike | str | None = None,
    columns: Sequence[str] | None = None,
    target: str = "y",
    time_limit: float | None = None,
    seed: int = 1,
    progress: bool = False,
) -> Fit:
    """Fits the model to data, and compares it with a linear model.

    ::

        f(Z) = c + Σⱼ aⱼ σ(u·Zⱼ + b)        minimise (1/2Σω) Σᵢ ωᵢ (f(Zᵢ) − yᵢ)² + ½λ‖a‖², or the logistic loss

    A row is cut into patches ``Zⱼ``: windows of a signal (``patch_len``) or tiles of an image (``image`` and ``patch``). The search starts
    from many filters and their opposites and keeps the best minimum found; it says how many of them ended there, and whether the reversed
    filter leads lower. An array of three axes is ``[samples, patches, patch_dim]``, already cut; with ``axes="channels"`` it is
    ``[samples, channels, time]``, as aeon and sktime have it, and is cut along time by ``patch_len``.

    Data that lies in several files is named by ``parts`` instead of ``X`` and ``y``: its rows are those of one file after the other. With
    ``executor`` the workers of a cluster keep these files in their memory, and add up what each step of a search needs to know about them; the
    files have to be at the same paths on all workers. The result has the same bits for every executor, for none, and for every division of the
    rows into files.

    Args:
        X: Rows ``[samples, numbers]``, or an array of three axes. ``float32`` and ``float64`` in C order are borrowed, else copied.
        y: Targets ``[samples]``: numbers, or texts, which are classes.
        parts: Files with the same columns, of any format that the program reads (CSV, Parquet, NumPy), in place of ``X`` and ``y``. ``target``,
            ``sample_weights``, ``groups`` and ``time`` then name columns, and ``columns`` those that are the numbers of a row: all others, if
            left out, but for columns that hold no measurements.
        executor: Whoever answers for the parts: anything with ``submit(fn, *args)`` that returns something with ``result()``, as for
            :func:`sweep`; or a function that makes one, which is called again when the executor breaks. One worker for each machine is enough.
        memory: MB that a process keeps of the parts; what does not fit is read from its file in every pass.
        patch_len: Length of a window; ``"auto"``: the best of several by cross-validation.
        channels: Channels of the signal, which a row holds one after the other.
        image: Height and width of the image that a row holds, line by line.
        patch: Height and width of a tile; ``"auto"``: the best of several by cross-validation.
        stride: From the start of one window to the next, or from one tile to the next down and across; side by side if left out.
        rest: What becomes of numbers at the end that fill no whole window: ``"trim"`` leaves them to the linear models, ``"pad"`` fills a
            last window with zeros, ``"auto"`` pads if they are half a window.
        axes: What the axes of an array of three are.
        filters: Number of filters; ``"auto"``: as many as predict better by cross-validation, and a linear part if that does.
        linear: A linear part beside the filters: the model then contains the linear model, or for classes the logistic model.
        intercept: Whether there is a constant.
        filter_bias: Whether each filter has a bias.
        negative_slope: Negative slope ``c`` of the activation ``max(t, 0) + c min(t, 0)``, from 0 (the rectifier) to less than 1.
        scale: How patches are scaled before the filter sees them; ``None``: not, or the best where shapes are tried.
        ridge: Penalty ``λ``: a number, or ``"auto"`` for cross-validation.
        loss: ``"auto"`` is logistic for a target of two values or of several texts, and squares for other numbers.
        optimiser: How minima are searched for; ``"descent"`` is the paper's.
        starts: Random starts; ``"auto"`` goes on until the best minimum has been reached several times; ``"four_signs"`` is one random
            start with its four sign choices.
        start: Start from this model instead.
        step_size: Step size ``η`` of descent; the inverse of the largest curvature if left out.
        max_steps: Longest run of descent, in steps.
        epochs: Passes over the data of descent in batches.
        batch: Rows in a batch.
        folds: Hold out each of so many folds in turn; ``"auto"``: 5 for 20 to 10,000 rows; ``None``: none.
        validation: Hold out this share of the rows instead.
        bootstrap: Standard errors from so many resamples of the rows instead of from the fit alone.
        missing: What to do about NaN: refuse it, leave out the rows, or put the mean of the column in its place.
        sample_weights: ``ω``, ``[samples]``, not negative.
        groups: Which rows belong together, ``[samples]``: they are held out together.
        time: When a row was measured, ``[samples]``, as numbers or dates: later rows are held out, earlier ones fitted.
        columns: Names of the numbers of a row; those of a data frame, or 1, 2, … if left out.
        target: Name of the target.
        time_limit: Try no further shapes after so many seconds, where shapes are tried.
        seed: Seed of random starts and folds.
        progress: Show a progress bar (needs tqdm).

    Raises:
        SpuriousError: An argument is out of range, lengths differ, a number is NaN or infinite, or a file changed meanwhile.
        WorkersLost: The executor is broken, or lost the same part four times.
        OSError: Reading a part failed.

    Source:
        docs/theory.md, section 14; docs/scaling.md for parts.

    Examples:
        >>> import spurious
        >>> data = spurious.generate(patch_dim=4, patches=4, sum_ratio=2, samples=1000, noise=0.1)
        >>> found = spurious.fit(data.X, data.y, patch_len=4)
        >>> found.comparison.conclusion
        'better'
        >>> float(abs(found.network.filters @ data.filters.T)[0, 0].round(2))
        1.0
    """
    rows = None
    if parts is None:
        if executor is not None:
            raise _spurious.SpuriousError("an executor answers for parts: name the files of the data with parts")
        rows, patch_len, channels = cut(X, patch_len=patch_len, channels=channels, image=image, axes=axes)
    elif X is not None or y is not None:
        raise _spurious.SpuriousError("give X and y, or parts, not both")
    request = asked(
        patch_len=patch_len,
        channels=channels,
        image=image,
        patch=patch,
        stride=stride,
        rest=rest,
        filters=filters,
        linear=linear,
        intercept=intercept,
        filter_bias=filter_bias,
        negative_slope=negative_slope,
        scale=scale,
        ridge=ridge,
        loss=loss,
        optimiser=optimiser,
        starts=starts,
        step_size=step_size,
        max_steps=max_steps,
        epochs=epochs,
        batch=batch,
        folds=folds,
        validation=validation,
        bootstrap=bootstrap,
        missing=missing,
        time_limit=time_limit,
        seed=seed,
    )
    if rows is None:
        beside = {"sample_weights": sample_weights, "groups": groups, "time": time}
        request |= {"columns": [], "target": target, "classes": None}
        return _fitted_to_parts(parts, request, columns, beside, executor, memory, start, progress)
    labels, classes = _labels(y, loss)
    names = list(columns) if columns is not None else column_names(X, rows.shape[1])
    if len(names) != rows.shape[1]:
        raise _spurious.SpuriousError(f"columns has {len(names)} names where {rows.shape[1]} are needed")
    for name, given in (("y", labels), ("sample_weights", sample_weights), ("groups", groups), ("time", time)):
        if given is not None and np.shape(given) != (rows.shape[0],):
            raise _spurious.SpuriousError(f"{name} has the shape {np.shape(given)} where ({rows.shape[0]},) is needed")
    request |= {"columns": names, "target": target, "classes": classes}
    weights = None if sample_weights is None else vector(sample_weights, "sample_weights")
    times = None if time is None else _times(time)
    return fitted(
        rows, labels, request, sample_weights=weights, groups=groups, time=times, start=start, progress=progress
    )


def _fitted_to_parts(
    parts: Any,
    request: dict[str, Any],
    columns: Sequence[str] | None,
    beside: dict[str, Any],
    executor: Callable[[], Executor] | Executor | None,
    memory: int,
    start: Model | None,
    progress: bool,
) -> Fit:
    """The fit to files, for which workers answer if there are any."""
    if isinstance(parts, (str, os.PathLike)) or not parts:
        raise _spurious.SpuriousError(f"parts {parts!r} is no list of files")
    for name, column in beside.items():
        if not isinstance(column, str | None):
            raise _spurious.SpuriousError(f"{name} is the name of a column where data lies in parts")
    # Workers have folders of their own.
    files = [os.path.abspath(cast(File, part)) for part in parts]
    most_bytes = count(memory, "memory") << 20
    with shown(progress) as bar, nullcontext() if executor is None else Workers(executor) as workers:
        stamped = [] if workers is None else [Stamped(file) for file in files]
        found = _spurious.fit_parts(
            files,
            json.dumps(request),
            columns=None if columns is None else list(columns),
            memory=most_bytes,
            start=None if start is None else start._core,  # pyright: ignore[reportPrivateUsage]
            ask=None if workers is None else Questions(workers, stamped, most_bytes),
            progress=bar,
            **beside,
        )
    return _result(*found)


def asked(
    *,
    patch_len: int | Auto | None,
    channels: int,
    image: tuple[int, int] | None,
    patch: tuple[int, int] | Auto | None,
    stride: int | tuple[int, int] | None,
    rest: str,
    filters: int | Auto,
    linear: bool,
    intercept: bool,
    filter_bias: bool,
    negative_slope: float,
    scale: Scale | None,
    ridge: float | Auto,
    loss: LossName,
    optimiser: OptimiserName,
    starts: int | str,
    step_size: float | None,
    max_steps: int,
    epochs: int,
    batch: int,
    folds: int | Auto | None,
    validation: float | None,
    bootstrap: int,
    missing: str,
    time_limit: float | None,
    seed: int,
) -> dict[str, Any]:
    """The options of a fit as the extension module reads them."""
    if isinstance(ridge, str):
        penalty: Any = word(ridge, "ridge", ("auto",))
    else:
        penalty = {"fixed": number(ridge, "ridge")}
    if stride is None:
        strides = None
    elif isinstance(stride, (tuple, list)):
        strides = pair(stride, "stride")
    else:
        strides = [count(stride, "stride")] * 2
    first_starts = count_or_word(starts, "starts", ("auto", "four_signs"))
    most_filters = count_or_word(filters, "filters", ("auto",))
    return {
        "cut": {
            "patch_len": None if patch_len is None else count_or_word(patch_len, "patch_len", ("auto",)),
            "channels": count(channels, "channels"),
            "image": None if image is None else pair(image, "image"),
            "patch": patch if patch is None or patch == "auto" else pair(patch, "patch"),
            "stride": strides,
            "rest": word(rest, "rest", ("auto", "trim", "pad")),
        },
        "options": {
            "loss": word(loss, "loss", ("auto", "squares", "logistic")),
            "optimiser": _optimiser(optimiser, step_size, max_steps, epochs, batch),
            "starts": first_starts if isinstance(first_starts, str) else {"random": first_starts},
            "seed": count(seed, "seed"),
            "filters": 1 if most_filters == "auto" else most_filters,
            "linear": flag(linear, "linear"),
            "intercept": flag(intercept, "intercept"),
            "filter_bias": flag(filter_bias, "filter_bias"),
            "scaling": word(scale, "scale", (None, "none", "standardise", "whiten")) or "none",
            "ridge": penalty,
            "missing": word(missing, "missing", ("error", "drop", "mean")),
            "bootstrap": count(bootstrap, "bootstrap"),
        },
        "negative_slope": number(negative_slope, "negative_slope"),
        "choose_filters": most_filters == "auto",
        "choose_scaling": scale is None,
        "validation": _validation(folds, validation),
        "time_limit": None if time_limit is None else number(time_limit, "time_limit"),
    }


def fitted(
    rows: SingleOrDouble,
    labels: Numbers,
    request: dict[str, Any],
    *,
    sample_weights: Numbers | None,
    groups: ArrayLike | None,
    time: Numbers | None,
    start: Model | None,
    progress: bool,
) -> Fit:
    """The fit that was asked for."""
    with shown(progress) as bar:
        found = _spurious.fit(
            rows,
            labels,
            json.dumps(request),
            sample_weights=sample_weights,
            groups=None if groups is None else _groups(groups),
            time=time,
            start=None if start is None else start._core,  # pyright: ignore[reportPrivateUsage]
            progress=bar,
        )
    return _result(*found)


def _result(found: str, core: _spurious.Model, predictions: dict[str, Any], text: str) -> Fit:
    """A fit as the extension module returns it."""
    analysis: dict[str, Any] = json.loads(found)
    warnings = tuple(in_python(warning) for warning in analysis.pop("warnings"))
    comparison = analysis["comparison"]
    return Fit(
        **{name: analysis[name] for name in _COPIED},
        model=Model(core),
        search=Search(**analysis["search"]),
        searches=Searches({name: [run[name] for run in analysis["runs"]] for name in analysis["runs"][0]}),
        comparison=None if comparison is None else _comparison(comparison),
        predictions=Predictions(predictions),
        warnings=warnings,
        _analysis=analysis,
        _text="".join(textwrap.fill(f"warning: {warning}", 80) + "\n" for warning in warnings) + in_python(text),
    )


_COPIED = (
    "loss",
    "ridge",
    "noise",
    "samples",
    "parameters",
    "rank",
    "train_r2",
    "validation_r2",
    "typical_error",
    "prediction_interval",
)


def cut(
    X: Any, *, patch_len: int | Auto | None, channels: int, image: tuple[int, int] | None, axes: Axes
) -> tuple[SingleOrDouble, int | Auto | None, int]:
    """Rows, with the length of a window and the number of channels that an array of three axes has."""
    rows = single_or_double(X, "X")
    if rows.ndim == 2:
        return rows, patch_len, channels
    if rows.ndim != 3:
        raise _spurious.SpuriousError(f"X has {rows.ndim} axes where 2 are needed, or 3")
    samples, second, third = rows.shape
    flat = rows.reshape(samples, second * third)
    if image is not None:
        raise _spurious.SpuriousError("image is for rows of an array of two axes: leave it out, or reshape X")
    if axes == "channels":
        return flat, patch_len, second
    if axes != "patches":
        raise _spurious.SpuriousError(f"axes {axes!r} is unknown: use patches or channels")
    if patch_len not in (None, third):
        raise _spurious.SpuriousError(
            f'the patches of X have {third} numbers, but patch_len is {patch_len}: leave it out, or use axes="channels" '
            "for an array [samples, channels, time]"
        )
    return flat, third, 1


def column_names(X: Any, width: int) -> list[str]:
    """The names of the columns of a data frame, or 1, 2, …."""
    names = getattr(X, "columns", None)
    if names is None or len(names) != width:
        return [str(number + 1) for number in range(width)]
    return [str(name) for name in names]


def _labels(y: Any, loss: LossName) -> tuple[Numbers, list[str] | None]:
    """The target as numbers, and the classes with the numbers 0, 1, …, if it has any."""
    values: NDArray[Any] = np.asarray(y)
    is_text = values.dtype.kind in "US" or (
        values.dtype.kind in "OT" and all(isinstance(value, str) for value in values)
    )
    if not is_text:
        numbers = vector(y, "y")
        if loss != "logistic":
            return numbers, None
        different: NDArray[Any] = np.unique(numbers)
        if not 3 <= len(different) <= 20 or not np.isfinite(different).all():
            return numbers, None
        return np.searchsorted(different, numbers).astype(np.float64), [f"{value:.17g}" for value in different]
    classes, places = np.unique(values.astype(str), return_inverse=True)
    if len(classes) > 20:
        raise _spurious.SpuriousError(f"y has {len(classes)} different texts: at most 20 classes can be fitted")
    if len(classes) > 2 and loss == "squares":
        raise _spurious.SpuriousError(f"y has {len(classes)} classes, which squares cannot fit: leave out loss")
    return places.astype(np.float64), [str(name) for name in classes]


def _groups(groups: ArrayLike) -> NDArray[np.uint32]:
    return np.unique(np.asarray(groups), return_inverse=True)[1].astype(np.uint32)


def _times(time: ArrayLike) -> Numbers:
    """Numbers, or dates in seconds."""
    values = np.asarray(time)
    if values.dtype.kind != "M":
        return vector(time, "time")
    if np.isnat(values).any():
        raise _spurious.SpuriousError("time has a date that is missing")
    return values.astype("datetime64[us]").astype(np.int64) / 1e6


def _optimiser(name: OptimiserName, step_size: float | None, max_steps: int, epochs: int, batch: int) -> Any:
    word(name, "optimiser", ("auto", "least_squares", "descent", "batches"))
    step = None if step_size is None else number(step_size, "step_size")
    if name == "descent":
        return {"descent": {"step_size": step, "most_steps": count(max_steps, "max_steps")}}
    if name == "batches":
        return {"batches": {"step_size": step, "epochs": count(epochs, "epochs"), "samples": count(batch, "batch")}}
    if step_size is not None:
        raise _spurious.SpuriousError(
            'step_size is for optimiser="descent" or "batches": the other ways to search choose their steps'
        )
    return name


def _validation(folds: int | Auto | None, validation: float | None) -> Any:
    if validation is not None:
        if folds != "auto":
            raise _spurious.SpuriousError("give folds or validation, not both")
        return {"hold_out": number(validation, "validation")}
    if folds is None:
        return "none"
    folds = count_or_word(folds, "folds", ("auto",))
    return None if folds == "auto" else {"folds": folds}


def _comparison(comparison: dict[str, Any]) -> Comparison:
    def measure(fields: dict[str, Any]) -> Measure:
        others, interval = {**fields}, fields["interval"]
        others["interval"] = None if interval is None else tuple(interval)
        return Measure(**others)

    measures = tuple(measure(fields) for fields in comparison["measures"])
    return Comparison(conclusion=comparison["conclusion"], measures=measures, samples=comparison["samples"])


__all__ = [
    "Comparison",
    "Fit",
    "Measure",
    "Predictions",
    "Search",
    "Searches",
    "asked",
    "column_names",
    "cut",
    "fit",
    "fitted",
]
