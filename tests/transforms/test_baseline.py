"""The fluorescence goes, the peaks keep their place and most of their height."""

import numpy as np

from osteon.transforms.baseline import remove_baseline

SHIFT = np.linspace(400, 1600, 1000)


def test_peaks_keep_their_place_and_height(rng):
    heights = {620.0: 120.0, 1004.0: 300.0, 1450.0: 250.0}
    bands = sum(h / (1 + ((SHIFT - c) / 7) ** 2) for c, h in heights.items())
    fluorescence = 5000 * np.exp(-(((SHIFT - 500) / 900) ** 2))
    flat = remove_baseline(bands + fluorescence + rng.normal(0, 2, SHIFT.size))
    for centre, height in heights.items():
        near = np.abs(SHIFT - centre) < 20
        assert abs(SHIFT[near][flat[near].argmax()] - centre) < 3
        assert abs(flat[near].max() - height) < 0.2 * height
    between = np.abs(SHIFT - 800) < 60
    assert abs(np.median(flat[between])) < 15
