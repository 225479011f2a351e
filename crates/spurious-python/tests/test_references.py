"""The reference values at many digits that the library is held to."""

import math

import numpy as np
import pytest
from conftest import reference

import spurious


def cells(with_step: bool) -> list[dict[str, float]]:
    return [case for case in reference("probability") if ("step_size" in case) == with_step]


@pytest.mark.parametrize("with_step", [False, True])
def test_probabilities_in_one_call(with_step: bool) -> None:
    cases = cells(with_step)
    names = ["patch_dim", "patches", "sum_ratio", "scale_ratio"] + ["step_size"] * with_step
    found = spurious.probability(**{name: np.array([case[name] for case in cases]) for name in names})
    for case, value, bound in zip(cases, found.probability, found.error_bound, strict=True):
        assert abs(value - case["probability"]) <= bound + 0.6 * 10.0 ** -case["digits"], case


def test_a_cell_of_a_map_is_the_cell_alone() -> None:
    case = cells(False)[0]
    alone = spurious.probability(patch_dim=5, patches=25, sum_ratio=4)
    assert abs(alone.probability - case["probability"]) < 1e-12
    both = spurious.probability(patch_dim=5, patches=[25, 36], sum_ratio=4)
    assert both.probability[0] == alone.probability


def test_criticality() -> None:
    for case in reference("criticality"):
        found = spurious.landscape(patches=case["patches"], sum_ratio=case["sum_ratio"])
        assert math.isclose(1 - found.criticality, case["gap"], rel_tol=1e-12, abs_tol=4e-16), case


def test_limit_of_many_patches() -> None:
    for case in reference("limit"):
        # So many patches that a cell has this criticality to the last digit.
        patches = 10**9
        sum_ratio = case["criticality"] * (patches + math.pi - 1) / math.pi
        found = spurious.probability(patch_dim=5, patches=patches, sum_ratio=sum_ratio, scale_ratio=case["scale_ratio"])
        assert abs(found.limit_probability - case["probability_5"]) < 1e-10, case


def test_the_command_prints_the_same_numbers() -> None:
    import json
    import subprocess
    import sys

    command = [sys.executable, "-m", "spurious", "landscape", "--patches", "25", "--sum-ratio", "4", "--json"]
    printed = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["results"][0]
    ours = spurious.landscape(patches=25, sum_ratio=4).to_dict()
    assert ours.pop("patch_dim") == 5
    assert ours == printed
