"""The system on two exams: what it measures of both, one scale and one size for both, and what it refuses."""

from dataclasses import replace

import numpy as np
import pytest

from osteon import systems
from osteon.errors import InputError
from osteon.geometry import volume_grid
from osteon.systems import _paired
from osteon.systems import pet_response_delta as own
from osteon.types import Image, Study, Truth
from tests import phantoms

NAME = "pet-response-delta"


def _exam(radius_mm, suv, spacing=(2.0, 1.0, 1.0)):
    """Return a hot ball of `radius_mm` and its outline."""
    shape = tuple(int(80 / s) for s in spacing)
    axes = np.meshgrid(*((np.arange(n) - (n - 1) / 2) * s for n, s in zip(shape, spacing, strict=True)), indexing="ij")
    inside = np.sum(np.square(axes), axis=0) <= radius_mm**2
    grid = volume_grid(shape, np.diag([*spacing, 1.0]))
    rng = np.random.default_rng(0)
    values = (1 + (suv - 1) * inside + 0.05 * rng.standard_normal(shape)).astype(np.float32)
    image = Image(grid=grid, modality="PT", unit="SUVbw", load=values.copy)
    return image, Image(grid=grid, modality="PT", unit="label", load=inside.astype(np.int32).copy)


def _study(before, after, response="good"):
    (pre, pre_mask), (post, post_mask) = before, after
    truth = Truth(labels={"response": response}, masks={"pet_pre": pre_mask, "pet_post": post_mask})
    return Study(name="s", patient="p", data={"pet_pre": pre, "pet_post": post}, truth=truth)


def test_the_volume_change_is_in_per_cent_by_both_headers():
    study = _study(_exam(20, 8.0), _exam(10, 3.0, spacing=(1.0, 2.0, 1.0)))
    found = _paired.volume_change(study, "pet")
    assert found.value == pytest.approx(-87.5, abs=0.7)
    assert (found.unit, found.input, found.task) == ("%", "pet_post", "volume_change")


def test_the_columns_are_ratio_and_difference_of_both_exams():
    study = _study(_exam(20, 8.0), _exam(16, 4.0))
    (sample,) = own.SYSTEM.parts[0].prepare(study, {})
    named = dict(zip(own.feature_names(), sample.inputs["delta"], strict=True))
    assert len(named) == 214
    assert named["delta_ratio_original_shape_MeshVolume"] == pytest.approx(0.8**3, rel=0.02)
    assert named["delta_difference_original_firstorder_Mean"] == pytest.approx(-4.0, abs=0.05)
    assert sample.targets == {"response": 1}


@pytest.mark.parametrize(("word", "index"), [("poor", 0), ("non-responder", 0), ("responder", 1), ("good", 1)])
def test_words_of_the_response(word, index):
    study = _study(_exam(20, 8.0), _exam(16, 4.0), response=word)
    (sample,) = systems.get(f"{NAME}.siamese").parts[0].prepare(study, {})
    assert sample.targets == {"response": index}


def test_both_exams_are_cut_to_one_size_and_shown_on_one_scale():
    study = _study(_exam(20, 8.0), _exam(10, 4.0))
    (sample,) = systems.get(f"{NAME}.siamese").parts[0].prepare(study, {})
    pre, post = sample.inputs["pre"][1], sample.inputs["post"][1]
    assert pre.shape == post.shape == (own.SIDE_PX, own.SIDE_PX)
    assert (pre > -0.4).sum() / (post > -0.6).sum() == pytest.approx(4.0, rel=0.1)
    middle = own.SIDE_PX // 2
    assert pre[middle, middle] == pytest.approx(2 * 8 / 15 - 1, abs=0.03)
    assert post[middle, middle] == pytest.approx(2 * 4 / 15 - 1, abs=0.03)


def test_augmentation_turns_both_exams_alike(rng):
    picture = rng.random((3, 8, 8)).astype(np.float32)
    study = _study(_exam(20, 8.0), _exam(10, 4.0))
    (sample,) = systems.get(f"{NAME}.siamese").parts[0].prepare(study, {})
    sample = replace(sample, inputs={"pre": picture, "post": picture})
    for seed in range(6):
        turned = _paired.augment(sample, np.random.default_rng(seed))
        spread = np.ptp(turned.inputs["pre"] - turned.inputs["post"])
        assert spread == pytest.approx(0, abs=1e-5)
        assert turned.targets == sample.targets


@pytest.mark.parametrize("tag", ["", ".siamese", ".mri"])
def test_an_exam_that_is_not_outlined_is_not_read(tag):
    system = systems.get(NAME + tag)
    study = phantoms.study(system, index=1)
    last = system.inputs[1].name
    bare = replace(study, truth=replace(study.truth, masks={k: v for k, v in study.truth.masks.items() if k != last}))
    assert list(system.parts[0].prepare(bare, {})) == []
    with pytest.raises(InputError, match="not outlined on both"):
        system.decode({system.parts[0].name: ()}, bare)


def test_it_says_that_no_paper_stands_behind_it():
    assert own.SYSTEM.paper.evidence == "F"
    assert own.SYSTEM.claims == ()
    assert "osteon's own" in own.SYSTEM.summary
