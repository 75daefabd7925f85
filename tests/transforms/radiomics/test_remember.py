"""Features that are asked for again are not measured again, and are never those of another region."""

import numpy as np
import pytest

from osteon.errors import InputError
from osteon.transforms.radiomics import memory, remember
from osteon.transforms.radiomics.vector import Radiomics, extract

MM = (2.0, 1.0, 1.0)


@pytest.fixture(autouse=True)
def measured(monkeypatch):
    """Forget all, and count what is measured."""
    asked = []

    def counted(image, mask, **more):
        asked.append(image.shape)
        return extract(image, mask, **more)

    monkeypatch.setattr(memory, "FOUND", {})
    monkeypatch.setattr(remember, "extract", counted)
    return asked


@pytest.fixture
def region():
    image = np.random.default_rng(0).normal(100, 30, (4, 9, 9)).astype(np.float32)
    mask = np.zeros(image.shape, np.uint8)
    mask[1:3, 2:7, 2:7] = 1
    return image, mask


def test_the_same_region_is_measured_once_and_gives_what_extract_gives(region, measured) -> None:
    image, mask = region
    first = remember.features(image, mask, spacing_mm=MM)
    first[:] = 0
    again = remember.features(image.copy(), (mask * 7).astype(np.int16), spacing_mm=list(MM))
    assert np.array_equal(again, extract(image, mask, spacing_mm=MM)), "a caller cannot spoil what is remembered"
    assert len(measured) == 1


def test_another_value_mask_spacing_or_setting_is_another_region(region, measured) -> None:
    image, mask = region
    other, less = image.copy(), mask.copy()
    other[1, 3, 3] += 1
    less[1, 2, 2] = 0
    asked = [
        remember.features(image, mask, spacing_mm=MM),
        remember.features(other, mask, spacing_mm=MM),
        remember.features(image, less, spacing_mm=MM),
        remember.features(image, mask, spacing_mm=(1.0, 1.0, 1.0)),
        remember.features(image, mask, spacing_mm=MM, settings=Radiomics(bin_width=None, bin_count=8)),
        remember.features(image.astype(np.float64), mask, spacing_mm=MM),
    ]
    assert len(measured) == 6
    assert len({a.tobytes() for a in asked[:5]}) == 5


def test_only_the_latest_are_remembered(region, measured, monkeypatch) -> None:
    image, mask = region
    monkeypatch.setattr(remember, "MOST", 2)
    for shift in (0, 1, 2):
        remember.features(image + shift, mask, spacing_mm=MM)
    remember.features(image + 2, mask, spacing_mm=MM)
    assert len(measured) == 3
    remember.features(image, mask, spacing_mm=MM)
    assert len(measured) == 4, "the first was forgotten"


def test_what_cannot_be_measured_is_refused_each_time(region) -> None:
    image, mask = region
    for _ in range(2):
        with pytest.raises(InputError, match="empty"):
            remember.features(image, 0 * mask, spacing_mm=MM)
