"""Pixels in memory: what is looked at several times is read from the disk once."""

from __future__ import annotations

from dataclasses import replace

from osteon.types import Datum, Image, Study


def held(study: Study, *, dimensions: int | None = None) -> Study:
    """Return `study` with the pixels of its images in memory; each read gives a copy of them.

    Args:
        study: Whose images are read now.
        dimensions: Of the images that are held: 2 holds films and leaves volumes on the disk; None holds all.

    Raises:
        InputError: An image cannot be read.

    """
    return replace(study, data={name: _held(datum, dimensions) for name, datum in study.data.items()})


def _held(datum: Datum, dimensions: int | None) -> Datum:
    if not isinstance(datum, Image) or dimensions not in (None, len(datum.grid.shape)):
        return datum
    return replace(datum, load=datum.read().copy)
