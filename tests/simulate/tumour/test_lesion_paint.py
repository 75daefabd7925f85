from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from osteon.geometry import matrix, to_mm, volume_grid
from osteon.simulate.person import anatomy, bones, fields
from osteon.simulate.person.body import Body
from osteon.simulate.person.patient import Patient
from osteon.simulate.person.tissues import TABLE, Tissue
from osteon.simulate.tumour import lesion_paint
from osteon.simulate.tumour.lesion import Content, Group, Lesion, Margin, Matrix, Periosteum, Region

BASE = Lesion(
    entity="osteosarcoma", group=Group.MALIGNANT, bone="femur_left", region=Region.METAPHYSIS,
    centre_mm=(91.0, 2.0, 560.0), size_mm=36.0, elongation=1.2, lobulation=0.2, seed=5,
)  # fmt: skip


def seen(lesion: Lesion, *, exam: str | None = None, mm: float = 1.25, reach: float = 25.0) -> Body:
    patient = Patient(build=0.0, lesions=(lesion,), exam=exam)
    return fields.body(patient, grid=fields.grid_around(patient, reach_mm=reach, spacing_mm=mm))


def share(body: Body, *tissues: Tissue) -> float:
    inside = body.tissue[body.lesion == 1]
    return float(np.isin(inside, tissues).mean())


def ml(body: Body, where: np.ndarray) -> float:
    return float(where.sum() * abs(np.linalg.det(matrix(body.grid)[:3, :3])) / 1000)


def test_the_volume_is_that_of_the_drawn_ellipsoid_on_any_grid():
    ball = replace(BASE, size_mm=24.0, elongation=1.0, lobulation=0.0, margin=Margin.IB)
    expected = np.pi / 6 * 2.4**3
    for mm in (0.8, 2.0):
        body = seen(ball, mm=mm, reach=8.0)
        assert lesion_paint.volume_ml(body, ball) == pytest.approx(expected, rel=0.04)


@pytest.mark.parametrize("wanted", [0.1, 0.5, 0.85])
def test_necrosis_is_the_drawn_share_before_and_after(wanted):
    lesion = replace(BASE, soft_tissue_mm=15.0, necrosis_before=wanted, necrosis_after=0.95)
    before, after = seen(lesion), seen(lesion, exam="post")
    assert share(before, Tissue.NECROSIS) == pytest.approx(wanted, abs=0.02)
    assert share(after, Tissue.NECROSIS) == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize("margin", [Margin.II, Margin.III])
def test_the_holes_that_a_tumour_has_eaten_are_of_its_share_too(margin):
    """A small tumour with a wide ill-defined margin is half holes."""
    lesion = replace(BASE, margin=margin, size_mm=28.0, necrosis_before=0.6, matrix=Matrix.OSTEOID, mineral=0.3)
    body = seen(lesion, mm=1.0)
    mineral, dead = share(body, Tissue.OSTEOID), share(body, Tissue.NECROSIS)
    assert mineral == pytest.approx(0.3, abs=0.03)
    assert dead / (1.0 - mineral) == pytest.approx(0.6, abs=0.03)


@pytest.mark.parametrize(
    ("kind", "tissue"),
    [(Matrix.OSTEOID, Tissue.OSTEOID), (Matrix.CHONDROID, Tissue.CALCIFIED_CHONDROID),
     (Matrix.GROUND_GLASS, Tissue.GROUND_GLASS), (Matrix.SCLEROTIC, Tissue.SCLEROSIS),
     (Matrix.MIXED, Tissue.SCLEROSIS)],
)  # fmt: skip
def test_mineral_is_the_drawn_share(kind, tissue):
    body = seen(replace(BASE, matrix=kind, mineral=0.4))
    assert share(body, tissue) == pytest.approx(0.4, abs=0.04)
    assert share(seen(replace(BASE, matrix=Matrix.LYTIC, mineral=0.4)), tissue) == 0


def test_a_response_shrinks_the_tumour_after_chemotherapy_alone():
    lesion = replace(BASE, response=0.7)
    before, after = (ml(b, b.lesion == 1) for b in (seen(lesion), seen(lesion, exam="post")))
    assert after / before == pytest.approx(0.7**3, rel=0.15)


