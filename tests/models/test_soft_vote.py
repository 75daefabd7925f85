"""The voting transform of sheet 9 and the search for its thresholds."""

import numpy as np
import pytest

from osteon.io import weights
from osteon.models.soft_vote import LEAST_SENSITIVITY, THRESHOLDS, SoftVote, moved


@pytest.fixture(scope="module")
def votes():
    rng = np.random.default_rng(0)
    truth = np.arange(60) % 2
    return np.clip(0.5 * truth[:, None] + rng.uniform(0, 0.5, (60, 3)), 0, 1), truth


def test_the_transform_is_the_identity_at_one_and_one_at_zero():
    p = np.linspace(0, 1, 11)
    assert np.array_equal(moved(p, 1.0), p)
    assert np.array_equal(moved(p, 0.0), np.ones(11))
    assert (moved(p, 0.8) >= p).all()


def test_thresholds_are_those_of_the_code():
    assert (THRESHOLDS[0], THRESHOLDS[-1], len(THRESHOLDS)) == (0.65, 0.90, 26)


def test_the_search_finds_the_best_youden_among_the_sensitive(votes):
    columns, truth = votes
    vote = SoftVote().fit(columns[:, :2], truth)
    reached = []
    for one in THRESHOLDS:
        for two in THRESHOLDS:
            said = moved(columns[:, :2], np.array([one, two])).mean(axis=1) > 0.5
            sensitivity, specificity = said[truth == 1].mean(), (~said[truth == 0]).mean()
            if sensitivity > LEAST_SENSITIVITY:
                reached.append(sensitivity + specificity)
    said = vote.predict(columns[:, :2])
    mine = said[truth == 1].mean() + (1 - said[truth == 0]).mean()
    assert mine == pytest.approx(max(reached))


def test_a_silent_member_does_not_vote(votes):
    columns, truth = votes
    vote = SoftVote().fit(columns[:, :2], truth)
    alone = columns[:, :2].copy()
    alone[:, 1] = np.nan
    wanted = moved(columns[:, 0], vote.thresholds_[0])
    assert np.allclose(vote.predict_proba(alone)[:, 1], wanted)
    assert np.allclose(vote.predict_proba(columns[:, :2]).sum(axis=1), 1)


def test_saved_and_loaded_without_unpickling(votes, tmp_path):
    columns, truth = votes
    vote = SoftVote().fit(columns[:, :2], truth)
    weights.save_estimator(tmp_path / "vote.skops", vote)
    again = weights.load_estimator(tmp_path / "vote.skops")
    assert np.array_equal(again.predict_proba(columns[:, :2]), vote.predict_proba(columns[:, :2]))
