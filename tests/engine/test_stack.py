"""A later part learns only from what an earlier one said of patients it had not seen."""

from dataclasses import replace

import numpy as np
import pytest
import tiny
from sklearn.linear_model import LogisticRegression
from torch import nn

from osteon import engine
from osteon.cohorts import derived
from osteon.contract import Once, Part
from osteon.engine import run, stack
from osteon.errors import RequestError

OPTIONS = engine.TrainOptions(threads=1, workers=0, device="cpu", allow=("class-not-on-side",))


class ByHeart(nn.Module):
    """Large enough to learn the training pictures by heart."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(tiny.SIDE**2, 256), nn.ReLU(), nn.Linear(256, 2))

    def forward(self, image):
        return {"logits": self.body(image)}


BY_HEART = replace(
    tiny.PART, build=ByHeart, augment=None, fit=replace(tiny.FIT, epochs=20, batch_size=28, lr=5e-3, weight_decay=0.0)
)


def seen_by_second():
    """Return what the second part is trained on, and how well the first one's logits tell its labels there."""
    told = []

    def prepare(study, earlier):
        for sample in tiny.second_prepare(study, earlier):
            told.append((sample.study, sample.inputs["logits"], sample.targets.get("malignancy")))
            yield sample

    return replace(tiny.SECOND, prepare=prepare), told


def accuracy(rows):
    return np.mean([int(logits.argmax()) == truth for _, logits, truth in rows])


@pytest.mark.slow
def test_shuffled_labels_stay_at_chance_for_the_stacked_part(tmp_path):
    cohort = tiny.cohort(160, shuffled=True)
    second, told = seen_by_second()
    folder = engine.train(tiny.system(BY_HEART, second), cohort, tmp_path / "run", options=OPTIONS)
    sides = run.open_run(folder).split()
    trained = [row for row in told if sides[row[0]] == "train"][: sum(v == "train" for v in sides.values())]
    # The first part knows its own training pictures by heart ...
    predictor = engine.Predictor.load(folder, system=tiny.system(BY_HEART, second))
    known = [s for s in cohort.studies if sides[s.name] == "train"]
    by_heart = [(s.name, predictor.outputs(s)["net"][0].values["logits"], tiny.label_of(s, tiny.TASK)) for s in known]
    assert accuracy(by_heart) > 0.95
    # ... and what the second part was trained on is no better than chance: 112 pictures, 3.3 standard errors.
    assert len(trained) == len(known)
    assert abs(accuracy(trained) - 0.5) < 0.16
    coefficients = LogisticRegression().fit(
        np.array([logits for _, logits, _ in trained]), [truth for _, _, truth in trained]
    )
    assert np.abs(coefficients.coef_).max() < 0.5


def test_folds_are_of_patients_and_every_training_study_is_held_out_once():
    cohort = tiny.cohort(60)
    train = cohort.studies[:40]
    folds = stack.folds(cohort, train, k=5, seed=0)
    assert sorted(name for fold in folds for name in fold) == sorted({s.patient for s in train})
    assert all(not (a & b) for i, a in enumerate(folds) for b in folds[:i])


def test_derived_studies_are_held_out_with_their_sources_and_told_of_with_their_patient(tmp_path):
    """A copy of a patient is told of by the fold that never saw the patient; a mixture of all is told of by none."""
    cohort = tiny.cohort(40)
    everyone = tuple(sorted({s.patient for s in cohort.studies}))
    first = cohort.studies[0]
    copies = tuple(replace(s, name=f"{s.name}-copy", derived_from=(s.patient,)) for s in cohort.studies[:6])
    mixed = replace(first, name="mixed", patient="nobody", derived_from=everyone[:4])
    whole = replace(cohort, studies=(*cohort.studies, *copies, mixed))
    column = [replace(s, split="train" if s in whole.studies[:30] or s.derived_from else "test") for s in whole.studies]
    second, told = seen_by_second()
    system = tiny.system(replace(tiny.PART, stack=3), second)
    options = replace(OPTIONS, split="column", allow=("class-not-on-side", "duplicate", "few-patients"))
    folder = engine.train(system, replace(whole, studies=tuple(column)), tmp_path / "run", options=options)
    record = run.open_run(folder).record
    assert record.parts["net"].samples == 30 + 6 + 1
    assert record.parts[tiny.SECOND.name].samples == 30 + 6
    assert not any(name == "mixed" for name, _, _ in told)
    folds = [part.samples for key, part in record.parts.items() if "fold" in key]
    assert len(folds) == 3
    assert 2 * (30 + 6) <= sum(folds) <= 2 * (30 + 6) + 1


