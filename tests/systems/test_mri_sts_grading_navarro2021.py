"""What sheet 11 asks of the sarcoma graders: two independent networks, risk groups, a map of the image's size."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from osteon import systems
from osteon.errors import GeometryError, InputError
from osteon.explain.grad_cam import grad_cam
from osteon.geometry import to_mm
from osteon.metrics.logrank import logrank
from osteon.models.densenet import DenseNet161
from osteon.systems import mri_sts_grading_navarro2021 as navarro
from osteon.types import Image, Output, Study, Truth
from tests import phantoms


@pytest.fixture
def study() -> Study:
    return phantoms.study(systems.get("mri-sts-grading-navarro2021"), index=1)


def test_one_logit_and_the_parameters_of_the_sheet():
    assert sum(p.numel() for p in DenseNet161(logits=1).parameters()) == 26_474_209


def test_two_models_share_no_weight():
    one, two = (part.build() for part in navarro.SYSTEM.parts)
    assert {p.data_ptr() for p in one.parameters()}.isdisjoint(p.data_ptr() for p in two.parameters())
    assert [part.takes for part in navarro.SYSTEM.parts] == [("t1",), ("t2",)]
    # Neither part is an earlier part of the other.
    assert not {part.name for part in navarro.SYSTEM.parts} & {n for part in navarro.SYSTEM.parts for n in part.takes}


def test_the_picture_is_the_largest_slice_square_in_millimetres(study):
    (sample,) = navarro.SYSTEM.parts[0].prepare(study, {})
    assert sample.inputs["image"].shape == (3, 224, 224)
    mask = study.truth.masks["t1"].read()
    at, cut, _ = sample.steps
    assert at.params["slices"][1] == np.count_nonzero(mask, axis=(1, 2)).argmax()
    row0, column0, row1, column1 = cut.params["box"]
    spacing = study.data["t1"].grid.spacing_mm
    assert (row1 - row0) * spacing[1] == pytest.approx((column1 - column0) * spacing[2], abs=max(spacing))
    inside = np.argwhere(mask[at.params["slices"][1]])
    assert (inside.min(axis=0) >= (row0, column0)).all()
    assert (inside.max(axis=0) < (row1, column1)).all()


def test_the_heat_map_lies_on_the_tumour_in_millimetres(study):
    """Evidence at the middle of the network's map comes back at the middle of the outline, oblique grid and all."""
    (sample,) = navarro.SYSTEM.parts[0].prepare(study, {})
    cam = np.zeros((1, 7, 7), dtype=np.float32)
    cam[0, 3, 3] = 1
    output = Output(sample=replace(sample, inputs={}), values={"logits": np.array([0.3]), "cam": cam})
    grade, survival = navarro.SYSTEM.decode({"grade-t1": (output,), "grade-t2": ()}, study)
    image, mask = study.data["t1"], study.truth.masks["t1"].read()
    assert grade.heat_map.shape == image.grid.shape
    peak = np.unravel_index(grade.heat_map.argmax(), grade.heat_map.shape)
    largest = sample.steps[0].params["slices"][1]
    centre = np.array([largest, *np.argwhere(mask[largest]).mean(axis=0)])
    assert np.linalg.norm(to_mm(image.grid, np.array(peak)) - to_mm(image.grid, centre)) < 4
    assert survival.risk == pytest.approx(grade.probabilities["G2/G3"])


def test_both_sequences_answer_and_a_patient_is_their_mean(study):
    outputs = {}
    for part, logit in zip(navarro.SYSTEM.parts, (-1.0, 2.0), strict=True):
        (sample,) = part.prepare(study, {})
        values = {"logits": np.array([logit]), "cam": np.ones((1, 3, 3), dtype=np.float32)}
        outputs[part.name] = (Output(sample=sample, values=values),)
    grades = [p for p in navarro.SYSTEM.decode(outputs, study) if p.task == "grade"]
    assert [p.input for p in grades] == ["t1", "t2"]
    one = navarro.SYSTEM.aggregate(grades)
    assert one.probabilities["G2/G3"] == pytest.approx(np.mean([p.probabilities["G2/G3"] for p in grades]))


