"""A finished run that answers: what it needs, what it multiplies, what it refuses, and what it leaves alone."""

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny
import torch
from hypothesis import given
from hypothesis import strategies as st

from osteon import engine, weights
from osteon.contract import Input
from osteon.engine import run
from osteon.engine.predictor import Predictor, tempered
from osteon.errors import InputError, RequestError, WeightsError
from osteon.types import Study
from tests import phantoms

OPTIONS = engine.TrainOptions(threads=1, workers=0, device="cpu")
SYSTEM = tiny.system(replace(tiny.PART, fit=replace(tiny.FIT, epochs=1)))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return engine.train(SYSTEM, tiny.cohort(), tmp_path_factory.mktemp("trained") / "run", options=OPTIONS)


@pytest.fixture
def changed(trained: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "run"))


def warmed(folder: Path, temperature: object) -> Path:
    (folder / run.CALIBRATION).write_text(json.dumps({"malignancy": {"temperature": temperature}}))
    return folder


def test_probabilities_are_those_of_the_network_at_the_temperature_of_the_run(changed: Path) -> None:
    study = tiny.cohort().studies[0]
    plain = Predictor.load(warmed(changed, 1.0), system=SYSTEM)
    logits = plain.outputs(study)["net"][0].values["logits"].astype(np.float64)
    for temperature in (0.5, 1.0, 3.0):
        (said,) = Predictor.load(warmed(changed, temperature), system=SYSTEM)(study)
        expected = tiny.softmax(logits / temperature)
        np.testing.assert_allclose([said.probabilities[c] for c in tiny.CLASSES], expected, rtol=1e-4)


def test_the_same_study_twice_is_the_same_answer_and_no_generator_moves(trained: Path) -> None:
    predictor, study = Predictor.load(trained, system=SYSTEM), tiny.cohort().studies[5]
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    one, same = predictor(study), predictor(study)
    assert one[0].probabilities == same[0].probabilities
    assert torch.equal(torch.rand(2), expected)
    np.testing.assert_array_equal(one[0].features, same[0].features)


def test_a_study_without_truth_is_answered_as_one_with_it(trained: Path) -> None:
    predictor, study = Predictor.load(trained, system=SYSTEM), tiny.cohort().studies[2]
    assert predictor(replace(study, truth=None))[0].probabilities == predictor(study)[0].probabilities


@pytest.mark.parametrize("data", [{}, {"film": tiny.picture(np.zeros((8, 8), np.float32))}])
def test_a_missing_input_is_named_with_what_there_is(trained: Path, data: dict) -> None:
    predictor = Predictor.load(trained, system=SYSTEM)
    with pytest.raises(InputError, match=f"needs radiograph; the study has {', '.join(data) or 'nothing'}") as told:
        predictor(Study(name="Jane Doe", patient="Jane Doe", data=data))
    assert "Jane" not in str(told.value)


def test_an_optional_input_may_be_missing(trained: Path) -> None:
    more = replace(SYSTEM, inputs=(*tiny.INPUTS, Input(name="ct", kind="ct", required=False)))
    assert Predictor.load(trained, system=more)(tiny.cohort().studies[0])


def test_a_study_of_which_nothing_can_be_prepared_is_a_sentence(trained: Path) -> None:
    part = replace(SYSTEM.parts[0], prepare=lambda study, earlier: iter(()))
    with pytest.raises(InputError, match="Nothing in the study could be prepared for tiny"):
        Predictor.load(trained, system=tiny.system(part))(tiny.cohort().studies[0])


def test_the_runs_overrides_hold_when_it_answers(tmp_path: Path) -> None:
    options = replace(OPTIONS, overrides=("fit.batch_size=5",))
    folder = engine.train(SYSTEM, tiny.cohort(), tmp_path / "run", options=options)
    assert Predictor.load(folder, system=SYSTEM).system.parts[0].fit.batch_size == 5


