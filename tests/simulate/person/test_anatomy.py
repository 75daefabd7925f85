from __future__ import annotations

import numpy as np
import pytest

from osteon.geometry import matrix, to_index, volume_grid
from osteon.simulate.person import anatomy, bones, fields
from osteon.simulate.person.body import Body
from osteon.simulate.person.patient import Patient
from osteon.simulate.person.tissues import Tissue

MEAN = Patient(build=0.0)


@pytest.fixture(scope="module")
def whole() -> Body:
    return fields.body(MEAN, field="whole", spacing_mm=5.0)


def ml(body: Body, where: np.ndarray) -> float:
    return float(where.sum() * abs(np.linalg.det(matrix(body.grid)[:3, :3])) / 1000.0)


def test_every_bone_is_there(whole):
    assert set(np.unique(whole.bone)) - {0} == set(bones.VALUE.values())


@pytest.mark.parametrize(
    ("bone", "low", "high"),
    # Lindgren Belal 2019 (sheet 31): Th7 36, L3 75, sacrum 283, a seventh rib 31, sternum 72 ml; ours within a factor.
    [("vertebra_T7", 15, 60), ("vertebra_L3", 40, 110), ("sacrum", 140, 350), ("rib_left_7", 15, 50),
     ("sternum", 25, 100), ("femur_left", 350, 700), ("hip_left", 200, 450)],
)  # fmt: skip
def test_bones_have_the_size_of_bones(whole, bone, low, high):
    assert low < ml(whole, whole.bone == bones.VALUE[bone]) < high


def test_the_body_has_its_weight(whole):
    grams = (whole.density_g_per_cm3 * 0.125)[whole.tissue != Tissue.AIR].sum()
    assert grams == pytest.approx(76_000, rel=0.2)


def test_left_is_the_patients_left(whole):
    column = np.nonzero(whole.bone == bones.VALUE["femur_left"])[2].mean()
    assert to_index(whole.grid, np.array([[90.0, 0.0, 700.0]]))[0, 2] == pytest.approx(column, abs=5)
    patella = np.nonzero(whole.bone == bones.VALUE["patella_left"])
    femur = np.nonzero(whole.bone == bones.VALUE["femur_left"])
    assert patella[1].mean() < femur[1].mean(), "the patella lies in front"


def test_the_mean_body_is_symmetric():
    one, other = (fields.body(MEAN, field=f"knee_{side}", spacing_mm=2.0) for side in bones.SIDES)
    assert (one.tissue == other.tissue[:, :, ::-1]).mean() > 0.995
    left, right = bones.VALUE["femur_left"], bones.VALUE["femur_right"]
    assert (one.bone == left).sum() == pytest.approx((other.bone == right).sum(), rel=0.01)


def test_a_long_bone_has_a_cavity_in_the_shaft_and_spongy_ends():
    shaft = fields.body(MEAN, field="thigh_left", spacing_mm=2.5)
    femur = shaft.bone == bones.VALUE["femur_left"]
    middle = femur & (np.arange(len(femur))[:, None, None] == len(femur) // 2)
    kinds = {Tissue(v) for v in np.unique(shaft.tissue[middle])}
    assert kinds == {Tissue.CORTICAL, Tissue.YELLOW_MARROW}
    knee = fields.body(MEAN, field="knee_left", spacing_mm=2.5)
    assert (knee.tissue[knee.bone == bones.VALUE["femur_left"]] == Tissue.TRABECULAR).mean() > 0.5


def test_growth_plates_are_open_in_children_alone():
    child = fields.body(Patient(age_years=11, height_cm=144, weight_kg=37), field="knee_left", spacing_mm=1.5)
    grown = fields.body(Patient(age_years=25), field="knee_left", spacing_mm=1.5)

    def plate(body: Body) -> int:
        return int(((body.tissue == Tissue.CARTILAGE) & (body.bone == bones.VALUE["femur_left"])).sum())

    assert plate(child) > 300
    assert plate(grown) == 0
    assert child.uptake_scale.max() >= 5.0
    assert grown.uptake_scale.max() == 1.0


def test_loss_of_bone_and_worn_joints_show():
    old = Patient(age_years=80, bone_mass=0.6, degeneration=1.0, build=0.0)
    one, other = (fields.body(p, field="knee_left", spacing_mm=2.0) for p in (MEAN, old))
    mineral = [float(b.density_scale[b.tissue == Tissue.TRABECULAR].mean()) for b in (one, other)]
    assert mineral[1] < 0.9 * mineral[0]
    assert other.uptake_scale.max() > 1.2


def test_any_grid_shows_the_same_body():
    grid = fields.grid_of(MEAN, field="knee_left", spacing_mm=3.0)
    straight = anatomy.healthy(MEAN, grid)
    affine = matrix(grid)
    turned = affine.copy()
    turned[:3, :3] = affine[:3, [2, 0, 1]]
    shape = (grid.shape[2], grid.shape[0], grid.shape[1])
    other = anatomy.healthy(MEAN, volume_grid(shape, turned))
    assert (other.tissue.transpose(1, 2, 0) == straight.tissue).all()
    assert np.allclose(other.density_scale.transpose(1, 2, 0), straight.density_scale)


def test_an_oblique_grid_agrees_with_the_straight_one_where_they_meet():
    grid = fields.grid_of(MEAN, field="knee_left", spacing_mm=2.0)
    straight = anatomy.healthy(MEAN, grid)
    angle = np.radians(20)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = turn @ matrix(grid)[:3, :3]
    affine[:3, 3] = [60.0, -20.0, 480.0]
    oblique = anatomy.healthy(MEAN, volume_grid((30, 30, 30), affine))
    index = np.stack(np.meshgrid(*[np.arange(30)] * 3, indexing="ij"), axis=-1)
    at = np.rint(to_index(grid, index @ affine[:3, :3].T + affine[:3, 3])).astype(int)
    assert (straight.tissue[tuple(np.moveaxis(at, -1, 0))] == oblique.tissue).mean() > 0.9


def test_people_differ_and_one_person_does_not():
    one, again, other = (fields.body(Patient(index=i), field="knee_left", spacing_mm=4.0).tissue for i in (1, 1, 2))
    assert one.shape == other.shape
    assert (one == again).all()
    assert (one != other).mean() > 0.01


def test_a_child_is_no_shrunken_adult():
    child = anatomy.frame(Patient(age_years=2, height_cm=87, weight_kg=12, build=0.0))
    grown = anatomy.frame(MEAN)
    assert child.head / child.scale > 1.3 * grown.head / grown.scale
    assert child.at(0, 0, 930)[2] / 870 < 0.47 < grown.at(0, 0, 930)[2] / 1760
