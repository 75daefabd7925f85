"""What a reach keeps on the disk, and the brackets it gives."""

import json

import numpy as np
import pytest

from osteon import weights
from osteon.engine.ood import reach
from osteon.engine.ood.reach import Bin, Reach
from osteon.errors import WeightsError
from osteon.models import mahalanobis


def test_a_reach_comes_back_from_its_files(tmp_path, rng):
    stats = mahalanobis.fit(rng.normal(size=(50, 6)), np.zeros(50))
    bins = {"film": {"benign": (Bin(probability=0.2, low=0.1, high=0.3, n=40),)}}
    signs = {"slope": (-4.0, -2.0)}
    before = Reach(stats=stats, joint=1.1, signs=signs, foreign_parts=("CHEST",), reliability=bins, measured=("Yes.",))
    reach.store(before, tmp_path)
    after = reach.load(tmp_path)
    assert (after.joint, after.signs, after.foreign_parts) == (1.1, signs, ("CHEST",))
    assert after.reliability == bins
    point = rng.normal(size=6)
    assert mahalanobis.score(after.stats, point) == pytest.approx(mahalanobis.score(stats, point))


def test_no_files_is_an_open_reach_and_damaged_ones_an_error(tmp_path):
    assert reach.load(tmp_path).stats == {}
    assert not reach.load(tmp_path).known
    assert Reach(own={"mean": np.zeros(3)}).known
    (tmp_path / reach.JSON).write_text(json.dumps({"joint": "wide"}))
    with pytest.raises(WeightsError, match="calibrat"):
        reach.load(tmp_path)


def test_the_bracket_holds_the_probability_and_lies_between_bins():
    bins = tuple(Bin(probability=p, low=p - 0.1, high=p + 0.1, n=50) for p in (0.2, 0.6))
    here = Reach(reliability={"film": {"benign": bins}})
    (low, high) = reach.bracket(here, "film", probabilities={"benign": 0.4, "other": 0.6})["benign"]
    assert (low, high) == pytest.approx((0.3, 0.5))
    low, high = reach.bracket(here, "film", probabilities={"benign": 0.95})["benign"]
    assert low <= 0.95 <= high


def test_weights_that_are_lent_know_their_lenders_films_and_nothing_of_its_network():
    lent, own = (reach.load(weights.folder(f"xray-knee-segunet-do2021.{tag}")) for tag in ("brisk", "lite0"))
    np.testing.assert_array_equal(lent.stats["limit"], own.stats["limit"])
    assert (lent.joint, lent.signs, lent.strangers) == (own.joint, own.signs, own.strangers)
    assert lent.known
    assert own.reliability
    assert (lent.own, lent.reliability) == ({}, {})
