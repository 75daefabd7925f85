"""What is fitted after training: temperatures, and what training features look like."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny

from osteon import engine
from osteon.engine import calibrate, progress, run
from osteon.engine.predictor import tempered
from osteon.io import weights
from osteon.types import Lesion, Prediction

OPTIONS = engine.TrainOptions(threads=1, seed=1, device="cpu", workers=0)


def told(odds, *, n=400, seed=0, task="malignancy", labelled=True):
    """Return studies whose truth comes true as often as `odds` says, sharpened by a temperature of one half."""
    rng = np.random.default_rng(seed)
    found = []
    for i in range(n):
        p = float(rng.uniform(0.02, 0.98))
        study = tiny.cohort(2).studies[0]
        truth = replace(study.truth, labels={"malignancy": tiny.CLASSES[int(rng.random() < p)]} if labelled else {})
        sharp = odds({"benign": 1 - p, "malignant": p})
        said = Prediction(study=f"s{i}", patient=f"p{i}", task=task, probabilities=sharp)
        found.append((replace(study, truth=truth), [said]))
    return found


def test_a_network_too_sure_of_itself_is_cooled_to_the_temperature_that_made_it_so() -> None:
    sure = calibrate.temperature(told(lambda p: tempered(p, 0.5)), tiny.TASK)
    right = calibrate.temperature(told(dict), tiny.TASK)
    assert sure["n"] == right["n"] == 400
    assert sure["temperature"] == pytest.approx(2 * right["temperature"], rel=1e-3)
    assert right["temperature"] == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize(
    ("few", "n"),
    [({"n": 9}, 9), ({"task": "another"}, 0), ({"labelled": False}, 0)],
    ids=["nine answers", "another task", "no truth"],
)
def test_too_few_answers_leave_probabilities_as_they_are_and_say_so(few: dict, n: int) -> None:
    found = calibrate.temperature(told(dict, **few), tiny.TASK)
    assert (found["temperature"], found["n"]) == (1.0, n)
    assert "too few" in str(found["note"])


def test_a_lesions_answer_is_held_against_its_own_class_and_not_the_studys() -> None:
    def with_lesions(study, said, *, label):
        own = study.truth.labels["malignancy"]
        lesion = Lesion(label=own, input="radiograph", box_px=(0, 0, 4, 4))
        truth = replace(study.truth, labels={} if label is None else {"malignancy": label}, lesions=(lesion,))
        return replace(study, truth=truth), [replace(said[0], input="radiograph", item="lesion 1")]

    plain = told(dict)
    expected = calibrate.temperature(plain, tiny.TASK)
    for label in (None, "benign"):
        found = [with_lesions(study, said, label=label) for study, said in plain]
        assert calibrate.temperature(found, tiny.TASK) == expected


class Seen(progress.Bar):
    """A bar that remembers."""

    def __init__(self) -> None:
        super().__init__(None)
        self.jobs: list[list] = []

    def begin(self, what: str, total: float) -> None:
        self.jobs.append([what, total, 0])

    def at(self, done: float, **_: object) -> None:
        self.jobs[-1][2] = done


def test_calibrating_shows_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from contextlib import nullcontext

    seen = Seen()
    monkeypatch.setattr(progress, "bar", lambda: nullcontext(seen))
    engine.train(tiny.system(), tiny.cohort(100), tmp_path / "run", options=OPTIONS)
    sides = list(run.open_run(tmp_path / "run").split().values())
    jobs = [job for job in seen.jobs if "calibrating" in job[0]]
    assert jobs == [
        ["calibrating: temperature", sides.count("validation"), sides.count("validation")],
        ["calibrating: features", sides.count("train"), sides.count("train")],
    ]
    found = json.loads((tmp_path / "run" / run.CALIBRATION).read_text())
    assert found["malignancy"]["n"] == sides.count("validation")


def test_statistics_are_made_of_at_most_so_many_training_studies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studies = tiny.cohort(60).studies
    monkeypatch.setattr(calibrate, "MOST", 24)
    some = calibrate._some(studies, seed=1)
    assert len(some) == 24
    assert [s.name for s in some] == sorted(s.name for s in some)
    assert [s.name for s in some] == [s.name for s in calibrate._some(studies, seed=1)]
    assert [s.name for s in some] != [s.name for s in calibrate._some(studies, seed=2)]
    assert calibrate._some(studies[:24], seed=1) == list(studies[:24])


def test_a_system_without_features_has_no_statistics(tmp_path: Path) -> None:
    engine.train(tiny.system(tiny.PART, tiny.SECOND), tiny.cohort(), tmp_path / "none", options=OPTIONS)
    assert not (tmp_path / "none" / run.OOD).exists()
    engine.train(tiny.system(), tiny.cohort(), tmp_path / "some", options=OPTIONS)
    stats = weights.load_network(tmp_path / "some" / run.OOD)
    assert all(t.isfinite().all() for t in stats.values())


def test_studies_that_prepare_leaves_out_are_not_calibrated_on(tmp_path: Path) -> None:
    def half(study, earlier):
        yield from tiny.prepare(study, earlier) if int(study.name[1:]) % 2 else ()

    engine.train(tiny.system(replace(tiny.PART, prepare=half)), tiny.cohort(100), tmp_path / "run", options=OPTIONS)
    sides = run.open_run(tmp_path / "run").split()
    odd = [name for name, side in sides.items() if side == "validation" and int(name[1:]) % 2]
    found = json.loads((tmp_path / "run" / run.CALIBRATION).read_text())
    assert found["malignancy"]["n"] == len(odd)
