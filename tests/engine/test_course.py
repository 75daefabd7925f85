"""Fitting one part: what is fitted again and what is taken, estimators with their seeds, files that changed."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny
import torch
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from osteon import engine
from osteon.contract import Once, Part, Regress, label_of
from osteon.engine import course, run
from osteon.errors import InputError, WeightsError
from osteon.io import weights
from osteon.types import Prediction, Sample, Truth

OPTIONS = engine.TrainOptions(threads=1, workers=0, device="cpu", seed=4)
FOREST = Part(
    name="forest", takes=("radiograph",), prepare=tiny.prepare, fit=Once(),
    build=lambda: make_pipeline(StandardScaler(), RandomForestClassifier(n_estimators=7)),
)  # fmt: skip


def train(tmp_path: Path, part: Part, *, name: str = "run", cohort=None, options=OPTIONS, **more) -> Path:
    return engine.train(tiny.system(part, **more), cohort or tiny.cohort(), tmp_path / name, options=options)


def test_every_open_random_state_of_an_estimator_is_the_runs_and_a_chosen_one_stays(tmp_path: Path) -> None:
    seen = {}

    def forest(state):
        def build():
            seen[state] = make_pipeline(StandardScaler(), RandomForestClassifier(n_estimators=3, random_state=state))
            return seen[state]

        return build

    folders = [train(tmp_path, FOREST, name=f"{n}", options=replace(OPTIONS, seed=s)) for n, s in enumerate((4, 4, 5))]
    same, again, other = (weights.sha256(folder / "part-forest" / weights.ESTIMATOR) for folder in folders)
    assert same == again
    assert other != same
    train(tmp_path, replace(FOREST, build=forest(11)), name="fixed")
    assert seen[11].get_params()["randomforestclassifier__random_state"] == 11


def test_an_estimator_comes_back_from_its_file_as_it_was_fitted(tmp_path: Path) -> None:
    folder = train(tmp_path, FOREST)
    predictor = engine.Predictor.load(folder, system=tiny.system(FOREST))
    (said,) = predictor.outputs(tiny.cohort().studies[0])["forest"]
    votes = 7 * said.values["probabilities"]
    np.testing.assert_allclose(votes, votes.round(), atol=1e-5)
    assert votes.sum() == pytest.approx(7)
    record = run.open_run(folder).record.parts["forest"]
    assert (record.classes, record.shapes) == (2, {"image": (1, 8, 8)})
    assert record.facts["Trained on"].endswith("patients")


def test_a_quantity_is_fitted_as_one(tmp_path: Path) -> None:
    task = Regress(name="size", unit="image", quantity_unit="cm")

    def prepare(study, earlier):
        targets = {"size": study.truth.values["size"]} if study.truth else {}
        image = study.data["radiograph"].read()[None]
        yield Sample(study=study.name, patient=study.patient, inputs={"image": image}, targets=targets)

    def decode(outputs, study):
        value = float(outputs["size"][0].values["value"])
        return [Prediction(study=study.name, patient=study.patient, task="size", value=value)]

    cohort = tiny.cohort()
    sized = [replace(s, truth=Truth(values={"size": float(s.data["radiograph"].read()[2:5, 2:5].mean())}))
             for s in cohort.studies]  # fmt: skip
    cohort = replace(cohort, studies=tuple(sized))
    part = replace(FOREST, name="size", prepare=prepare, build=lambda: RandomForestRegressor(n_estimators=20))
    folder = train(tmp_path, part, cohort=cohort, tasks=(task,), decode=decode)
    record = run.open_run(folder).record.parts["size"]
    assert record.classes == 0
    scores = engine.evaluate(folder, cohort, system=tiny.system(part, tasks=(task,), decode=decode), split="all")
    mae = next(s for s in scores if s.metric.startswith("mae"))
    assert 0 < mae.value < 0.5
    assert json.loads((folder / "calibration.json").read_text()) == {}, "a quantity has no temperature"


def test_an_estimator_of_several_targets_or_none_is_refused_by_name(tmp_path: Path) -> None:
    def two(study, earlier):
        for sample in tiny.prepare(study, earlier):
            yield replace(sample, targets={**sample.targets, "age": 3.0})

    with pytest.raises(InputError, match=r"estimator forest needs one target; its samples have age, malignancy"):
        train(tmp_path, replace(FOREST, prepare=two))
    assert not (tmp_path / "run" / "part-forest" / weights.ESTIMATOR).exists()


def test_what_scikit_learn_refuses_is_a_sentence(tmp_path: Path) -> None:
    def broken(study, earlier):
        for sample in tiny.prepare(study, earlier):
            yield replace(sample, inputs={"image": np.full((1, 8, 8), np.inf, np.float32)})

    with pytest.raises(InputError, match="estimator forest cannot be fitted on the training studies: Input X contains"):
        train(tmp_path, replace(FOREST, prepare=broken))


def test_a_finished_part_is_not_fitted_again_and_a_changed_one_is(tmp_path: Path) -> None:
    built = []

    def build():
        built.append(1)
        return tiny.Net()

    part = replace(tiny.PART, build=build, fit=replace(tiny.FIT, epochs=1))
    folder = train(tmp_path, part)
    before, count = tiny.weights_of(folder), len(built)
    train(tmp_path, part)
    assert len(built) == count, "nothing at all is built for a run that is whole"
    path = folder / "part-net" / weights.NETWORK
    path.write_bytes(path.read_bytes() + b"\0")
    train(tmp_path, part)
    assert len(built) > count
    assert tiny.weights_of(folder) == before
    assert not list(folder.rglob("checkpoint*"))


def test_samples_without_an_answer_are_left_out_of_the_training_and_of_its_count(tmp_path: Path) -> None:
    cohort = tiny.cohort(80)
    mute = [replace(s, truth=Truth()) if i % 4 == 0 else s for i, s in enumerate(cohort.studies)]
    folder = train(tmp_path, FOREST, cohort=replace(cohort, studies=tuple(mute)))
    sides, record = run.open_run(folder).split(), run.open_run(folder).record
    labelled = [s.name for s in mute if label_of(s, tiny.TASK) is not None and sides[s.name] == "train"]
    assert record.parts["forest"].samples == len(labelled)


def test_prepared_pixels_spill_to_a_file_without_changing_a_bit(tmp_path: Path) -> None:
    part = replace(tiny.PART, fit=replace(tiny.FIT, epochs=1))
    one = train(tmp_path, part, name="memory")
    two = train(tmp_path, part, name="disk", options=replace(OPTIONS, memory_gb=0.0))
    assert tiny.weights_of(one) == tiny.weights_of(two)
    assert {p.name for p in two.iterdir()} == {p.name for p in one.iterdir()}, "the file had no name and is gone"


def test_a_loss_is_told_the_targets_of_the_training_samples_alone(tmp_path: Path) -> None:
    told = []

    class Counting:
        def counted(self, targets):
            told.append([int(t["malignancy"]) for t in targets])
            return tiny.loss

        def __call__(self, outputs, batch):
            raise AssertionError

    folder = train(tmp_path, replace(tiny.PART, loss=Counting(), fit=replace(tiny.FIT, epochs=1)))
    sides = run.open_run(folder).split()
    (seen,) = told
    assert seen == [label_of(s, tiny.TASK) for s in tiny.cohort().studies if sides[s.name] == "train"]


@pytest.fixture
def fitted(tmp_path: Path) -> run.Run:
    return run.open_run(train(tmp_path, replace(tiny.PART, fit=replace(tiny.FIT, epochs=1))))


def test_a_part_that_is_gone_changed_or_unknown_is_named_with_what_to_do(fitted: run.Run) -> None:
    cpu = torch.device("cpu")
    with pytest.raises(WeightsError, match=r"^run/part-other/weights\.safetensors: is missing"):
        course.load_part(fitted, "other", tiny.PART, device=cpu)
    path = fitted.folder / "part-net" / weights.NETWORK
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(WeightsError, match=r"^run/part-net/weights\.safetensors: is missing or not the file that was"):
        course.load_part(fitted, "net", tiny.PART, device=cpu)


def test_weights_of_another_network_are_not_squeezed_in(fitted: run.Run) -> None:
    wide = replace(tiny.PART, build=lambda: tiny.Net(width=7))
    with pytest.raises(WeightsError, match=r"is of another network than net builds now"):
        course.load_part(fitted, "net", wide, device=torch.device("cpu"))
