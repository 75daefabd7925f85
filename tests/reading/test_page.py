import numpy as np
import pytest

from osteon.reading import page
from osteon.reading.findings import Draft
from osteon.types import Finding, Grid, Image, Maker, Reading

MAKER = Maker(system="s")


def draft(pixels, *, file="a", **more):
    image = Image(grid=Grid(shape=pixels.shape), modality="CT", load=lambda: pixels)
    given = {k: more.pop(k) for k in ("box_px", "box_voxels") if k in more}
    finding = Finding(system="s", task="t", study="x", file=file, probabilities={"a": 1.0}, maker=MAKER, **given)
    return Draft(finding=finding, image=image, pixels=pixels if pixels.ndim == 2 else None, **more)


def html(*drafts):
    reading = Reading(patient="p", findings=tuple(d.finding for d in drafts), maker=MAKER)
    return page.html(reading, drafts=drafts, cards=())


def test_of_a_volume_the_slice_with_most_of_the_outline_is_drawn(monkeypatch):
    volume = np.arange(5)[:, None, None] * np.ones((5, 8, 8))
    mask = np.zeros((5, 8, 8), np.uint8)
    mask[3, 2:6, 2:6], mask[1, 0, 0] = 1, 1
    drawn = []
    monkeypatch.setattr("osteon.report.picture.plate", lambda pixels, **more: drawn.append((pixels, more)))
    html(draft(volume, mask=mask, box_voxels=(1, 0, 0, 4, 6, 6)), draft(volume, file="b"))
    (first, more), (second, _) = drawn
    assert first.max() == 3
    assert more["mask"].sum() == 16
    assert more["box_px"] == (0, 0, 6, 6)
    assert second.max() == 2, "the middle one where nothing is outlined"


@pytest.mark.parametrize(("whole", "plates"), [(True, 1), (False, 2)])
def test_a_lesion_that_is_the_whole_outline_is_drawn_once(rng, whole, plates):
    pixels = rng.random((20, 20))
    text = html(draft(pixels), draft(pixels, whole=whole))
    assert text.count("the image, with what was found outlined") == plates


def test_a_spectrum_has_no_picture(rng):
    finding = Finding(system="s", task="t", study="x", probabilities={"a": 1.0}, maker=MAKER)
    assert "data:image" not in html(Draft(finding=finding))
