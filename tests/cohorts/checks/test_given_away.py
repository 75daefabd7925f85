import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from osteon.cohorts.checks.given_away import auc, given_away

numbers = st.lists(st.integers(0, 5), min_size=1, max_size=30)


@given(numbers, numbers)
def test_the_area_is_scikit_learn_s(positive, negative):
    truth = [1] * len(positive) + [0] * len(negative)
    value, error = auc(np.array(positive, float), np.array(negative, float))
    assert value == pytest.approx(roc_auc_score(truth, positive + negative))
    assert error >= 0


def test_what_tells_is_told():
    rng = np.random.default_rng(0)
    words = ["ab"[n % 2] for n in range(100)]
    features = rng.normal(size=(100, 5))
    features[:, 2] += np.array([w == "b" for w in words]) * 3
    found = given_away(features, words=words, patients=[f"p{n}" for n in range(100)])
    assert found.value > 0.9
    assert found.low > 0.8


def test_chance_is_chance():
    """Labels that nothing tells are hardly ever told: the lower end is above one half in few of forty draws."""
    told = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        words = ["ab"[n % 2] for n in range(80)]
        found = given_away(rng.normal(size=(80, 30)), words=words, patients=[f"p{n}" for n in range(80)])
        told += found.low >= 0.55
    assert told <= 2


def test_what_only_tells_the_patient_is_not_told():
    """Each patient's rows share a pattern that says who, and a label that goes with who."""
    rng = np.random.default_rng(1)
    patients = [f"p{n // 10}" for n in range(600)]
    pattern = {p: rng.normal(size=20) for p in set(patients)}
    words = ["ab"[int(p[1:]) % 2] for p in patients]
    features = np.stack([pattern[p] for p in patients]) + rng.normal(size=(600, 20)) / 10
    assert given_away(features, words=words, patients=patients).low < 0.5


def test_too_few_patients_tell_nothing():
    features = np.arange(40.0)[:, None]
    words = ["a"] * 20 + ["b"] * 20
    assert given_away(features, words=words, patients=[f"p{n // 4}" for n in range(40)]) is None
