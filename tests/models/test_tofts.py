import numpy as np
import pytest
from scipy.integrate import quad

from osteon.models import tofts

TIMES = np.arange(12) * 15.0 + 7.5


def drawn(rng, n=300):
    return tofts.Kinetics(
        ktrans_per_min=rng.uniform(0.05, 1.0, n), ve=rng.uniform(0.1, 0.6, n), vp=rng.uniform(0.01, 0.15, n)
    )


def test_input_function_has_parkers_peak():
    """Figure 3 of the paper: a first peak near 6 mmol/l of blood, about 10 s after it arrives."""
    t = np.arange(0.0, 300.0, 0.5)
    blood = tofts.parker_input(t) * (1 - tofts.HAEMATOCRIT)
    assert 5.5 < blood.max() < 6.5
    assert 8.0 < t[blood.argmax()] < 13.0
    assert 0.4 < blood[-1] < 0.7
    assert tofts.parker_input(np.array([-1e-3]))[0] == 0.0


def test_concentration_is_the_convolution():
    kinetics = tofts.Kinetics(ktrans_per_min=0.3, ve=0.25, vp=0.05)
    found = tofts.concentration(np.array([40.0, 170.0]), kinetics, arrival_s=20.0)

    def one(t):
        area, _ = quad(lambda u: tofts.parker_input(u) * np.exp(-1.2 * (t - u) / 60.0), 0.0, t, limit=400)
        return 0.05 * tofts.parker_input(t) + 0.3 * area / 60.0

    assert found == pytest.approx([one(20.0), one(150.0)], rel=1e-3)


def test_nothing_before_the_bolus_and_shapes_are_kept(rng):
    kinetics = tofts.Kinetics(ktrans_per_min=rng.uniform(0.1, 1, (2, 3)), ve=0.3, vp=0.05)
    curves = tofts.concentration(TIMES, kinetics, arrival_s=30.0)
    assert curves.shape == (2, 3, 12)
    assert not curves[..., TIMES < 30].any()
    assert (curves[..., TIMES > 40] > 0).all()


def test_fit_gives_the_kinetics_back(rng):
    kinetics = drawn(rng)
    found = tofts.fit(TIMES, tofts.concentration(TIMES, kinetics, arrival_s=20.0), arrival_s=20.0)
    assert found.ktrans_per_min == pytest.approx(kinetics.ktrans_per_min, rel=0.002)
    assert found.ve == pytest.approx(kinetics.ve, rel=0.002)
    assert found.vp == pytest.approx(kinetics.vp, abs=0.001)


def test_fit_with_noise_is_unbiased_enough(rng):
    kinetics = tofts.Kinetics(ktrans_per_min=np.full(400, 0.3), ve=0.3, vp=0.05)
    curves = tofts.concentration(TIMES, kinetics, arrival_s=20.0)
    found = tofts.fit(TIMES, curves + rng.normal(0, 0.02, curves.shape), arrival_s=20.0)
    assert np.median(found.ktrans_per_min) == pytest.approx(0.3, rel=0.05)
    assert np.median(found.ve) == pytest.approx(0.3, rel=0.05)
    assert found.vp.min() >= 0


def test_standard_model_has_no_plasma(rng):
    kinetics = tofts.Kinetics(ktrans_per_min=rng.uniform(0.1, 0.5, 20), ve=0.3)
    curves = tofts.concentration(TIMES, kinetics, arrival_s=20.0)
    found = tofts.fit(TIMES, curves, arrival_s=20.0, vascular=False)
    assert not found.vp.any()
    assert found.ktrans_per_min == pytest.approx(kinetics.ktrans_per_min, rel=0.002)


def test_fit_on_the_edges():
    """Nothing taken up, plasma alone, and a negative curve."""
    plasma = tofts.concentration(TIMES, tofts.Kinetics(ktrans_per_min=0.0, ve=0.0, vp=0.1), arrival_s=20.0)
    found = tofts.fit(TIMES, np.stack([np.zeros(12), plasma, -plasma]), arrival_s=20.0)
    assert found.ktrans_per_min == pytest.approx(0.0, abs=1e-3)
    assert found.vp == pytest.approx([0.0, 0.1, 0.0], abs=1e-3)
    assert (found.ve <= 1.0).all()


def test_twice_the_signal_is_twice_the_transfer_and_plasma_and_the_same_rate(rng):
    kinetics = tofts.Kinetics(ktrans_per_min=rng.uniform(0.05, 0.2, 20), ve=np.full(20, 0.4), vp=np.full(20, 0.05))
    measured = tofts.concentration(TIMES, kinetics)
    one, two = tofts.fit(TIMES, measured), tofts.fit(TIMES, 2 * measured)
    np.testing.assert_allclose(two.ktrans_per_min, 2 * one.ktrans_per_min, rtol=1e-6)
    np.testing.assert_allclose(two.vp, 2 * one.vp, rtol=1e-6, atol=1e-9)


def test_a_voxel_is_fitted_alone_and_shapes_come_back(rng):
    measured = tofts.concentration(TIMES, drawn(rng, 12)) + rng.normal(0, 0.01, (12, len(TIMES)))
    together, alone = tofts.fit(TIMES, measured.reshape(3, 4, -1)), tofts.fit(TIMES, measured[5])
    assert together.ktrans_per_min.shape == (3, 4)
    assert alone.ktrans_per_min.shape == ()
    assert together.ktrans_per_min.ravel()[5] == pytest.approx(float(alone.ktrans_per_min), rel=1e-9)
    assert together.ve.ravel()[5] == pytest.approx(float(alone.ve), rel=1e-9)


def test_no_uptake_and_noise_below_zero_are_no_kinetics():
    for measured in (np.zeros(len(TIMES)), np.full(len(TIMES), -0.5)):
        found = tofts.fit(TIMES, measured)
        assert (float(found.ktrans_per_min), float(found.ve), float(found.vp)) == (0.0, 0.0, 0.0)


def test_the_fit_is_never_worse_than_the_truth(rng):
    truth = drawn(rng, 30)
    measured = tofts.concentration(TIMES, truth) + rng.normal(0, 0.05, (30, len(TIMES)))
    found = tofts.fit(TIMES, measured)
    left = [((measured - tofts.concentration(TIMES, k)) ** 2).sum(-1) for k in (found, truth)]
    free = np.asarray(found.ve) < 1
    assert (left[0][free] <= left[1][free] * (1 + 1e-3)).all()


def test_a_bolus_that_comes_later_is_the_same_curve_later():
    kinetics = tofts.Kinetics(ktrans_per_min=0.3, ve=0.3, vp=0.05)
    times = np.arange(0.0, 120.0, 5.0)
    now, later = tofts.concentration(times, kinetics), tofts.concentration(times + 20, kinetics, arrival_s=20.0)
    np.testing.assert_allclose(now, later, atol=1e-9)
    np.testing.assert_array_equal(tofts.concentration(np.array([0.0, 19.0]), kinetics, arrival_s=20.0), 0)
