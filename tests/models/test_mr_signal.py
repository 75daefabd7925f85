import numpy as np
import pytest
from scipy.optimize import curve_fit

from osteon.models import mr_signal as mr


def test_spin_echo_gives_back_t2_and_t1():
    """Fitted from echoes and from repetition times, as a phantom is measured."""
    te = np.array([10.0, 30.0, 60.0, 120.0])
    signal = np.array([mr.spin_echo(0.8, 900.0, 45.0, tr_ms=1e6, te_ms=t) for t in te])
    assert -1.0 / np.polyfit(te, np.log(signal), 1)[0] == pytest.approx(45.0, rel=1e-6)
    tr = np.array([200.0, 500.0, 1000.0, 2000.0, 6000.0])
    signal = np.array([mr.spin_echo(0.8, 900.0, 45.0, tr_ms=t, te_ms=0.01) for t in tr])
    (_, t1), _ = curve_fit(lambda x, m, t1: m * (1 - np.exp(-x / t1)), tr, signal, p0=(1.0, 500.0))
    assert t1 == pytest.approx(900.0, rel=0.01)


def test_spin_echo_is_what_the_pulses_do():
    """Bloch's equations along z over ten repetitions, 90 - TE/2 - 180 - rest."""
    t1, tr, te = 700.0, 500.0, 40.0
    along = 1.0
    for _ in range(10):
        excited, along = along, 0.0
        along = 1 - (1 - along) * np.exp(-te / 2 / t1)
        along = 1 - (1 + along) * np.exp(-(tr - te / 2) / t1)
    assert excited * np.exp(-te / 60.0) == pytest.approx(float(mr.spin_echo(1.0, t1, 60.0, tr_ms=tr, te_ms=te)))


def test_inversion_nulls_what_it_should():
    null = 260.0 * np.log(2.0)
    fat = mr.spin_echo(1.0, 260.0, 80.0, tr_ms=1e5, te_ms=10.0, inversion_ms=null)
    muscle = mr.spin_echo(1.0, 900.0, 45.0, tr_ms=1e5, te_ms=10.0, inversion_ms=null)
    assert fat < 1e-6
    assert muscle > 0.3


def test_gradient_echo_is_largest_at_ernsts_angle():
    ernst = np.degrees(np.arccos(np.exp(-10.0 / 800.0)))
    angles = np.array([ernst - 2, ernst, ernst + 2])
    signal = [mr.spoiled_gradient_echo(1.0, 800.0, 30.0, tr_ms=10.0, te_ms=2.0, flip_degrees=a) for a in angles]
    assert np.argmax(signal) == 1
    half = mr.spoiled_gradient_echo(1.0, 800.0, 30.0, tr_ms=10.0, te_ms=32.0, flip_degrees=ernst)
    assert half / signal[1] == pytest.approx(np.exp(-1.0))


def test_diffusion_there_and_back(rng):
    adc = rng.uniform(0.3, 3.0, (4, 5))
    signal = rng.uniform(0.2, 1.0, (4, 5))
    weighted = mr.diffusion_weighted(signal, adc, b_s_per_mm2=800.0)
    assert mr.adc_map(signal, weighted, b_s_per_mm2=800.0) == pytest.approx(adc)
    assert mr.adc_map(signal, weighted, b_s_per_mm2=800.0, floor=2.0).max() == 0.0
    assert mr.adc_map(signal, 2 * signal, b_s_per_mm2=800.0).max() == 0.0


def test_contrast_shortens_t1_and_is_read_back():
    contrast = np.array([0.0, 0.5, 2.0])
    t1 = mr.enhanced_t1(1000.0, contrast, relaxivity_per_s_mmol=4.5)
    assert 1e3 / t1 == pytest.approx(1.0 + 4.5 * contrast)
    seen = mr.spoiled_gradient_echo(1.0, t1, 1e9, tr_ms=5.0, te_ms=1.0, flip_degrees=20.0)
    back = mr.t1_of_ratio(seen / seen[0], 1000.0, tr_ms=5.0, flip_degrees=20.0)
    assert back == pytest.approx(t1)


def test_a_signal_that_no_t1_gives_is_said():
    assert mr.t1_of_ratio(np.array([0.0, 50.0]), 1000.0, tr_ms=5.0, flip_degrees=20.0).tolist() == [np.inf, np.inf]
