"""A mirror is its own inverse, and happens as often as it is told to."""

import numpy as np
import pytest

from osteon.transforms.flip import Flip, undo
from osteon.types import Sample


@pytest.mark.parametrize("axis", [-1, -2])
def test_undo(axis, rng):
    image = rng.random((3, 5, 7))
    flip = Flip(axis=axis, share=1.0)
    step = flip.draw(rng)
    turned = flip.apply(Sample(study="s", patient="p", inputs={"image": image}), step).inputs["image"]
    assert np.array_equal(turned, np.flip(image, axis))
    assert np.array_equal(undo(turned, step), image)


def test_share(rng):
    done = [Flip(share=0.25).draw(rng).params["done"] for _ in range(2000)]
    assert 0.2 < np.mean(done) < 0.3
