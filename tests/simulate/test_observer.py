from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from osteon.errors import RequestError
from osteon.simulate import observer
from osteon.simulate.observer import Answers, Link
from osteon.simulate.person import anatomy_sites
from osteon.simulate.tumour import entity_odds
from osteon.simulate.tumour.entity import FEATURES

ODDS = entity_odds.odds({"benign": 0.5, "malignant": 0.5}, sites=anatomy_sites.within("knee"), overlap=0.6)


@pytest.mark.parametrize(("share", "noise"), [(0.5, 0.5), (0.2, 1.0), (0.8, 0.1)])
def test_a_links_expectation_is_what_many_draws_score(share, noise):
    link = Link(task="t", share=share, noise=noise)
    rng = np.random.default_rng(0)
    scores, labels = zip(*(link.draw(rng) for _ in range(20000)), strict=True)
    truth = np.array(labels) == "yes"
    hoped = link.expected()
    assert truth.mean() == pytest.approx(share, abs=0.015)
    assert roc_auc_score(truth, scores) == pytest.approx(hoped["auc"], abs=0.01)
    said = link.probability(np.array(scores))
    assert ((said > 0.5) == truth).mean() == pytest.approx(hoped["accuracy"], abs=0.01)
    near = np.abs(said - 0.3) < 0.15
    assert truth[near].mean() == pytest.approx(said[near].mean(), abs=0.06)


def test_a_link_without_noise_is_certain_and_with_much_is_chance():
    assert Link(task="t", noise=0.0).expected()["auc"] == pytest.approx(1.0)
    assert Link(task="t", noise=100.0).expected()["auc"] == pytest.approx(0.5, abs=0.01)
    rng = np.random.default_rng(1)
    assert {Link(task="t", noise=0.0).draw_of("yes", rng) > 0 for _ in range(20)} == {True}


@pytest.mark.parametrize(("share", "noise"), [(0.0, 0.5), (1.0, 0.5), (0.5, -0.1), (float("nan"), 0.5)])
def test_impossible_links_are_refused(share, noise):
    with pytest.raises(RequestError, match="A link needs"):
        Link(task="t", share=share, noise=noise)


def test_the_sample_is_bayes_rule_and_is_calibrated():
    to_class = ODDS.group_of(["benign", "malignant"])
    answers = observer.sample(ODDS, to_class, seen=FEATURES, rng=np.random.default_rng(2))
    said = answers.odds[:, 1]
    for low in (0.1, 0.4, 0.8):
        there = (said > low) & (said < low + 0.1)
        assert (answers.truth[there] == 1).mean() == pytest.approx(said[there].mean(), abs=0.05)
    assert answers.odds.sum(axis=1) == pytest.approx(np.ones(len(said)))


def _table(n: int, *, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return drawn words as 0 and 1, the truth, and the ideal observer's answer."""
    rng = np.random.default_rng(seed)
    malignant = ODDS.group_of(["malignant"])[:, 0]
    drawn = [ODDS.draw(rng) for _ in range(n)]
    columns = [(f, w) for f in FEATURES for w in ODDS.words[f]]
    table = np.array([[float(d.words[f] == w) for f, w in columns] for d in drawn])
    truth = np.array([malignant[ODDS.entities.index(d.entity)] for d in drawn], int)
    return table, truth, np.array([ODDS.posterior(d.words) @ malignant for d in drawn])


def test_the_truth_reaches_the_ceiling_and_shuffled_labels_stay_at_chance():
    """The fool's check: a cheap classifier given what was drawn comes near the ideal observer and not above it."""
    train, labels, _ = _table(2500, seed=3)
    test, truth, ideal = _table(2500, seed=4)
    model = LogisticRegression(C=0.3, max_iter=500).fit(train, labels)
    reached, ceiling = roc_auc_score(truth, model.predict_proba(test)[:, 1]), roc_auc_score(truth, ideal)
    assert ceiling - 0.03 < reached < ceiling + 0.01
    fooled = LogisticRegression(C=0.3, max_iter=500).fit(train, np.random.default_rng(5).permutation(labels))
    assert roc_auc_score(truth, fooled.predict_proba(test)[:, 1]) == pytest.approx(0.5, abs=0.07)


def test_ceilings_carry_an_interval_and_say_what_was_seen():
    odds = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]] * 10)
    found = Answers(odds=odds, truth=np.array([0, 1, 1, 1] * 10))
    accuracy, benign, malignant = observer.of_classes(
        found, found, task="lesion", classes=("benign", "malignant"), sees="a film"
    )
    assert (accuracy.metric, accuracy.value, accuracy.n) == ("accuracy", 0.75, 40)
    assert accuracy.low < 0.75 < accuracy.high
    assert (benign.positive, malignant.positive, malignant.sees) == ("benign", "malignant", "a film")
    assert malignant.value == pytest.approx(1.0)
    one = Answers(odds=odds, truth=np.zeros(40, int))
    alone = observer.of_classes(one, found, task="t", classes=("a", "b"))
    assert np.isnan(alone[1].value)
    assert alone[1].expected == pytest.approx(1.0)


def test_log_odds_become_answers():
    answers = observer.of_log_odds([-2.0, 0.0, 900.0], [False, False, True])
    assert answers.odds[:, 1] == pytest.approx([0.1192, 0.5, 1.0], abs=1e-4)
    assert answers.truth.tolist() == [0, 0, 1]


def test_the_one_who_knows_the_hazards_is_as_concordant_as_can_be(rng):
    risk = rng.normal(size=400)
    days = rng.exponential(1000.0 * np.exp(-risk))
    seen = observer.of_risk(risk, days, days < 900.0, task="death", expected=0.8)
    blind = observer.of_risk(rng.permutation(risk), days, days < 900.0, task="death", expected=0.8)
    assert seen.low < seen.value < seen.high
    assert seen.value > 0.7 > 0.57 > blind.value > 0.43
    assert (seen.metric, seen.n, seen.positive) == ("concordance", 400, "")


def test_a_concordance_without_events_is_undefined():
    alone = observer.of_risk(np.array([1.0, 2.0]), np.array([9.0, 9.0]), np.array([0, 0]), task="t", expected=0.7)
    assert np.isnan(alone.value)
