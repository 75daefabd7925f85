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


def test_where_nobody_votes_nothing_is_known():
    vote = SoftVote().fit(np.array([[0.9, 0.8], [0.1, 0.2]] * 4), np.array([1, 0] * 4))
    assert vote.predict_proba(np.full((1, 2), np.nan)).tolist() == [[0.5, 0.5]]


def test_the_members_order_is_the_thresholds_order(votes):
    columns, truth = votes
    one, other = (SoftVote().fit(c, truth) for c in (columns[:, :2], columns[:, 1::-1]))
    p, q = one.predict_proba(columns[:, :2])[:, 1], other.predict_proba(columns[:, 1::-1])[:, 1]
    youden = [((p > 0.5)[truth == 1].mean() - (p > 0.5)[truth == 0].mean()) for p in (p, q)]
    assert youden[0] == pytest.approx(youden[1])


def test_one_class_alone_is_fitted_without_a_fault():
    for label in (0, 1):
        vote = SoftVote().fit(np.linspace(0, 1, 8)[:, None], np.full(8, label))
        assert vote.predict_proba(np.array([[0.5]])).sum() == pytest.approx(1)


def test_probabilities_stay_between_0_and_1(votes):
    columns, truth = votes
    found = SoftVote().fit(columns[:, :2], truth).predict_proba(np.array([[0.0, 0.0], [1.0, 1.0], [0.0, np.nan]]))
    assert (found >= 0).all()
    assert (found <= 1).all()
    np.testing.assert_allclose(found.sum(axis=1), 1)
