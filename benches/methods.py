"""The methods that are compared: the program in several variants, and what Python offers.

A method gets training rows and held-out rows, and returns predictions of the held-out rows: numbers, or the
probability of class 1.
"""

import json
import re
import subprocess
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from scipy.optimize import least_squares
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.linear_model import LogisticRegressionCV, RidgeCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from datasets import Table


class Failed(Exception):
    """A method gave no predictions: a word or two for a table, and the reason where there is more to say."""

    def __init__(self, short: str, reason: str = "") -> None:
        super().__init__(f"{short}: {reason}" if reason else short)
        self.short, self.reason = short, reason

    def described(self) -> dict[str, str]:
        return {"failed": self.short, "reason": self.reason}


@dataclass(frozen=True)
class Program:
    """The `spurious` program, and how it is called."""

    path: str
    threads: int
    limit: float
    automatic_patches: bool = False

    def run(self, *arguments: str, limit: float | None = None) -> str:
        """Standard output of a command."""
        try:
            done = subprocess.run(
                [self.path, *arguments], capture_output=True, text=True, timeout=limit or self.limit
            )
        except subprocess.TimeoutExpired:
            raise Failed(f"over {limit or self.limit:.0f} s") from None
        if done.returncode:
            message = (done.stderr.strip().splitlines() or ["no message"])[0]
            raise Failed("failed", re.sub(r"/\S+/", "", message))
        return done.stdout

    def offers(self, option: str, value: str) -> bool:
        """Whether an option of `fit` accepts a value, by its help."""
        return re.search(rf"{option} <[^>]*\b{value}\b[^>]*>", self.run("fit", "--help")) is not None


def write_table(path: Path, x: np.ndarray, y: np.ndarray) -> None:
    columns = {f"x{i}": x[:, i] for i in range(x.shape[1])}
    pd.DataFrame({**columns, "y": y}).to_parquet(path)


@dataclass(frozen=True)
class Spurious:
    """`spurious fit` with some options. Its own held-out rows are left out: the outer folds judge."""

    program: Program
    options: tuple[str, ...] = ()

    def fit(self, folder: Path, table: Table, x: np.ndarray, y: np.ndarray) -> Callable[[], dict]:
        """Writes the training rows, and returns the command to run on them."""
        write_table(folder / "train.parquet", x, y)
        patches = table.patches.flags(self.program.automatic_patches)
        command = ["fit", str(folder / "train.parquet"), "--target", "y", *patches, *self.options]
        command += ["--folds", "none", "--out", str(folder / "fit"), "--force", "--json", "--quiet"]
        command += ["--threads", str(self.program.threads)]
        return lambda: json.loads(self.program.run(*command))["results"][0]

    def prepare(self, folder: Path, table: Table, x, y, held_x) -> Callable[[], np.ndarray]:
        fit = self.fit(folder, table, x, y)
        write_table(folder / "held.parquet", held_x, np.zeros(len(held_x)))
        held, predictions = folder / "held.parquet", folder / "predictions.csv"

        def fit_and_predict() -> np.ndarray:
            fit()
            model = str(folder / "fit" / "model.json")
            self.program.run("predict", model, str(held), "--out", str(predictions), "--quiet")
            column = "probability" if table.classes else "prediction"
            return pd.read_csv(predictions)[column].to_numpy()

        return fit_and_predict


@dataclass(frozen=True)
class Estimator:
    """A model of scikit-learn, made anew for each fold."""

    regressor: Callable | None
    classifier: Callable | None

    def prepare(self, folder: Path, table: Table, x, y, held_x) -> Callable[[], np.ndarray]:
        make = (self.classifier or self.regressor) if table.classes else self.regressor
        if make is None:
            raise Failed("for classes only")

        def fit_and_predict() -> np.ndarray:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model = make().fit(x, y)
            return (
                model.predict_proba(held_x)[:, 1]
                if hasattr(model, "predict_proba")
                else model.predict(held_x)
            )

        return fit_and_predict


def ridge():
    return make_pipeline(StandardScaler(), RidgeCV(alphas=np.logspace(-4, 4, 33)))


def logistic():
    return make_pipeline(
        StandardScaler(),
        LogisticRegressionCV(
            Cs=10, cv=5, scoring="neg_log_loss", max_iter=1000, l1_ratios=(0,), use_legacy_attributes=False
        ),
    )


def network():
    scaled = TransformedTargetRegressor(MLPRegressor(random_state=1), transformer=StandardScaler())
    return make_pipeline(StandardScaler(), scaled)


