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
