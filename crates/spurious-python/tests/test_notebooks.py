"""The notebooks run from a fresh kernel, and print what is in their files. What their text claims they assert themselves."""

import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "notebooks"))
import run


@pytest.mark.parametrize("path", [*run.NOTEBOOKS, pytest.param(run.PYTORCH, marks=pytest.mark.pytorch)], ids=lambda path: path.stem)
def test_a_notebook_runs_and_prints_what_it_printed(path: Path) -> None:
    notebook, before = run.executed(path), run.stored(path)
    for now, then in zip(run.code(notebook), run.code(before), strict=True):
        if "varies" in now.metadata.get("tags", []):
            assert bool(run.text(now)) == bool(run.text(then)), now.source
        else:
            assert run.text(now) == run.text(then), now.source


@pytest.mark.parametrize("path", [*run.NOTEBOOKS, run.PYTORCH], ids=lambda path: path.stem)
def test_a_notebook_was_stored_complete_and_small(path: Path) -> None:
    assert path.stat().st_size < 300_000
    cells = run.code(run.stored(path))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    # An error, or a warning on the standard error.
    assert all(output.output_type != "error" and output.get("name") != "stderr" for output in outputs)
    assert any(line.startswith("assert ") for cell in cells for line in cell.source.splitlines())


def test_the_picture_of_the_readme_is_that_of_a_notebook() -> None:
    pictures = [picture for path in run.NOTEBOOKS if (picture := run.picture(run.stored(path)))]
    assert pictures == [run.PICTURE.read_bytes()]


def test_links_between_notebooks_lead_somewhere() -> None:
    import re

    for path in [*run.NOTEBOOKS, run.PYTORCH]:
        for cell in run.stored(path).cells:
            for target in re.findall(r"\]\(([^)]+)\)", cell.source) if cell.cell_type == "markdown" else []:
                assert target.startswith("https://") or (path.parent / target).exists(), target
