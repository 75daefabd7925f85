"""What is forgotten is measured again, to the same numbers."""

import numpy as np

from osteon.transforms.radiomics import memory, remember

MM = (2.0, 1.0, 1.0)


def test_what_is_forgotten_is_measured_again(monkeypatch):
    monkeypatch.setattr(memory, "FOUND", {})
    image = np.random.default_rng(0).normal(100, 30, (4, 9, 9)).astype(np.float32)
    mask = np.zeros(image.shape, np.uint8)
    mask[1:3, 2:7, 2:7] = 1
    first = remember.features(image, mask, spacing_mm=MM)
    (kept,) = memory.FOUND.values()
    memory.forget()
    assert not memory.FOUND
    assert np.array_equal(remember.features(image, mask, spacing_mm=MM), first)
    assert next(iter(memory.FOUND.values())) is not kept
