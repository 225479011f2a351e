"""The page in a notebook: its frame, its state, and that it asks nobody for anything."""

import html
import re
from pathlib import Path

import pytest
import spurious


def test_a_notebook_gets_the_page_in_a_frame() -> None:
    explorer = spurious.explore(patches=36, height=500)
    shown = explorer._repr_html_()
    assert 'height="500"' in shown
    quoted = re.search(r'srcdoc="([^"]*)"', shown)
    assert quoted is not None and html.unescape(quoted[1]) == explorer.page
    assert "kB" in repr(explorer)


def test_the_state_is_in_the_page() -> None:
    assert spurious.explore().state == ""
    explorer = spurious.explore(patches=36, step_size="flow", algorithms=["gd", "adam"], view="algorithms")
    start, *rest = explorer.state.split("&")
    assert start == "patch-dim=5"
    assert rest == [
        "patches=36",
        "sum-ratio=4",
        "scale-ratio=1",
        "negative-slope=0",
        "step-size=flow",
        "algorithm=gd,adam",
        "view=algorithms",
    ]
    assert f'data-state="{html.escape(explorer.state)}"' in explorer.page


def test_a_trial_is_that_of_trace() -> None:
    run = spurious.trace(patch_dim=5, patches=25, sum_ratio=4, step_size=0.1, trial=1, max_steps=1)
    state = dict(field.split("=") for field in spurious.explore(trial=1).state.split("&"))
    assert float(state["angle"]) == run.start.angle
    assert float(state["sum"]) == run.start.sum
    assert float(state["signal"]) == run.start.signal


def test_the_page_asks_nobody_for_anything() -> None:
    page = spurious.explore().page
    assert "default-src 'none'" in page
    assert not re.search(r"""(src|href)=["'](?!#)""", page.split('id="module"')[0])


def test_the_page_is_saved_once(tmp_path: Path) -> None:
    explorer = spurious.explore()
    explorer.save(tmp_path / "explorer.html")
    assert (tmp_path / "explorer.html").read_text(encoding="utf-8") == explorer.page
    with pytest.raises(FileExistsError):
        explorer.save(tmp_path / "explorer.html")


def test_what_is_wrong_is_said() -> None:
    with pytest.raises(spurious.SpuriousError, match="sum ratio 30 is larger than the number of patches 25"):
        spurious.explore(sum_ratio=30)
    with pytest.raises(spurious.SpuriousError, match="view 'map' is unknown"):
        spurious.explore(view="map")  # type: ignore[arg-type]
    with pytest.raises(spurious.SpuriousError, match="newton"):
        spurious.explore(algorithms=["newton"])
