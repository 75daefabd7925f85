"""One drawn view of film and mask together; it can be undone."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from osteon.transforms.warp import Warp, undo
from osteon.types import Sample, Step

PLAIN = {"zoom": 1.0, "aspect": 1.0, "degrees": 0.0, "mirrored": False, "centre": (0.0, 0.0), "pixel": 0.0}


@pytest.fixture
def sample(rng):
    film = ndimage.gaussian_filter(rng.random((64, 64)), 4).astype(np.float32)[None]
    mask = np.zeros_like(film)
    mask[0, 4:9, 50:58] = 1
    return Sample(study="s", patient="p", inputs={"image": film}, targets={"mask": mask, "film": 1})


def step(**params):
    return Step(name="warp", params=PLAIN | params)


def test_nothing_drawn_changes_nothing(sample):
    same = Warp(on_lesion=False).apply(sample, step())
    assert np.allclose(same.inputs["image"], sample.inputs["image"], atol=1e-6)
    assert same.targets["film"] == 1


def test_mirror_and_quarter_turn_are_numpys(sample):
    image = sample.inputs["image"]
    mirrored = Warp(on_lesion=False).apply(sample, step(mirrored=True)).inputs["image"]
    assert np.allclose(mirrored, image[..., ::-1], atol=1e-5)
    turned = Warp(on_lesion=False).apply(sample, step(degrees=90.0)).inputs["image"]
    assert np.allclose(turned, np.rot90(image, axes=(-2, -1)), atol=1e-5)


@pytest.mark.parametrize(
    "params", [{"degrees": 17.0}, {"zoom": 0.8, "aspect": 1.2}, {"mirrored": True, "centre": (0.1, -0.1)}]
)
def test_undone_it_lies_where_it_lay(sample, params):
    done = step(**params)
    view = Warp(on_lesion=False).apply(sample, done).inputs["image"]
    back = undo(view, done)
    inside = (slice(None), slice(20, 44), slice(20, 44))
    assert np.abs(back[inside] - sample.inputs["image"][inside]).max() < 0.02


def test_film_and_mask_move_together(sample):
    marked = replace(sample, inputs={"image": sample.targets["mask"]})
    warp = Warp()
    for seed in range(5):
        done = warp.apply(marked, warp.draw(np.random.default_rng(seed)))
        assert np.array_equal(done.inputs["image"], done.targets["mask"])


def test_the_lesion_stays_in_view(sample):
    warp = Warp()
    for seed in range(40):
        done = warp.apply(sample, warp.draw(np.random.default_rng(seed)))
        assert done.targets["mask"].any()


def test_draws_keep_to_their_ranges(rng):
    warp = Warp(zoom=(0.5, 2.0), stretch=0.2)
    drawn = [warp.draw(rng).params for _ in range(100)]
    assert all(0.5 <= p["zoom"] <= 2.0 for p in drawn)
    assert all(abs(np.log(p["aspect"])) <= 0.2 for p in drawn)
    assert 30 < sum(p["mirrored"] for p in drawn) < 70
