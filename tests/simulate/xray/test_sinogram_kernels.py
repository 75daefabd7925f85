import numpy as np
import pytest

from osteon.simulate.xray.sinogram_kernels import back_project, project


def _project(image, angles, bins, bin_px=1.0):
    rows = np.pad(np.asarray(image, np.float32), 1)[..., None]
    out = np.empty((len(angles), bins, 1), np.float32)
    columns = np.ascontiguousarray(rows.transpose(1, 0, 2))
    project(rows, columns, np.asarray(angles, float), bin_px, out)
    return out[..., 0]


def test_two_views_are_the_sums_of_columns_and_rows():
    image = np.arange(12, dtype=np.float32).reshape(3, 4)
    along_rows = _project(image, [0.0], bins=4)[0]
    along_columns = _project(image, [np.pi / 2], bins=3)[0]
    np.testing.assert_allclose(along_rows, image.sum(axis=0), rtol=1e-6)
    np.testing.assert_allclose(along_columns, image.sum(axis=1), rtol=1e-6)


def test_half_a_turn_mirrors_the_view():
    rng = np.random.default_rng(0)
    image = rng.random((9, 7))
    one, other = _project(image, [0.3, 0.3 + np.pi], bins=15)
    np.testing.assert_allclose(one, other[::-1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("angle", [0.0, 0.4, np.pi / 4, 1.2, np.pi / 2, 2.0, 3.0])
def test_every_view_holds_the_whole(angle):
    image = np.zeros((21, 25), np.float32)
    image[6:15, 8:17] = np.random.default_rng(1).random((9, 9))
    found = _project(image, [angle], bins=400, bin_px=0.1)[0].sum() * 0.1
    assert found == pytest.approx(image.sum(), rel=0.01)


@pytest.mark.parametrize("angle", [0.0, 0.6, 1.4, 2.2, 3.1])
def test_a_point_falls_on_its_bin(angle):
    image = np.zeros((31, 31), np.float32)
    image[20, 11] = 1.0  # 5 below, 4 left of the middle
    view = _project(image, [angle], bins=301, bin_px=0.1)[0]
    at = (view @ (np.arange(301) - 150)) / view.sum() * 0.1
    assert at == pytest.approx(-4 * np.cos(angle) + 5 * np.sin(angle), abs=0.05)


def test_back_projection_spreads_a_view_along_its_rays():
    view = np.zeros((1, 9), np.float32)
    view[0, 6] = 2.0
    out = np.empty((5, 9), np.float32)
    back_project(view, np.array([0.0]), 1.0, out)
    expected = np.zeros((5, 9))
    expected[:, 6] = 2.0 * np.pi
    np.testing.assert_allclose(out, expected, rtol=1e-6)
    tall = np.empty((9, 5), np.float32)
    back_project(view, np.array([np.pi / 2]), 1.0, tall)
    np.testing.assert_allclose(tall, expected.T, atol=1e-5)


def test_back_projection_is_the_transpose_of_projection():
    # <project(x), y> = <x, back_project(y)> up to the constants and the two interpolations
    rng = np.random.default_rng(2)
    axis = np.arange(41) - 20
    smooth = np.exp(-(axis[:, None] ** 2 + axis[None, :] ** 2) / 60.0)
    angles = np.arange(60) * np.pi / 60
    bins = np.arange(61) - 30
    views = np.exp(-((bins[None, :] - 3 * rng.random((60, 1))) ** 2) / 40.0).astype(np.float32)
    image = np.empty((41, 41), np.float32)
    back_project(views, angles, 1.0, image)
    one = (_project(smooth, angles, bins=61) * views).sum()
    other = (smooth * image).sum() * 60 / np.pi
    assert one == pytest.approx(other, rel=5e-3)
