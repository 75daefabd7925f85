import numpy as np
import pytest

from osteon.simulate.xray.ray_kernels import integrals, paths

UNIT = np.eye(3)


def _frame(source, target):
    """Return a frame of one ray (a detector of one pixel)."""
    return np.array([source, target, [0, 0, 0], [0, 0, 0]], float)


def _integral(volume, source, target, exact, step_mm=UNIT):
    out = np.empty((1, 1), np.float32)
    integrals(np.asarray(volume, np.float32), _frame(source, target), step_mm, exact, out)
    return float(out[0, 0])


def _numbers(shape=(3, 4, 5)):
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


@pytest.mark.parametrize("exact", [0, 1])
@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("back", [False, True])
def test_a_ray_along_an_axis_adds_up_a_line_of_voxels(exact, axis, back):
    volume = _numbers()
    source, target = np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0])
    source[axis], target[axis] = (20.0, -20.0) if back else (-20.0, 20.0)
    line = [1, 2, 3]
    line[axis] = slice(None)
    assert _integral(volume, source, target, exact) == pytest.approx(volume[tuple(line)].sum(), rel=1e-6)


def test_a_ray_between_voxels_is_the_mean_of_both_when_linear_and_one_of_them_when_exact():
    volume = _numbers()
    source, target = (1.0, -20.0, 1.75), (1.0, 20.0, 1.75)
    assert _integral(volume, source, target, 0) == pytest.approx(
        0.25 * volume[1, :, 1].sum() + 0.75 * volume[1, :, 2].sum()
    )
    assert _integral(volume, source, target, 1) == pytest.approx(volume[1, :, 2].sum())


def test_a_diagonal_through_a_cube_is_the_root_of_three():
    ones = np.ones((4, 4, 4))
    found = _integral(ones, (-10.5, -10.5, -10.5), (13.5, 13.5, 13.5), 1)
    assert found == pytest.approx(4 * np.sqrt(3.0), rel=1e-6)


def test_a_diagonal_in_a_plane_crosses_the_voxels_that_it_should():
    volume = np.zeros((1, 3, 3))
    volume[0, 0, 0], volume[0, 1, 1], volume[0, 2, 2] = 1.0, 10.0, 100.0
    found = _integral(volume, (0.0, -5.0, -5.0), (0.0, 7.0, 7.0), 1)
    assert found == pytest.approx(111 * np.sqrt(2.0), rel=1e-5)


def test_lengths_are_those_of_the_millimetres():
    ones = np.ones((2, 6, 2))
    stretched = np.diag([1.0, 2.5, 1.0])
    assert _integral(ones, (0.5, -9.0, 0.5), (0.5, 15.0, 0.5), 1, stretched) == pytest.approx(6 * 2.5)
    sheared = np.array([[1.0, 0, 0], [0, 3.0, 0], [0, 4.0, 1.0]])  # a step along the second axis is 5 mm long
    assert _integral(ones, (0.5, -9.0, 0.5), (0.5, 15.0, 0.5), 1, sheared) == pytest.approx(30.0)


def test_a_ray_that_starts_or_ends_inside_is_cut_there():
    ones = np.ones((3, 10, 3))
    assert _integral(ones, (1.0, 2.0, 1.0), (1.0, 50.0, 1.0), 1) == pytest.approx(7.5)
    assert _integral(ones, (1.0, -50.0, 1.0), (1.0, 2.0, 1.0), 1) == pytest.approx(2.5)


@pytest.mark.parametrize("exact", [0, 1])
def test_a_ray_beside_the_volume_finds_nothing(exact):
    ones = np.ones((3, 3, 3))
    assert _integral(ones, (1.0, -9.0, 7.0), (1.0, 9.0, 7.0), exact) == 0.0
    assert _integral(ones, (1.0, -9.0, 1.0), (1.0, -4.0, 1.0), exact) == 0.0  # ends before it


def test_the_edge_of_a_linear_volume_falls_off_over_one_voxel():
    ones = np.ones((1, 4, 4))
    found = [_integral(ones, (0.0, -9.0, at), (0.0, 9.0, at), 0) for at in (-1.0, -0.5, -0.25, 0.0, 3.5, 4.0)]
    assert found == pytest.approx([0.0, 2.0, 3.0, 4.0, 2.0, 0.0])


@pytest.mark.parametrize("exact", [0, 1])
def test_random_rays_agree_with_sampling(exact):
    rng = np.random.default_rng(0)
    volume = rng.random((6, 7, 8)).astype(np.float32)
    smooth = volume * 0 + np.linspace(0, 1, 8)  # linear along the last axis
    for _ in range(20):
        source, target = rng.uniform(-12, -8, 3), rng.uniform(14, 18, 3)
        at = source + (np.arange(200_000)[:, None] + 0.5) / 200_000 * (target - source)
        length = np.linalg.norm(target - source) / 200_000
        index = np.floor(at + 0.5).astype(int)
        inside = ((index >= 0) & (index < volume.shape)).all(axis=1)
        if exact:
            expected = volume[tuple(index[inside].T)].sum() * length
            assert _integral(volume, source, target, exact) == pytest.approx(expected, rel=2e-3, abs=2e-3)
        else:
            ramp = np.interp(at[inside][:, 2], np.arange(8), np.linspace(0, 1, 8)).sum() * length
            assert _integral(smooth, source, target, exact) == pytest.approx(ramp, rel=0.12, abs=0.35)


@pytest.mark.parametrize("exact", [0, 1])
def test_paths_by_label_and_with_a_scale(exact):
    labels = np.zeros((1, 5, 1), np.uint8)
    labels[0, :, 0] = [0, 2, 2, 1, 2]
    scale = np.array([1, 1, 0.5, 3, 1], np.float32).reshape(1, 5, 1)
    frame = _frame((0.0, -9.0, 0.0), (0.0, 9.0, 0.0))
    plain, scaled = np.empty((2, 1, 1, 3), np.float32)
    paths(labels, np.ones((1, 1, 1), np.float32), frame, UNIT, exact, plain)
    paths(labels, scale, frame, UNIT, exact, scaled)
    assert plain[0, 0] == pytest.approx([1.0, 1.0, 3.0])
    assert scaled[0, 0] == pytest.approx([1.0, 3.0, 2.5])


def test_a_frame_steps_from_pixel_to_pixel():
    volume = _numbers((3, 4, 5))
    # Nearly parallel rays along the first axis: each pixel reads its own line of voxels.
    frame = np.array([[-1e6, 1.5, 2.0], [10.0, 0.0, 0.0], [0, 1.0, 0], [0, 0, 1.0]])
    out = np.empty((4, 5), np.float32)
    integrals(volume, frame, UNIT, 1, out)
    np.testing.assert_allclose(out, volume.sum(axis=0), rtol=1e-4)
