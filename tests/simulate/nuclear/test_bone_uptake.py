import numpy as np
import pytest

from osteon.errors import RequestError
from osteon.simulate.nuclear.bone_uptake import by_bone, tracer, with_uptake_ratio
from osteon.simulate.person import bones
from osteon.simulate.person.tissues import TABLE, Tissue
from tests.simulate.nuclear.phantoms import box

SPINE, FEMUR = bones.VALUE["vertebra_L2"], bones.VALUE["femur_left"]


@pytest.fixture
def body():
    """Muscle with a vertebra, a femur and, in the vertebra, a lesion."""
    made = box(shape=(12, 12, 12))
    made.tissue[2:10, 2:5, 2:10], made.bone[2:10, 2:5, 2:10] = Tissue.TRABECULAR, SPINE
    made.tissue[2:10, 8:11, 2:10], made.bone[2:10, 8:11, 2:10] = Tissue.CORTICAL, FEMUR
    made.tissue[4:7, 3, 4:7], made.lesion[4:7, 2:5, 4:7] = Tissue.SCLEROSIS, 1
    return made


def test_every_bone_has_a_factor_and_a_growing_one_more():
    adult, child = by_bone(50.0), by_bone(10.0)
    values = list(bones.VALUE.values())
    assert (adult[values] > 0).all()
    assert (child[values] > adult[values]).all()
    assert (by_bone(85.0)[values] < adult[values]).all()


def test_sides_take_up_alike():
    adult = by_bone(50.0)
    for name in ("femur", "humerus", "hip", "foot"):
        assert adult[bones.VALUE[f"{name}_left"]] == adult[bones.VALUE[f"{name}_right"]]


def test_tracer_is_the_tissues_times_the_bones_and_the_bodys_scale(body):
    found = tracer(body, age_years=50.0)
    assert found[0, 0, 0] == TABLE[Tissue.MUSCLE].bone_tracer
    assert found[2, 2, 2] == pytest.approx(TABLE[Tissue.TRABECULAR].bone_tracer)
    assert found[2, 8, 2] == pytest.approx(TABLE[Tissue.CORTICAL].bone_tracer * by_bone(50.0)[FEMUR])
    scale = np.full(body.tissue.shape, 3.0, np.float32)
    worn = type(body)(grid=body.grid, tissue=body.tissue, bone=body.bone, lesion=body.lesion, uptake_scale=scale)
    assert tracer(worn, age_years=50.0) == pytest.approx(3.0 * found)


def test_a_lesion_takes_up_what_its_tissue_does(body):
    body.tissue[4, 9, 4], body.lesion[4, 9, 4] = Tissue.SCLEROSIS, 2
    assert tracer(body, age_years=50.0)[4, 9, 4] == TABLE[Tissue.SCLEROSIS].bone_tracer


@pytest.mark.parametrize("ratio", [0.0, 0.3, 2.5, 12.0])
def test_a_lesion_has_the_uptake_ratio_asked_for(body, ratio):
    made = with_uptake_ratio(body, lesion=1, ratio=ratio, age_years=50.0)
    uptake = tracer(made, age_years=50.0)
    healthy = (body.bone == SPINE) & (body.lesion == 0)
    assert uptake[body.lesion == 1].mean() / uptake[healthy].mean() == pytest.approx(ratio, rel=1e-4)
    assert np.array_equal(uptake[body.lesion == 0], tracer(body, age_years=50.0)[body.lesion == 0])
    assert body.uptake_scale is None


def test_differences_within_the_lesion_stay(body):
    before = tracer(body, age_years=50.0)[body.lesion == 1]
    after = tracer(with_uptake_ratio(body, lesion=1, ratio=5.0, age_years=50.0), age_years=50.0)[body.lesion == 1]
    assert after / before == pytest.approx(np.full(before.shape, after[0] / before[0]), rel=1e-4)


def test_a_lesion_outside_bone_is_compared_with_all_bone(body):
    body.lesion[0, 0, :3] = 2
    made = with_uptake_ratio(body, lesion=2, ratio=2.0, age_years=50.0)
    uptake = tracer(made, age_years=50.0)
    healthy = (body.bone > 0) & (body.lesion == 0)
    assert uptake[body.lesion == 2].mean() == pytest.approx(2.0 * uptake[healthy].mean(), rel=1e-4)


@pytest.mark.parametrize(("lesion", "ratio"), [(0, 2.0), (7, 2.0), (1, -1.0)])
def test_what_cannot_be_meant_is_refused(body, lesion, ratio):
    with pytest.raises(RequestError, match="uptake ratio needs"):
        with_uptake_ratio(body, lesion=lesion, ratio=ratio, age_years=50.0)


def test_a_body_without_healthy_bone_is_refused():
    made = box(shape=(4, 4, 4))
    made.lesion[1, 1, 1] = 1
    with pytest.raises(RequestError, match="healthy bone"):
        with_uptake_ratio(made, lesion=1, ratio=2.0, age_years=50.0)
