"""Radiographs (CR, DX and other single projections) with bone bright, and what is known of their scale."""

from __future__ import annotations

import numpy as np

from osteon.errors import InputError
from osteon.io.dicom_facts import coded, facts
from osteon.io.dicom_header import Header
from osteon.io.dicom_layout import Layout, layout
from osteon.io.dicom_lut import Presentation, presentation
from osteon.io.dicom_pixels import stored_frames
from osteon.types import Grid, Image, Item, Source

MODALITIES = frozenset({"CR", "DX", "RG", "MG", "PX", "IO", "RF", "XA", "OT"})


def radiograph(header: Header) -> Item:
    """Return one projection, lazily loaded.

    Its pixels are float32, 0 (black) to 1 (white), linear within the film's own window (clipped at its ends) after the
    modality LUT; a VOI LUT or sigmoid is followed where the film states one. MONOCHROME1 is inverted, so bone is
    bright. Colour comes as 0 to 255 with a last axis of 3.

    `grid.spacing_at` is "detector" for ImagerPixelSpacing (magnified; the patient's is smaller by
    EstimatedRadiographicMagnificationFactor, in `facts` where stated), "patient" for a calibrated PixelSpacing, and
    None where the film does not say.

    Raises:
        InputError: More than one frame, or pixels that cannot be read.

    """
    found = layout(header)
    if found.frames > 1:
        why = f"is a run of {found.frames} frames, not one radiograph; export the frame to be read."
        raise InputError(why, file=header.name)
    modality = coded(header, "Modality")
    spacing, at, notes = _spacing(header)
    shown = presentation(header, found) if found.samples == 1 else None
    if shown is not None:
        notes += shown.notes
    if modality is None:
        notes += ("The file states no modality; it is taken for a plain picture (OT).",)
    if coded(header, "BurnedInAnnotation") == "YES":
        notes += ("Text is burnt into the pixels, which may name the patient or give the answer away.",)
    image = Image(
        grid=Grid(shape=(found.rows, found.columns), spacing_mm=spacing, spacing_at=at),
        modality=modality or "OT",
        load=lambda: _load(header, found, shown),
        sources=(
            Source(
                path=header.path,
                sop_instance_uid=header.text("SOPInstanceUID"),
                sop_class_uid=header.text("SOPClassUID"),
            ),
        ),
        facts=facts(header),
        notes=notes,
    )
    return Item(
        datum=image,
        file=header.name,
        patient_id=header.text("PatientID"),
        study_uid=header.text("StudyInstanceUID"),
        about=f"{modality or 'OT'}, {found.rows}x{found.columns}",
    )


def _load(header: Header, found: Layout, shown: Presentation | None) -> np.ndarray:
    stored = next(stored_frames(header, found))
    return stored.astype(np.float32) if shown is None else shown(stored)


def _spacing(header: Header) -> tuple[tuple[float, float] | None, str | None, tuple[str, ...]]:
    patient, detector = _pair(header, "PixelSpacing"), _pair(header, "ImagerPixelSpacing")
    notes = _magnification(header)
    calibrated = coded(header, "PixelSpacingCalibrationType")
    if patient and (calibrated or (detector and not np.allclose(patient, detector, rtol=1e-4))):
        return patient, "patient", notes
    if detector:
        return detector, "detector", notes
    scanned = _pair(header, "NominalScannedPixelSpacing")
    if patient or scanned:
        note = "The film states a pixel spacing without saying whether it holds at the patient or at the detector."
        return patient or scanned, None, (*notes, note)
    return None, None, (*notes, "The film states no pixel spacing: sizes are in pixels, never in mm.")


def _magnification(header: Header) -> tuple[str, ...]:
    factor = header.number("EstimatedRadiographicMagnificationFactor")
    if factor is None or factor <= 0:
        return ()
    return (f"The film states a magnification of {factor:.3g}; its spacing is not divided by it.",)


def _pair(header: Header, keyword: str) -> tuple[float, float] | None:
    pair = header.numbers(keyword, count=2)
    return (pair[0], pair[1]) if pair and min(pair) > 0 else None