def test_a_study_without_an_outline_is_refused_with_a_reason(study):
    bare = replace(study, truth=None)
    assert list(navarro.SYSTEM.parts[0].prepare(bare, {})) == []
    with pytest.raises(InputError, match="outlined"):
        navarro.SYSTEM.decode({"grade-t1": (), "grade-t2": ()}, bare)


def test_an_outline_on_another_grid_is_refused(study):
    image = study.data["t1"]
    other = phantoms.oblique_grid(image.grid.shape, np.random.default_rng(9))
    mask = Image(grid=other, modality="MR", unit="label", load=study.truth.masks["t1"].load)
    with pytest.raises(GeometryError, match="one grid"):
        list(navarro.SYSTEM.parts[0].prepare(replace(study, truth=Truth(masks={"t1": mask})), {}))


@pytest.mark.parametrize(("word", "index"), [("low", 0), ("intermediate", 1), ("high", 1), ("G1", 0), ("G3", 1)])
def test_words_of_the_grade(study, word, index):
    from osteon.contract import label_of

    assert label_of(replace(study, truth=Truth(labels={"grade": word})), navarro.GRADE) == index


def test_grad_cam_has_the_size_of_the_image():
    torch.manual_seed(0)
    network = DenseNet161(logits=1)
    image = torch.rand(1, 3, 64, 80)
    found = grad_cam(network, {"image": image}, index=0, layer="features")
    assert found.shape == (1, 64, 80)
    assert 0 <= found.min() <= found.max() <= 1


@pytest.mark.parametrize(
    ("word", "index"),
    [
        ("low", 0),
        ("G1", 0),
        ("atypical cartilaginous tumour", 0),
        ("G2", 1),
        ("G3", 1),
        ("high-grade", 1),
        ("GX", None),
    ],
)
def test_the_words_of_bone(study, word, index):
    system = systems.get("mri-sts-grading-navarro2021.bone-lite0")
    told = replace(study, truth=replace(study.truth, labels={"grade": word}))
    (sample,) = system.parts[0].prepare(told, {})
    assert sample.targets.get("grade") == index


@pytest.mark.parametrize("tag", ["bone", "bone-lite0"])
def test_the_grading_of_bone_claims_nothing_and_predicts_no_survival(study, tag):
    system = systems.get(f"mri-sts-grading-navarro2021.{tag}")
    assert [task.name for task in system.tasks] == ["grade"]
    assert [i.name for i in system.inputs] == ["t1"]
    assert system.claims == ()
    assert system.reconstructed[0].startswith("No paper graded primary bone tumours")
    (sample,) = system.parts[0].prepare(study, {})
    output = Output(sample=sample, values={"logits": np.array([1.0], np.float32)})
    (found,) = system.decode({"grade-t1": (output,)}, study)
    assert found.probabilities == pytest.approx({"low": 0.2689414, "high": 0.7310586})
    with pytest.raises(InputError, match="outlined"):
        system.decode({"grade-t1": ()}, study)


def test_risk_groups_of_the_model_part_the_patients(rng):
    """Patients called high grade die earlier when grade drives survival: the log-rank test sees it."""
    risk = rng.random(60)
    days = rng.exponential(np.where(risk > 0.5, 200, 1500))
    test = logrank(np.where(risk > 0.5, "G2/G3", "G1"), days, np.ones(60))
    assert test.p < 0.001
    assert test.observed[1] > test.expected[1]


@pytest.mark.data
def test_real_patients_yield_pictures(data_dir):
    from osteon import cohorts

    cohort = cohorts.load(data_dir / "sts")
    part = systems.get("mri-sts-grading-navarro2021.lite0-t1").parts[0]
    samples = [s for study in cohort.studies[:4] for s in part.prepare(study, {})]
    assert len(samples) == 4
    assert [s.targets["grade"] for s in samples] == [1, 1, 1, 0]
    assert all(s.inputs["image"].std() > 0.1 for s in samples)
