"""Radiographs (CR, DX and other single projections) with bone bright, and what is known of their scale."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from osteon.errors import InputError
from osteon.io import dicom_item
from osteon.io.dicom_facts import coded, facts
from osteon.io.dicom_header import Header
from osteon.io.dicom_layout import PALETTE, Layout, layout
from osteon.io.dicom_lut import Presentation, presentation
from osteon.io.dicom_palette import palette
from osteon.io.dicom_pixels import stored_frames
from osteon.types import Grid, Image, Item

MODALITIES = frozenset({"CR", "DX", "RG", "MG", "PX", "IO", "RF", "XA", "OT"})


def radiograph(header: Header) -> Item:
    """Return one projection, lazily loaded.

    Its pixels are float32, 0 (black) to 1 (white), linear within the film's own window (clipped at its ends) after the
    modality LUT; a VOI LUT or sigmoid is followed where the film states one. MONOCHROME1 is inverted, so bone is
    bright. Colour, also by palette, comes as 0 to 255 with a last axis of 3. A run of frames (XA, RF) is one image over
    time, its pixels (frames, rows, columns).

    `grid.spacing_at` is "detector" for ImagerPixelSpacing (magnified; the patient's is smaller by
    EstimatedRadiographicMagnificationFactor, in `facts` where stated), "patient" for a calibrated PixelSpacing, and
    None where the film does not say.

    Raises:
        InputError: Pixels that cannot be read, or a run of frames that does not say when each was taken.

    """
    found = layout(header)
    times_s = frame_times(header, found) if found.frames > 1 else None
    modality = coded(header, "Modality")
    spacing, at, notes = _spacing(header)
    shown = _shown(header, found)
    if isinstance(shown, Presentation):
        notes += shown.notes
    if modality is None:
        notes += ("The file states no modality; it is taken for a plain picture (OT).",)
    if coded(header, "BurnedInAnnotation") == "YES":
        notes += ("Text is burnt into the pixels, which may name the patient or give the answer away.",)
    image = Image(
        grid=Grid(shape=(found.rows, found.columns), spacing_mm=spacing, spacing_at=at),
        modality=modality or "OT",
        load=lambda: _load(header, found, shown),
        times_s=times_s,
        sources=(dicom_item.source(header),),
        facts=facts(header),
        notes=notes,
    )
    about = f"{modality or 'OT'}, {found.rows}x{found.columns}" + (f", {found.frames} frames" if times_s else "")
    return dicom_item.item(image, header, about=about)


def _shown(header: Header, found: Layout) -> Callable[[np.ndarray], np.ndarray]:
    if found.photometric == PALETTE:
        return palette(header)
    return presentation(header, found) if found.samples == 1 else _as_float


def _as_float(stored: np.ndarray) -> np.ndarray:
    return stored.astype(np.float32)


def _load(header: Header, found: Layout, shown: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    if found.frames == 1:
        return shown(next(stored_frames(header, found)))
    run = np.empty((found.frames, found.rows, found.columns) + ((3,) if found.coloured else ()), np.float32)
    for target, stored in zip(run, stored_frames(header, found), strict=True):
        target[...] = shown(stored)
    return run


def frame_times(header: Header, found: Layout) -> tuple[float, ...]:
    """Return the seconds of each frame of a run after its first.

    By FrameTimeVector, else FrameTime, else the frame rate that the file states.

    Raises:
        InputError: The file states none of them: its frames may be pages, not times.

    """
    steps = header.all_numbers("FrameTimeVector")
    if steps and len(steps) == found.frames and min(steps[1:]) > 0:
        return tuple(float(t) for t in np.cumsum((0.0, *steps[1:])) / 1000)
    rate = header.number("CineRate") or header.number("RecommendedDisplayFrameRate")
    step = header.number("FrameTime") or (1000 / rate if rate and rate > 0 else None)
    if not step or step <= 0:
        why = (
            f"holds {found.frames} frames and does not say when each was taken, so they may be a run or just pages; "
            "export the frame to be read."
        )
        raise InputError(why, file=header.name)
    return tuple(round(i * step / 1000, 9) for i in range(found.frames))


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
