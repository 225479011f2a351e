"""The explorer: one page that computes by itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from . import _spurious
from ._options import count, number, word
from ._result import Result

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

_VIEWS = ("descent", "phase", "algorithms", "width")


@dataclass(frozen=True, repr=False, eq=False)
class Explorer(Result):
    """The page, which a notebook shows: drag the start, and see where descent goes from there.

    Attributes:
        page: The page as one HTML file. It needs no server and no network.
        state: The state with which it opens, in the form of its address; empty for that of the page itself.
        height: How high a notebook shows it, in pixels.
    """

    page: str
    state: str
    height: int

    def __repr__(self) -> str:
        return f"Explorer of {len(self.page) // 1000} kB: a notebook shows it, and save('explorer.html') writes it"

    def _repr_html_(self) -> str:
        # Imported where it is used: it has a table of two thousand characters.
        import html

        page = html.escape(self.page, quote=True)
        return (
            f'<iframe srcdoc="{page}" title="The explorer of spurious" width="100%" height="{self.height}" '
            'style="border: 0" allow="clipboard-write"></iframe>'
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the page to a file, which any browser opens.

        Raises:
            FileExistsError: There is a file already.
        """
        with Path(path).open("x", encoding="utf-8", newline="\n") as file:
            file.write(self.page)


def explore(
    *,
    patch_dim: int | None = None,
    patches: int | None = None,
    sum_ratio: float | None = None,
    scale_ratio: float | None = None,
    negative_slope: float | None = None,
    step_size: float | Literal["flow"] | None = None,
    angle: float | None = None,
    sum: float | None = None,
    signal: float | None = None,
    trial: int | None = None,
    seed: int = 1,
    algorithms: Sequence[str] = (),
    view: Literal["descent", "phase", "algorithms", "width"] | None = None,
    height: int = 900,
) -> Explorer:
    """The explorer: the landscape in (angle, signal), a start that can be dragged, and what the library says of the run from there.

    The page has the library in it, as WebAssembly. It computes in the browser, without a kernel, a server or a network: it works in a
    notebook that was exported, too.

    Args:
        patch_dim: Patch dimension ``p``; 5 if left out.
        patches: Number of patches ``k``; 25 if left out.
        sum_ratio: Sum ratio ``ρ``, from 0 to ``k``; 4 if left out.
        scale_ratio: Scale ratio ``β``; 1 if left out.
        negative_slope: Negative slope ``c``, from 0 to 1; 0 if left out.
        step_size: Step size ``η``, or ``"flow"``; 0.1 if left out.
        angle: Angle ``φ₀`` of the start, radians.
        sum: Its sum ``1ᵀa₀``.
        signal: Its signal ``a₀ᵀb``.
        trial: The random start with this number, of ``seed``, that of :func:`trace`.
        seed: Seed of random starts.
        algorithms: Algorithms of the view that compares them.
        view: Which view is shown.
        height: How high a notebook shows the page, in pixels.

    Raises:
        SpuriousError: There is no such cell, start or algorithm.

    Examples:
        >>> import spurious
        >>> explorer = spurious.explore(patches=36, trial=1)
        >>> explorer.state[:34]
        'patch-dim=5&patches=36&sum-ratio=4'
        >>> explorer.page[:15]
        '<!doctype html>'
    """
    numbers: dict[str, Any] = {
        "sum_ratio": sum_ratio,
        "scale_ratio": scale_ratio,
        "negative_slope": negative_slope,
        "step_size": None if step_size == "flow" else step_size,
        "angle": angle,
        "sum": sum,
        "signal": signal,
    }
    page, state = _spurious.explore(
        patch_dim=patch_dim,
        patches=patches,
        **{name: None if value is None else number(value, name) for name, value in numbers.items()},
        flow=step_size == "flow",
        trial=None if trial is None else count(trial, "trial"),
        seed=count(seed, "seed"),
        algorithms=list(algorithms),
        view=word(view, "view", (None, *_VIEWS)),
    )
    return Explorer(page=page, state=state, height=count(height, "height", 1))
