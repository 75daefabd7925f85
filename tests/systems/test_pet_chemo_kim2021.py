"""What sheet 13 asks: TLG = SUVmean x MTV, slices about the mass centre, votes joined by patient, texture beside it."""

from dataclasses import replace

import numpy as np
import pytest

from osteon import cohorts, systems
from osteon.contract import label_of
from osteon.errors import InputError
from osteon.geometry import voxel_ml
from osteon.systems import _uptake
from osteon.systems import pet_chemo_kim2021 as kim
from osteon.types import Output, Truth
from tests import phantoms

NAME = "pet-chemo-kim2021"


@pytest.fixture
def study():
    return phantoms.study(kim.SYSTEM, index=1)


def test_tlg_is_mean_uptake_times_volume(study):
    image, mask = study.data["pet"], study.truth.masks["pet"].read() > 0
    values = image.read()[mask]
    found = {p.task: p for p in _uptake.measured(study, "pet")}
    volume = mask.sum() * voxel_ml(image.grid)
    assert found["mtv"].value == pytest.approx(volume)
    assert found["tlg"].value == pytest.approx(values.mean() * volume, rel=1e-5)
    assert found["suv_max"].value == pytest.approx(values.max())
    assert [found[t].unit for t in ("suv_max", "mtv", "tlg")] == ["SUV", "ml", "SUV ml"]


@pytest.mark.parametrize(("tag", "count"), [("", 1), (".centre10", 10), (".centre20", 20), (".all", None)])
def test_slices_lie_about_the_mass_centre(study, tag, count):
    (part,) = systems.get(NAME + tag).parts
    mask = study.truth.masks["pet"].read() > 0
    there = np.nonzero(mask.any(axis=(1, 2)))[0].tolist()
    samples = list(part.prepare(study, {}))
    assert len(samples) == min(len(there), count or len(there))
    read = [s.steps[0].params["index"] for s in samples]
    assert set(read) <= set(there)
    if count == 1:
        areas = mask.sum(axis=(1, 2))
        assert abs(read[0] - (areas * np.arange(len(areas))).sum() / areas.sum()) <= 0.5
    assert samples[0].inputs["image"].shape == (1, kim.SIDE_PX, kim.SIDE_PX)


def test_uptake_is_shown_on_one_scale_for_all_patients(study):
    image = study.data["pet"]
    hot = replace(study, data={"pet": replace(image, load=lambda: np.full(image.grid.shape, 7.5))})
    (sample,) = kim.SYSTEM.parts[0].prepare(hot, {})
    assert np.allclose(sample.inputs["image"], 0.5)


def test_slices_vote_and_one_patient_has_one_answer(study):
    system = systems.get(f"{NAME}.all")
    votes = []
    for i, sample in enumerate(system.parts[0].prepare(study, {})):
        p = 0.2 if i % 2 else 0.8
        votes.append(Output(sample=replace(sample, inputs={}, targets={}), values={"logits": np.log([1 - p, p])}))
    answer, *uptake = system.decode({"slices": tuple(votes)}, study)
    share = np.mean([0.2 if i % 2 else 0.8 for i in range(len(votes))])
    assert answer.probabilities["responder"] == pytest.approx(share)
    assert [p.task for p in uptake] == ["suv_max", "mtv", "tlg"]


def test_texture_sees_the_uptake_and_the_zone_features(study):
    (part,) = systems.get(f"{NAME}.forest").parts
    (sample,) = part.prepare(study, {})
    names = kim.feature_names()
    assert len(names) == sum(v.size for v in sample.inputs.values()) == 110
    assert sum(name.startswith(kim.ZONES) for name in names) == 16


def test_the_published_slice_is_nineteen_of_twenty_five():
    assert next(c.value for c in kim.SYSTEM.claims if "19 of 25" in c.data) == 19 / 25


def test_an_unoutlined_tumour_is_refused_in_a_sentence(study):
    bare = replace(study, truth=Truth())
    assert not list(kim.SYSTEM.parts[0].prepare(bare, {}))
    with pytest.raises(InputError, match="not outlined on pet"):
        kim.SYSTEM.decode({"slices": ()}, bare)


@pytest.mark.parametrize(("tag", "task"), [("metastasis", kim.METASTASIS), ("grade", kim.GRADE)])
def test_cohorts_without_a_response_have_other_questions(tag, task, data_dir):
    """On the sarcomas: their own words are classes of the task, and few are of the rarer one."""
    cohort = cohorts.load(data_dir / "sts")
    known = [label_of(s, task) for s in cohort.studies]
    assert {None, 0, 1} >= set(known) >= {0, 1}
    assert sum(k is not None for k in known) == (39 if tag == "metastasis" else 36)
    for kind in ("forest", "centre10"):
        system = systems.get(f"pet-chemo-kim2021.{kind}-{tag}")
        assert system.tasks == (task, *_uptake.UPTAKE)
        samples = list(system.parts[0].prepare(cohort.studies[0], {}))
        assert len(samples) == (1 if kind == "forest" else 10)
        assert all(s.targets == {task.name: known[0]} for s in samples)
