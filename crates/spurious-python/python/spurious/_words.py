"""The words of the program as those of Python."""

from __future__ import annotations

import re

_FLAG = re.compile(r"--(?P<name>[a-z]+(?:-[a-z]+)*)(?P<value> (?:[0-9][\w.]*|logistic|squares|auto|drop|mean))?")


def in_python(text: str) -> str:
    """A text of the program with its flags as keywords: ``--folds 5`` becomes ``folds=5``."""
    return _FLAG.sub(_keyword, text)


def _keyword(match: re.Match[str]) -> str:
    name, value = match["name"], (match["value"] or "").strip()
    if name.startswith("no-") and not value:
        return f"{name[3:].replace('-', '_')}=False"
    name = name.replace("-", "_")
    if not value:
        return name
    return f"{name}={value}" if value[0].isdigit() else f'{name}="{value}"'
