"""An image and an outline to a vector of named features, always the same names in the same order.

The original image gives 107 features in three dimensions: 14 of shape and 93 of intensity and texture. Each filtered
image gives the 93 again. `SHEET_8` is how 1,316 is reached for `ct-sacral-radiomics-yin2020`, whose paper does not
say: 14 + 93 (original) + 5 x 93 (Laplacian of Gaussian at 1 to 5 mm) + 8 x 93 (wavelet).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from osteon.errors import GeometryError, InputError
from osteon.transforms.radiomics import filters, first_order, glcm, gldm, glrlm, glszm, levels, ngtdm, shape
from osteon.transforms.radiomics.resample import resample

TEXTURES = (
    ("firstorder", first_order.NAMES),
    ("glcm", glcm.NAMES),
    ("glrlm", glrlm.NAMES),
    ("glszm", glszm.NAMES),
    ("gldm", gldm.NAMES),
    ("ngtdm", ngtdm.NAMES),
)
LOG_REACH = 12
WAVELET_REACH = 8


@dataclass(frozen=True, kw_only=True)
class Radiomics:
    """What is measured, and how.

    Attributes:
        bin_width: Of the grey levels, in the unit of the image; None where `bin_count` is given.
        bin_count: Number of grey levels.
        resample_mm: Voxel size to measure on, along each axis; None keeps the image's own.
        order: Of the spline that resamples: 1 linear, 3 cubic.
        flat: Neighbours within a slice alone, for thick slices; always so for a picture.
        log_sigmas_mm: Scales of the Laplacian of Gaussian, each a filtered image.
        wavelet: Whether the eight wavelet sub-bands are measured, too.

    """

    bin_width: float | None = 25.0
    bin_count: int | None = None
    resample_mm: tuple[float, ...] | None = None
    order: int = 3
    flat: bool = False
    log_sigmas_mm: tuple[float, ...] = ()
    wavelet: bool = False

    def images(self) -> tuple[str, ...]:
        """Return the names of the images that are measured, the original first."""
        scales = tuple(f"log-sigma-{str(float(s)).replace('.', '-')}-mm-3D" for s in self.log_sigmas_mm)
        bands = tuple(f"wavelet-{band}" for band in filters.BANDS) if self.wavelet else ()
        return ("original", *scales, *bands)

    def names(self, *, axes: int = 3) -> tuple[str, ...]:
        """Return the names of the features, in order, of an image of 3 `axes` or a picture of 2."""
        form = ("shape", shape.NAMES) if axes == 3 else ("shape2D", shape.NAMES_2D)
        own = [f"original_{form[0]}_{name}" for name in form[1]]
        return (*own, *(f"{i}_{kind}_{n}" for i in self.images() for kind, names in TEXTURES for n in names))


SHEET_8 = Radiomics(resample_mm=(1.0, 1.0, 1.0), log_sigmas_mm=(1.0, 2.0, 3.0, 4.0, 5.0), wavelet=True)


def extract(
    image: np.ndarray, mask: np.ndarray, *, spacing_mm: tuple[float, ...], settings: Radiomics | None = None
) -> np.ndarray:
    """Return the features of the region where `mask` is not 0, float64, in the order of `settings.names()`.

    Args:
        image: (slices, rows, columns), or (rows, columns) of a picture.
        mask: The same shape.
        spacing_mm: Along each axis.
        settings: None for the 107 (102 of a picture) at a bin width of 25.

    Raises:
        InputError: The mask is empty, or the region holds a value that is no number.
        GeometryError: Shapes or numbers of axes differ, or a filter is asked for that a picture does not have.
        RequestError: The bins cannot be meant.

    """
    settings = settings or Radiomics()
    inside = np.asarray(mask) != 0
    _check(image, inside, tuple(spacing_mm), settings)
    if settings.resample_mm is not None:
        image, inside = resample(image, inside, spacing_mm=spacing_mm, to_mm=settings.resample_mm, order=settings.order)
        spacing_mm = settings.resample_mm
        _check(image, inside, tuple(spacing_mm), settings)
    if inside.ndim == 2:
        form = shape.shape_2d(inside[_box(inside)], spacing_mm=(spacing_mm[0], spacing_mm[1]))
        image, inside, spacing_mm = image[None], inside[None], (1.0, *spacing_mm)
    else:
        form = shape.shape(inside[_box(inside)], spacing_mm=(spacing_mm[0], spacing_mm[1], spacing_mm[2]))
    images = _filtered(image, inside, tuple(spacing_mm), settings)
    return np.concatenate([form, *(_textures(i, m, tuple(spacing_mm), settings) for i, m in images)])


def _textures(image: np.ndarray, inside: np.ndarray, spacing_mm: tuple[float, ...], settings: Radiomics) -> np.ndarray:
    """Return the 93 features of one image."""
    box = _box(inside)
    image, inside = image[box], inside[box]
    grey = levels.discretise(image, inside, bin_width=settings.bin_width, bin_count=settings.bin_count)
    half = levels.directions(grey.shape, flat=settings.flat)
    around = levels.neighbours(grey.shape, flat=settings.flat)
    wide = levels.padded(grey)
    return np.concatenate([
        first_order.first_order(image[inside], grey[inside], voxel_mm3=float(np.prod(spacing_mm))),
        *(family(wide, half) for family in (glcm.glcm, glrlm.glrlm)),
        *(family(wide, around) for family in (glszm.glszm, gldm.gldm, ngtdm.ngtdm)),
    ])  # fmt: skip


def _filtered(
    image: np.ndarray, inside: np.ndarray, spacing_mm: tuple[float, ...], settings: Radiomics
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the image and its filtered ones, each with its mask, cut to what the region can see of them."""
    yield image, inside
    for sigma in settings.log_sigmas_mm:
        reach = [int(np.ceil(LOG_REACH * sigma / s)) + 1 for s in spacing_mm]
        near = _box(inside, margin=reach)
        yield filters.laplacian_of_gaussian(image[near], spacing_mm=spacing_mm, sigma_mm=sigma), inside[near]
    if settings.wavelet:
        near = _box(inside, margin=[WAVELET_REACH] * 3)
        for band in filters.wavelet(image[near]).values():
            yield band, inside[near]


def _box(inside: np.ndarray, *, margin: list[int] | None = None) -> tuple[slice, ...]:
    """Return the box around the true voxels, widened by `margin` along each axis where the image goes on."""
    found = ndimage.find_objects(inside.astype(np.uint8))[0]
    wider = margin or [0] * inside.ndim
    return tuple(slice(max(s.start - m, 0), s.stop + m) for s, m in zip(found, wider, strict=True))


def _check(image: np.ndarray, inside: np.ndarray, spacing_mm: tuple[float, ...], settings: Radiomics) -> None:
    if image.shape != inside.shape or image.ndim not in (2, 3) or len(spacing_mm) != image.ndim:
        msg = (
            f"An image of {image.shape}, a mask of {inside.shape} and {len(spacing_mm)} spacings do not go together; "
            "give a volume or a picture, its mask on the same grid, and a spacing for each axis."
        )
        raise GeometryError(msg)
    if image.ndim == 2 and (settings.wavelet or settings.log_sigmas_mm):
        msg = "Filtered images are made of volumes alone, and this is a picture; leave the filters out."
        raise GeometryError(msg)
    if not inside.any():
        msg = "The mask is empty, so there is nothing to measure; outline the tumour, or resample less coarsely."
        raise InputError(msg)
    if not np.isfinite(image[inside]).all():
        msg = "The region holds a value that is no finite number; repair the image first."
        raise InputError(msg)
