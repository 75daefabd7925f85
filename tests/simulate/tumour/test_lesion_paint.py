from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from osteon.geometry import matrix
from osteon.simulate.person import bones, fields
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
