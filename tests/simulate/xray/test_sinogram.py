import numpy as np
import pytest

from osteon.errors import RequestError
from osteon.simulate.xray.sinogram import Beam, project, reconstruct

N, PIXEL, RADIUS, MU = 160, 1.25, 60.0, 0.02
BEAM = Beam(views=300, bin_mm=0.8, field_mm=290.0)


def _disc(radius_mm=RADIUS, at_mm=(0.0, 0.0)):
    y, x = (np.arange(N) - (N - 1) / 2) * PIXEL, (np.arange(N) - (N - 1) / 2) * PIXEL
    away = np.hypot(y[:, None] - at_mm[0], x[None, :] - at_mm[1])
    return np.clip((radius_mm - away) / PIXEL + 0.5, 0, 1)


def _away():
    axis = (np.arange(N) - (N - 1) / 2) * PIXEL
    return np.hypot(axis[:, None], axis[None, :])


def _chords(radius_mm, at_mm, beam):
    bins = (np.arange(beam.bins) - (beam.bins - 1) / 2) * beam.bin_mm
    centre = at_mm[1] * np.cos(beam.angles) + at_mm[0] * np.sin(beam.angles)
    return 2 * np.sqrt(np.clip(radius_mm**2 - (bins[None, :] - centre[:, None]) ** 2, 0, None))


@pytest.mark.parametrize("at_mm", [(0.0, 0.0), (25.0, -10.0)])
def test_projections_of_a_disc_are_its_chords(at_mm):
    found = project(_disc(at_mm=at_mm)[..., None], pixel_mm=PIXEL, beam=BEAM)[..., 0]
    expected = _chords(RADIUS, at_mm, BEAM)
    deep = expected > 70
    np.testing.assert_allclose(found[deep], expected[deep], rtol=0.01)
    assert np.abs(found - expected).mean() < 2e-3 * expected.max()
    assert found.shape == (300, BEAM.bins)
    assert np.abs(found.sum(axis=1) * BEAM.bin_mm / (np.pi * RADIUS**2) - 1).max() < 2e-3


def test_maps_are_projected_together_as_alone():
    rng = np.random.default_rng(0)
    maps = rng.random((30, 40, 3))
    beam = Beam(views=17, bin_mm=1.1, field_mm=70.0)
    together = project(maps, pixel_mm=1.3, beam=beam)
    alone = np.concatenate([project(maps[..., k : k + 1], pixel_mm=1.3, beam=beam) for k in range(3)], axis=-1)
    np.testing.assert_allclose(together, alone, rtol=1e-6)


@pytest.mark.parametrize("kernel", ["ramp", "bone", "soft"])
def test_back_projection_of_a_disc_returns_it(kernel):
    views = MU * _chords(RADIUS, (0.0, 0.0), BEAM)
    found = reconstruct(views, beam=BEAM, shape=(N, N), pixel_mm=PIXEL, kernel=kernel)
    inside, outside = _away() < RADIUS - 5, (_away() > RADIUS + 5) & (_away() < 95)
    assert np.abs(found[inside].mean() / MU - 1) < 2e-3
    assert np.abs(found[inside] / MU - 1).max() < 0.02
    assert np.abs(found[outside] / MU).max() < 0.02


def test_the_inverse_puts_things_where_they_were():
    small = _disc(radius_mm=6.0, at_mm=(30.0, -15.0))
    views = project(small[..., None], pixel_mm=PIXEL, beam=BEAM)[..., 0]
    found = np.clip(reconstruct(views, beam=BEAM, shape=(N, N), pixel_mm=PIXEL), 0.3, None) - 0.3
    centre = [(found.sum(axis=1 - axis) @ np.arange(N)) / found.sum() for axis in (0, 1)]
    expected = [30.0 / PIXEL + (N - 1) / 2, -15.0 / PIXEL + (N - 1) / 2]
    np.testing.assert_allclose(centre, expected, atol=0.2)


