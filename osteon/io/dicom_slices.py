"""The slices of a series, wherever they are: one a file, or many in an enhanced multi-frame file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from osteon.errors import GeometryError, InputError
from osteon.io import dicom_mosaic
from osteon.io.dicom_header import Header, Values, rescale
from osteon.io.dicom_layout import Layout, layout
from osteon.io.dicom_times import time_of_day

SPLIT_KEYS = (
    "EchoTime",
    "EchoNumbers",
    "ImageType",
    "TemporalPositionIdentifier",
    "DiffusionBValue",
    "DiffusionGradientOrientation",
    "AcquisitionNumber",
    "ConvolutionKernel",
    "InversionTime",
    "FlipAngle",
    "ContrastBolusAgent",
    "TriggerTime",
    "StackID",
)
"""Header values that tell apart the volumes sent under one series UID."""

TIME_KEYS = frozenset({"TemporalPositionIdentifier", "AcquisitionNumber", "TriggerTime", "ContrastBolusAgent"})
"""Those of `SPLIT_KEYS` that only say when a volume was taken, or before or after contrast."""

_FRAME_TYPES = ("CTImageFrameTypeSequence", "MRImageFrameTypeSequence", "PETFrameTypeSequence")


@dataclass(frozen=True, kw_only=True, eq=False)
class Slice:
    """One plane of a volume.

    Attributes:
        header, layout: The file it is in and how its pixels are stored.
        frame: Zero-based frame within the file.
        position: Centre of its first pixel, mm (LPS).
        orientation: Unit vectors along a row and down a column, six numbers.
        spacing: (between rows, between columns), mm.
        thickness: Slice thickness, or the stated distance of slices, mm; None when not stated.
        slope, intercept: Stored value to the modality's value.
        rescaled: Whether the header states `slope` and `intercept`.
        keys: Values of `SPLIT_KEYS`.
        when: When this frame was taken, in seconds, where an enhanced file says so frame by frame; else None.
        tile: (row, column, rows, columns) of a mosaic's frame that are this slice; None for the whole frame.

    """

    header: Header
    layout: Layout
    frame: int
    position: tuple[float, ...]
    orientation: tuple[float, ...]
    spacing: tuple[float, float]
    thickness: float | None
    slope: float = 1.0
    intercept: float = 0.0
    rescaled: bool = False
    keys: Mapping[str, str] = field(default_factory=dict)
    when: float | None = None
    tile: tuple[int, int, int, int] | None = None

    @property
    def rows(self) -> int:
        """Rows of the slice."""
        return self.tile[2] if self.tile else self.layout.rows

    @property
    def columns(self) -> int:
        """Columns of the slice."""
        return self.tile[3] if self.tile else self.layout.columns


def is_localizer(header: Header) -> bool:
    """Return whether the file is a scout: it shows where the series lies and is no part of it."""
    return any(word.upper() in ("LOCALIZER", "SCOUT", "TOPOGRAM") for word in header.words("ImageType"))


def slices(header: Header) -> list[Slice]:
    """Return the slices of one file.

    Raises:
        InputError: Its pixels cannot be read.
        GeometryError: It does not say where its slices lie.

    """
    found = layout(header)
    if found.coloured:
        why = "is a colour image, not a slice of a volume; export the original series."
        raise InputError(why, file=header.name)
    if dicom_mosaic.is_mosaic(header):
        return _tiles(header, found)
    frames = header.items("PerFrameFunctionalGroupsSequence")
    if frames:
        return _enhanced(header, found, frames)
    if found.frames > 1:
        why = f"holds {found.frames} frames without saying where each lies; export it as enhanced CT or MR, or singly."
        raise GeometryError(why, file=header.name)
    return [_slice(header, found, frame=0, where=_Where(header))]


def _tiles(header: Header, found: Layout) -> list[Slice]:
    whole = _slice(header, found, frame=0, where=_Where(header))
    return [replace(whole, tile=one.box, position=one.position) for one in dicom_mosaic.tiles(header, found)]


class _Where:
    """Reads a frame's values: from its own functional groups, else the shared ones, else the top of the header."""

    def __init__(self, header: Header, *own: Values) -> None:
        self.header = header
        self._levels = (*own, header.item("SharedFunctionalGroupsSequence")) if own else ()

    def group(self, name: str) -> Values:
        """Return the functional group of this name; the header itself where there is none."""
        for level in self._levels:
            if level.items(name):
                return level.item(name)
        return self.header

    def frame_type(self) -> str:
        """Return the words that say what kind of image it is."""
        for name in _FRAME_TYPES:
            words = self.group(name).words("FrameType")
            if words:
                return "\\".join(words)
        return "\\".join(self.header.words("ImageType"))


