import numpy as np
import pytest
from scipy.spatial.distance import mahalanobis as scipy_mahalanobis
from sklearn.covariance import LedoitWolf

from osteon.errors import InputError
from osteon.models import mahalanobis


def clouds(rng, *, n=400, d=20, hidden=6):
    mix = np.random.default_rng(5).normal(size=(hidden, d))
    classes = rng.integers(0, 3, n)
    latent = rng.normal(size=(n, hidden)) + 3 * np.eye(3, hidden)[classes]
    return latent @ mix + 0.1 * rng.normal(size=(n, d)), classes


def test_the_stated_share_of_unseen_studies_passes(rng):
    features, classes = clouds(rng)
    stats = mahalanobis.fit(features, classes)
    unseen, _ = clouds(rng, n=1000)
    inside = np.mean([mahalanobis.score(stats, f) <= 1 for f in unseen])
    assert 0.92 < inside < 0.99


def test_held_out_features_set_the_limit_exactly(rng):
    features, classes = clouds(rng)
    held_out, _ = clouds(rng, n=200)
    stats = mahalanobis.fit(features, classes, held_out=held_out, share=0.95)
    assert np.mean([mahalanobis.score(stats, f) <= 1.0001 for f in held_out]) == pytest.approx(0.95, abs=0.006)


def test_far_features_are_out_and_farther_is_more_so(rng):
    features, classes = clouds(rng)
    stats = mahalanobis.fit(features, classes)
    away = [mahalanobis.score(stats, features[0] + step * features.std(0)) for step in (0, 10, 20)]
    assert away[1] > 1
    assert away == sorted(away)
    assert mahalanobis.score(stats, np.full(20, np.nan)) == float("inf")


def test_a_direction_never_seen_shows_in_the_residual(rng):
    features, classes = clouds(rng, d=120, hidden=6)
    stats = mahalanobis.fit(features, classes)
    direction = rng.normal(size=120)
    near, far = mahalanobis.distances(stats, np.stack([features[0], features[0] + 5 * direction * features.std(0)]))
    assert far[1] > 5 * near[1]


def test_equals_scipy_in_few_dimensions(rng):
    features, classes = clouds(rng, n=200, d=5, hidden=5)
    stats = mahalanobis.fit(features, classes)
    z = (features - features.mean(0)) / features.std(0)
    means = np.stack([z[classes == c].mean(0) for c in range(3)])
    covariance = LedoitWolf(assume_centered=True).fit(z - means[classes]).covariance_
    mine = mahalanobis.distances(stats, features[:20])[:, 0]
    theirs = [min(scipy_mahalanobis(row, m, np.linalg.inv(covariance)) for m in means) for row in z[:20]]
    assert mine == pytest.approx(theirs, rel=1e-3)


def test_stays_small(rng):
    features = rng.normal(size=(300, 1280))
    stats = mahalanobis.fit(features, np.zeros(300))
    assert stats["axes"].shape == (64, 1280)
    assert sum(v.nbytes for v in stats.values()) < 500_000


def test_a_dead_feature_does_no_harm(rng):
    features, classes = clouds(rng)
    features[:, 3] = 0.0
    stats = mahalanobis.fit(features, classes)
    assert np.isfinite(mahalanobis.score(stats, features[0]))


@pytest.mark.parametrize("features", [np.zeros((3, 2)), np.zeros(12), np.full((12, 2), np.nan)])
def test_refuses_what_cannot_be_fitted(features):
    with pytest.raises(InputError, match="Out-of-distribution statistics got"):
        mahalanobis.fit(features, np.zeros(len(features)))


def test_refuses_statistics_of_another_network(rng):
    features, classes = clouds(rng)
    stats = mahalanobis.fit(features, classes)
    with pytest.raises(InputError, match="mixes two trainings"):
        mahalanobis.score(stats, np.zeros(7))


def test_a_limit_that_came_back_from_a_file_as_one_number_in_a_row_serves(rng):
    features, classes = clouds(rng)
    stats = mahalanobis.fit(features, classes)
    kept = {name: np.ascontiguousarray(value) for name, value in stats.items()}
    assert mahalanobis.score(kept, features[0]) == mahalanobis.score(stats, features[0])


def test_the_units_and_the_order_of_the_training_studies_are_nothing(rng):
    features, classes = clouds(rng, n=150)
    held_out, _ = clouds(rng, n=60)
    strange = held_out[0] + 3
    plain = mahalanobis.fit(features, classes, held_out=held_out)
    order = rng.permutation(150)
    scale, shift = rng.uniform(0.01, 100, 20), rng.normal(size=20) * 50
    moved = mahalanobis.fit(features[order] * scale + shift, classes[order], held_out=held_out * scale + shift)
    for row in (held_out[1], strange):
        one, two = mahalanobis.score(plain, row), mahalanobis.score(moved, row * scale + shift)
        assert one == pytest.approx(two, rel=5e-3)


def test_the_names_of_the_classes_are_nothing(rng):
    features, classes = clouds(rng, n=120)
    words = np.array(["b", "a", "c"])[classes]
    one, two = (mahalanobis.fit(features, c, held_out=features) for c in (classes, words))
    assert mahalanobis.score(one, features[3] + 1) == pytest.approx(mahalanobis.score(two, features[3] + 1), rel=1e-5)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_infinitely_far(rng, bad):
    features, classes = clouds(rng, n=60)
    stats = mahalanobis.fit(features, classes)
    row = features[0].copy()
    row[4] = bad
    assert mahalanobis.score(stats, row) == np.inf


def test_a_class_of_one_study_is_a_class(rng):
    features, _ = clouds(rng, n=40)
    classes = np.zeros(40, int)
    classes[7] = 1
    stats = mahalanobis.fit(features, classes, held_out=features)
    assert np.isfinite(mahalanobis.score(stats, features[7]))


def test_a_wider_share_is_a_wider_limit(rng):
    features, classes = clouds(rng, n=200)
    held_out, _ = clouds(rng, n=100)
    narrow, wide = (mahalanobis.fit(features, classes, held_out=held_out, share=s) for s in (0.5, 0.99))
    assert mahalanobis.score(narrow, held_out[0]) > mahalanobis.score(wide, held_out[0])
    again = mahalanobis.recalibrate(wide, mahalanobis.distances(wide, held_out), share=0.5)
    assert mahalanobis.score(again, held_out[0]) == pytest.approx(mahalanobis.score(narrow, held_out[0]), rel=1e-5)
    assert (np.diff(wide["quantiles"]) >= 0).all()
