"""Stored values to presentation values: modality LUT, VOI LUT or window, polarity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from osteon.errors import InputError
from osteon.io.dicom_header import LARGEST_RESCALE, Header, rescale
from osteon.io.dicom_layout import Layout


@dataclass(frozen=True, kw_only=True, eq=False)
class Lut:
    """A look-up table: `data` of shape (entries,), for stored values from `first` on, up to `top`."""

    data: np.ndarray
    first: int
    top: int

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Return the table's entry for each value; values beyond an end take that end's."""
        index = np.clip(np.rint(values).astype(np.int64) - self.first, 0, len(self.data) - 1)
        return self.data[index]


@dataclass(frozen=True, kw_only=True, eq=False)
class Presentation:
    """How stored values become 0 (black) to 1 (white) with bone bright.

    Attributes:
        modality: Modality LUT, else None.
        slope, intercept: The rescale where there is no modality LUT.
        voi: VOI LUT, else None.
        window: (centre, width) after the modality LUT; None: the whole range of the bits.
        function: LINEAR, LINEAR_EXACT or SIGMOID.
        range: Lowest and highest value after the modality LUT.
        invert: Whether white is stored low.
        notes: What was assumed.

    """

    modality: Lut | None
    slope: float
    intercept: float
    voi: Lut | None
    window: tuple[float, float] | None
    function: str
    range: tuple[float, float]
    invert: bool
    notes: tuple[str, ...]

    def __call__(self, stored: np.ndarray) -> np.ndarray:
        """Return `stored` as float32 of the same shape, 0 to 1."""
        if self.modality is not None:
            values = self.modality(stored).astype(np.float32)
        else:
            values = stored.astype(np.float32) * np.float32(self.slope) + np.float32(self.intercept)
        shown = np.clip(self._shown(values), 0, 1).astype(np.float32, copy=False)
        return 1 - shown if self.invert else shown

    def _shown(self, values: np.ndarray) -> np.ndarray:
        if self.voi is not None:
            return self.voi(values) / self.voi.top
        if self.window is None:
            low, high = self.range
            return (values - low) / max(high - low, 1e-6)
        centre, width = self.window
        if self.function == "SIGMOID":
            return 1 / (1 + np.exp(np.clip(-4 * (values - centre) / width, -60, 60)))
        if self.function == "LINEAR_EXACT":
            return (values - centre) / width + 0.5
        return (values - (centre - 0.5)) / max(width - 1, 1e-6) + 0.5


def presentation(header: Header, found: Layout) -> Presentation:
    """Return how the values of a radiograph are shown.

    Values stay linear in what the film's window shows: no histogram is touched. Where several windows are stated the
    first one holds; where none is, the whole range of the stored bits.

    Raises:
        InputError: A look-up table is damaged.

    """
    modality = _lut(header, "ModalityLUTSequence")
    voi = _lut(header, "VOILUTSequence")
    slope, intercept = rescale(header, name=header.name)
    ends = sorted((found.lowest * slope + intercept, found.highest * slope + intercept))
    if modality is not None:
        ends = [float(modality.data.min()), float(modality.data.max())]
    window, notes = _window(header)
    if voi is None and window is None:
        notes += ("The film states no usable window: its values span the whole range of the stored bits.",)
    invert, why = _polarity(header, found)
    return Presentation(
        modality=modality,
        slope=slope,
        intercept=intercept,
        voi=voi,
        window=window,
        function=(header.text("VOILUTFunction") or "LINEAR").upper(),
        range=(ends[0], ends[1]),
        invert=invert,
        notes=notes + why,
    )


def _window(header: Header) -> tuple[tuple[float, float] | None, tuple[str, ...]]:
    centres, widths = header.all_numbers("WindowCenter"), header.all_numbers("WindowWidth")
    if not centres or not widths:
        return None, ()
    least = 1 if (header.text("VOILUTFunction") or "LINEAR").upper() == "LINEAR" else 1e-6
    if not least <= widths[0] < LARGEST_RESCALE or abs(centres[0]) >= LARGEST_RESCALE:
        return None, ("The film's window has no width, or lies nowhere, and is not used.",)
    several = ("The film states several windows; the first is used.",) if len(centres) > 1 else ()
    return (centres[0], widths[0]), several


def _polarity(header: Header, found: Layout) -> tuple[bool, tuple[str, ...]]:
    """Return whether to invert, so that bone is bright in every film."""
    intent = (header.text("PresentationIntentType") or "").upper()
    if intent == "FOR PROCESSING":
        sign = header.number("PixelIntensityRelationshipSign")
        note = "The film is raw detector data (FOR PROCESSING): its contrast is not that of a finished film."
        if sign is not None:
            return sign > 0, (note,)
        return found.photometric == "MONOCHROME1", (note,)
    shape = (header.text("PresentationLUTShape") or "").upper()
    return found.photometric == "MONOCHROME1" or shape == "INVERSE", ()


def _lut(header: Header, keyword: str) -> Lut | None:
    item = header.item(keyword)
    if "LUTData" not in item:
        return None
    return table(header, item.data["LUTData"], item.all_numbers("LUTDescriptor"), name=keyword)


def table(header: Header, raw: Any, descriptor: tuple[float, ...] | None, *, name: str) -> Lut:
    """Return a look-up table from its data and its descriptor (entries, first stored value, bits).

    Raises:
        InputError: They do not fit each other.

    """
    data = _entries(raw, descriptor)
    if descriptor is None or len(descriptor) != 3 or data is None:
        why = f"has a damaged {name}; export it again."
        raise InputError(why, file=header.name)
    count, first, bits = (int(v) for v in descriptor)
    count = count or 65536
    if first >= 32768 and header.number("PixelRepresentation") == 1:
        first -= 65536  # stated as unsigned, meant as signed
    if not 1 <= count <= len(data) or not 1 <= bits <= 16:
        why = f"has a {name} of {len(data)} entries where {count} of {bits} bits are stated; export it again."
        raise InputError(why, file=header.name)
    return Lut(data=data[:count], first=first, top=2**bits - 1)


def _entries(raw: Any, descriptor: tuple[float, ...] | None) -> np.ndarray | None:
    if isinstance(raw, tuple) and all(isinstance(v, int | float) for v in raw):
        return np.array(raw, np.float32) if raw else None
    if not isinstance(raw, bytes) or not descriptor:
        return None
    count = int(descriptor[0]) or 65536
    if len(raw) >= 2 * count:
        return np.frombuffer(raw[: len(raw) // 2 * 2], "<u2").astype(np.float32)
    return np.frombuffer(raw, np.uint8).astype(np.float32) if raw else None
