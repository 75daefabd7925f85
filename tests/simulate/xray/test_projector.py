import numpy as np
import pytest

from osteon.errors import GeometryError
from osteon.geometry import volume_grid
from osteon.simulate.xray.projector import integrals, paths
from osteon.simulate.xray.view import POSES, Pose, View, view_of

# Recorded from DiffDRR 0.6.1 for the volume and the view below: DRR(sdd=400, height=6, width=8, delx=9), ZXY angles
# (0.3, 0.2, -0.1), translation (4, 300, -3), trilinear with 5,000 points a ray.
DIFFDRR = np.array(
    [
        [0.2317, 37.9238, 64.4081, 87.3505, 79.3636, 60.9495, 99.9536, 29.9845],
        [0.0, 36.7316, 64.1193, 84.0375, 84.2186, 58.8321, 99.739, 37.4899],
        [0.0, 32.1244, 59.6194, 79.852, 88.1832, 57.0504, 97.8469, 44.3013],
        [0.0, 25.1039, 52.3529, 75.0859, 90.846, 55.6673, 94.4875, 52.8891],
        [0.0, 19.1769, 47.3927, 70.1174, 92.4943, 55.1329, 90.0777, 62.6778],
        [0.0, 15.5028, 45.6828, 57.0503, 78.4694, 40.2547, 74.2979, 47.1372],
    ]
)
# And by its Siddon renderer, the first and the last row.
DIFFDRR_SIDDON = np.array(
    [
        [0.0, 38.1242, 64.5458, 87.5663, 79.4704, 60.9155, 100.6951, 30.5893],
        [0.0, 15.8849, 45.8862, 55.6715, 77.9934, 38.5072, 74.0875, 46.7068],
    ]
)


def _diffdrr_scene():
    i, j, k = np.ogrid[:20, :24, :16]
    volume = (2 + np.sin(0.7 * i) + np.cos(0.5 * j) * np.sin(0.3 * k + 1)).astype(np.float32)
    affine = np.array([[-2.0, 0, 0, 19], [0, -1.5, 0, 17.25], [0, 0, 3, -22.5], [0, 0, 0, 1]])
    rays = View(
        source_mm=np.array([82.952278, -282.643463, 57.066662]),
        corner_mm=np.array([-62.195381, 88.121277, 2.622326]),
        down_mm=np.array([-0.332614, -1.965155, -8.776534]),
        right_mm=np.array([8.607826, 2.475861, -0.88059]),
        shape=(6, 8),
    )
    return volume, volume_grid(volume.shape, affine), rays


def test_geometry_and_values_are_diffdrrs():
    volume, grid, rays = _diffdrr_scene()
    ours = integrals(volume, grid=grid, view=rays)
    assert np.abs(ours - DIFFDRR).max() < 0.01 * DIFFDRR.max()
    assert ours.sum() == pytest.approx(DIFFDRR.sum(), rel=2e-3)
    exact = integrals(volume, grid=grid, view=rays, method="siddon")
    np.testing.assert_allclose(exact[[0, -1]], DIFFDRR_SIDDON, atol=0.01)


def test_the_recorded_geometry_stands_against_mistakes():
    volume, grid, rays = _diffdrr_scene()
    for wrong in (volume[::-1], volume[:, ::-1], volume[:, :, ::-1]):
        assert np.abs(integrals(wrong, grid=grid, view=rays) - DIFFDRR).max() > 0.05 * DIFFDRR.max()


def _cube(n=24, spacing=(2.0, 1.5, 1.0), turn=0.0):
    """A cube of ones and its grid, turned in space."""
    c, s = np.cos(turn), np.sin(turn)
    axes = np.array([[0, s, c], [0, c, -s], [1.0, 0, 0]]) * np.array(spacing)
    affine = np.eye(4)
    affine[:3, :3] = axes
    affine[:3, 3] = -axes @ (np.full(3, n - 1) / 2)
    return np.ones((n, n, n), np.float32), volume_grid((n, n, n), affine)


def _chord(view, half, axes):
    """Return the exact chord of a box, (rows, columns), by slabs."""
    pixels = view.pixels()
    rays = pixels - view.source_mm
    source, ray = -(-view.source_mm @ axes), rays @ axes
    with np.errstate(divide="ignore"):
        one, other = (-half - source) / ray, (half - source) / ray
    first, last = np.minimum(one, other).max(-1), np.maximum(one, other).min(-1)
    return np.clip(last - first, 0, None) * np.linalg.norm(rays, axis=-1)


