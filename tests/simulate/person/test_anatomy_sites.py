"""Named places in bones: on the side that is asked for, in the field that shows them, the same each time."""

import numpy as np
import pytest

from osteon.simulate.person import anatomy, anatomy_sites, bones, fields
from osteon.simulate.person.anatomy_raster import depth_of
from osteon.simulate.person.anatomy_sites import SITES, centre_of, within
from osteon.simulate.person.patient import Patient
from osteon.simulate.tumour.lesion import Region

PATIENT = Patient(index=3)


def at(site, *, side="left", along=0.5, aside=0.0, seed=0, patient=PATIENT):
    bone, spot = centre_of(patient, site, side=side, along=along, aside=aside, rng=np.random.default_rng(seed))
    return bone, np.array(spot)


def test_every_field_of_a_site_is_a_field():
    for site in SITES.values():
        assert site.fields[-1] == "whole"
        assert set(site.fields) <= set(fields.FIELDS)


@pytest.mark.parametrize("site", [name for name, s in SITES.items() if f"{s.bone}_left" in bones.VALUE])
def test_left_and_right_are_mirrored(site):
    (left, one), (right, other) = (
        at(site, patient=Patient(build=0.0)),
        at(site, side="right", patient=Patient(build=0.0)),
    )
    assert (bones.side(left), bones.side(right)) == ("left", "right")
    assert one[0] > 0 > other[0]
    assert np.allclose(one * (-1, 1, 1), other, atol=1.0)


@pytest.mark.parametrize("site", list(SITES))
def test_a_place_lies_in_the_closest_field_that_shows_it(site):
    bone, spot = at(site)
    side = bones.side(bone)
    name = SITES[site].fields[0]
    field = f"{name}_{side}" if fields.FIELDS[name].paired else name
    low, high = fields.bounds_mm(PATIENT, field=field)
    assert (spot > low - 15).all()
    assert (spot < high + 15).all()


def test_the_same_chance_gives_the_same_place_and_another_another():
    for site in ("rib", "thoracic spine", "ilium"):
        assert at(site, seed=4)[0] == at(site, seed=4)[0]
        assert np.array_equal(at(site, seed=4)[1], at(site, seed=4)[1])
    assert len({at("rib", seed=seed)[0] for seed in range(20)}) > 4
    assert len({at("lumbar spine", seed=seed)[0] for seed in range(30)}) == 5


def test_along_runs_along_the_bone_and_aside_leaves_its_middle():
    start, end = (at("femur shaft", along=share)[1] for share in (0.0, 1.0))
    assert end[2] - start[2] > 90
    middle, surface = (at("femur shaft", aside=share)[1] for share in (0.0, 1.0))
    assert 5 < np.linalg.norm(surface - middle) < 25


def test_a_soft_tissue_tumour_is_not_moved_by_a_bone():
    site = "thigh, soft tissue"
    assert SITES[site].region is Region.SOFT_TISSUE
    assert np.array_equal(at(site, aside=0.0)[1], at(site, aside=1.0)[1])


def test_what_a_field_shows():
    assert "femur shaft" in within("thigh")
    assert "femur shaft" not in within("knee")
    assert set(within("whole")) == set(anatomy_sites.SITES)


@pytest.mark.parametrize("site", ["skull", "sacrum", "lower sacrum"])
def test_a_bone_of_the_midline_has_tumours_on_either_side(site):
    """Its stretch lies to one side: mirrored for the other, else a cohort's tumours would all be on the left."""
    (bone, one), (same, other) = (at(site, side=side, patient=Patient(build=0.0)) for side in ("left", "right"))
    assert bone == same == site.removeprefix("lower ")
    assert one[0] > 0.5
    assert np.allclose(one * (-1, 1, 1), other, atol=1e-6)


@pytest.mark.parametrize("age", [3.0, 14.0, 80.0])
def test_sites_lie_in_their_bones_in_the_small_and_the_old(age):
    height = float(np.interp(age, (3.0, 14.0, 18.0), (95.0, 163.0, 176.0)))
    patient = Patient(index=int(age), age_years=age, height_cm=height, weight_kg=19.0 * (height / 100.0) ** 2)
    frame = anatomy.frame(patient)
    for name, site in SITES.items():
        bone, spot = at(name, patient=patient, along=0.3, aside=0.6)
        if site.region is not Region.SOFT_TISSUE:
            assert depth_of(anatomy.bone_shapes(frame, bone), *spot) < 1.0, name
        assert site.bone.startswith(bones.kind(bone)), "the bone that the site names"