@pytest.mark.parametrize("side", ["test", "all"])
def test_what_is_derived_is_never_judged(tmp_path, side):
    cohort = tiny.cohort()
    made = tuple(replace(s, name=f"{s.name}-made", derived_from=(s.patient,)) for s in cohort.studies)
    both = derived.joined(cohort, [replace(cohort, name="made", studies=made, fingerprint="m")])
    options = replace(OPTIONS, allow=("class-not-on-side", "duplicate"))
    folder = engine.train(tiny.system(tiny.PART), both, tmp_path / "run", options=options)
    sides = run.open_run(folder).split()
    assert {sides[s.name] for s in made} == {"train", ""}
    scores = [engine.evaluate(folder, given, split=side, system=tiny.system(tiny.PART)) for given in (both, cohort)]
    assert {s.n for s in scores[0] if s.unit == "image"} == {s.n for s in scores[1] if s.unit == "image"}
    assert max(s.n for s in scores[0]) <= len(cohort.studies)
    with pytest.raises(RequestError, match="derived"):
        engine.evaluate(folder, replace(cohort, studies=made), system=tiny.system(tiny.PART))


def test_validation_stack_trains_the_later_part_on_the_validation_studies_alone(tmp_path):
    second, _ = seen_by_second()
    system = tiny.system(replace(tiny.PART, stack="validation"), second)
    folder = engine.train(system, tiny.cohort(), tmp_path / "run", options=OPTIONS)
    record = run.open_run(folder)
    assert record.record.parts["joined"].samples == sum(v == "validation" for v in record.split().values())
    assert not list(folder.rglob("fold-*"))


def test_a_sibling_of_a_part_stacked_by_validation_still_learns_from_the_training_studies(tmp_path):
    """Two networks and their vote: both learn from the training side, the vote alone from the validation side."""
    one = replace(tiny.PART, stack="validation")
    other = replace(one, name="sibling")
    system = tiny.system(one, other, replace(tiny.SECOND, takes=("net", "sibling")))
    folder = engine.train(system, tiny.cohort(), tmp_path / "run", options=OPTIONS)
    record = run.open_run(folder)
    samples = {name: part.samples for name, part in record.record.parts.items()}
    sides = list(record.split().values())
    assert samples["net"] == samples["sibling"] == sides.count("train")
    assert samples[tiny.SECOND.name] == sides.count("validation")


def test_a_part_that_starts_from_an_earlier_one_has_folds_that_start_from_its_folds(tmp_path):
    third_input = replace(tiny.SECOND, name="last", takes=("again",), prepare=_third)
    again = replace(tiny.PART, name="again", start_from="net", stack=2)
    system = tiny.system(tiny.PART, again, third_input)
    folder = engine.train(system, tiny.cohort(), tmp_path / "run", options=OPTIONS)
    assert {p.name for p in (folder / "part-net").iterdir()} >= {"fold-0-of-2", "fold-1-of-2"}
    assert {p.name for p in (folder / "part-again").iterdir()} >= {"fold-0-of-2", "fold-1-of-2"}


def _third(study, earlier):
    yield from tiny.second_prepare(study, {"net": earlier["again"]})


@pytest.mark.parametrize("kind", ["classifier", "regressor"])
def test_an_estimator_alone_gives_probabilities_of_every_class_or_a_value(tmp_path, kind):
    from sklearn.linear_model import LinearRegression

    build = tiny.logistic if kind == "classifier" else LinearRegression
    part = Part(name="plain", takes=("radiograph",), prepare=tiny.prepare, build=build, fit=Once())

    def decode(outputs, study):
        odds = outputs["plain"][0].values
        if kind == "regressor":
            odds = {"probabilities": np.array([1 - odds["value"], odds["value"]])}
        return tiny.decode({"plain": [type("O", (), {"values": odds})]}, study)

    system = tiny.system(part, decode=decode)
    folder = engine.train(system, tiny.cohort(120, strength=3.0), tmp_path / "run", options=OPTIONS)
    found = engine.evaluate(folder, tiny.cohort(120, strength=3.0), system=system, split="all")
    assert next(s for s in found if s.metric == "auc").value > 0.9
