"""Probes against pictures of another kind: held-out films pass, strangers do not, and nothing of a picture remains."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from osteon.engine.ood import strangers


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    films, held_out = rng.normal(size=(300, 12)), rng.normal(size=(200, 12))
    chests, slides = rng.normal(size=(40, 12)), rng.normal(size=(60, 12))
    chests[:, 3] += 6
    slides[:, 7] -= 6
    return films, held_out, {"chest": chests, "slide": slides}


def test_films_pass_each_probe_and_strangers_are_named(rows):
    films, held_out, others = rows
    stats = strangers.fit(films, others, held_out=held_out)
    found = np.array([strangers.scores(stats, row) for row in held_out])
    assert found.shape == (200, 2)
    assert (found <= 1 + 1e-6).mean(axis=0) == pytest.approx(strangers.PASS, abs=0.006)
    np.testing.assert_allclose(np.median(found, axis=0), 0, atol=1e-4)
    for k, (name, pictures) in enumerate(others.items()):
        scores = np.array([strangers.scores(stats, row) for row in pictures])
        assert (scores[:, k] > 1).mean() > 0.95
        assert {strangers.likest(tuple(others), row) for row in scores} == {name}


def test_the_score_is_the_regression_s_own_up_to_scale_and_shift(rows):
    films, held_out, others = rows
    stats = strangers.fit(films, {"chest": others["chest"]}, held_out=held_out)
    centre, scale = films.mean(0), films.std(0) + 1e-6
    x = (np.concatenate([films, others["chest"]]) - centre) / scale
    plain = LogisticRegression(C=strangers.STRENGTH, class_weight="balanced", max_iter=500).fit(x, [0] * 300 + [1] * 40)
    ours = np.array([strangers.scores(stats, row)[0] for row in held_out])
    theirs = plain.decision_function((held_out - centre) / scale)
    assert np.corrcoef(ours, theirs)[0, 1] == pytest.approx(1, abs=1e-6)


def test_the_units_of_a_description_change_nothing(rows):
    films, held_out, others = rows
    units = np.geomspace(1e-3, 1e3, 12)
    plain = strangers.fit(films, others, held_out=held_out)
    scaled = strangers.fit(films * units, {k: v * units for k, v in others.items()}, held_out=held_out * units)
    one, two = (strangers.scores(s, held_out[0] * u) for s, u in ((plain, 1.0), (scaled, units)))
    np.testing.assert_allclose(one, two, rtol=2e-2, atol=2e-2)


def test_a_description_that_never_varies_does_no_harm(rows):
    films, held_out, others = rows
    for table in (films, held_out, *others.values()):
        table[:, 0] = 5.0
    stats = strangers.fit(films, others, held_out=held_out)
    assert np.isfinite(stats["stranger_weights"]).all()
    assert np.isfinite(stats["stranger_biases"]).all()


def test_only_two_small_tensors_are_kept(rows):
    films, held_out, others = rows
    stats = strangers.fit(films, others, held_out=held_out)
    assert {name: a.shape for name, a in stats.items()} == {"stranger_weights": (2, 12), "stranger_biases": (2,)}
    assert {a.dtype for a in stats.values()} == {np.dtype(np.float32)}


def test_a_probe_tells_strangers_and_passes_films(rng):
    films, strange = rng.normal(size=(300, 30)), rng.normal(size=(40, 30))
    strange[:, :5] += 4
    stats = strangers.fit(films, {"chest": strange}, held_out=rng.normal(size=(200, 30)))
    told = [strangers.scores(stats, row).max() > 1 for row in rng.normal(size=(300, 30))]
    assert np.mean(told) < 0.04
    fresh = rng.normal(size=(50, 30))
    fresh[:, :5] += 4
    assert np.mean([strangers.scores(stats, row).max() > 1 for row in fresh]) > 0.95
    assert strangers.likest(("a", "b"), np.array([0.1, 2.0])) == "b"
