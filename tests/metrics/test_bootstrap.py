import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import roc_auc_score

from osteon.errors import RequestError
from osteon.metrics import bootstrap
from osteon.metrics.roc import auc_statistic


def _clustered(rng, rows=300, patients=90):
    owners = rng.integers(0, patients, rows)
    truth = (np.arange(patients) % 3 == 0)[owners].astype(int)
    return truth, rng.normal(size=rows) + truth + rng.normal(size=patients)[owners], owners


def test_interval_is_that_of_a_loop_over_resampled_patients(rng):
    """The reference draws patients, copies their rows and calls scikit-learn."""
    truth, scores, owners = _clustered(rng)
    ours = bootstrap.percentile(bootstrap.resample(auc_statistic(truth, scores), owners, rng=rng, resamples=4000))
    rows_of = [np.flatnonzero(owners == p) for p in np.unique(owners)]
    theirs = []
    for _ in range(1500):
        rows = np.concatenate([rows_of[p] for p in rng.integers(0, len(rows_of), len(rows_of))])
        theirs.append(roc_auc_score(truth[rows], scores[rows]))
    low, high = np.quantile(theirs, [0.025, 0.975])
    error = 5 * np.std(theirs) * np.sqrt(0.025 * 0.975 / 1500) / stats.norm.pdf(1.96)
    assert ours.low == pytest.approx(low, abs=error)
    assert ours.high == pytest.approx(high, abs=error)


def test_interval_is_scipys_when_each_patient_has_one_row(rng):
    values = rng.gamma(2.0, size=80)
    ours = bootstrap.percentile(bootstrap.resample(bootstrap.mean(values), np.arange(80), rng=rng, resamples=9999))
    theirs = stats.bootstrap((values,), np.mean, method="percentile", rng=rng).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.03 * values.std())


def test_copies_of_a_row_do_not_narrow_the_interval(rng):
    """Ten tiles of a patient are not ten patients: the interval stays, where a bootstrap of rows would shrink."""
    values = rng.normal(size=50)
    tiles, owners = np.repeat(values, 10), np.repeat(np.arange(50), 10)
    width = []
    for data, patients in ((values, np.arange(50)), (tiles, owners), (tiles, np.arange(500))):
        found = bootstrap.percentile(bootstrap.resample(bootstrap.mean(data), patients, rng=rng))
        width.append(found.high - found.low)
    assert width[1] == pytest.approx(width[0], rel=0.1)
    assert width[2] < 0.5 * width[0]


def test_the_interval_covers(rng):
    hits = 0
    for _ in range(300):
        effect = rng.normal(size=60)
        owners = np.repeat(np.arange(60), 3)
        draws = bootstrap.resample(
            bootstrap.mean(effect[owners] + rng.normal(size=180)), owners, rng=rng, resamples=500
        )
        found = bootstrap.percentile(draws)
        hits += found.low <= 0.0 <= found.high
    assert 0.90 <= hits / 300 <= 0.985


@given(st.integers(1, 40), st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_every_resample_draws_as_many_patients_as_there_are(rows, resamples, seed):
    rng = np.random.default_rng(seed)
    owners = rng.integers(0, 9, rows)
    _, first = np.unique(owners, return_index=True)
    totals = bootstrap.resample(lambda w: w[first].sum(axis=0), owners, rng=rng, resamples=resamples)
    assert totals.shape == (resamples,)
    assert first.size == 1 or (totals == first.size).all()


@pytest.mark.parametrize("figures", [1, 3])
def test_one_patient_has_no_interval_however_many_rows_it_has(rng, figures):
    statistic = bootstrap.mean(rng.normal(size=(figures, 12)).squeeze())
    drawn = bootstrap.resample(statistic, np.zeros(12), rng=rng, resamples=20)
    assert drawn.shape == ((20,) if figures == 1 else (figures, 20))
    found = bootstrap.percentile(drawn.ravel())
    assert np.isnan([found.low, found.high]).all(), "equal ends would say that nothing is uncertain"
    assert found.degenerate == drawn.size


def test_a_seed_fixes_the_draws_and_many_rows_change_nothing(rng):
    statistic, owners = bootstrap.mean(rng.normal(size=30)), np.arange(30) // 2
    one, same = (bootstrap.resample(statistic, owners, rng=np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(one, same)
    tall = bootstrap.resample(bootstrap.mean(rng.normal(size=70000)), np.arange(70000) % 50, rng=rng, resamples=3)
    assert np.isfinite(tall).all()


def test_degenerate_resamples_are_left_out_and_counted(rng):
    truth, scores = np.array([1, 0, 0, 0, 0]), np.array([0.9, 0.1, 0.4, 0.3, 0.95])
    found = bootstrap.percentile(bootstrap.resample(auc_statistic(truth, scores), np.arange(5), rng=rng))
    # The one positive is missing from (4/5)^5 = 32.8 % of the resamples, the negatives from next to none.
    assert found.degenerate / found.resamples == pytest.approx(0.328, abs=0.04)
    assert 0.0 <= found.low <= found.high <= 1.0


def test_an_interval_of_mostly_degenerate_resamples_is_undefined():
    found = bootstrap.percentile(np.array([1.0, np.nan, np.nan]))
    assert np.isnan([found.low, found.high]).all()
    assert found.degenerate == 2


def test_mean_leaves_out_what_is_not_known():
    values = np.array([[1.0, np.nan, 4.0], [np.nan, np.nan, np.nan]])
    weights = np.array([[1.0, 0.0], [5.0, 1.0], [2.0, 0.0]])
    np.testing.assert_array_equal(bootstrap.mean(values)(weights), [[3.0, np.nan], [np.nan, np.nan]])


def test_the_median_counts_a_row_as_often_as_it_was_drawn(rng):
    values = rng.normal(size=9)
    values[4] = np.nan
    weights = rng.integers(0, 4, size=(9, 50)).astype(float)
    known = np.isfinite(values)
    wanted = [np.median(np.repeat(values[known], w[known].astype(int))) for w in weights.T]
    np.testing.assert_allclose(bootstrap.median(values)(weights), [wanted])


def test_the_median_of_nothing_is_none():
    assert np.isnan(bootstrap.median(np.array([1.0, 2.0]))(np.zeros((2, 1)))).all()
    assert np.isnan(bootstrap.median(np.array([np.nan, np.nan]))(np.ones((2, 3)))).all()


def test_repeated_is_the_weighted_figure(rng):
    values, weights = rng.normal(size=20), rng.integers(0, 3, (20, 6)).astype(float)
    slow = bootstrap.repeated(lambda rows: np.array([values[rows].mean()]))(weights)
    np.testing.assert_allclose(slow[0], bootstrap.mean(values)(weights))


@pytest.mark.parametrize(("owners", "resamples"), [([], 10), ([1, 2], 0)])
def test_nothing_to_draw_is_refused(rng, owners, resamples):
    with pytest.raises(RequestError, match="bootstrap"):
        bootstrap.resample(lambda w: w[0], np.array(owners), rng=rng, resamples=resamples)