def test_margins_go_from_a_rim_to_holes():
    bodies = {margin: seen(replace(BASE, margin=margin, size_mm=28.0)) for margin in Margin}
    rims = {m: int((b.tissue == Tissue.SCLEROSIS).sum()) for m, b in bodies.items()}
    assert rims[Margin.IA] > 300
    assert all(rims[m] == 0 for m in Margin if m is not Margin.IA)
    sizes = [ml(bodies[m], bodies[m].lesion == 1) for m in (Margin.IB, Margin.IC, Margin.II, Margin.III)]
    assert sizes == sorted(sizes)
    edges = [_islands(bodies[m].lesion == 1) for m in (Margin.IB, Margin.III)]
    assert edges[1] > edges[0] + 5


def _islands(mask: np.ndarray) -> int:
    from scipy import ndimage

    return int(ndimage.label(mask)[1])


def test_expansion_widens_the_bone_behind_a_thin_shell():
    blown = replace(BASE, expansion=1.5, size_mm=50.0, centre_mm=(95.0, -2.0, 600.0), content=Content.BLOOD)
    quiet = replace(blown, expansion=1.0)
    wide, narrow = seen(blown), seen(quiet)
    femur = bones.VALUE["femur_left"]
    assert (wide.bone == femur).sum() + (wide.lesion == 1).sum() > 1.2 * (
        (narrow.bone == femur).sum() + (narrow.lesion == 1).sum()
    )
    inside = {Tissue(v) for v in np.unique(wide.tissue[wide.lesion == 1])}
    assert {Tissue.BLOODY_FLUID, Tissue.CYST_FLUID, Tissue.FIBROUS, Tissue.CORTICAL} <= inside


def test_a_breach_opens_the_cortex():
    through = replace(BASE, size_mm=50.0, centre_mm=(95.0, -2.0, 600.0))
    left = [
        (b.tissue[b.lesion == 1] == Tissue.CORTICAL).sum()
        for b in (seen(replace(through, breach=breach)) for breach in (0.0, 0.4, 0.9))
    ]
    assert left[0] > 1.3 * left[1] > 1.6 * left[2]


def test_a_soft_tissue_mass_leaves_the_bone_and_not_the_skin():
    inside = seen(BASE, reach=60.0)
    outside = seen(replace(BASE, soft_tissue_mm=30.0), reach=40.0)
    healthy = seen(replace(BASE, size_mm=0.01), reach=75.0)
    assert ml(outside, outside.lesion == 1) > 1.8 * ml(inside, inside.lesion == 1)
    assert not np.isin(outside.tissue[outside.lesion == 1], (Tissue.SKIN, Tissue.AIR)).any()
    assert (healthy.lesion > 0).sum() <= 2


@pytest.mark.parametrize("kind", [k for k in Periosteum if k is not Periosteum.NONE])
def test_the_periosteum_lays_down_bone_outside_the_bone(kind):
    # In the shaft, where the tumour fills the bone.
    shaft = replace(BASE, centre_mm=(104.0, -8.0, 690.0), size_mm=60.0, elongation=2.0, region=Region.DIAPHYSIS)
    body, none = seen(replace(shaft, periosteum=kind)), seen(shaft)
    new = body.tissue == Tissue.PERIOSTEAL_BONE
    assert new.sum() > 100
    assert not (none.tissue == Tissue.PERIOSTEAL_BONE).any()
    assert (none.bone[new] == 0).all()


def test_an_exostosis_grows_out_under_a_cap():
    lesion = replace(BASE, region=Region.SURFACE, content=Content.BONE, size_mm=34.0, centre_mm=(112.0, -3.0, 600.0))
    body = seen(lesion)
    inside = {Tissue(v) for v in np.unique(body.tissue[body.lesion == 1])}
    assert inside == {Tissue.CORTICAL, Tissue.TRABECULAR, Tissue.CHONDROID}


def test_a_soft_tissue_tumour_spares_the_bone():
    lesion = replace(BASE, region=Region.SOFT_TISSUE, centre_mm=(130.0, -18.0, 740.0), size_mm=60.0)
    with_it, without = seen(lesion), seen(replace(lesion, size_mm=0.01), reach=75.0)
    femur = bones.VALUE["femur_left"]
    assert with_it.lesion.sum() > 1000
    assert not with_it.bone[with_it.lesion == 1].any()
    assert femur in without.bone


