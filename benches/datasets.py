"""The tables of the comparison: public packages by name, and planted teachers. Nothing is downloaded.

A set is a function that returns a `Table`. It raises `Missing` where an installed package lacks the data, and
the comparison then names the set as missing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from math import log, sqrt
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn import datasets as sklearn_datasets

MAX_ROWS = 1000


class Missing(Exception):
    """What is not there: a package, or a file in it."""


@dataclass(frozen=True)
class Patches:
    """How a row is cut. `length` is a window of a signal, `tile` a tile of an image."""

    length: int = 0
    channels: int = 1
    image: tuple[int, int] | None = None
    tile: tuple[int, int] | None = None

    def flags(self, automatic: bool) -> list[str]:
        """The options of `spurious fit`. With `automatic` the program chooses the length of windows."""
        if self.image and self.tile:
            return ["--image", "x".join(map(str, self.image)), "--patch", "x".join(map(str, self.tile))]
        channels = ["--channels", str(self.channels)] if self.channels > 1 else []
        return ["--patch-len", "auto" if automatic else str(self.length), *channels]

    def indices(self, width: int) -> np.ndarray:
        """The columns of each patch, `[patches, numbers of a patch]`."""
        if self.image and self.tile:
            (height, breadth), (h, w) = self.image, self.tile
            columns = np.arange(width).reshape(height // h, h, breadth // w, w)
            return columns.transpose(0, 2, 1, 3).reshape(-1, h * w)
        columns = np.arange(width).reshape(self.channels, -1, self.length)
        return columns.transpose(1, 0, 2).reshape(-1, self.channels * self.length)

    def __str__(self) -> str:
        if self.image and self.tile:
            return "tiles {}×{} of {}×{}".format(*self.tile, *self.image)
        return f"{self.length}" + (f" of {self.channels} channels" if self.channels > 1 else "")


@dataclass(frozen=True)
class Table:
    """Rows, a target (numbers, or 0 and 1 for classes), and how rows are cut and held out."""

    x: np.ndarray
    y: np.ndarray
    patches: Patches
    source: str
    target: str
    # Rows in the order of time: whole stretches are held out instead of random rows.
    in_time: bool = False
    # Columns of different units: scaled by the mean and deviation of the training rows, for every method.
    scale_columns: bool = False
    classes: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "classes", set(np.unique(self.y)) == {0.0, 1.0})


def square_length(width: int) -> int:
    """The divisor of `width` that is nearest to its square root, the smaller of two equally near."""
    divisors = [d for d in range(1, width + 1) if width % d == 0]
    return min(divisors, key=lambda d: (round(abs(log(d / sqrt(width))), 9), d))


def packaged(package: str, path: str) -> Path:
    """A file inside an installed package, which is not imported: that would need all its requirements."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise Missing(f"the package {package} is not installed")
    file = Path(spec.submodule_search_locations[0]) / path
    if not file.is_file():
        raise Missing(f"the installed {package} has no {path}")
    return file


