"""The wavelet keeps the energy and is that of PyWavelets, a judge; the Laplacian finds blobs of its size."""

import numpy as np
import pytest

from osteon.errors import GeometryError
from osteon.transforms.radiomics import filters


def test_the_filters_are_an_orthonormal_pair():
    low, high = filters._LOW, filters._HIGH
    assert low.sum() == pytest.approx(2**0.5)
    assert high.sum() == pytest.approx(0)
    assert low @ low == pytest.approx(1) == high @ high
    assert low @ high == pytest.approx(0)
    assert low[2:] @ low[:-2] == pytest.approx(0) == low[4:] @ low[:-4]
    assert [np.arange(6.0) ** k @ high for k in (0, 1)] == pytest.approx([0, 0])  # two vanishing moments


def test_sub_bands_keep_the_energy(rng):
    image = rng.normal(0, 1, (8, 10, 12))
    bands = filters.wavelet(image)
    assert tuple(bands) == filters.BANDS
    assert sum((b**2).sum() for b in bands.values()) == pytest.approx(8 * (image**2).sum())


def test_letters_are_along_columns_rows_and_slices():
    z, y, x = np.meshgrid(*(np.arange(8),) * 3, indexing="ij")
    for name, along in (("HLL", x), ("LHL", y), ("LLH", z)):
        bands = filters.wavelet((-1.0) ** along)
        assert max(bands, key=lambda b: np.abs(bands[b]).sum()) == name


def test_the_laplacian_answers_to_a_blob_of_its_size():
    spacing = (2.0, 1.0, 1.0)
    z, y, x = np.ogrid[-10:11, -20:21, -20:21]
    blob = np.exp(-((z * 2.0) ** 2 + y**2 + x**2) / (2 * 4.0**2))
    centre = [
        filters.laplacian_of_gaussian(blob, spacing_mm=spacing, sigma_mm=s)[10, 20, 20] for s in (1.0, 3.0, 5.0, 9.0)
    ]
    assert np.argmin(centre) == 1  # 3 s^2 t^3 / (s^2 + t^2)^(5/2) is largest at s = t sqrt(2/3), here 3.3
    # Of a Gaussian of t = 4 blurred by s: -3 s^2 t^3 / (s^2 + t^2)^(5/2) in the middle.
    assert centre[1] == pytest.approx(-3 * 9 * 64 / 25**2.5, rel=0.03)


def test_a_thin_image_is_refused():
    with pytest.raises(GeometryError, match="too thin"):
        filters.laplacian_of_gaussian(np.zeros((3, 9, 9)), spacing_mm=(1, 1, 1), sigma_mm=1.0)


def test_sub_bands_are_those_of_pywavelets(rng):
    pywt = pytest.importorskip("pywt", reason="PyWavelets is a judge only: pip install PyWavelets")
    image = rng.normal(0, 1, (8, 10, 12))
    for key, band in pywt.swtn(image, "coif1", 1, start_level=0, axes=(2, 1, 0))[0].items():
        assert np.allclose(filters.wavelet(image)[key.replace("a", "L").replace("d", "H")], band)
