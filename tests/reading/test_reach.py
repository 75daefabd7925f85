import json

import numpy as np
import pytest

from osteon.errors import CohortError, WeightsError
from osteon.models import mahalanobis
from osteon.reading import film, reach, strangers
from osteon.reading.calibrate import _joined, calibrate, changed
from osteon.reading.gate import Describer
from osteon.reading.reach import Bin, Reach
from osteon.types import Cohort, Evidence, Grid, Image, Study, Truth


def limb(rng, *, label=0):
    """Return something like a film of a limb: a bright shaft with soft edges on black, and perhaps a bright spot."""
    rows, columns = np.indices((160, 120))
    middle = 60 + rng.normal(0, 6) + rng.normal(0, 0.1) * (rows - 80)
    width = rng.uniform(9, 15)
    tissue = 0.35 * np.exp(-(((columns - middle) / (3 * width)) ** 2))
    shaft = 0.4 * np.exp(-(((columns - middle) / width) ** 4))
    pixels = tissue + shaft + rng.normal(0, 0.01, rows.shape)
    if label:
        pixels[60:80, 50:70] = 1
    return np.clip(pixels, 0, 1).astype(np.float32)


def study(name, pixels, label=None, **facts):
    image = Image(grid=Grid(shape=pixels.shape), modality="CR", load=lambda: pixels, facts=facts)
    truth = None if label is None else Truth(labels={"film": ("normal", "benign", "malignant")[label]})
    return Study(name=name, patient=name, data={"radiograph": image}, truth=truth)


@pytest.fixture(scope="module")
def describer():
    return Describer()


@pytest.fixture(scope="module")
def cohort():
    rng = np.random.default_rng(8)
    studies = [study(f"s{i}", limb(rng, label=i % 2), label=i % 2) for i in range(48)]
    return Cohort(name="limbs", studies=tuple(studies), evidence=Evidence.SIMULATED)


@pytest.fixture
def calibrated(made, tmp_path, cohort):
    split = {s.name: "train" if i < 28 else "validation" for i, s in enumerate(cohort.studies)}
    folder = made.save("tiny-film", tmp_path / "run", split=split)
    noise = [np.random.default_rng(i).random((128, 128)) for i in range(6)]
    calibrate(folder, cohort, others={"noise": noise})
    return folder


@pytest.mark.slow
@pytest.mark.usefixtures("tiny")
def test_films_pass_and_others_do_not(calibrated, describer):
    here = reach.load(calibrated)
    rng = np.random.default_rng(99)
    films = [limb(rng, label=i % 2) for i in range(10)]
    verdicts = [_judged(here, f, describer) for f in films]
    assert np.mean([not v.outside for v in verdicts]) >= 0.7
    for other in (rng.random((200, 150)), (np.indices((160, 120)).sum(0) // 20 % 2).astype(np.float32)):
        verdict = _judged(here, other.astype(np.float32), describer)
        assert verdict.outside
        assert len(verdict.why) > 20
    foreign = study("x", films[0], BodyPartExamined="CHEST").data["radiograph"]
    assert "chest" in reach.judge(here, films[0], image=foreign, features=None, describer=describer).why
    assert here.measured
    assert all(0 <= b.low <= b.high <= 1 for bins in here.reliability["film"].values() for b in bins)


def _judged(here, pixels, describer):
    image = study("x", pixels).data["radiograph"]
    return reach.judge(here, pixels, image=image, features=None, describer=describer)


@pytest.mark.usefixtures("tiny")
def test_too_few_films_of_the_run_s_own_is_an_error(made, tmp_path, cohort):
    folder = made.save("tiny-film", tmp_path / "run", split={"s0": "train"})
    with pytest.raises(CohortError, match="ten of each"):
        calibrate(folder, cohort)


def test_a_reach_comes_back_from_its_files(tmp_path, rng):
    stats = mahalanobis.fit(rng.normal(size=(50, 6)), np.zeros(50))
    bins = {"film": {"benign": (Bin(probability=0.2, low=0.1, high=0.3, n=40),)}}
    signs = {"slope": (-4.0, -2.0)}
    before = Reach(stats=stats, joint=1.1, signs=signs, foreign_parts=("CHEST",), reliability=bins, measured=("Yes.",))
    reach.store(before, tmp_path)
    after = reach.load(tmp_path)
    assert (after.joint, after.signs, after.foreign_parts) == (1.1, signs, ("CHEST",))
    assert after.reliability == bins
    point = rng.normal(size=6)
    assert mahalanobis.score(after.stats, point) == pytest.approx(mahalanobis.score(stats, point))


@pytest.mark.parametrize("before", [1.0, 1.3])
def test_the_limit_does_not_depend_on_the_one_that_was_there(before, monkeypatch):
    """Scores are divided by the limit in force, so it must be out of force while a new one is measured."""
    scores = iter(np.linspace(0.0, 2.0, 51))
    monkeypatch.setattr(reach, "scores", lambda found, *_, **__: [(next(scores) / found.joint, "")])
    monkeypatch.setattr("osteon.reading.calibrate._pixels", lambda study: study)
    monkeypatch.setattr("osteon.reading.calibrate.Describer", lambda: None)
    after = _joined(Reach(joint=before), [(None, [])] * 51, share=0.96)
    assert after.joint == pytest.approx(1.92)


def test_no_files_is_an_open_reach_and_damaged_ones_an_error(tmp_path):
    assert reach.load(tmp_path).stats == {}
    (tmp_path / reach.JSON).write_text(json.dumps({"joint": "wide"}))
    with pytest.raises(WeightsError, match="calibrat"):
        reach.load(tmp_path)


def test_the_bracket_holds_the_probability_and_lies_between_bins():
    bins = tuple(Bin(probability=p, low=p - 0.1, high=p + 0.1, n=50) for p in (0.2, 0.6))
    here = Reach(reliability={"film": {"benign": bins}})
    (low, high) = reach.bracket(here, "film", probabilities={"benign": 0.4, "other": 0.6})["benign"]
    assert (low, high) == pytest.approx((0.3, 0.5))
    low, high = reach.bracket(here, "film", probabilities={"benign": 0.95})["benign"]
    assert low <= 0.95 <= high


def test_features_alone_judge_what_is_no_film(rng):
    own = mahalanobis.fit(rng.normal(size=(60, 4)), np.zeros(60))
    assert not reach.judge_features(Reach(own=own), np.zeros(4)).outside
    assert reach.judge_features(Reach(own=own), np.full(4, 30.0)).outside
    assert reach.judge_features(Reach(), np.zeros(4)).score is None


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


def test_a_description_does_not_depend_on_size_or_units(describer, rng):
    pixels = limb(rng)
    large = np.kron(pixels, np.ones((4, 4)))
    one, other = describer([pixels, large * 4000 - 500])
    far = describer([rng.random((160, 120))])[0]
    assert np.linalg.norm(one - other) < 0.25 * np.linalg.norm(one - far)
    assert one.shape == (1432,)


def test_changed_films_are_films(rng):
    copies = [changed(limb(rng), rng=rng) for _ in range(8)]
    assert all(copy.min() >= 0 and copy.max() <= 1 and min(copy.shape) > 100 for copy in copies)
    assert all(film.unusable(copy) == "" for copy in copies)
