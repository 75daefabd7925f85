import numpy as np
import pytest

from osteon.simulate.nuclear.tomogram import (
    Counted,
    back_project,
    fan,
    filtered_back_projection,
    ordered_subsets,
    project,
)


def disc(rows=61, columns=71, radius=22.0, centre=(3.0, -5.0)):
    y, x = np.meshgrid(np.arange(rows) - rows // 2, np.arange(columns) - columns // 2, indexing="ij")
    return ((x - centre[1]) ** 2 + (y - centre[0]) ** 2 < radius**2).astype(float)


def views_of(image, views):
    out = np.zeros((views.cosines.size, views.bins))
    project(image, views, 0, 1, out)
    return out


def test_every_view_sums_to_the_slice(rng):
    image = rng.random((20, 31))
    out = views_of(image, fan(image.shape, views=17, turn_degrees=180.0))
    assert out.sum(axis=1) == pytest.approx(np.full(17, image.sum()))


def test_the_first_view_sums_the_columns_and_a_quarter_turn_the_rows(rng):
    image = rng.random((20, 30))
    views = fan(image.shape, views=2, turn_degrees=180.0)
    out = views_of(image, views)
    at = (np.arange(views.bins) * out[0]).sum() / out[0].sum() - (views.bins - 1) / 2
    assert at == pytest.approx(((np.arange(30) - 14.5) * image.sum(axis=0)).sum() / image.sum())
    down = (np.arange(views.bins) * out[1]).sum() / out[1].sum() - (views.bins - 1) / 2
    assert down == pytest.approx(((np.arange(20) - 9.5) * image.sum(axis=1)).sum() / image.sum())


def test_back_projection_is_the_adjoint(rng):
    image = rng.random((15, 22))
    views = fan(image.shape, views=11, turn_degrees=180.0)
    other = rng.random((11, views.bins))
    back = np.zeros_like(image)
    back_project(other, views, 0, 1, back)
    assert (views_of(image, views) * other).sum() == pytest.approx((image * back).sum())


def test_subsets_leave_the_other_views_alone(rng):
    image = rng.random((9, 9))
    views = fan(image.shape, views=6, turn_degrees=180.0)
    out = np.full((6, views.bins), -1.0)
    project(image, views, 1, 3, out)
    assert (out[[0, 2, 3, 5]] == -1.0).all()
    assert out[[1, 4]].sum(axis=1) == pytest.approx([image.sum()] * 2)


def test_a_disc_projects_to_its_chords():
    views = fan((61, 71), views=8, turn_degrees=180.0)
    out = views_of(disc(centre=(0.0, 0.0)), views)
    s = np.arange(views.bins) - (views.bins - 1) / 2
    chords = 2 * np.sqrt(np.maximum(22.0**2 - s**2, 0.0))
    inside = np.abs(s) < 17
    assert out[:, inside].mean(axis=0) == pytest.approx(chords[inside], rel=0.04)


@pytest.mark.parametrize("turn", [180.0, 360.0])
def test_filtered_back_projection_gives_a_disc_back(turn):
    image = disc()
    views = fan(image.shape, views=120, turn_degrees=turn)
    found = filtered_back_projection(views_of(image, views), views, shape=image.shape, cut_off=1.0)
    middle = found[28:40, 25:36]
    assert middle.mean() == pytest.approx(1.0, abs=0.02)
    assert np.abs(found[image == 0]).mean() < 0.05


def test_a_low_cut_off_smooths():
    image = disc()
    views = fan(image.shape, views=60, turn_degrees=180.0)
    data = views_of(image, views)
    sharp, smooth = (filtered_back_projection(data, views, shape=image.shape, cut_off=c) for c in (1.0, 0.1))
    assert np.abs(np.diff(smooth, axis=1)).max() < 0.6 * np.abs(np.diff(sharp, axis=1)).max()


def test_ordered_subsets_fit_the_counts_and_know_attenuation_and_background(rng):
    image = disc() * (1 + rng.random((61, 71)))
    views = fan(image.shape, views=60, turn_degrees=180.0)
    factors = np.exp(-views_of(disc(), views) * 0.03)
    background = np.full_like(factors, 2.0)
    data = Counted(counts=views_of(image, views) * factors + background, background=background, factors=factors)
    found = np.full(image.shape, image.mean())
    ordered_subsets(data, views, 8, 6, found)
    assert found.sum() == pytest.approx(image.sum(), rel=0.01)
    assert np.corrcoef(found.ravel(), image.ravel())[0, 1] > 0.97
    assert found.min() >= 0.0


@pytest.mark.parametrize("at", [(6.0, -9.0), (-12.0, 4.0), (0.0, 0.0)])
def test_a_blob_falls_where_its_angle_says_and_is_as_wide_from_every_side(at):
    y, x = np.meshgrid(np.arange(51) - 25, np.arange(63) - 31, indexing="ij")
    blob = np.exp(-((x - at[1]) ** 2 + (y - at[0]) ** 2) / (2 * 3.0**2))
    views = fan(blob.shape, views=24, turn_degrees=360.0)
    out = views_of(blob, views)
    bins = np.arange(views.bins) - (views.bins - 1) / 2
    angles = np.radians(15.0) * np.arange(24)
    centres = out @ bins / out.sum(axis=1)
    np.testing.assert_allclose(centres, at[1] * np.cos(angles) + at[0] * np.sin(angles), atol=1e-3)
    spread = np.sqrt((out * (bins - centres[:, None]) ** 2).sum(axis=1) / out.sum(axis=1))
    np.testing.assert_allclose(spread, 3.0, atol=0.06)


def test_opposite_views_are_mirrored(rng):
    image = rng.random((17, 17))
    out = views_of(image, fan(image.shape, views=8, turn_degrees=360.0))
    np.testing.assert_allclose(out[5], out[1][::-1], atol=1e-9)


def test_a_slice_of_nothing_and_a_slice_of_one_pixel():
    views = fan((1, 1), views=6, turn_degrees=180.0)
    assert views_of(np.zeros((1, 1)), views).sum() == 0.0
    out = views_of(np.full((1, 1), 3.0), views)
    assert out.sum(axis=1) == pytest.approx(np.full(6, 3.0))
    assert out.argmax(axis=1).tolist() == [(views.bins - 1) // 2] * 6
