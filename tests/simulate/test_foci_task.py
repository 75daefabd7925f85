from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from osteon.simulate import foci_task
from osteon.simulate.foci_task import ABSENT, PRESENT, RATIOS, FociTask
from osteon.simulate.recipe import Order

ORDER = Order(recipe="bone-scans", patients=60, seed=2)
TASK = FociTask()


@pytest.fixture(scope="module")
def cases():
    return [TASK.draw(ORDER, i) for i in range(60)]


def test_labels_follow_from_the_foci_and_the_joints(cases):
    for case in cases:
        sick = case.labels["metastasis"] == PRESENT
        assert (case.labels["scan"] == "malignant") is sick
        assert {str(x.group) for x in case.patient.lesions} <= ({"malignant"} if sick else {"benign"})
        if not sick:
            worn = case.patient.degeneration > foci_task.WORN
            assert case.labels["scan"] == ("degenerative" if worn else "normal")
        assert not sick or case.patient.lesions


def test_shares_and_primaries_are_as_stated(cases):
    assert Counter(c.labels["metastasis"] for c in cases)[PRESENT] == pytest.approx(21, abs=2)
    assert {c.patient.sex for c in cases if c.patient.primary == "prostate"} == {"male"}
    assert {c.clinical["primary"] for c in cases} <= {"prostate", "breast", "lung"}


def test_foci_are_numbered_and_as_hot_as_drawn(cases):
    for case in cases:
        assert [x.number for x in case.patient.lesions] == list(range(1, len(case.patient.lesions) + 1))
        assert all(RATIOS["faint"][0] <= x.uptake_ratio <= RATIOS["hot"][1] for x in case.patient.lesions)


def test_the_posterior_is_bayes_rule_by_counting():
    """Among patients with one plain focus in a rib, the share with metastases is what the observer says."""
    rng = np.random.default_rng(1)
    words = [PRESENT if rng.random() < TASK.share else ABSENT for _ in range(30000)]
    alike = [w for w in words if TASK._foci(w, rng) == [("rib", "plain")]]
    said = 1.0 / (1.0 + np.exp(-TASK._log_odds([("rib", "plain")])))
    assert len(alike) > 300
    assert np.mean([w == PRESENT for w in alike]) == pytest.approx(said, abs=0.06)


def test_no_place_and_no_number_proves_anything_but_none():
    assert TASK._log_odds([]) < -10
    for word in (ABSENT, PRESENT):
        places = TASK._places(word)
        assert sum(places.values()) == pytest.approx(1.0)
        assert min(places.values()) > 0


def test_the_ceiling_is_below_one_and_above_chance(cases):
    ceilings = {(c.metric, c.positive): c for c in TASK.ceilings(cases, ORDER)}
    assert 0.9 < ceilings["auc", PRESENT].expected < 0.999
    assert ceilings["accuracy", ""].n == 60


def test_another_mix_moves_the_share_and_the_odds_and_nothing_else():
    even = TASK.like({ABSENT: 105.0, PRESENT: 100.0})
    assert even.mix == pytest.approx({ABSENT: 105 / 205, PRESENT: 100 / 205})
    assert TASK.like(TASK.mix) == TASK
    sick = sum(even.draw(ORDER, i).labels["metastasis"] == PRESENT for i in range(205))
    assert sick == pytest.approx(100, abs=3)
    foci = [("rib", "plain"), ("sternum", "hot")]
    by_mix = np.log(100 / 105) - np.log(0.35 / 0.65)
    assert even._log_odds(foci) - TASK._log_odds(foci) == pytest.approx(by_mix)