def test_other_pixels_show_the_same_slice():
    views = project(_disc()[..., None], pixel_mm=PIXEL, beam=BEAM)[..., 0]
    fine = reconstruct(views, beam=BEAM, shape=(100, 80), pixel_mm=0.5)
    assert fine.shape == (100, 80)
    assert fine.mean() == pytest.approx(1.0, rel=5e-3)


def test_kernels_trade_noise_for_sharpness():
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(BEAM.views, BEAM.bins))
    edge = MU * _chords(RADIUS, (0.0, 0.0), BEAM)
    spread, slope = [], []
    for kernel in ("soft", "bone", "ramp"):
        spread.append(reconstruct(noise, beam=BEAM, shape=(N, N), pixel_mm=PIXEL, kernel=kernel).std())
        row = reconstruct(edge, beam=BEAM, shape=(1, 400), pixel_mm=0.4, kernel=kernel)[0]
        slope.append(np.abs(np.diff(row)).max())
    assert spread[0] < 0.7 * spread[1] < 0.7 * spread[2]
    assert slope[0] < slope[1] < slope[2]


def test_half_of_the_contrast_is_left_at_half_of_the_cut():
    beam = Beam(views=400, bin_mm=0.5, field_mm=200.0)
    axis = (np.arange(400) - 199.5) * 0.5
    wave = np.cos(2 * np.pi * 0.325 * axis)[None, :] * (np.hypot(axis[:, None], axis[None, :]) < 60)
    views = project(wave[..., None], pixel_mm=0.5, beam=beam)[..., 0]
    kept = [reconstruct(views, beam=beam, shape=(40, 40), pixel_mm=0.5, kernel=k) for k in ("ramp", "soft")]
    assert np.abs(kept[1]).max() / np.abs(kept[0]).max() == pytest.approx(0.5, abs=0.06)


def test_impossible_scans_are_refused():
    maps = np.ones((8, 8, 1))
    for beam in (Beam(views=1), Beam(bin_mm=0.0), Beam(field_mm=-1.0)):
        with pytest.raises(RequestError, match="at least two views"):
            project(maps, pixel_mm=1.0, beam=beam)
    with pytest.raises(RequestError, match="kernel"):
        reconstruct(np.ones((4, 5)), beam=Beam(views=4), shape=(8, 8), pixel_mm=1.0, kernel="sharp")


@pytest.mark.parametrize("at_mm", [(40.0, 20.0), (-30.0, 45.0)])
def test_a_bright_spot_follows_its_sine(at_mm):
    """Row y and column x fall on x cos + y sin, by the centre of mass of every view."""
    spot = _disc(radius_mm=5.0, at_mm=at_mm)[..., None]
    views = project(spot, pixel_mm=PIXEL, beam=BEAM)[..., 0]
    bins = (np.arange(BEAM.bins) - (BEAM.bins - 1) / 2) * BEAM.bin_mm
    found = views @ bins / views.sum(axis=1)
    np.testing.assert_allclose(found, at_mm[1] * np.cos(BEAM.angles) + at_mm[0] * np.sin(BEAM.angles), atol=0.05)


def test_what_is_twice_as_dense_is_twice_as_bright():
    """Filtered back-projection is linear: of a sum it makes the sum."""
    one, other = (project(_disc(radius_mm=r)[..., None], pixel_mm=PIXEL, beam=BEAM)[..., 0] for r in (20.0, 45.0))
    both = [
        reconstruct(v, beam=BEAM, shape=(41, 41), pixel_mm=2.0, kernel="bone") for v in (one, other, 2.0 * one + other)
    ]
    np.testing.assert_allclose(both[2], 2.0 * both[0] + both[1], atol=2e-4)


def test_a_slice_of_one_pixel_and_an_empty_one():
    beam = Beam(views=8, bin_mm=1.0, field_mm=6.0)
    assert not project(np.zeros((5, 5, 1)), pixel_mm=1.0, beam=beam).any()
    one = project(np.full((1, 1, 1), 3.0), pixel_mm=1.0, beam=beam)[..., 0]
    assert one[0].sum() == pytest.approx(3.0, rel=1e-5)
    assert one.argmax(axis=1).tolist() == [(beam.bins - 1) // 2] * 8
