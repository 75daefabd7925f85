"""The column stands in order, each rib on its vertebra, and the canal is open from the neck to the sacrum."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import ndimage

from osteon.geometry import matrix, to_mm
from osteon.simulate.person import anatomy, bones, fields
from osteon.simulate.person.anatomy_raster import depth_of
from osteon.simulate.person.anatomy_spine import chest, depth, place, rib_points
from osteon.simulate.person.patient import Patient
from osteon.simulate.person.tissues import Tissue
from osteon.simulate.tumour.entity_draw import anyone

PEOPLE = (
    Patient(build=0.0), Patient(index=4, sex="female", age_years=71.0, height_cm=155.0, weight_kg=80.0, bone_mass=0.7),
    Patient(index=5, age_years=4.0, height_cm=103.0, weight_kg=17.0),
)  # fmt: skip
COLUMN = (*bones.CERVICAL, *bones.THORACIC, *bones.LUMBAR, "sacrum")


def middle_mm(body, bone: str) -> np.ndarray:
    return to_mm(body.grid, np.argwhere(body.bone == bones.VALUE[bone])).mean(axis=0)


def test_vertebrae_go_down_from_the_neck_to_the_pelvis():
    heights = [place(name)[2] for name in COLUMN[:-1]]
    assert all(high > low + 12.0 for high, low in pairwise(heights))
    assert len(heights) == 24


def test_the_curve_is_lordosis_kyphosis_lordosis():
    """Of the neck and the loin the middle lies in front of the ends, of the chest behind them."""
    neck, chest_, loin = (
        [depth(place(f"vertebra_{name}")[2]) for name in names]
        for names in (("C1", "C4", "C7"), ("T1", "T7", "T12"), ("L1", "L4", "L5"))
    )
    assert neck[1] < max(neck[0], neck[2])
    assert chest_[1] > max(chest_[0], chest_[2])
    assert loin[1] < loin[2]


@pytest.mark.parametrize("patient", PEOPLE, ids=("mean", "old woman", "child"))
def test_every_vertebra_of_a_painted_body_lies_above_the_next(patient):
    body = fields.body(patient, field="spine", spacing_mm=(3.0, 4.0, 4.0))
    names = COLUMN[len(bones.CERVICAL) :]
    heights = [middle_mm(body, name)[2] for name in names]
    assert all(high > low for high, low in pairwise(heights))
    assert all(abs(middle_mm(body, name)[0]) < 15.0 for name in names)


@pytest.mark.parametrize("patient", PEOPLE, ids=("mean", "old woman", "child"))
def test_the_canal_is_open(patient):
    """A cord has its way: no bone at the middle of any ring, discs and bodies in front of it."""
    frame = anatomy.frame(patient)
    for name in COLUMN[:-1]:
        _, y, z = place(name)
        rows = anatomy.bone_shapes(frame, name)
        ring = rows[1]
        body = depth_of(rows[:1], *frame.at(0.0, y, z))
        assert body < -5.0 * frame.scale, "its body is massive"
        behind = ring[:3] + 0.5 * ring[12] * ring[9:12]
        assert behind[1] > frame.at(0.0, y, z)[1] + 10.0 * frame.scale, "the ring lies behind the body"
    grid = fields.grid_of(patient, field="lumbar", spacing_mm=2.0)
    made = anatomy.healthy(patient, grid)
    affine = matrix(grid)
    _, y, z = place("vertebra_L3")
    canal = frame.at(0.0, y + 16.8 + 8.0, z)
    at = np.rint((canal - affine[:3, 3]) @ np.linalg.inv(affine[:3, :3]).T).astype(int)
    assert not made.bone[tuple(at)]


def test_ribs_start_at_their_vertebra_and_end_in_front():
    for number in range(1, 13):
        points = rib_points(number)
        _, y, z = place(f"vertebra_T{number}")
        assert np.linalg.norm(np.subtract(points[0], (0.0, y, z))) < 35.0
        assert points[0][1] > y, "behind the middle of the body"
        assert all(p[0] > 0.0 for p in points), "a left rib stays on the left"
        assert points[-1][2] < points[0][2], "it slopes down"
        across, deep, middle = chest(z)
        assert max(p[0] for p in points) < 1.02 * max(across, chest(z - 60)[0])
        assert min(p[1] for p in points) > middle - 1.1 * max(deep, chest(z - 110)[1])
    assert rib_points(12)[-1][1] > rib_points(7)[-1][1], "the last ones float: they end at the back"


@pytest.mark.parametrize("index", range(2))
def test_neighbouring_ribs_do_not_touch(index):
    body = fields.body(anyone(index, seed=9, age=(8.0, 80.0)), field="thorax", spacing_mm=3.0)
    for side in bones.SIDES:
        for number in range(1, 12):
            upper, lower = (body.bone == bones.VALUE[f"rib_{side}_{n}"] for n in (number, number + 1))
            assert not (ndimage.binary_dilation(upper) & lower).any(), (side, number)


@pytest.mark.parametrize("patient", PEOPLE[:2], ids=("mean", "old woman"))
def test_ribs_lie_on_their_side_around_lungs_and_behind_the_sternum(patient):
    body = fields.body(patient, field="thorax", spacing_mm=4.0)
    lungs = to_mm(body.grid, np.argwhere(body.tissue == Tissue.LUNG))
    left = lungs[lungs[:, 0] > 0]
    for number in (3, 5):
        one, other = (middle_mm(body, f"rib_{side}_{number}") for side in bones.SIDES)
        assert one[0] > 20.0
        assert other[0] < -20.0
        assert one[0] == pytest.approx(-other[0], abs=20.0)
        rib = to_mm(body.grid, np.argwhere(body.bone == bones.VALUE[f"rib_left_{number}"]))
        at_level = left[np.abs(left[:, 2] - rib[rib[:, 0].argmax(), 2]) < 5.0]
        assert len(at_level) > 20
        assert rib[:, 0].max() > at_level[:, 0].max() - 8.0, "the lung lies within"
    assert middle_mm(body, "sternum")[1] < middle_mm(body, "vertebra_T7")[1] - 80.0


def test_discs_lie_between_bodies():
    patient = Patient(build=0.0)
    body = fields.body(patient, field="lumbar", spacing_mm=1.5)
    heights = to_mm(body.grid, np.argwhere(body.tissue == Tissue.DISC))[:, 2]
    levels = [anatomy.frame(patient).at(*place(name))[2] for name in bones.LUMBAR]
    for high, low in pairwise(levels):
        between = (heights > low) & (heights < high)
        assert between.sum() > 500
        assert np.percentile(np.abs(heights[between] - 0.5 * (high + low)), 90) < 7.0