def network_of_classes():
    return make_pipeline(StandardScaler(), MLPClassifier(random_state=1))


def boosting():
    return GradientBoostingRegressor(random_state=1)


def boosting_of_classes():
    return GradientBoostingClassifier(random_state=1)


def histogram_boosting():
    return HistGradientBoostingRegressor(random_state=1)


def histogram_boosting_of_classes():
    return HistGradientBoostingClassifier(random_state=1)


def methods(program: Program) -> dict[str, Spurious | Estimator]:
    """All methods by name; the program's come first."""
    variants = {
        "1 filter": (),
        "2 filters": ("--filters", "2"),
        "3 filters": ("--filters", "3"),
        "1 + linear": ("--linear",),
        "3 + linear": ("--filters", "3", "--linear"),
    }
    if program.offers("--filters", "auto"):
        variants["auto"] = ("--filters", "auto")
    return {
        **{name: Spurious(program, options) for name, options in variants.items()},
        "ridge": Estimator(ridge, None),
        "logistic": Estimator(None, logistic),
        "hist. boosting": Estimator(histogram_boosting, histogram_boosting_of_classes),
        "boosting": Estimator(boosting, boosting_of_classes),
        "MLP": Estimator(network, network_of_classes),
    }


# The same model by another optimiser.

SQUARES = ("--loss", "squares")
"""What SciPy minimises, of classes, too."""


def penalised_loss(filter_, output, intercept, penalty, cut, y) -> float:
    """`½ mean(r²) + ½ λ ‖a‖² ‖u‖²`, where the network is `f = c + Σⱼ aⱼ max(u·Zⱼ, 0)` and `r = f − y`."""
    residuals = np.maximum(cut @ filter_, 0) @ output + intercept - y
    return 0.5 * np.mean(residuals**2) + 0.5 * penalty * (output @ output) * (filter_ @ filter_)


def by_scipy(cut: np.ndarray, y: np.ndarray, penalty: float, rng: np.random.Generator) -> float:
    """The loss where MINPACK's Levenberg–Marquardt ends, from the better sign of a random filter."""
    n, k, p = cut.shape
    root = np.sqrt(penalty)

    def parts(v):
        return v[:p], v[p : p + k], v[-1]

    def residuals(v):
        u, a, c = parts(v)
        fitted = (np.maximum(cut @ u, 0) @ a + c - y) / np.sqrt(n)
        return np.concatenate([fitted, root * np.linalg.norm(u) * a])

    def jacobian(v):
        u, a, _ = parts(v)
        z = cut @ u
        length = np.linalg.norm(u)
        data = [np.einsum("ijp,ij->ip", cut, (z > 0) * a), np.maximum(z, 0), np.ones((n, 1))]
        penalties = [root * np.outer(a, u) / length, root * length * np.eye(k), np.zeros((k, 1))]
        return np.vstack([np.hstack(data) / np.sqrt(n), np.hstack(penalties)])

    def with_best_weights(u):
        features = np.hstack([np.maximum(cut @ u, 0), np.ones((n, 1))])
        shrink = np.sqrt(n * penalty) * np.eye(k, k + 1)
        rows, wanted = np.vstack([features, shrink]), np.concatenate([y, np.zeros(k)])
        return np.concatenate([u, np.linalg.lstsq(rows, wanted, rcond=None)[0]])

    u = rng.standard_normal(p)
    u /= np.linalg.norm(u)
    # A filter that responds to no row would stay where it is; its opposite does not.
    starts = [with_best_weights(u), with_best_weights(-u)]
    start = min(starts, key=lambda v: penalised_loss(*parts(v), penalty, cut, y))
    method = "lm" if n + k >= p + k + 1 else "trf"
    end = least_squares(residuals, start, jacobian, method=method, max_nfev=2000)
    return penalised_loss(*parts(end.x), penalty, cut, y)


def network_in(folder: Path) -> tuple[np.ndarray, np.ndarray, float]:
    """Filter, output weights and intercept of a model file with one filter."""
    found = json.loads((folder / "fit" / "model.json").read_text())["model"]["network"]
    one = found["filters"][0]
    return np.array(one["weights"]), np.array(one["output_weights"]), found["intercept"]


def chosen_penalty(program: Program, table: Table, x: np.ndarray, y: np.ndarray) -> float:
    with TemporaryDirectory() as folder:
        return Spurious(program, SQUARES).fit(Path(folder), table, x, y)()["ridge"]
