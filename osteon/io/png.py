"""PNG out, with what the file says of itself. It needs no codec, so that a film's reading waits for none."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np

from osteon.errors import InputError
from osteon.io import atomic

SIGNATURE = b"\x89PNG\r\n\x1a\n"
LABELS = b"tEXtIntent\0label"
"""What a picture of labels says."""
HEAD = 512
"""Bytes that hold all a picture of `write` says of itself."""
GREY, COLOUR = 0, 2
UP = 2
"""Each row less the one above: zeros within an outline, small numbers in a film."""
LEVEL = 4
"""Of compression; a higher one saves a tenth of a heat map and takes three times as long."""


def write(path: Path, pixels: np.ndarray, *, note: str = "", labels: bool = False) -> None:
    """Write `pixels` as PNG: uint8 or uint16, grey of (rows, columns) or colour with a last axis of 3.

    Args:
        path: Of the file.
        pixels: See above.
        note: What the file says of itself, as its PNG text "Description"; Latin-1, 400 characters at most.
        labels: Whether the values are labels, a mask's; the file says so as its PNG text "Intent".

    Raises:
        InputError: Pixels of another kind, or the file cannot be written.

    """
    if pixels.dtype not in (np.uint8, np.uint16) or not (pixels.ndim == 2 or pixels.shape[2:] == (3,)):
        why = f"a picture is uint8 or uint16, grey or of 3 colours; got {pixels.dtype} of {pixels.shape}."
        raise InputError(why, file=Path(path).name)
    rows, columns = pixels.shape[:2]
    kind = bytes((8 * pixels.dtype.itemsize, GREY if pixels.ndim == 2 else COLOUR, 0, 0, 0))
    said = [b"tEXtDescription\0" + note.encode("latin-1")] if note else []
    said += [LABELS] if labels else []
    header = b"IHDR" + columns.to_bytes(4, "big") + rows.to_bytes(4, "big") + kind
    chunks = (header, *said, b"IDAT" + zlib.compress(_filtered(pixels), LEVEL), b"IEND")
    atomic.write_bytes(path, SIGNATURE + b"".join(map(_chunk, chunks)))


def _filtered(pixels: np.ndarray) -> bytes:
    """Return the rows as PNG packs them: the high byte first, each less the one above, its filter before it."""
    values = np.ascontiguousarray(pixels, dtype=pixels.dtype.newbyteorder(">"))
    rows = values.view(np.uint8).reshape(len(pixels), -1)
    filtered = np.full((len(rows), rows.shape[1] + 1), UP, dtype=np.uint8)
    filtered[:, 1:] = np.diff(rows, axis=0, prepend=np.zeros_like(rows[:1]))
    return filtered.tobytes()


def _chunk(body: bytes) -> bytes:
    """Return a PNG chunk of a type and its data."""
    return (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
