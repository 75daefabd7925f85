"""Predictions meet their truth: the right lesion's label, whatever its place in the study."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from osteon.contract import Detect, Segment
from osteon.engine.answers import answer, joined
from osteon.engine.ood.judge import Verdict
from osteon.types import Grid, Image, Lesion, Prediction, Truth
from tests.engine import tiny

ODDS = {"benign": 0.3, "malignant": 0.7}


@pytest.fixture
def study():
    lesions = (
        Lesion(label="benign", input="ct"),
        Lesion(label="malignant", input="radiograph"),
        Lesion(label="benign", input="radiograph"),
    )
    first = tiny.cohort(2).studies[0]
    return replace(first, truth=Truth(labels={"malignancy": "malignant"}, lesions=lesions))


def said(study, item):
    return Prediction(
        study=study.name, patient=study.patient, task="malignancy", input="radiograph", item=item, probabilities=ODDS
    )


@pytest.mark.parametrize(("item", "truth"), [("lesion 1", 1), ("lesion 2", 0), ("lesion 3", 1), ("", 1)])
def test_a_lesions_answer_meets_its_own_label_and_else_the_studys(study, item, truth):
    """Lesions count from 1 among those of the same image; the CT's lesion is not one of them."""
    found = answer(said(study, item), study, tiny.system(tiny.PART))
    assert found.truth == truth
    assert found.label == tiny.CLASSES[truth]


def test_without_truth_nothing_is_compared(study):
    found = answer(said(study, ""), replace(study, truth=None), tiny.system(tiny.PART))
    assert (found.truth, found.label, found.case) == (None, None, None)


def test_maps_are_measured_and_dropped():
    study = next(s for s in tiny.cohort(20).studies if s.truth.masks)
    task = Segment(name="tumour", unit="image", input="radiograph")
    system = replace(tiny.system(tiny.PART), tasks=(task,))
    mask = study.truth.masks["radiograph"].read()
    right = Prediction(study=study.name, patient=study.patient, task="tumour", input="radiograph", label_map=mask)
    found = answer(right, study, system)
    assert found.prediction.label_map is None
    assert found.case is not None
    assert found.case.overlap.dice == 1
    assert (found.case.unit, found.case.size_unit) == ("px", "px")


def test_a_mask_that_numbers_tissue_samples_is_no_truth_of_a_map_of_structures():
    """Else the outline that the map was given would be judged, and every map would be right."""
    study = next(s for s in tiny.cohort(20).studies if s.truth.masks)
    mask = study.truth.masks["radiograph"].read()
    task = Segment(name="map", unit="image", input="radiograph", structures=("viable", "necrotic"))
    system = replace(tiny.system(tiny.PART), tasks=(task,))
    found = Prediction(study=study.name, patient=study.patient, task="map", input="radiograph", label_map=mask)
    assert answer(found, study, system).case.overlap.dice == 1, "labels of the structures are"
    numbered = replace(study.truth.masks["radiograph"], load=lambda: np.where(mask > 0, 100, 0).astype(np.uint8))
    samples = replace(study, truth=replace(study.truth, masks={"radiograph": numbered}))
    assert answer(found, samples, system).case is None


@pytest.mark.parametrize(
    ("lesions", "drawn", "found"),
    [
        ((Lesion(input="radiograph", box_px=(1, 1, 4, 5)),), False, 1),
        ((Lesion(input="radiograph", mask_value=1),), True, 1),
        ((), True, 1),
        ((), False, 0),
    ],
)
def test_boxes_are_judged_against_the_outline_where_nobody_boxed_the_lesion(study, lesions, drawn, found):
    """An outline without a pixel, as of a normal film, holds no lesion: what is boxed there is false."""
    pixels = np.zeros((8, 8), np.uint8)
    pixels[1:4, 1:5] = drawn
    mask = Image(grid=Grid(shape=(8, 8)), modality="DX", unit="label", load=pixels.copy)
    masks = {} if any(lesion.box_px for lesion in lesions) else {"radiograph": mask}
    system = replace(tiny.system(tiny.PART), tasks=(Detect(name="region", unit="lesion", input="radiograph"),))
    said_so = Prediction(
        study=study.name, patient=study.patient, task="region", input="radiograph", boxes_px=((1, 1, 4, 5),),
        box_scores=(0.9,),
    )  # fmt: skip
    marks = answer(said_so, replace(study, truth=Truth(lesions=lesions, masks=masks)), system).marks
    assert (marks.lesions.size, marks.false.size) == (found, 1 - found)


def test_a_patient_with_a_stranger_among_the_images_is_flagged(study):
    """What is aggregated of several images is no better than the strangest of them."""
    verdicts = (Verdict(score=0.2), Verdict(score=3.0, why="Far."), Verdict(score=0.1))
    found = [replace(answer(said(study, ""), study, tiny.system()), verdict=v) for v in verdicts]
    system = tiny.system(aggregate=lambda group: group[0])
    predictor = SimpleNamespace(system=system, aggregate=lambda group: [group[0]])
    (whole,) = joined(found, predictor)
    assert (whole.level, whole.verdict) == ("patient", verdicts[1])
    (bare,) = joined([replace(one, verdict=None) for one in found], predictor)
    assert bare.verdict is None
