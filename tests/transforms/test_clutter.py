"""Markers, edges and blots beside the lesion, never over it."""

import numpy as np
import pytest

from osteon.transforms.clutter import Clutter
from osteon.types import Sample, Step


@pytest.fixture
def sample():
    mask = np.zeros((1, 64, 64), np.float32)
    mask[0, 20:40, 20:40] = 1
    image = np.full((1, 64, 64), 0.5, np.float32)
    return Sample(study="s", patient="p", inputs={"image": image}, targets={"mask": mask})


def done(sample, **thing):
    return Clutter().apply(sample, Step(name="clutter", params={"things": [thing]})).inputs["image"][0]


def test_a_marker_is_bright_and_small(sample):
    glyph = [[True] * 4] * 5
    image = done(sample, kind="marker", glyph=glyph, at=(0.0, 1.0), height=0.1, grey=0.9)
    assert image[0, 63] == pytest.approx(0.9)
    assert int((image != 0.5).sum()) == 6 * 4


def test_edges_lie_on_their_sides(sample):
    image = done(sample, kind="edge", sides={0: 0.1, 3: 0.1}, grey=0.0)
    assert not image[:6].any()
    assert not image[:, 58:].any()
    assert (image[6:, :58] == 0.5).all()


def test_nothing_covers_the_lesion(sample):
    assert (done(sample, kind="patch", at=(0.5, 0.5), size=(0.2, 0.2), grey=0.0) == 0.5).all()
    clutter = Clutter(marker=1.0, edge=1.0, patch=1.0)
    inside = sample.targets["mask"][0] > 0
    for seed in range(50):
        changed = clutter.apply(sample, clutter.draw(np.random.default_rng(seed))).inputs["image"][0]
        assert (changed[inside] == 0.5).all()


def test_the_source_is_left_as_it_was(sample):
    clutter = Clutter(marker=1.0, edge=1.0, patch=1.0)
    clutter.apply(sample, clutter.draw(np.random.default_rng(1)))
    assert (sample.inputs["image"] == 0.5).all()


def test_shares_are_kept(rng):
    drawn = [Clutter(marker=1.0, edge=0.0, patch=0.0).draw(rng).params["things"] for _ in range(10)]
    assert [[t["kind"] for t in things] for things in drawn] == [["marker"]] * 10
