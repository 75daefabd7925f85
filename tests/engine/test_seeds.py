"""Chance depends on the place alone, and the machine is left as it was."""

import itertools
import os

import numpy as np
import pytest
import torch

from osteon.engine import seeds

# Zeros at the end change nothing, so a place is told apart by a word or a number behind them, as the engine does it.
PLACES = [
    (),
    ("lesion",),
    ("lesion", 1),
    ("lesion", 2),
    ("lesion", 0, 1),
    ("lesion", 0, "augment"),
    ("lesions",),
    ("0",),
]


def test_one_place_one_draw() -> None:
    for seed, place in itertools.product((0, 1, 2**40), PLACES):
        draws = [seeds.rng(seed, *place).random(4).tolist() for _ in range(2)]
        assert draws[0] == draws[1]
        assert seeds.torch_seed(seed, *place) == seeds.torch_seed(seed, *place) < 2**63


def test_another_place_another_draw() -> None:
    # An epoch, a part and a seed apart: no two generators begin alike.
    found = {
        tuple(seeds.rng(seed, *place).integers(2**40, size=2)) for seed, place in itertools.product((0, 1), PLACES)
    }
    assert len(found) == 2 * len(PLACES)


def test_neighbouring_places_are_unrelated() -> None:
    draws = np.array([seeds.rng(0, "part", epoch).normal(size=50) for epoch in range(40)])
    between = np.corrcoef(draws)[np.triu_indices(40, 1)]
    assert np.abs(between).max() < 0.65
    assert abs(between.mean()) < 0.03


@pytest.mark.parametrize("fails", [False, True])
def test_settings_of_torch_are_put_back(*, fails: bool) -> None:
    torch.manual_seed(5)
    before = (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.benchmark)
    state = torch.random.get_rng_state()
    try:
        with seeds.deterministic(threads=1):
            assert torch.get_num_threads() == 1
            assert torch.are_deterministic_algorithms_enabled()
            torch.rand(10)
            if fails:
                raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    after = (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.benchmark)
    assert before == after
    assert torch.equal(state, torch.random.get_rng_state())
    assert "CUBLAS_WORKSPACE_CONFIG" in os.environ
