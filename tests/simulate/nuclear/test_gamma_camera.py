import numpy as np
import pytest

from osteon.errors import RequestError
from osteon.simulate.nuclear.gamma_camera import Bed, Camera, heads, mean_cosine
from osteon.simulate.nuclear.photon_space import space
from osteon.simulate.person.tissues import Tissue
from tests.simulate.nuclear.phantoms import box


def test_resolution_is_that_of_a_high_resolution_collimator():
    camera = Camera()
    at_10_cm = np.hypot(2.3548 * camera.blur_mm(100.0), camera.intrinsic_mm)
    assert at_10_cm == pytest.approx(7.4, abs=0.4)  # makers state 7.3 to 7.5 mm
    assert (np.diff(camera.blur_mm(np.array([0.0, 100.0, 200.0]))) > 0).all()


def test_blur_at_the_face_is_one_hole():
    camera = Camera(back_mm=0.0)
    assert 2.3548 * camera.blur_mm(0.0) == pytest.approx(camera.hole_mm, rel=0.05)


def test_mean_cosine_is_the_mean_over_drawn_tangents(rng):
    squares = (0.3 * rng.normal(size=(200_000, 2))) ** 2
    assert mean_cosine(0.3) == pytest.approx(((1 + squares.sum(axis=1)) ** -1.5).mean(), rel=2e-3)
    assert mean_cosine(1e-6) == pytest.approx(1.0)


def test_heads_stand_off_the_matter_and_not_off_the_grid():
    body = box(shape=(10, 20, 10), voxel_mm=10.0)
    body.tissue[:, :5] = Tissue.AIR
    body.tissue[:, 15:] = Tissue.AIR
    camera, bed = Camera(), Bed(shape=(32, 32), pixel_mm=5.0, gap_mm=20.0)
    found = heads(space(body), camera=camera, bed=bed)
    assert found.front_mm == pytest.approx(50.0 - 20.0 - camera.throw_mm)
    assert found.back_mm == pytest.approx(150.0 + 20.0 + camera.throw_mm)


def test_the_body_is_in_the_middle_of_the_image():
    found = heads(space(box(shape=(10, 20, 30), voxel_mm=10.0)), camera=Camera(), bed=Bed(shape=(40, 60), pixel_mm=5.0))
    assert found.low_mm == pytest.approx((100 - 200) / 2)
    assert found.left_mm == pytest.approx((300 - 300) / 2)


@pytest.mark.parametrize("wrong", [{"shape": (0, 4)}, {"pixel_mm": 0.0}, {"gap_mm": -1.0}])
def test_impossible_beds_are_refused(wrong):
    with pytest.raises(RequestError, match="cannot be meant"):
        Bed(**wrong)


def test_an_empty_body_has_heads_too():
    found = heads(space(box(Tissue.AIR, shape=(4, 4, 4))), camera=Camera(), bed=Bed(shape=(4, 4)))
    assert found.front_mm < 0 < 32 < found.back_mm
