"""Windows of the closer look: on the lesion or off it, image and mask together."""

from dataclasses import replace

import numpy as np
import pytest

from osteon.transforms.near import Near
from osteon.types import Sample


@pytest.fixture
def sample():
    mask = np.zeros((1, 256, 256), np.float32)
    mask[0, 60:80, 150:180] = 1
    places = np.array([[200.0, 50.0, 30.0, 4.0], [70.0, 160.0, 30.0, 3.0]], np.float32)
    return Sample(
        study="s", patient="p", inputs={"image": mask.copy(), "places": places}, targets={"mask": mask, "film": 2}
    )


def drawn(sample, *, seed, **changed):
    near = Near()
    step = near.draw(np.random.default_rng(seed))
    step = replace(step, params={**step.params, **changed})
    return near.apply(sample, step), step


def test_the_same_draw_gives_the_same_window(sample):
    (one, _), (other, _) = (drawn(sample, seed=4) for _ in range(2))
    assert np.array_equal(one.inputs["image"], other.inputs["image"])


def test_windows_about_a_lesion_see_it_and_move_image_and_mask_together(sample):
    for seed in range(30):
        window, step = drawn(sample, seed=seed, elsewhere=False)
        image, mask = window.inputs["image"], window.targets["mask"]
        assert image.shape == mask.shape == (1, 128, 128)
        assert np.array_equal(image, mask)
        assert mask.max() > 0.5
        share = mask.mean()
        width = np.clip(30 * step.params["of_lesion"], 36, 288)
        assert share <= 1.2 * 600 / width**2


def test_windows_off_the_lesion_do_not_hold_its_middle(sample):
    for seed in range(30):
        window, _ = drawn(sample, seed=seed, elsewhere=True, anywhere=False, width=40.0)
        assert not window.targets["mask"].any()


def test_a_film_without_lesion_gives_its_suspicious_places(sample):
    image = np.zeros((1, 256, 256), np.float32)
    image[0, 195:206, 45:56] = 1
    normal = replace(
        sample, inputs={**sample.inputs, "image": image}, targets={"mask": np.zeros_like(image), "film": 0}
    )
    seen = [drawn(normal, seed=s, anywhere=False, width=60.0)[0].inputs["image"].max() > 0.5 for s in range(60)]
    assert 0.55 < np.mean(seen) < 0.9
    anywhere = [drawn(normal, seed=s, anywhere=True, width=60.0)[0].inputs["image"].max() > 0.5 for s in range(60)]
    assert np.mean(anywhere) < 0.3


def test_every_part_of_a_scattered_lesion_gets_windows(sample):
    mask = sample.targets["mask"].copy()
    mask[0, 200:206, 20:26] = 1
    image = mask.copy()
    image[0, 200:206, 20:26] = 0.5
    both = replace(sample, inputs={**sample.inputs, "image": image}, targets={"mask": mask, "film": 2})
    windows = [drawn(both, seed=s, elsewhere=False, of_lesion=2.0)[0] for s in range(40)]
    small = np.mean([w.inputs["image"].max() < 0.75 for w in windows])
    assert 0.2 < small < 0.8