def _enhanced(header: Header, found: Layout, frames: tuple[Values, ...]) -> list[Slice]:
    if len(frames) != found.frames:
        why = f"states {found.frames} frames but describes {len(frames)}; export it again."
        raise GeometryError(why, file=header.name)
    return [_slice(header, found, frame=i, where=_Where(header, own)) for i, own in enumerate(frames)]


def _slice(header: Header, found: Layout, *, frame: int, where: _Where) -> Slice:
    measures = where.group("PixelMeasuresSequence")
    spacing = measures.numbers("PixelSpacing", count=2)
    if spacing is None or min(spacing) <= 0:
        why = "states no usable PixelSpacing, so its pixels cannot be placed in mm; export the original series."
        raise GeometryError(why, file=header.name)
    position = where.group("PlanePositionSequence").numbers("ImagePositionPatient", count=3)
    if position is None:
        why = "states no usable ImagePositionPatient, so it cannot be placed in mm; export the original series."
        raise GeometryError(why, file=header.name)
    transform = where.group("PixelValueTransformationSequence")
    slope, intercept = rescale(transform, name=header.name)
    return Slice(
        header=header,
        layout=found,
        frame=frame,
        position=position,
        orientation=_orientation(header, where),
        spacing=(spacing[0], spacing[1]),
        thickness=_thickness(measures),
        slope=slope,
        intercept=intercept,
        rescaled=transform.number("RescaleSlope") is not None,
        keys=_keys(where),
        when=_when(where),
    )


def _thickness(measures: Values) -> float | None:
    for keyword in ("SpacingBetweenSlices", "SliceThickness"):
        value = measures.number(keyword)
        if value is not None and value > 0:
            return value
    return None


def _orientation(header: Header, where: _Where) -> tuple[float, ...]:
    cosines = where.group("PlaneOrientationSequence").numbers("ImageOrientationPatient", count=6)
    if cosines is None:
        why = "states no usable ImageOrientationPatient, so it cannot be placed in mm; export the original series."
        raise GeometryError(why, file=header.name)
    row, column = cosines[:3], cosines[3:]
    lengths = math.hypot(*row), math.hypot(*column)
    skew = sum(a * b for a, b in zip(row, column, strict=True))
    if max(abs(lengths[0] - 1), abs(lengths[1] - 1), abs(skew)) > 1e-2:
        why = "states an ImageOrientationPatient whose axes are not of length 1 and at right angles; export it again."
        raise GeometryError(why, file=header.name)
    return tuple(v / lengths[0] for v in row) + tuple(v / lengths[1] for v in column)


def _when(where: _Where) -> float | None:
    """Return when a frame of an enhanced file was taken, in seconds; None where it has no time of its own."""
    content = where.group("FrameContentSequence")
    if content is where.header:
        return None
    whole = time_of_day(content.text("FrameAcquisitionDateTime") or "", header=where.header)
    if isinstance(whole, datetime):
        return (whole - datetime(1970, 1, 1)).total_seconds()
    return where.group("TemporalPositionSequence").number("TemporalPositionTimeOffset")


def _keys(where: _Where) -> dict[str, str]:
    header, content = where.header, where.group("FrameContentSequence")
    keys = {name: "\\".join(header.words(name)) for name in SPLIT_KEYS}
    keys["ImageType"] = where.frame_type()
    if content is header:
        return keys
    echo, diffusion = where.group("MREchoSequence"), where.group("MRDiffusionSequence")
    keys["EchoTime"] = "\\".join(echo.words("EffectiveEchoTime")) or keys["EchoTime"]
    gradient = diffusion.item("DiffusionGradientDirectionSequence")
    keys["DiffusionGradientOrientation"] = "\\".join(gradient.words("DiffusionGradientOrientation"))
    keys["DiffusionBValue"] = "\\".join(diffusion.words("DiffusionBValue")) or keys["DiffusionBValue"]
    keys["StackID"] = "\\".join(content.words("StackID"))
    keys["TemporalPositionIdentifier"] = "\\".join(content.words("TemporalPositionIndex"))
    keys["AcquisitionNumber"] = "\\".join(content.words("FrameAcquisitionNumber"))
    return keys
