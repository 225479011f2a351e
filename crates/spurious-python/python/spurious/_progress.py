"""Progress bars."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator

    from tqdm import tqdm


class Bar:
    """A bar of tqdm for the stage at work; the extension module calls it some twenty times a second."""

    def __init__(self) -> None:
        try:
            from tqdm.auto import tqdm
        except ImportError as error:
            raise ImportError("progress=True needs tqdm: pip install tqdm") from error
        self._tqdm = tqdm
        self._bar: tqdm[Any] | None = None

    def begin(self, stage: str, total: int | None) -> None:
        """A stage begins."""
        self.close()
        self._bar = self._tqdm(total=total, desc=stage, unit_scale=True)

    def advance(self, units: int) -> None:
        """So many further units of it are done."""
        if self._bar is not None:
            self._bar.update(units)

    def close(self) -> None:
        """The last stage has ended."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


@contextmanager
def shown(progress: bool) -> Generator[Bar | None]:
    """A bar, if one is wanted."""
    bar = Bar() if progress else None
    try:
        yield bar
    finally:
        if bar is not None:
            bar.close()
