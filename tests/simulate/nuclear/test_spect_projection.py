import numpy as np
import pytest

from osteon.simulate.nuclear.spect_projection import backward, em, forward, orbit

SIZE = (4.0, 4.0)


def around(mu, *, views=12, sigma=6.0):
    return orbit(mu, views=views, sigma_mm=np.linspace(2.0, sigma, mu.shape[2]), pixel_mm=SIZE)


def ball(shape, centre, radius):
    z, x, y = np.meshgrid(*[np.arange(n) - (n - 1) / 2 for n in shape], indexing="ij")
    at = [axis - c for axis, c in zip((z, x, y), centre, strict=True)]
    return (sum(a**2 for a in at) < radius**2).astype(np.float32)


def test_every_view_in_air_sums_to_the_activity():
    shape = (17, 41, 41)
    activity = ball(shape, (0, 5, -4), 5)
    camera = around(np.zeros(shape))
    for view in range(12):
        assert forward(activity, camera, view).sum() == pytest.approx(activity.sum(), rel=1e-3)


@pytest.mark.parametrize(("view", "place"), [(0, 8.0), (3, -5.0), (6, -8.0), (9, 5.0)])
def test_views_turn_from_the_front_to_the_left(view, place):
    shape = (5, 41, 41)
    image = forward(ball(shape, (0, 8, -5), 2), around(np.zeros(shape)), view)
    middle = (image.sum(axis=0) * (np.arange(41) - 20)).sum() / image.sum()
    assert middle == pytest.approx(place, abs=0.1)


def test_the_near_side_is_seen_better_through_water():
    shape = (9, 41, 41)
    mu = ball(shape, (0, 0, 0), 100) * 0.015
    camera = around(mu)
    front = ball(shape, (0, 0, -12), 3)
    near, far = forward(front, camera, 0).sum(), forward(front, camera, 6).sum()
    path = 2 * 12 * 4.0 * 0.015
    assert near / far == pytest.approx(np.exp(path), rel=0.05)


def test_backward_is_the_adjoint(rng):
    shape = (5, 15, 15)
    camera = around(rng.random(shape) * 0.02, views=5)
    activity, image = rng.random(shape).astype(np.float32), rng.random((5, 15)).astype(np.float32)
    for view in range(5):
        back = np.zeros(shape, np.float32)
        backward(image, camera, view, back)
        assert (forward(activity, camera, view) * image).sum() == pytest.approx((activity * back).sum(), rel=1e-4)


def test_maximisation_gives_the_activity_back():
    shape = (7, 25, 25)
    mu = ball(shape, (0, 0, 0), 10) * 0.015
    activity = ball(shape, (0, 0, 0), 10) + 3 * ball(shape, (0, 4, 3), 3)
    camera = around(mu, views=24)
    counts = np.stack([forward(activity, camera, view) for view in range(24)])
    found = em(counts, camera, iterations=6, subsets=6)
    assert found.sum() == pytest.approx(activity.sum(), rel=0.01)
    assert np.corrcoef(found.ravel(), activity.ravel())[0, 1] > 0.94
    assert found.min() >= 0


def test_a_farther_camera_blurs_more():
    shape = (9, 31, 31)
    activity = ball(shape, (0, 0, 0), 2)
    sharp, blunt = (forward(activity, around(np.zeros(shape), sigma=s), 0) for s in (4.0, 16.0))
    assert blunt.max() < 0.6 * sharp.max()
