"""Palette colour: stored values that point into three look-up tables, as RGB of 0 to 255."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from osteon.errors import InputError
from osteon.io.dicom_header import Header
from osteon.io.dicom_lut import Lut, table

_COLOURS = ("Red", "Green", "Blue")


@dataclass(frozen=True, kw_only=True)
class Palette:
    """The three tables of a palette, in the order red, green, blue."""

    tables: tuple[Lut, Lut, Lut]

    def __call__(self, stored: np.ndarray) -> np.ndarray:
        """Return `stored` (rows, columns) as float32 RGB, (rows, columns, 3), 0 to 255."""
        return np.stack([one(stored) * np.float32(255 / one.top) for one in self.tables], axis=-1)


def palette(header: Header) -> Palette:
    """Return the palette of a file of PALETTE COLOR.

    Raises:
        InputError: A table is missing or damaged, or comes in segments.

    """
    red, green, blue = (_table(header, colour) for colour in _COLOURS)
    return Palette(tables=(red, green, blue))


def _table(header: Header, colour: str) -> Lut:
    name = f"{colour}PaletteColorLookupTable"
    if f"{name}Data" not in header:
        why = "is palette colour without its tables, or with segmented ones, which are not read; export it as RGB."
        raise InputError(why, file=header.name)
    return table(header, header.data[f"{name}Data"], header.all_numbers(f"{name}Descriptor"), name=name)
