import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osteon.errors import GeometryError
from osteon.geometry import volume_grid
from osteon.simulate.xray.projector import integrals, paths
from osteon.simulate.xray.view import POSES, Pose, View, view_of
from osteon.simulate.xray.view import view as view_

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


def _turned_grid(shape, spacing, angles):
    """A grid about the origin, of uneven voxels, turned about all three axes."""
    (a, b, c), (x, y, z) = np.cos(angles), np.sin(angles)
    turn = np.array([[1, 0, 0], [0, a, -x], [0, x, a]]) @ np.array([[b, 0, y], [0, 1, 0], [-y, 0, b]])
    turn = turn @ np.array([[c, -z, 0], [z, c, 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.diag(spacing)
    affine[:3, 3] = -affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    return volume_grid(shape, affine)


@settings(max_examples=15, deadline=None)
@given(
    angles=st.tuples(*[st.floats(-3.0, 3.0)] * 3), spacing=st.tuples(*[st.floats(0.8, 2.5)] * 3),
    turn=st.floats(-180.0, 180.0), tilt=st.floats(-40.0, 40.0), method=st.sampled_from(("linear", "siddon")),
)  # fmt: skip
def test_a_ball_has_the_chords_of_a_ball_in_any_grid_from_any_side(angles, spacing, turn, tilt, method):
    radius = 18.0
    shape = tuple(int(2 * (radius + 4.0) / mm) + 1 for mm in spacing)
    grid = _turned_grid(shape, spacing, np.array(angles))
    away = np.sqrt(
        sum(((i - (n - 1) / 2) * mm) ** 2 for i, n, mm in zip(np.indices(shape), shape, spacing, strict=True))
    )
    ball = np.clip((radius - away) / (2.0 * max(spacing)) + 0.5, 0.0, 1.0)  # a hard edge would be a staircase
    view = view_(np.zeros(3), pose=Pose(turn_degrees=turn, tilt_degrees=tilt), shape=(15, 15), pixel_mm=3.4)
    found = integrals(ball.astype(np.float32), grid=grid, view=view, method=method)
    rays = view.pixels() - view.source_mm
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    off = np.linalg.norm(np.cross(rays, -view.source_mm), axis=-1)
    chord = 2.0 * np.sqrt(np.maximum(radius**2 - off**2, 0.0))
    # A voxel is one value to Siddon: a ray may be taken for one half a voxel's diagonal away, where chords fall by 2.
    most = 1.5 if method == "linear" else float(np.linalg.norm(spacing))
    assert np.abs(found - chord)[off < 0.7 * radius].max() < most
    assert found.sum() == pytest.approx(chord.sum(), rel=0.03 if method == "linear" else 0.1)
    assert not found[off > radius + 6.0].any()


@pytest.mark.parametrize("method", ["linear", "siddon"])
def test_the_order_of_the_axes_does_not_matter(method):
    """The same matter in the same place, its array turned and flipped: the same picture."""
    rng = np.random.default_rng(3)
    volume = rng.random((9, 11, 7)).astype(np.float32)
    grid = _turned_grid(volume.shape, (1.5, 1.0, 2.0), np.array([0.3, -0.2, 0.7]))
    view = view_of(grid, pose=Pose(turn_degrees=25.0, tilt_degrees=10.0), shape=(12, 14))
    expected = integrals(volume, grid=grid, view=view, method=method)
    affine = np.array(grid.affine)
    swapped = affine[:, [2, 0, 1, 3]]
    swapped[:3, 3] += swapped[:3, 0] * (volume.shape[2] - 1)
    swapped[:3, 0] *= -1.0
    other = volume.transpose(2, 0, 1)[::-1]
    found = integrals(other, grid=volume_grid(other.shape, swapped), view=view, method=method)
    np.testing.assert_allclose(found, expected, rtol=2e-5, atol=1e-4)


@pytest.mark.parametrize("method", ["linear", "siddon"])
def test_integrals_add_up_and_scale(method):
    rng = np.random.default_rng(4)
    one, other = rng.random((2, 8, 9, 10)).astype(np.float32)
    grid = _turned_grid(one.shape, (2.0, 1.0, 1.0), np.array([0.0, 0.4, 0.1]))
    view = view_of(grid, pose=POSES["LPO"], shape=(10, 10))
    each = [integrals(v, grid=grid, view=view, method=method) for v in (one, other, 2.0 * one + other)]
    np.testing.assert_allclose(each[2], 2.0 * each[0] + each[1], rtol=1e-4, atol=1e-4)


def test_a_single_voxel_is_crossed_in_its_own_width():
    grid = volume_grid((1, 1, 1), np.diag([4.0, 6.0, 5.0, 1.0]))
    for name, width in (("LL", 4.0), ("AP", 6.0)):
        view = view_of(grid, pose=Pose(turn_degrees=POSES[name].turn_degrees, source_to_detector_mm=1e5), shape=(5, 5))
        found = integrals(np.ones((1, 1, 1)), grid=grid, view=view, method="siddon")
        assert found[2, 2] == pytest.approx(width, rel=1e-4)


def test_a_source_inside_sees_what_lies_ahead_alone():
    grid = volume_grid((10, 10, 10), np.diag([2.0, 2.0, 2.0, 1.0]))
    rays = View(
        source_mm=np.array([9.0, 9.0, 9.0]), corner_mm=np.array([9.0, 500.0, 9.0]), down_mm=np.array([0, 0, -1e-9]),
        right_mm=np.array([1e-9, 0, 0]), shape=(1, 1),
    )  # fmt: skip
    found = integrals(np.ones(grid.shape), grid=grid, view=rays, method="siddon")
    assert found[0, 0] == pytest.approx(10.0, rel=1e-4), "from the middle to the far face, at 19 mm"
