"""Another machine's greys: as drawn, repeatable, within 0 to 1, the mask untouched."""

import numpy as np
import pytest

from osteon.transforms.tone import Tone
from osteon.types import Sample, Step

PLAIN = {
    "gamma": 1.0,
    "contrast": 1.0,
    "brightness": 0.0,
    "shading": 0.0,
    "blur": 0.0,
    "noise": 0.0,
    "inverted": False,
    "seed": 0,
}


@pytest.fixture
def sample(rng):
    mask = np.zeros((1, 32, 32), np.float32)
    return Sample(study="s", patient="p", inputs={"image": rng.random((1, 32, 32), np.float32)}, targets={"mask": mask})


def greys(sample, **params):
    return Tone().apply(sample, Step(name="tone", params=PLAIN | params)).inputs["image"]


def test_nothing_drawn_changes_nothing(sample):
    assert np.allclose(greys(sample), sample.inputs["image"], atol=2e-4)


def test_gamma_contrast_and_inversion(sample):
    image = sample.inputs["image"]
    assert np.allclose(greys(sample, gamma=2.0), image**2, atol=2e-4)
    assert np.allclose(greys(sample, inverted=True), 1 - image, atol=2e-4)
    assert greys(sample, contrast=0.5).std() == pytest.approx(image.std() / 2, rel=0.01)


def test_blur_smooths_and_its_opposite_sharpens(sample):
    plain = sample.inputs["image"].std()
    assert greys(sample, blur=0.8).std() < plain
    assert greys(sample, blur=-0.3).std() > plain


def test_every_draw_stays_in_range_and_can_be_redone(sample):
    tone = Tone()
    for seed in range(20):
        step = tone.draw(np.random.default_rng(seed))
        one, two = tone.apply(sample, step), tone.apply(sample, step)
        assert np.array_equal(one.inputs["image"], two.inputs["image"])
        assert one.inputs["image"].dtype == np.float32
        assert one.inputs["image"].min() >= 0
        assert one.inputs["image"].max() <= 1
        assert one.targets["mask"] is sample.targets["mask"]