def test_oedema_lies_around_it_and_outside_the_label():
    body = seen(replace(BASE, oedema_mm=8.0))
    wet = body.tissue == Tissue.OEDEMA
    assert wet.sum() > 500
    assert not body.lesion[wet].any()


def test_uptake_is_as_drawn_in_the_living_part():
    body = seen(replace(BASE, uptake_ratio=4.0, suv=9.0, necrosis_before=0.3))
    living = (body.lesion == 1) & (body.tissue == Tissue.TUMOUR)
    tracer = (body.of("bone_tracer") * body.uptake_scale)[living]
    assert tracer == pytest.approx(4.0 * TABLE[Tissue.TRABECULAR].bone_tracer, rel=1e-5)
    assert (body.of("fdg_suv") * body.suv_scale)[living] == pytest.approx(9.0, rel=1e-5)


def test_the_body_that_was_given_stays_as_it_was():
    patient = Patient(build=0.0, lesions=(BASE,))
    healthy = fields.body(replace(patient, lesions=()), grid=fields.grid_around(patient, reach_mm=5.0, spacing_mm=3.0))
    kept = healthy.tissue.copy()
    painted = lesion_paint.paint(healthy, patient)
    assert (healthy.tissue == kept).all()
    assert not healthy.lesion.any()
    assert painted.lesion.any()
    assert lesion_paint.paint(healthy, Patient()) is healthy


def test_two_lesions_have_two_numbers():
    other = replace(BASE, number=2, centre_mm=(91.0, 4.0, 530.0), size_mm=15.0, seed=9)
    patient = Patient(build=0.0, lesions=(replace(BASE, size_mm=20.0, centre_mm=(92.0, 0.0, 575.0)), other))
    body = fields.body(patient, field="knee", spacing_mm=1.5)
    assert set(np.unique(body.lesion)) == {0, 1, 2}


def test_what_is_skipped_is_what_would_not_change():
    """`touches` only saves time: no point that it leaves out has a zone."""
    from osteon.simulate.person import anatomy
    from osteon.simulate.tumour import lesion_plan

    rng = np.random.default_rng(0)
    frame = anatomy.frame(Patient(build=0.0))
    femur = anatomy.bone_shapes(frame, "femur_left")
    for change in (
        {"lobulation": 1.0, "soft_tissue_mm": 40.0, "oedema_mm": 20.0},
        {"periosteum": Periosteum.CODMAN, "expansion": 1.7, "centre_mm": (104.0, -8.0, 690.0)},
        {"margin": Margin.III, "elongation": 2.0, "periosteum": Periosteum.SUNBURST},
    ):
        place = lesion_plan.plan(replace(BASE, **change), femur)
        low, high = lesion_plan.box(place)
        for x, y, z in rng.uniform(low, high, (6000, 3)):
            if not lesion_plan.touches(place, x, y, z):
                at = lesion_plan.see(place, x, y, z)
                assert lesion_plan.zone(place, at, x, y, z) == lesion_plan.NOTHING


def turned(patient: Patient, *, shape=(36, 44, 40), spacing=(1.6, 1.0, 1.3), angle=0.5) -> Body:
    """The patient about its first lesion on an oblique grid of uneven voxels."""
    c, s = np.cos(angle), np.sin(angle)
    steps = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]) @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = steps @ np.diag(spacing)
    affine[:3, 3] = np.array(patient.lesions[0].centre_mm) - affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    return fields.body(patient, grid=volume_grid(shape, affine))


def test_an_oblique_grid_of_uneven_voxels_holds_the_same_lesion():
    lesion = replace(BASE, size_mm=26.0, lobulation=0.5, necrosis_before=0.3, matrix=Matrix.OSTEOID, mineral=0.2)
    patient = Patient(build=0.0, lesions=(lesion,))
    straight, oblique = seen(lesion, mm=1.0, reach=8.0), turned(patient)
    volumes = [lesion_paint.volume_ml(body, lesion) for body in (straight, oblique)]
    assert volumes[1] == pytest.approx(volumes[0], rel=0.03)
    for tissue in (Tissue.NECROSIS, Tissue.OSTEOID, Tissue.TUMOUR):
        assert share(oblique, tissue) == pytest.approx(share(straight, tissue), abs=0.03)
    middles = [to_mm(b.grid, np.argwhere(b.lesion == 1)).mean(axis=0) for b in (straight, oblique)]
    np.testing.assert_allclose(*middles, atol=0.7)


