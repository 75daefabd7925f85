"""Classical models: scaling and imputing are fitted inside, probabilities sum to 1, the minority is not forgotten."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from osteon.models import classical

KINDS = ("forest", "extra_trees", "boosting", "svm", "logistic", "neighbours")


@pytest.fixture
def rows():
    rng = np.random.default_rng(3)
    truth = (rng.random(120) < 0.2).astype(int)
    columns = rng.normal(0, 1, (120, 4)) * (1, 1000, 1e-3, 50)
    columns[:, 1] += 2500 * truth
    columns[5, 2] = np.nan
    return columns, truth


@pytest.mark.parametrize("kind", KINDS)
def test_finds_the_minority_in_columns_of_any_scale(kind, rows):
    columns, truth = rows
    model = getattr(classical, kind)().fit(columns[:80], truth[:80])
    found = model.predict_proba(columns[80:])
    assert np.allclose(found.sum(axis=1), 1)
    assert roc_auc_score(truth[80:], found[:, 1]) > 0.85


@pytest.mark.parametrize("kind", ["svm", "logistic", "neighbours"])
def test_scales_lie_inside_the_model(kind, rows):
    """Units do not matter to it, and they are learnt from the rows it is fitted on alone."""
    columns, truth = rows
    one = getattr(classical, kind)().fit(columns[:80], truth[:80]).predict_proba(columns[80:])
    other = getattr(classical, kind)().fit(columns[:80] * 1000, truth[:80]).predict_proba(columns[80:] * 1000)
    assert np.allclose(one, other, atol=1e-3)


@pytest.mark.parametrize("kind", ["forest", "extra_trees", "boosting"])
def test_the_seed_is_left_to_the_engine(kind):
    states = [v for n, v in getattr(classical, kind)().get_params().items() if n.endswith("random_state")]
    assert states == [None]


@pytest.mark.filterwarnings("ignore:k=40 is greater")  # scikit-learn says what is wanted here
@pytest.mark.parametrize("keep", [1, 2, 4, 40])
def test_the_telling_column_is_kept_and_fewer_than_asked_are_all_kept(keep, rows):
    columns, truth = rows
    model = classical.selected(classical.logistic(), keep=keep).fit(columns[:80], truth[:80])
    assert roc_auc_score(truth[80:], model.predict_proba(columns[80:])[:, 1]) > 0.85


def test_columns_are_chosen_on_what_is_fitted_alone(rows):
    columns, truth = rows
    leak = np.c_[columns, np.r_[np.zeros(80), truth[80:]]]
    model = classical.selected(classical.logistic(), keep=2).fit(leak[:80], truth[:80])
    assert model[1].get_support().tolist() == [True] * 4 + [False], "it never changed where it was fitted"


@pytest.mark.parametrize("kind", KINDS)
def test_a_patient_of_whom_nothing_is_known_is_answered_with_numbers(kind, rows):
    columns, truth = rows
    found = getattr(classical, kind)().fit(columns[:80], truth[:80]).predict_proba(np.full((1, 4), np.nan))
    assert np.isfinite(found).all()
    assert found.sum() == pytest.approx(1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_that_nobody_has_says_nothing_and_stops_nothing(kind, rows):
    columns, truth = rows
    empty = np.c_[columns, np.full(120, np.nan)]
    one = getattr(classical, kind)()
    one.set_params(**{name: 0 for name in one.get_params() if name.endswith("random_state")})
    found = one.fit(empty[:80], truth[:80]).predict_proba(empty[80:])
    assert roc_auc_score(truth[80:], found[:, 1]) > 0.8
