import numpy as np
import pytest

from osteon.engine.ood import film


def coloured(rng, power, side=256):
    """Return noise whose spectrum falls as frequency to the minus `power` / 2."""
    radius = np.maximum(np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None]), 1 / side)
    return np.fft.irfft2(np.fft.rfft2(rng.normal(size=(side, side))) / radius ** (power / 2))


@pytest.mark.parametrize("power", [0, 2, 3])
def test_the_slope_is_that_of_the_noise_it_was_made_with(rng, power):
    assert film.signs(coloured(rng, power))["slope"] == pytest.approx(-power, abs=0.5)


def test_signs_of_a_drawing_and_of_a_flat_picture(rng):
    checker = (np.indices((256, 256)).sum(0) // 32 % 2).astype(float)
    assert film.signs(checker)["levels"] < 0.3
    assert film.signs(coloured(rng, 3))["levels"] > 0.8
    flat = np.zeros((256, 256))
    flat[:9, :9] = 1
    assert film.signs(flat)["flat"] > 0.95


@pytest.mark.parametrize(
    ("pixels", "word"),
    [
        (np.zeros((100, 100)), "constant"),
        (np.zeros((20, 100)), "too small"),
        (np.random.default_rng(0).random((70, 700)), "strip"),
        (np.full((100, 100), np.nan), "not numbers"),
        (np.random.default_rng(0).random((100, 100, 3)), "colour"),
    ],
)
def test_what_no_system_can_use_is_named(pixels, word):
    assert word in film.unusable(pixels)


def test_a_grey_picture_in_three_channels_is_no_photograph(rng):
    grey = rng.random((100, 100))
    assert film.unusable(np.stack([grey] * 3, axis=-1)) == ""


def test_limits_let_films_pass_and_noise_not(rng):
    rows = [film.signs(coloured(rng, power)) for power in rng.uniform(2.5, 3.5, 40)]
    limits = film.limits(rows)
    assert all(film.outside(row, limits) == "" for row in rows)
    assert "rough" in film.outside(film.signs(coloured(rng, 0)), limits)
    assert "smooth" in film.outside(film.signs(coloured(rng, 6)), limits)


def test_full_size_and_small_copies_of_a_film_have_the_same_signs(rng):
    small = coloured(rng, 3)
    large = np.kron(small, np.ones((4, 4)))
    assert film.signs(large)["slope"] == pytest.approx(film.signs(small)["slope"], abs=0.5)
