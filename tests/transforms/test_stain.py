"""Colour and concentration are each other's inverse, as Beer and Lambert have it."""

import numpy as np
import pytest

from osteon.transforms import stain
from osteon.transforms.stain import Stain


def test_glass_is_white_and_one_unit_is_the_vector():
    one, none = np.ones((1, 1), np.float32), np.zeros((1, 1), np.float32)
    laboratory = Stain(white=(240.0, 242.0, 244.0))
    assert stain.mix(none, none, stain=laboratory)[0, 0].tolist() == [240, 242, 244]
    light = stain.mix(one, none, stain=laboratory)[0, 0]
    assert -np.log10(light / [240, 242, 244]) == pytest.approx(stain.HAEMATOXYLIN, abs=1e-5)
    light = stain.mix(none, 2 * one, stain=laboratory)[0, 0]
    assert -np.log10(light / [240, 242, 244]) == pytest.approx(2 * np.array(stain.EOSIN), abs=1e-5)


def test_unmixing_returns_what_was_mixed(rng):
    for laboratory in (Stain(), stain.draw(rng), stain.draw(rng)):
        drawn = rng.uniform(0, 0.8, (2, 40, 30)).astype(np.float32)
        found = stain.unmix(stain.mix(*drawn, stain=laboratory), stain=laboratory)
        assert np.abs(np.stack(found) - drawn).max() < 1e-4


def test_ink_only_takes_light_away(rng):
    drawn = rng.uniform(0, 0.8, (2, 5, 4)).astype(np.float32)
    ink = np.zeros((5, 4, 3), np.float32)
    ink[2:] = 1.0
    clear, inked = (stain.mix(*drawn, stain=Stain(), ink=i) for i in (None, ink))
    assert inked[2:] == pytest.approx(clear[2:] / 10, rel=1e-5)
    assert np.array_equal(inked[:2], clear[:2])


def test_laboratories_differ_and_the_standard_one_does_not(rng):
    one, other = stain.draw(rng), stain.draw(rng)
    assert one != other
    for laboratory in (one, other):
        assert np.linalg.norm([laboratory.haematoxylin, laboratory.eosin], axis=1) == pytest.approx([1, 1])
        assert max(laboratory.white) < 255
    plain = stain.draw(rng, spread=0.0)
    assert plain.strength == (1.0, 1.0)
    assert plain.eosin == pytest.approx(stain.EOSIN, abs=1e-3)
