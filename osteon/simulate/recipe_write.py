"""One image of a patient to its file, and the row of the cohort that names it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from osteon.geometry import matrix, volume_grid
from osteon.io import dicom_write, nifti
from osteon.io.simulated import SAYS
from osteon.simulate.person.patient import Patient
from osteon.simulate.recipe import Order, Row
from osteon.types import Grid, Image, Lesion

_WRITERS = ("Patient", "ImageType")
"""Facts that the writer states itself."""


def whose(patient: Patient) -> dicom_write.SimulatedPatient:
    """Return whom a file of `patient` stands for."""
    return dicom_write.SimulatedPatient(
        name=patient.name, sex=patient.sex, age_years=patient.age_years, weight_kg=patient.weight_kg,
        height_cm=patient.height_cm,
    )  # fmt: skip


def series(order: Order, image: Image, *, name: str, exam: str = "", number: int = 1) -> dicom_write.SimulatedSeries:
    """Return what the header of a series says."""
    facts = {k: v for k, v in image.facts.items() if not k.startswith(_WRITERS)}
    return dicom_write.SimulatedSeries(
        key=f"{order.recipe}/{order.seed}", name=name, exam=exam, number=number, facts=facts
    )


def volume(  # noqa: PLR0913  the image, its truth, whose, for whom, where and as what
    image: Image,
    mask: np.ndarray | None,
    patient: Patient,
    order: Order,
    folder: Path,
    *,
    name: str,
    exam: str = "",
    label: str | None = None,
) -> Row:
    """Write a CT or MR series as DICOM and its mask as NIfTI on the same grid; return its row.

    Args:
        image: With its pixels; a dynamic one has `times_s`.
        mask: Label map on its grid, or None.
        patient: Whose.
        order: For the header.
        folder: Of the patient.
        name: Of the input; also of the files.
        exam: "pre", "post" or none.
        label: Of the lesions of the mask, for lesions.csv; None writes none.

    """
    stem = f"{name}-{exam}" if exam else name
    grid, flipped = _rising(image.grid)
    pixels = image.read()
    pixels = pixels[..., ::-1, :, :] if flipped else pixels
    about = series(order, image, name=name, exam=exam)
    if image.modality == "CT":
        dicom_write.ct(folder / stem, hu=pixels, grid=grid, patient=whose(patient), series=about)
    else:
        low = min(0.0, float(pixels.min()))
        dicom_write.mr(
            folder / stem, values=pixels - low, grid=grid, patient=whose(patient), series=about, times_s=image.times_s
        )
    row = Row(path=stem, input=name, exam=exam)
    if mask is None:
        return row
    labels = mask[::-1] if flipped else mask
    nifti.write(folder / f"{stem}-mask.nii.gz", labels.astype(np.uint8), grid, note=SAYS)
    found = tuple(Lesion(label=label, mask_value=int(v)) for v in np.unique(labels) if v) if label else ()
    return replace(row, mask=f"{stem}-mask.nii.gz", lesions=found)


def _rising(grid: Grid) -> tuple[Grid, bool]:
    """Return the grid with its slices along row x column, as DICOM readers sort them, and whether it was turned."""
    affine = matrix(grid)
    if np.dot(np.cross(affine[:3, 2], affine[:3, 1]), affine[:3, 0]) > 0:
        return grid, False
    turned = affine.copy()
    turned[:3, 3] += (grid.shape[0] - 1) * affine[:3, 0]
    turned[:3, 0] *= -1
    slices, rows, columns = grid.shape
    return volume_grid((slices, rows, columns), turned), True
