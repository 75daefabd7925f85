from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from osteon.errors import RequestError
from osteon.geometry import to_mm
from osteon.simulate.person import bones, fields, implant
from osteon.simulate.person.body import Body
from osteon.simulate.person.implant import END_MM, KINDS, NAIL_MM, Implant, placed
from osteon.simulate.person.patient import Patient
from osteon.simulate.person.tissues import Tissue
from osteon.simulate.tumour.lesion import Group, Lesion, Region

LESION = Lesion(
    entity="osteosarcoma", group=Group.MALIGNANT, bone="femur_left", region=Region.METAPHYSIS,
    centre_mm=(88.0, 0.0, 520.0), size_mm=50.0,
)  # fmt: skip


@pytest.fixture(scope="module")
def thigh() -> Body:
    """A femur that the field cuts off below, with a tumour in it; its upper end is in the field."""
    body = fields.body(Patient(lesions=(LESION,), build=0.0), field="femur_left", spacing_mm=3.0)
    return replace(body, uptake_scale=np.full(body.tissue.shape, 2.0, np.float32), suv_scale=None)


def metal_mm(body: Body) -> np.ndarray:
    """Return the places (x, y, z) of the metal."""
    return to_mm(body.grid, np.argwhere(body.tissue == Tissue.METAL).astype(float))


@pytest.mark.parametrize("kind", KINDS)
def test_metal_takes_the_place_of_what_is_there_and_leaves_the_rest(thigh, kind):
    made = placed(thigh, Implant(kind=kind, bone="femur_left"))
    metal = made.tissue == Tissue.METAL
    assert metal.any()
    assert not made.lesion[metal].any()
    assert not made.bone[metal].any()
    assert (made.uptake_scale[metal] == 1.0).all()
    for name in ("tissue", "bone", "lesion", "uptake_scale"):
        assert np.array_equal(getattr(made, name)[~metal], getattr(thigh, name)[~metal]), name
    assert made.suv_scale is thigh.suv_scale is None
    assert (thigh.tissue[metal] != Tissue.AIR).all(), "nothing sticks out of the skin"
    assert not (thigh.tissue == Tissue.METAL).any(), "the body that was given stays"


def test_a_nail_lies_in_the_bone_and_is_as_thick_as_its_canal_takes(thigh):
    made = placed(thigh, Implant(kind="nail", bone="femur_left"))
    metal = made.tissue == Tissue.METAL
    assert (thigh.bone[metal] == bones.VALUE["femur_left"]).mean() > 0.85
    places = metal_mm(made)
    sections = [places[places[:, 2] == z] for z in np.unique(places[:, 2])]
    widths = np.array([np.ptp(section[:, :2], axis=0).max() for section in sections])
    assert widths.max() <= 2 * NAIL_MM[1]
    assert (thigh.lesion[metal] > 0).any(), "it runs through the tumour"


def test_a_plate_lies_on_its_side_of_the_bone_and_screws_go_through(thigh):
    own = thigh.bone == bones.VALUE["femur_left"]
    middle = to_mm(thigh.grid, np.argwhere(own).astype(float)).mean(axis=0)
    for turn, axis, sign in ((0.0, 0, 1), (180.0, 0, -1), (90.0, 1, 1)):
        made = placed(thigh, Implant(kind="plate", bone="femur_left", turn_degrees=turn))
        places = metal_mm(made)
        by_height = [places[places[:, 2] == z] for z in np.unique(places[:, 2])]
        plain = np.concatenate([p for p in by_height if len(p) <= np.median([len(q) for q in by_height])])
        assert sign * (plain[:, axis].mean() - middle[axis]) > 8.0, turn
        inside = own[made.tissue == Tissue.METAL]
        assert 0.05 < inside.mean() < 0.7


def test_metal_ends_before_the_joint_and_goes_on_where_the_field_cuts_the_bone_off(thigh):
    heights = to_mm(thigh.grid, np.argwhere(thigh.bone == bones.VALUE["femur_left"]).astype(float))[:, 2]
    metal = metal_mm(placed(thigh, Implant(kind="nail", bone="femur_left")))[:, 2]
    assert metal.max() <= heights.max() - END_MM + 1e-6
    cut = fields.body(Patient(lesions=(LESION,), build=0.0), field="thigh_left", spacing_mm=3.0)
    metal = metal_mm(placed(cut, Implant(kind="nail", bone="femur_left")))[:, 2]
    edges = to_mm(cut.grid, np.array([[0, 0, 0], [cut.grid.shape[0] - 1, 0, 0]]))[:, 2]
    assert (metal.min(), metal.max()) == pytest.approx(tuple(edges))


def test_a_thin_bone_gets_a_thin_nail_and_a_narrow_plate():
    leg = fields.body(Patient(build=0.0), field="leg_left", spacing_mm=2.0)
    sizes = {
        (kind, bone): (placed(leg, Implant(kind=kind, bone=bone)).tissue == Tissue.METAL).sum()
        for kind in KINDS
        for bone in ("fibula_left", "tibia_left")
    }
    assert all(sizes[kind, "fibula_left"] < 0.7 * sizes[kind, "tibia_left"] for kind in KINDS)


def test_a_bone_that_is_not_in_the_field_takes_none(thigh):
    with pytest.raises(RequestError, match="the field holds 0 slices of it; widen it"):
        placed(thigh, Implant(kind="nail", bone="humerus_left"))


def test_kinds_are_those_that_can_be_placed():
    assert KINDS == ("nail", "plate")
    assert implant.Kind.__args__ == KINDS
