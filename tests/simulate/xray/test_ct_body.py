from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from osteon.errors import GeometryError, InputError
from osteon.geometry import volume_grid
from osteon.simulate.person.tissues import Tissue
from osteon.simulate.xray.attenuation import tissue_attenuation, water_attenuation
from osteon.simulate.xray.ct_body import body_of_ct
from osteon.types import Image

AFFINE = np.array([[0.3, 0, 1.0, -10], [0, 1.0, 0, 5], [2.0, 0, 0, 7], [0, 0, 0, 1]])


def _image(values, unit="HU", **facts):
    values = np.asarray(values, np.float32)
    return Image(
        grid=volume_grid(values.shape, AFFINE), modality="CT", unit=unit, load=partial(np.copy, values), facts=facts
    )


def _steps():
    return np.arange(-1000, 3200, 25, dtype=np.float32)[: 8 * 21].reshape(4, 6, 7)


@pytest.mark.parametrize(("kvp", "kev"), [(None, 65.0), (80.0, 51.0), (140.0, 71.0)])
def test_every_voxel_attenuates_as_its_hu_say(kvp, kev):
    hu = _steps()
    body = body_of_ct(_image(hu) if kvp is None else _image(hu, KVP=kvp))
    at = np.array([kev])
    own = {tissue: tissue_attenuation([tissue], at)[0, 0] for tissue in np.unique(body.tissue)}
    found = np.vectorize(own.get)(body.tissue) * body.density_scale
    expected = water_attenuation(at)[0] * (1 + hu / 1000)
    matter = (body.tissue != Tissue.AIR) & (body.tissue != Tissue.METAL)
    np.testing.assert_allclose(found[matter], expected[matter], rtol=1e-4)


@pytest.mark.parametrize(
    ("hu", "tissue"),
    [
        (-1000, Tissue.AIR),
        (-700, Tissue.LUNG),
        (-100, Tissue.FAT),
        (45, Tissue.MUSCLE),
        (300, Tissue.TRABECULAR),
        (1400, Tissue.CORTICAL),
        (3071, Tissue.METAL),
    ],
)
def test_ranges_of_hu(hu, tissue):
    body = body_of_ct(_image(np.full((2, 2, 2), hu)))
    assert (body.tissue == tissue).all()
    if tissue not in (Tissue.AIR, Tissue.METAL, Tissue.LUNG):
        assert body.density_scale == pytest.approx(1.0, abs=0.2)  # as dense as that tissue is


def test_metal_is_solid():
    assert (body_of_ct(_image(np.full((2, 2, 2), 3071))).density_scale == 1).all()


def test_the_mask_becomes_the_lesion_and_the_grid_stays():
    mask = np.zeros((4, 6, 7), np.int16)
    mask[1, 2:4, 3] = 2
    body = body_of_ct(_image(_steps()), _image(mask, unit="label"))
    assert (body.lesion == mask).all()
    assert body.lesion.dtype == np.uint8
    assert body.grid == _image(_steps()).grid
    assert "patient's CT" in body.notes[0]


def test_what_is_no_ct_in_place_is_refused():
    with pytest.raises(InputError, match="in HU"):
        body_of_ct(_image(_steps(), unit=None))
    nowhere = _image(_steps())
    with pytest.raises(GeometryError, match="one grid"):
        body_of_ct(replace(nowhere, grid=replace(nowhere.grid, affine=None)))
    with pytest.raises(GeometryError, match="one grid"):
        body_of_ct(_image(_steps()), _image(np.zeros((4, 6, 8)), unit="label"))
