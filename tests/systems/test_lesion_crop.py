"""Crops of the lesions that somebody drew, and of any other boxes."""

from dataclasses import replace

import numpy as np
import pytest

from osteon import systems
from osteon.systems._lesion_crop import INPUT, boxed, crops, whole_film
from osteon.systems.xray_triage_he2020 import LESION
from osteon.types import Lesion, Truth
from tests import phantoms

LITE = systems.get("xray-triage-he2020.lite0")


@pytest.fixture
def study():
    return phantoms.study(LITE, index=2)


def test_a_box_wins_over_the_outline_and_an_outline_serves_without_one(study):
    ((lesion, box),) = boxed(study)
    assert box == lesion.box_px
    unboxed = replace(study, truth=replace(study.truth, lesions=(Lesion(input=INPUT, mask_value=1),)))
    assert [found for _, found in boxed(unboxed)] == [box]
    outlined = replace(study, truth=replace(study.truth, lesions=()))
    assert [found for _, found in boxed(outlined)] == [box]


def test_of_a_study_without_truth_nothing_is_boxed(study):
    assert list(boxed(replace(study, truth=None))) == []
    assert list(boxed(replace(study, truth=Truth()))) == []


def test_lesions_of_another_input_are_not_cropped(study):
    elsewhere = Truth(lesions=(Lesion(input="ct", box_px=(0, 0, 0, 4, 4, 4)),))
    assert list(boxed(replace(study, truth=elsewhere))) == []


def test_the_crop_is_a_square_about_the_box_of_any_who_names_one(study):
    def corner(_study, _earlier):
        yield "corner 1", Lesion(label="malignant"), (0, 0, 10, 6)

    (sample,) = crops(LESION, lambda: 24, film_px=64, boxes=corner)(study, {})
    assert (sample.item, sample.inputs["image"].shape) == ("corner 1", (1, 24, 24))
    assert LESION.classes[int(sample.targets[LESION.name])] == "malignant"
    row0, column0, row1, column1 = sample.steps[1].params["box"]
    assert row1 - row0 == column1 - column0
    assert np.isfinite(sample.inputs["image"]).all()


def test_lesions_of_any_image_are_boxed_by_its_name(study):
    renamed = tuple(replace(lesion, input="scan") for lesion in study.truth.lesions)
    other = replace(study, truth=Truth(lesions=renamed, masks={"scan": study.truth.masks[INPUT]}))
    assert list(boxed(other)) == []
    assert [box for _, box in boxed(other, "scan")] == [box for _, box in boxed(study)]


def test_the_whole_film_is_one_region_that_needs_no_lesion(study):
    prepare = crops(LESION, lambda: 48, film_px=64, boxes=whole_film, margin=1.0)
    bare = replace(study, truth=Truth(labels={"lesion": "intermediate"}))
    (sample,) = prepare(bare, {})
    assert (sample.item, sample.targets) == ("region 1", {"lesion": 1})
    assert sample.steps[1].params["box"] == (0, 0, 64, 64)
    assert sample.inputs["image"].shape == (1, 48, 48)
    assert list(prepare(replace(study, data={}), {})) == []