def test_one_patient_is_one_answer_where_the_system_joins_and_else_all_stay(trained: Path) -> None:
    studies = tiny.cohort().studies[:5]  # of three patients
    plain = Predictor.load(trained, system=SYSTEM)
    every = [p for s in studies for p in plain(s)]
    assert plain.aggregate(every) == every
    joining = Predictor.load(trained, system=replace(SYSTEM, aggregate=lambda found: found[-1]))
    joined = joining.aggregate([*every, replace(every[0], task="other")])
    assert [(p.patient, p.task) for p in joined] == [("p000", "malignancy"), ("p001", "malignancy"),
                                                     ("p002", "malignancy"), ("p000", "other")]  # fmt: skip
    assert joined[0].study == "s001", "the last of the patient's, in order"
    assert all(p.maker == joining.maker for p in joined)
    assert joining.aggregate([]) == []


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "3", '{"malignancy": 1.0}', '{"malignancy": {}}', '{"malignancy": {"temperature": "warm"}}'],
)
def test_a_damaged_calibration_is_named_and_never_taken_for_none(changed: Path, text: str) -> None:
    (changed / run.CALIBRATION).write_text(text)
    with pytest.raises(WeightsError, match=r"^run/calibration\.json: is missing or damaged"):
        Predictor.load(changed, system=SYSTEM)


@pytest.mark.parametrize("temperature", [0.0, -1.0, math.nan, math.inf])
def test_a_temperature_that_is_none_is_damage(changed: Path, temperature: float) -> None:
    with pytest.raises(WeightsError, match=r"calibration\.json"):
        Predictor.load(warmed(changed, temperature), system=SYSTEM)


def test_damaged_statistics_of_the_training_are_named(changed: Path) -> None:
    assert Predictor.load(changed, system=SYSTEM).ood
    (changed / run.OOD).write_bytes(b"\0" * 64)
    with pytest.raises(WeightsError, match="ood"):
        Predictor.load(changed, system=SYSTEM)
    (changed / run.OOD).unlink()
    assert Predictor.load(changed, system=SYSTEM).ood == {}


def test_a_system_of_the_users_own_is_asked_for_by_its_file(trained: Path) -> None:
    with pytest.raises(RequestError, match=r"The run is of tiny.*--system tiny\.py"):
        Predictor.load(trained)


@pytest.mark.parametrize("device", ["cuda:77", "abacus"])
def test_a_device_that_is_not_there_is_refused(trained: Path, device: str) -> None:
    with pytest.raises(RequestError, match="device"):
        Predictor.load(trained, system=SYSTEM, device=device)


odds = st.lists(st.floats(0, 1), min_size=2, max_size=6).filter(lambda v: sum(v) > 1e-3)


@given(odds, st.floats(0.05, 20))
def test_a_temperature_never_changes_the_order_and_always_sums_to_one(values: list[float], temperature: float) -> None:
    given = {f"c{i}": v / sum(values) for i, v in enumerate(values)}
    found = tempered(given, temperature)
    assert list(found) == list(given)
    assert sum(found.values()) == pytest.approx(1)
    assert all(math.isfinite(v) and 0 <= v <= 1 for v in found.values())
    for one in given:
        for other in given:
            if given[one] > given[other]:
                assert found[one] >= found[other]


@given(odds)
def test_temperature_one_changes_nothing(values: list[float]) -> None:
    given = {f"c{i}": v / sum(values) for i, v in enumerate(values)}
    assert tempered(given, 1.0) == pytest.approx(given, abs=1e-9)


def test_a_variant_that_is_lent_weights_answers_under_its_own_name() -> None:
    name = "xray-knee-segunet-do2021.brisk"
    predictor = Predictor.load(weights.named(name))
    study = phantoms.study(predictor.system, index=1)
    film, tumour = predictor(study)
    assert film.maker is not None
    assert film.maker.system == predictor.system.name == name
    assert (film.task, tumour.task, list(predictor.parts)) == ("film", "tumour", ["film"])
    lender = Predictor.load(weights.folder("xray-knee-segunet-do2021.lite0"))
    assert predictor.temperatures == lender.temperatures
    assert film.maker.weights_sha256 != lender.maker.weights_sha256