@pytest.mark.parametrize("turn", [0.0, 0.4])
@pytest.mark.parametrize("pose", [POSES["AP"], POSES["LL"], Pose(turn_degrees=37, tilt_degrees=20, roll_degrees=11)])
def test_siddon_is_the_exact_chord_of_a_box(turn, pose):
    ones, grid = _cube(turn=turn)
    rays = view_of(grid, pose=pose, shape=(31, 29))
    axes = np.array(grid.affine)[:3, :3] / np.array(grid.spacing_mm)
    expected = _chord(rays, np.array(ones.shape) * grid.spacing_mm / 2, axes)
    found = integrals(ones, grid=grid, view=rays, method="siddon")
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-3)
    assert expected.max() > 20


@pytest.mark.parametrize("method", ["linear", "siddon"])
def test_a_uniform_box_in_the_middle_is_its_path(method):
    ones, grid = _cube()
    rays = view_of(grid, pose=Pose(source_to_detector_mm=5000), shape=(9, 9))
    middle = integrals(0.02 * ones, grid=grid, view=rays, method=method)[4, 4]
    assert middle == pytest.approx(0.02 * 24 * 1.5, rel=5e-3)


@pytest.mark.parametrize("method", ["linear", "siddon"])
def test_paths_add_up_to_the_integral(method):
    rng = np.random.default_rng(3)
    _, grid = _cube(10, turn=0.3)
    labels = rng.integers(0, 4, grid.shape).astype(np.uint8)
    scale = rng.uniform(0.5, 2.0, grid.shape).astype(np.float32)
    rays = view_of(grid, pose=Pose(turn_degrees=50, tilt_degrees=-10), shape=(12, 10))
    values = np.array([0.0, 1.0, 5.0, 0.3], np.float32)
    split = paths(labels, count=4, grid=grid, view=rays, scale=scale, method=method)
    whole = integrals(values[labels] * scale, grid=grid, view=rays, method=method)
    np.testing.assert_allclose(split @ values, whole, rtol=1e-4, atol=1e-4)
    unscaled = paths(labels, count=4, grid=grid, view=rays, method=method)
    plain = integrals(np.ones(grid.shape), grid=grid, view=rays, method=method)
    np.testing.assert_allclose(unscaled.sum(axis=-1), plain, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("method", ["linear", "siddon"])
def test_threads_change_no_bit(method):
    rng = np.random.default_rng(5)
    _, grid = _cube(12)
    volume = rng.random(grid.shape, np.float32)
    rays = view_of(grid, pose=POSES["LPO"], shape=(70, 40))
    one, three = (integrals(volume, grid=grid, view=rays, method=method, threads=n) for n in (1, 3))
    assert one.tobytes() == three.tobytes()


def test_rays_that_miss_find_nothing():
    ones, grid = _cube(8)
    beside = view_of(grid, pose=POSES["AP"], shape=(5, 5))
    away = View(
        source_mm=beside.source_mm + np.array([5000.0, 0, 0]),
        corner_mm=beside.corner_mm + np.array([5000.0, 0, 0]),
        down_mm=beside.down_mm,
        right_mm=beside.right_mm,
        shape=beside.shape,
    )
    for method in ("linear", "siddon"):
        assert not integrals(ones, grid=grid, view=away, method=method).any()


def test_a_detector_inside_the_volume_ends_the_ray():
    ones, grid = _cube(20, spacing=(1.0, 1.0, 1.0))
    through = view_of(grid, pose=Pose(source_to_detector_mm=1000, centre_to_detector_mm=0.0), shape=(1, 1))
    assert integrals(ones, grid=grid, view=through, method="siddon")[0, 0] == pytest.approx(10.0, rel=1e-4)


def test_what_does_not_fit_is_refused():
    ones, grid = _cube(6)
    rays = view_of(grid, pose=POSES["AP"], shape=(4, 4))
    with pytest.raises(GeometryError, match="does not lie on a grid"):
        integrals(ones[:5], grid=grid, view=rays)
    with pytest.raises(GeometryError, match="A label of 7"):
        paths(np.full(grid.shape, 7), count=3, grid=grid, view=rays)
    with pytest.raises(GeometryError, match="does not lie on a grid"):
        paths(np.zeros(grid.shape), count=3, grid=grid, view=rays, scale=np.ones((2, 2, 2)))
