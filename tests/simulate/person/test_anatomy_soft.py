"""Organs on their sides, muscles beneath the skin, and a body that the field of the whole body really holds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from osteon.geometry import to_mm, voxel_ml
from osteon.simulate.person import anatomy, bones, fields
from osteon.simulate.person.anatomy_frame import frame
from osteon.simulate.person.anatomy_raster import rasterise
from osteon.simulate.person.patient import Patient
from osteon.simulate.person.tissues import Tissue
from osteon.simulate.tumour.entity_draw import anyone

MEAN = Patient(build=0.0)


@pytest.fixture(scope="module")
def trunk():
    grid = fields.grid_of(MEAN, field="whole", spacing_mm=5.0)
    return fields.body(MEAN, grid=grid)


def points(body, tissue: Tissue) -> np.ndarray:
    return to_mm(body.grid, np.argwhere(body.tissue == tissue))


def test_the_liver_is_on_the_right_and_the_heart_leans_to_the_left(trunk):
    assert points(trunk, Tissue.LIVER)[:, 0].mean() < -40.0
    assert points(trunk, Tissue.HEART)[:, 0].mean() > 10.0
    assert points(trunk, Tissue.HEART)[:, 1].mean() < -10.0, "and lies in front of the spine"


def test_both_kidneys_lie_behind_at_the_loin_and_the_bladder_in_the_pelvis(trunk):
    kidneys = points(trunk, Tissue.KIDNEY)
    left, right = kidneys[kidneys[:, 0] > 0], kidneys[kidneys[:, 0] < 0]
    assert len(left) == pytest.approx(len(right), rel=0.15)
    assert left[:, 2].mean() > right[:, 2].mean(), "the liver pushes the right one down"
    assert kidneys[:, 1].mean() > 20.0
    urine = points(trunk, Tissue.URINE)
    bladder = urine[urine[:, 2] < 1000.0]
    hips = to_mm(trunk.grid, np.argwhere(trunk.bone == bones.VALUE["hip_left"]))
    assert hips[:, 2].min() < bladder[:, 2].mean() < hips[:, 2].max()
    assert 60.0 < len(bladder) * voxel_ml(trunk.grid) < 400.0


@pytest.mark.parametrize(
    ("tissue", "low", "high"),
    # ICRP 89, reference man: lungs 2.5 to 4 l of tissue and air, liver 1,700 ml, kidneys 295 ml, brain 1,380 ml.
    [(Tissue.LUNG, 2000, 5000), (Tissue.LIVER, 900, 2200), (Tissue.KIDNEY, 180, 420), (Tissue.BRAIN, 1100, 1800)],
)
def test_organs_have_the_size_of_organs(trunk, tissue, low, high):
    assert low < (trunk.tissue == tissue).sum() * voxel_ml(trunk.grid) < high


def test_the_brain_lies_in_the_skull_and_weighs_what_it_should():
    body = fields.body(Patient(index=3), field="head", spacing_mm=2.5)
    skull, brain = body.bone == bones.VALUE["skull"], body.tissue == Tissue.BRAIN
    for axis in range(3):
        lows, highs = (
            [np.flatnonzero(m.any(axis=tuple(k for k in range(3) if k != axis)))[end] for m in (skull, brain)]
            for end in (0, -1)
        )
        assert lows[0] <= lows[1]
        assert highs[1] <= highs[0]
    mass = float(body.density_g_per_cm3[brain].sum()) * voxel_ml(body.grid)
    assert mass == pytest.approx(1.04 * brain.sum() * voxel_ml(body.grid), rel=1e-5), "none of the bone's texture in it"


@settings(max_examples=12, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(
    index=st.integers(0, 10_000), sex=st.sampled_from(("female", "male")), age=st.floats(2.0, 90.0),
    tall=st.floats(0.93, 1.07), bmi=st.floats(16.0, 38.0),
)  # fmt: skip
def test_the_whole_field_holds_the_whole_body(index, sex, age, tall, bmi):
    """Head, hands and toes: nothing of a body touches the edge of its own field."""
    height = tall * float(np.interp(age, (2.0, 10.0, 18.0), (87.0, 138.0, 170.0)))
    patient = Patient(index=index, sex=sex, age_years=age, height_cm=height, weight_kg=bmi * (height / 100.0) ** 2)
    body = fields.body(patient, field="whole", spacing_mm=10.0)
    for axis, name in enumerate(("soles and vertex", "front and back", "sides")):
        first, last = (body.tissue.take(i, axis=axis) for i in (0, -1))
        assert not first.any(), f"{name}: {int((first > 0).sum())} voxels at the start"
        assert not last.any(), f"{name}: {int((last > 0).sum())} voxels at the end"


@pytest.mark.parametrize("index", range(5))
def test_the_vertex_is_as_high_as_the_patient_is_tall(index):
    patient = replace(anyone(index, seed=2, age=(3.0, 80.0)), build=0.0)
    body = fields.body(patient, field="whole", spacing_mm=(4.0, 8.0, 8.0))
    heights = to_mm(body.grid, np.argwhere(body.tissue > 0))[:, 2]
    assert heights.max() == pytest.approx(10.0 * patient.height_cm, abs=7.0)
    assert heights.min() == pytest.approx(0.0, abs=8.0)


@pytest.mark.parametrize("weight", [48.0, 76.0, 120.0])
def test_girth_follows_weight(weight):
    """A body weighs about what its patient weighs: thin, average and stout, of one height."""
    patient = Patient(build=0.0, weight_kg=weight)
    body = fields.body(patient, field="whole", spacing_mm=(10.0, 6.0, 6.0))
    mass = float(body.density_g_per_cm3[body.tissue > 0].sum()) * voxel_ml(body.grid) / 1000.0
    assert mass == pytest.approx(weight, rel=0.2)


def test_the_skin_of_the_head_is_closed_and_millimetres_thick():
    body = fields.body(MEAN, field="head", spacing_mm=(50.0, 0.6, 0.6))
    heights = to_mm(body.grid, np.stack([np.arange(body.grid.shape[0]), *np.zeros((2, body.grid.shape[0]))], -1))[:, 2]
    for slab in body.tissue[(heights > 1640.0) & (heights < 1720.0)]:
        row = slab[slab.shape[0] // 2]
        for side in (row, row[::-1]):
            first = int(np.flatnonzero(side)[0])
            skin = int((side[first : first + 20] == Tissue.SKIN).sum())
            assert (side[first : first + skin] == Tissue.SKIN).all(), "all of it outside"
            assert skin * 0.6 == pytest.approx(1.8, abs=0.7)


@pytest.mark.parametrize("age", [2.0, 6.0, 30.0])
def test_the_field_of_the_head_holds_a_childs_large_head(age):
    height = float(np.interp(age, (2.0, 6.0, 18.0), (87.0, 116.0, 176.0)))
    patient = Patient(index=int(age), age_years=age, height_cm=height, weight_kg=17.0 * (height / 100.0) ** 2)
    body = fields.body(patient, field="head", spacing_mm=4.0)
    air = body.tissue == Tissue.AIR
    for edge in (air[-1], air[:, -1], air[:, :, 0], air[:, :, -1]):
        assert edge.all()
    wider = anatomy.healthy(patient, fields.grid_of(patient, field="head", spacing_mm=4.0, margin_mm=30.0))
    skull = bones.VALUE["skull"]
    assert (body.bone == skull).sum() == pytest.approx((wider.bone == skull).sum(), rel=0.03)


def test_muscle_stays_thinner_than_the_body():
    for weight in (48.0, 60.0, 76.0, 130.0):
        found = frame(Patient(build=0.0, weight_kg=weight))
        assert found.flesh(100.0) <= 0.97 * found.soft(100.0) + 1e-9


PEOPLE = {
    "mean": MEAN,
    "lean": Patient(weight_kg=52.0, build=0.0),
    "child": Patient(age_years=9.0, height_cm=134.0, weight_kg=28.0),
    "girl": Patient(sex="female", age_years=16.0, height_cm=160.0, weight_kg=44.0),
    "heavy": Patient(weight_kg=118.0),
}


@pytest.mark.parametrize("name", PEOPLE)
def test_nothing_sticks_out_of_the_skin(name):
    parts = anatomy.parts(frame(PEOPLE[name]))
    grid = fields.grid_of(PEOPLE[name], field="whole", spacing_mm=5.0)
    outline, whole = (rasterise(some, grid).tissue != Tissue.AIR for some in (parts[:1], parts))
    assert whole.sum() > 10_000
    assert not (whole & ~outline).any()


@pytest.mark.parametrize("name", ["lean", "child"])
def test_the_air_touches_skin_and_no_muscle_or_bone(name):
    body = fields.body(PEOPLE[name], field="knee_left", spacing_mm=1.0)
    air = body.tissue == Tissue.AIR
    beside = np.zeros_like(air)
    for axis in (0, 1, 2):
        for step in (-1, 1):
            beside |= np.roll(air, step, axis=axis)
    inner = np.zeros_like(air)
    inner[1:-1, 1:-1, 1:-1] = True
    touching = body.tissue[beside & ~air & inner]
    assert len(touching) > 1000
    assert (touching == Tissue.SKIN).mean() > 0.99
    assert not np.isin(touching, [Tissue.MUSCLE, Tissue.CORTICAL, Tissue.TRABECULAR]).any()