@pytest.mark.parametrize("index", [0, 3])
def test_a_lesion_on_the_right_is_as_large_as_on_the_left(index):
    volumes = []
    for side, sign in (("left", 1.0), ("right", -1.0)):
        x, y, z = BASE.centre_mm
        lesion = replace(BASE, bone=f"femur_{side}", centre_mm=(sign * x, y, z), lobulation=0.0, seed=index)
        body = seen(lesion, reach=16.0)
        assert body.bone[body.lesion == 1].max(initial=0) in (0, bones.VALUE[f"femur_{side}"])
        volumes.append(lesion_paint.volume_ml(body, lesion))
    assert volumes[1] == pytest.approx(volumes[0], rel=0.06)


def test_what_lies_beside_the_field_is_not_painted_and_what_is_cut_is_cut_there():
    """The part of a lesion that a field holds is what a larger field shows there, voxel for voxel."""
    patient = Patient(build=0.0, lesions=(replace(BASE, oedema_mm=6.0, soft_tissue_mm=10.0, necrosis_before=0.4),))
    grid = fields.grid_around(patient, reach_mm=20.0, spacing_mm=2.0)
    whole = fields.body(patient, grid=grid)
    affine = matrix(grid)
    affine[:3, 3] = to_mm(grid, np.array([15, 4, 9]))
    shape = tuple(int(n) for n in np.array(grid.shape) - (20, 10, 14))
    part = fields.body(patient, grid=volume_grid(shape, affine))
    inside = tuple(slice(a, a + n) for a, n in zip((15, 4, 9), shape, strict=True))
    for name in ("tissue", "bone", "lesion", "density_scale", "uptake_scale", "suv_scale"):
        np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[inside], err_msg=name)
    far = fields.body(patient, field="hand_left", spacing_mm=4.0)
    assert not far.lesion.any()
    healthy = fields.body(replace(patient, lesions=()), field="hand_left", spacing_mm=4.0)
    assert (far.tissue == healthy.tissue).all()


def test_two_lesions_that_meet_share_no_voxel_and_lose_none():
    near = replace(BASE, number=2, centre_mm=(91.0, 2.0, 582.0), size_mm=30.0, seed=11)
    one, other = (replace(BASE, size_mm=30.0), near)
    patient = Patient(build=0.0, lesions=(one, other))
    grid = fields.grid_of(patient, field="knee_left", spacing_mm=2.0)
    both = fields.body(patient, grid=grid).lesion
    alone = [fields.body(replace(patient, lesions=(lesion,)), grid=grid).lesion for lesion in (one, other)]
    united = (alone[0] > 0) | (alone[1] > 0)
    assert ((both > 0) & ~united).sum() == 0
    assert (both > 0).sum() > 0.97 * united.sum()
    assert (both[alone[1] > 0] == 2).mean() > 0.97, "the later lies over the earlier"


def test_a_tumour_of_a_child_may_cross_its_growth_plate_and_takes_it_away():
    child = Patient(build=0.0, age_years=12.0, height_cm=150.0, weight_kg=42.0)
    frame = anatomy.frame(child)
    centre = tuple(float(v) for v in frame.at(90.0, 3.0, 552.0))
    lesion = replace(BASE, centre_mm=centre, size_mm=34.0, margin=Margin.IB)
    grid = fields.grid_of(child, field="knee_left", spacing_mm=1.5)
    before, after = (fields.body(replace(child, lesions=found), grid=grid) for found in ((), (lesion,)))
    femur = bones.VALUE["femur_left"]
    plate = (before.tissue == Tissue.CARTILAGE) & (before.bone == femur)
    assert (after.lesion[plate] == 1).any()
    assert not ((after.tissue == Tissue.CARTILAGE) & (after.lesion == 1)).any()
    assert ((after.tissue == Tissue.CARTILAGE) & (after.bone == femur)).sum() > 0, "the rest of it stays"
    assert (after.uptake_scale[(after.lesion == 1) & (after.tissue == Tissue.TUMOUR)] > 0).all()
