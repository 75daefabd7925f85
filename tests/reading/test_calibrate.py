"""Setting the reach of a run: films pass, noise and drawings do not, and the limit is its own."""

import numpy as np
import pytest

from osteon.engine.ood import film, judge, reach
from osteon.engine.ood.gate import Describer
from osteon.engine.ood.reach import Reach
from osteon.errors import CohortError
from osteon.reading.calibrate import _joined, calibrate, changed
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
    assert "chest" in judge.of_film(here, foreign, features=None, describer=describer).why
    assert here.measured
    assert all(0 <= b.low <= b.high <= 1 for bins in here.reliability["film"].values() for b in bins)


def _judged(here, pixels, describer):
    image = study("x", pixels).data["radiograph"]
    return judge.of_film(here, image, features=None, describer=describer)


@pytest.mark.usefixtures("tiny")
def test_too_few_films_of_the_run_s_own_is_an_error(made, tmp_path, cohort):
    folder = made.save("tiny-film", tmp_path / "run", split={"s0": "train"})
    with pytest.raises(CohortError, match="ten of each"):
        calibrate(folder, cohort)


@pytest.mark.parametrize("before", [1.0, 1.3])
def test_the_limit_does_not_depend_on_the_one_that_was_there(before, monkeypatch):
    """Scores are divided by the limit in force, so it must be out of force while a new one is measured."""
    scores = iter(np.linspace(0.0, 2.0, 51))
    monkeypatch.setattr(judge, "scores", lambda found, *_, **__: [(next(scores) / found.joint, "")])
    monkeypatch.setattr("osteon.reading.calibrate._pixels", lambda study: study)
    monkeypatch.setattr("osteon.reading.calibrate.Describer", lambda: None)
    after = _joined(Reach(joint=before), [(None, [])] * 51, share=0.96)
    assert after.joint == pytest.approx(1.92)


def test_changed_films_are_films(rng):
    copies = [changed(limb(rng), rng=rng) for _ in range(8)]
    assert all(copy.min() >= 0 and copy.max() <= 1 and min(copy.shape) > 100 for copy in copies)
    assert all(film.unusable(copy) == "" for copy in copies)
