"""Options as the library reads them, with a sentence for what is none. Their ranges are the library's to check."""

from __future__ import annotations

import operator
from typing import Any

from ._spurious import SpuriousError

_MOST = 2**64 - 1


def count(value: Any, name: str, least: int = 0) -> int:
    """A whole number from ``least`` on; ``1e6`` is one, too."""
    try:
        found = int(value) if _is_whole(value) else operator.index(value)
    except TypeError:
        raise SpuriousError(f"{name} {value!r} is not a whole number") from None
    if isinstance(value, bool) or not least <= found <= _MOST:
        raise SpuriousError(f"{name} {value!r} is not a whole number from {least} on")
    return found


def _is_whole(value: Any) -> bool:
    return isinstance(value, float) and value.is_integer()


def number(value: Any, name: str) -> float:
    """A finite number."""
    try:
        found = float(value) if not isinstance(value, str) else float("nan")
    except (TypeError, ValueError):
        raise SpuriousError(f"{name} {value!r} is not a number") from None
    if found - found != 0:
        raise SpuriousError(f"{name} is {found}, not a finite number")
    return found


def flag(value: Any, name: str) -> bool:
    """Yes or no."""
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
        return bool(value)
    raise SpuriousError(f"{name} {value!r} is neither True nor False")


def word(value: Any, name: str, known: tuple[str | None, ...]) -> Any:
    """One of some words."""
    if value not in known:
        raise SpuriousError(f"{name} {value!r} is unknown: use one of {', '.join(map(str, known))}")
    return value


def count_or_word(value: Any, name: str, words: tuple[str, ...], least: int = 0) -> Any:
    """A whole number, or one of some words."""
    if isinstance(value, str):
        if value not in words:
            raise SpuriousError(f"{name} {value!r} is unknown: use a number or {' or '.join(words)}")
        return value
    return count(value, name, least)


def pair(value: Any, name: str) -> list[int]:
    """Height and width."""
    try:
        first, second = value
    except (TypeError, ValueError):
        raise SpuriousError(f"{name} {value!r} is not a height and a width, such as (8, 8)") from None
    return [count(first, name), count(second, name)]
