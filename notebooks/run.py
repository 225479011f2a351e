"""Runs notebooks, each in a fresh kernel, and writes their results into them.

    python notebooks/run.py 1-paper 2-spectra       # or all that need no PyTorch, if none is named

A cell with the tag ``varies`` prints times, or numbers that other packages or the last bits of the data decide: the tests run it, but do not
compare what it prints. The picture of the cell with the tag ``readme`` is the one in the README.
"""

# nbformat has few types.
# mypy: disable-error-code="no-untyped-call"
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parent
PYTORCH = FOLDER / "5-pytorch.ipynb"
"""It needs PyTorch, which is too large for every test of the package."""
NOTEBOOKS = sorted(set(FOLDER.glob("*.ipynb")) - {PYTORCH})
PICTURE = FOLDER.parent / "docs" / "python.png"
"""The picture of the README."""


def stored(path: Path) -> Any:
    """The notebook as it is in its file."""
    return nbformat.read(path, as_version=4)


def executed(path: Path) -> Any:
    """The notebook with what a fresh kernel answers.

    Raises:
        CellExecutionError: A cell fails.
    """
    notebook = stored(path)
    place = {"metadata": {"path": str(FOLDER)}}
    NotebookClient(notebook, timeout=1800, kernel_name="python3", record_timing=False, resources=place).execute()
    # The version of Python would be all that changes in most runs.
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def code(notebook: Any, tag: str | None = None) -> list[Any]:
    """The cells of code, or those with a tag."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [cell for cell in cells if tag is None or tag in cell.metadata.get("tags", [])]


def text(cell: Any) -> str:
    """What a cell printed, without its pictures."""
    return "".join(
        output.text if output.output_type == "stream" else output.get("data", {}).get("text/plain", "")
        for output in cell.outputs
        if "image/png" not in output.get("data", {})
    )


def picture(notebook: Any) -> bytes | None:
    """The picture for the README, of a notebook that has it."""
    for cell in code(notebook, "readme"):
        return base64.b64decode(cell.outputs[0].data["image/png"])
    return None


def main() -> None:
    paths = [FOLDER / Path(name).with_suffix(".ipynb").name for name in sys.argv[1:]]
    for path in paths or NOTEBOOKS:
        notebook = executed(path)
        nbformat.write(notebook, path)
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")
        image = picture(notebook)
        if image is not None:
            PICTURE.write_bytes(image)
            print(f"{PICTURE.name}: {len(image) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
