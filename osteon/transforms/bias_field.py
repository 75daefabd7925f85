"""N4 correction of the slow shading that coils leave on MRI (Tustison 2010), by SimpleITK."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk  # noqa: N813 - the name everyone uses

SHRINK_TO = 48
ITERATIONS = (20, 20)
LEAST_VOXELS = 500
"""A smaller region holds too little to tell shading from tissue, and is left as it is."""


def n4(volume: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return `volume` (slices, rows, columns) without its slow shading, estimated where `mask` is not 0, float32.

    The field is estimated on a grid of at most `SHRINK_TO` voxels a side and applied at full size.
    """
    values = np.asarray(volume, dtype=np.float32)
    inside = (np.asarray(mask) > 0) & (values > 0)
    if np.count_nonzero(inside) < LEAST_VOXELS:
        return values
    image = sitk.GetImageFromArray(np.maximum(values, 0))
    region = sitk.GetImageFromArray(inside.astype(np.uint8))
    factors = [max(1, n // SHRINK_TO) for n in image.GetSize()]
    filter_ = sitk.N4BiasFieldCorrectionImageFilter()
    filter_.SetMaximumNumberOfIterations(ITERATIONS)
    filter_.SetNumberOfThreads(1)
    filter_.Execute(sitk.Shrink(image, factors), sitk.Shrink(region, factors))
    field = sitk.GetArrayFromImage(filter_.GetLogBiasFieldAsImage(image))
    return (values / np.exp(field)).astype(np.float32)
