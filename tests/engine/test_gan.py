"""A tiny GAN, trained and drawn from by the engine; what it draws stays in training, and is judged."""

from dataclasses import replace

import numpy as np
import pytest

from osteon import cohorts, engine, systems
from osteon.cohorts import derived
from osteon.cohorts.splits import Split
from osteon.engine import gan
from osteon.engine.options import TrainOptions
from osteon.errors import RequestError
from osteon.types import Cohort, Evidence
from tests import phantoms

SYSTEM = systems.get("xray-triage-he2020.lite0")
LABEL = ("lesion", "malignant")
DRAWING = gan.Drawing(label=LABEL, count=5, side_px=16, epochs=1)
ALLOW = ("few-patients", "class-not-on-side", "duplicate", "near-duplicate", "corner")
OPTIONS = TrainOptions(device="cpu", workers=1, threads=1, allow=ALLOW, split="column")


def boxed_films():
    """Return twelve films of three classes with a boxed lesion, nine to train."""
    studies = []
    for i in range(12):
        study = phantoms.study(SYSTEM, index=i)
        truth = replace(study.truth, labels={"lesion": SYSTEM.tasks[0].classes[i % 3]})
        studies.append(replace(study, truth=truth, split="train" if i < 9 else "test"))
    return Cohort(name="phantoms", studies=tuple(studies), evidence=Evidence.SIMULATED, fingerprint="p")


@pytest.fixture(scope="module")
def cohort():
    return boxed_films()


@pytest.fixture(scope="module", params=["dcgan", "wgan-gp"])
def drawn(request, cohort, tmp_path_factory):
    folder = tmp_path_factory.mktemp("gan") / "run"
    return gan.draw_lesions(cohort, folder, replace(DRAWING, kind=request.param), options=OPTIONS)


def test_drawn_crops_are_boxed_labelled_and_derived_from_all_they_were_drawn_after(cohort, drawn):
    people = {s.patient for s in cohort.studies[:9] if s.truth.labels["lesion"] == "malignant"}
    assert len(drawn.studies) == 5
    for study in drawn.studies:
        assert set(study.derived_from) == people
        assert study.truth.labels == {"lesion": "malignant"}
        assert study.data["radiograph"].read().shape == (16, 16)
        (sample,) = SYSTEM.parts[0].prepare(study, {})
        assert SYSTEM.tasks[0].classes[sample.targets["lesion"]] == "malignant"
        assert sample.steps[1].params["box"] == pytest.approx((0, 0, 256, 256), abs=12)


def test_they_train_beside_their_sources_and_nowhere_else(cohort, drawn):
    both = derived.joined(cohort, [drawn])
    names = {s.name for s in drawn.studies}
    assert names <= cohorts.split(both, "column").train
    source = drawn.studies[0].derived_from[0]
    held = frozenset(s.name for s in cohort.studies if s.patient == source)
    rest = frozenset(s.name for s in cohort.studies) - held
    other = cohorts.splits.with_derived(Split(name="o", train=rest, validation=frozenset(), test=held), both)
    assert not names & (other.train | other.validation | other.test)


def test_what_they_are_worth_is_measured_beside_taken_crops(cohort, drawn):
    found = gan.worth(drawn, cohort, held_out=cohort.studies[9:])
    assert found.drawn_to_held_out > found.trained_to_held_out > 0
    assert found.copies.n == 5
    assert found.copies.expected == pytest.approx(3 / 6)


def test_the_same_call_draws_the_same_crops(cohort, tmp_path):
    one, again = (gan.draw_lesions(cohort, tmp_path / "run", DRAWING, options=OPTIONS) for _ in range(2))
    pairs = zip(one.studies, again.studies, strict=True)
    assert all(np.array_equal(a.data["radiograph"].read(), b.data["radiograph"].read()) for a, b in pairs)
    assert one.fingerprint == again.fingerprint


def test_what_cannot_be_drawn_is_refused(cohort, tmp_path):
    with pytest.raises(RequestError, match="No study"):
        gan.draw_lesions(cohort, tmp_path / "run", replace(DRAWING, label=("lesion", "none")), options=OPTIONS)
    for wrong in ({"kind": "vae"}, {"count": 0}, {"side_px": 50}):
        with pytest.raises(RequestError, match="dcgan or wgan-gp"):
            replace(DRAWING, **wrong)


@pytest.mark.slow
def test_the_score_with_and_without_is_a_paired_difference_on_the_same_test_patients(cohort, tmp_path):
    drawn = gan.draw_lesions(cohort, tmp_path / "gan", DRAWING, options=OPTIONS)
    short = replace(OPTIONS, overrides=("fit.epochs=1", "fit.batch_size=4"), from_scratch=True)
    found = gan.with_and_without(SYSTEM, cohort, drawn, tmp_path / "both", options=short)
    assert all(score.metric.endswith("difference") for score in found)
    assert any(np.isfinite(score.value) for score in found)
    assert {score.patients for score in found} <= {1, 2, 3}
    sides = [engine.run.open_run(tmp_path / "both" / name).split() for name in ("with", "without")]
    assert {n for n, side in sides[0].items() if side == "test"} == {
        n for n, side in sides[1].items() if side == "test"
    }
