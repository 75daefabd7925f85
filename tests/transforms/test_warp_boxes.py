"""Boxes move as the pixels do."""

import numpy as np
import pytest

from osteon.transforms.warp import Warp, view
from osteon.transforms.warp_boxes import WarpBoxes, moved
from osteon.types import Sample

STILL = {"degrees": 0.0, "aspect": 1.0, "zoom": 1.0, "mirrored": False}
BOX = np.array([[0.2, 0.5, 0.4, 0.8], [0.0, 0.0, 0.0, 0.0]], np.float32)


def _moved(centre=(0.0, 0.0), **changes):
    return moved(BOX, view({**STILL, **changes}, centre=centre))


def test_a_view_that_changes_nothing_leaves_the_boxes():
    assert _moved() == pytest.approx(BOX, abs=1e-6)


def test_a_mirror_exchanges_the_columns():
    assert _moved(mirrored=True)[0] == pytest.approx([0.2, 0.2, 0.4, 0.5], abs=1e-6)


def test_a_zoom_enlarges_about_the_middle():
    assert _moved(zoom=1.25)[0] == pytest.approx([0.125, 0.5, 0.375, 0.875], abs=1e-6)


def test_a_box_that_leaves_the_view_is_none():
    assert not _moved(centre=(-1.5, 0.0)).any()


@pytest.mark.parametrize("seed", range(6))
def test_a_drawn_lesion_stays_in_its_box(seed):
    rows, columns = (np.mgrid[:80, :80] + 0.5) / 80
    lesion = (((rows - 0.45) / 0.1) ** 2 + ((columns - 0.55) / 0.16) ** 2 < 1).astype(np.float32)
    box = np.array([[0.35, 0.39, 0.55, 0.71]], np.float32)
    sample = Sample(study="a", patient="a", inputs={"image": lesion[None]}, targets={"boxes": box})
    transform = WarpBoxes(warp=Warp(zoom=(0.8, 1.2), wander=0.05, on_lesion=False, fields=("image",)))
    step = transform.draw(np.random.default_rng(seed))
    seen = transform.apply(sample, step)
    where = np.argwhere(seen.inputs["image"][0] > 0.5)
    measured = [*(where.min(axis=0) / 80), *((where.max(axis=0) + 1) / 80)]
    assert seen.targets["boxes"][0] == pytest.approx(measured, abs=0.03)