def series(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Rows and labels in sktime's text format: training and test part together, channels in a row."""
    rows, labels = [], []
    for part in ("TRAIN", "TEST"):
        for line in packaged("sktime", f"datasets/data/{name}/{name}_{part}.ts").read_text().splitlines():
            if line.strip() and line[0] not in "#@":
                *channels, label = line.strip().split(":")
                rows.append(np.array([float(v) for c in channels for v in c.split(",")]))
                labels.append(label)
    return np.array(rows), np.array(labels)


def windows(signal: np.ndarray, width: int, ahead: int) -> tuple[np.ndarray, np.ndarray]:
    """Every window of `width` numbers, and the number that comes `ahead` places after its end."""
    views = np.lib.stride_tricks.sliding_window_view(signal, width)
    count = len(signal) - width - ahead + 1
    return views[:count].astype(float), signal[width + ahead - 1 :].astype(float)


def capped(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """At most `MAX_ROWS` random rows."""
    keep = np.sort(np.random.default_rng(1).permutation(len(x))[:MAX_ROWS])
    return x[keep], y[keep]


# Numbers as target.


def tecator() -> Table:
    x, y = series("Tecator")
    return Table(x, y.astype(float), Patches(square_length(100)), "sktime, Tecator", "fat, from a spectrum")


def covid() -> Table:
    x, y = series("Covid3Month")
    source = "sktime, Covid3Month"
    return Table(x, y.astype(float), Patches(7), source, "death rate, from 84 days of cases in weeks")


def sunspots() -> Table:
    from statsmodels.datasets import sunspots

    x, y = windows(sunspots.load_pandas().data["SUNACTIVITY"].to_numpy(), 44, 1)
    return Table(
        x, y, Patches(11), "statsmodels, sunspots", "next year, from 44 years in cycles", in_time=True
    )


def nino() -> Table:
    from statsmodels.datasets import elnino

    months = elnino.load_pandas().data.drop(columns="YEAR").to_numpy(float).ravel()
    x, y = windows(months, 36, 3)
    source = "statsmodels, elnino"
    return Table(x, y, Patches(12), source, "three months ahead, from 36 months in years", in_time=True)


def ecg() -> Table:
    file = packaged("pywt", "data/ecg.npz")
    with np.load(file) as arrays:
        signal = arrays[arrays.files[0]].ravel()
    x, y = windows(signal, 64, 4)
    return Table(
        x, y, Patches(square_length(64)), "PyWavelets, ecg", "4 samples ahead, from 64", in_time=True
    )


def seattle() -> Table:
    days = pd.read_csv(packaged("vega_datasets", "_data/seattle-weather.csv"))["temp_max"].to_numpy(float)
    x, y = windows(days[-MAX_ROWS:], 28, 1)
    source = "vega_datasets, seattle-weather"
    return Table(x, y, Patches(7), source, "highest temperature, from 28 days in weeks", in_time=True)


def diabetes() -> Table:
    x, y = sklearn_datasets.load_diabetes(return_X_y=True)
    source = "scikit-learn, diabetes"
    return Table(x, y, Patches(10), source, "progression, one patch of all columns", scale_columns=True)


def friedman() -> Table:
    x, y = sklearn_datasets.make_friedman1(n_samples=600, noise=1.0, random_state=1)
    source = "scikit-learn, make_friedman1"
    return Table(x, y, Patches(10), source, "a formula of 5 columns, one patch of all 10", scale_columns=True)


def photo_blocks(count: int, rng: np.random.Generator) -> np.ndarray:
    """Blocks of 8 × 8 pixels of a photograph, each minus its mean, all in one unit."""
    with np.load(packaged("pywt", "data/camera.npz")) as arrays:
        photo = arrays[arrays.files[0]].astype(float)
    corners = rng.integers(0, [photo.shape[0] - 7, photo.shape[1] - 7], (count, 2))
    blocks = np.array([photo[r : r + 8, c : c + 8].ravel() for r, c in corners])
    blocks -= blocks.mean(axis=1, keepdims=True)
    return blocks / blocks.std()


def planted(x: np.ndarray, patches: Patches, filters: int, source: str, rng: np.random.Generator) -> Table:
    """Answers of a random teacher with `filters` filters, plus noise of 0.3 of their standard deviation."""
    cut = x[:, patches.indices(x.shape[1])]
    answers = np.zeros(len(x))
    for _ in range(filters):
        profile = rng.standard_normal(cut.shape[2])
        answers += np.maximum(cut @ profile, 0) @ rng.standard_normal(cut.shape[1])
    answers /= answers.std()
    noisy = answers + 0.3 * rng.standard_normal(len(x))
    name = "1 filter" if filters == 1 else f"{filters} filters"
    return Table(x, noisy, patches, source, f"a teacher with {name}, noise 0.3")


def planted_one() -> Table:
    rng = np.random.default_rng(1)
    return planted(rng.standard_normal((600, 48)), Patches(8), 1, "planted, normal numbers", rng)


def planted_three() -> Table:
    rng = np.random.default_rng(2)
    return planted(rng.standard_normal((1000, 48)), Patches(8), 3, "planted, normal numbers", rng)


def planted_tiles() -> Table:
    rng = np.random.default_rng(3)
    blocks = photo_blocks(1000, rng)
    return planted(blocks, Patches(image=(8, 8), tile=(4, 4)), 1, "planted, PyWavelets camera", rng)


def planted_linear() -> Table:
    rng = np.random.default_rng(4)
    x = rng.standard_normal((600, 48))
    answers = x @ rng.standard_normal(48)
    noisy = answers / answers.std() + 0.3 * rng.standard_normal(600)
    return Table(x, noisy, Patches(8), "planted, normal numbers", "a linear teacher, noise 0.3")


# Classes as target: 1 for the class that is named, 0 for all others.


def digit(which: int) -> Callable[[], Table]:
    def load() -> Table:
        x, y = sklearn_datasets.load_digits(return_X_y=True)
        x, y = capped(x, (y == which).astype(float))
        return Table(
            x, y, Patches(image=(8, 8), tile=(4, 4)), "scikit-learn, digits", f"digit {which} or not"
        )

    return load


def breast_cancer() -> Table:
    x, y = sklearn_datasets.load_breast_cancer(return_X_y=True)
    target = "benign or not; 10 measures as mean, error, worst"
    return Table(x, y.astype(float), Patches(10), "scikit-learn, breast_cancer", target, scale_columns=True)


def wine() -> Table:
    x, y = sklearn_datasets.load_wine(return_X_y=True)
    target = "class_1 or not, one patch of all columns"
    return Table(x, (y == 1).astype(float), Patches(13), "scikit-learn, wine", target, scale_columns=True)


def one_class(name: str, label: str, width: int, channels: int = 1, mean_of: int = 1) -> Callable[[], Table]:
    """One class against the rest. Of each channel `width` numbers are kept, so that it can be divided."""

    def load() -> Table:
        x, labels = series(name)
        x = x.reshape(len(x), channels, -1)
        x = x[:, :, : width * mean_of].reshape(len(x), channels, width, mean_of).mean(axis=3)
        x, y = capped(x.reshape(len(x), -1), (labels == label).astype(float))
        patches = Patches(square_length(width), channels)
        means = f", means of {mean_of} samples" if mean_of > 1 else ""
        return Table(x, y, patches, f"sktime, {name}", f"class {label} or not{means}")

    return load


SETS: dict[str, Callable[[], Table]] = {
    "planted 1 filter": planted_one,
    "planted 3 filters": planted_three,
    "planted tiles": planted_tiles,
    "planted linear": planted_linear,
    "friedman": friedman,
    "tecator": tecator,
    "covid": covid,
    "sunspots": sunspots,
    "nino": nino,
    "ecg": ecg,
    "seattle": seattle,
    "diabetes": diabetes,
    "digit 0": digit(0),
    "digit 3": digit(3),
    "digit 8": digit(8),
    "breast cancer": breast_cancer,
    "wine": wine,
    "gun point": one_class("GunPoint", "1", 150),
    "italy power": one_class("ItalyPowerDemand", "1", 24),
    "arrow head": one_class("ArrowHead", "0", 240),
    "basic motions": one_class("BasicMotions", "Badminton", 100, channels=6),
    "acsf1": one_class("ACSF1", "0", 360, mean_of=4),
    "osu leaf": one_class("OSULeaf", "1", 420),
}
QUICK = ["planted 1 filter", "sunspots", "wine"]
