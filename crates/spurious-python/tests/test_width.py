"""Students of several filters."""

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import spurious

CELL = {"patch_dim": 5, "patches": 25, "sum_ratio": 1}


def test_more_filters_recover_more_often() -> None:
    found = spurious.width(**CELL, filters=[1, 2, 4], step_size=0.1, runs=400)
    assert found.filters.tolist() == [1, 2, 4]
    assert (np.diff(found.probability) > 0).all()
    assert (found.lower < found.probability).all() and (found.probability < found.upper).all()
    assert found.undecided.sum() == 0
    np.testing.assert_allclose(found.law_probability, 1 - (1 - found.single_probability) ** found.filters)
    assert found.traps == ((), (), ())


def test_traps_are_those_of_the_program() -> None:
    found = spurious.width(**CELL, filters=2, step_size=0.1, runs=200, output_weights="whole", traps=True)
    line = "width --patch-dim 5 --patches 25 --sum-ratio 1 --filters 2 --step-size 0.1 --runs 200 --output-weights whole"
    command = [sys.executable, "-m", "spurious", *line.split(), "--traps", "--json"]
    printed = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["results"][0]
    assert printed["global"] == found.global_[0]
    assert printed["traps"] == [trap.to_dict() for trap in found.traps[0]]
    (trap,) = found.traps[0]
    assert trap.index == 0 and trap.runs == found.spurious[0]
    assert np.degrees(trap.angles) == pytest.approx([130.81, 130.81], abs=0.01)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"filters": 17}, "number of filters 17 is not a whole number from 1 to 16"),
        ({"filters": 2, "step_size": 0.3}, "makes the output weights diverge with 2 filters and 25 patches"),
        ({"filters": 2, "output_weights": "half"}, 'output_weights is "half": use "divided" or "whole"'),
        ({"filters": 2, "runs": 0}, "runs 0 is not a whole number from 1 on"),
    ],
)
def test_mistakes_are_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(spurious.SpuriousError, match=message):
        spurious.width(**{**CELL, "step_size": 0.1, "runs": 10, **options})


def test_a_traced_run_is_the_trial_of_its_number() -> None:
    cell: dict[str, Any] = {"patch_dim": 5, "patches": 25, "sum_ratio": 4, "step_size": 0.1, "output_weights": "whole"}
    runs = [spurious.trace_width(**cell, filters=2, trial=trial, record_every=50) for trial in range(60)]
    counted = spurious.width(**cell, filters=[2], runs=60)
    assert sum(run.verdict == "global" for run in runs) == counted.global_[0]
    run = next(run for run in runs if run.verdict == "spurious")
    assert run.decided_by == "convergence" and run.sentence.startswith("the run is trapped: after ")
    assert run.trap is not None and abs(run.trap.loss - run.final.loss) < 1e-3
    assert len(run.final.angles) == 2 and run.final.step == run.steps
    assert run.trajectory.columns[3:] == ("angle_1", "angle_2", "sum_1", "sum_2", "signal_1", "signal_2")
    assert run.trajectory.loss[-1] == run.final.loss and run.trajectory["angle_1"][0] == run.start.angles[0]
    assert str(run).startswith("verdict: spurious — the run is trapped\n")
    with pytest.raises(spurious.SpuriousError, match="output_weights is"):
        spurious.trace_width(**{**cell, "output_weights": "half"}, filters=2)
    with pytest.raises(spurious.SpuriousError, match="filters"):
        spurious.trace_width(**cell, filters=17)
