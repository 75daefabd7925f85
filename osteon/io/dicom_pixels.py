"""The pixels of one DICOM file: what the header says of them, checked before anything is allocated.

Native little-endian pixels are read straight into place; everything else is decoded by pydicom with
gdcm, openjpeg, CharLS or RLE, whichever reads the transfer syntax.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import imagecodecs
import numpy as np
from pydicom.encaps import get_frame
from pydicom.pixels import get_decoder
from pydicom.pixels.decoders.base import Decoder
from pydicom.uid import UID

from osteon.errors import InputError
from osteon.io.dicom_header import (
    DEFLATED,
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    MAX_BYTES,
    Header,
    open_data,
    tolerant,
)

NATIVE = frozenset({EXPLICIT_LITTLE, IMPLICIT_LITTLE, EXPLICIT_BIG, DEFLATED})
JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"
MAX_RATIO = 1000
"""Decoded bytes for each byte of the file; more is a decompression bomb, unless small in all."""

SMALL_BYTES = 64 * 2**20
_COLOUR = frozenset({"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT", "YBR_PARTIAL_420"})
_GREY = frozenset({"MONOCHROME1", "MONOCHROME2"})


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How the pixels are stored, as the header says and the file's length allows."""

    rows: int
    columns: int
    frames: int
    samples: int
    bits: int
    stored: int
    high: int
    signed: bool
    photometric: str
    native: bool

    @property
    def frame_bytes(self) -> int:
        """Bytes of one decoded frame."""
        return self.rows * self.columns * self.samples * self.bits // 8

    @property
    def direct(self) -> bool:
        """Whether a frame is a plain block of little-endian grey values."""
        return self.native and self.samples == 1

    @property
    def lowest(self) -> int:
        """The lowest stored value that the bits allow."""
        return -(2 ** (self.stored - 1)) if self.signed else 0

    @property
    def highest(self) -> int:
        """The highest stored value that the bits allow."""
        return 2 ** (self.stored - self.signed) - 1


def layout(header: Header) -> Layout:
    """Return how the pixels of `header` are stored.

    Raises:
        InputError: A size is missing or absurd, pixels are missing or cut off, or they would decode
            to more than `MAX_BYTES` (4 GiB) or, above 64 MiB, to `MAX_RATIO` times the file.

    """
    if header.pixels is None:
        why = "holds no pixel data; export the image itself."
        raise InputError(why, file=header.name)
    found = _stated(header)
    _check_kind(header, found)
    _check_size(header, found)
    return found


def _whole(header: Header, keyword: str, *, low: int, high: int, default: int | None = None) -> int:
    if default is not None and not header.text(keyword):
        return default
    value = header.count(keyword)
    if value is None or not low <= value <= high:
        got = "none" if not header.text(keyword) else f"{value}" if value is not None else "no whole number"
        why = f"states {got} for {keyword}; {low} to {high} is needed. Export it again."
        raise InputError(why, file=header.name)
    return value


def _stated(header: Header) -> Layout:
    floats = {"FloatPixelData": 32, "DoubleFloatPixelData": 64}.get(header.pixels.keyword if header.pixels else "")
    bits = floats or _whole(header, "BitsAllocated", low=1, high=64)
    stored = floats or _whole(header, "BitsStored", low=1, high=bits, default=bits)
    return Layout(
        rows=_whole(header, "Rows", low=1, high=65535),
        columns=_whole(header, "Columns", low=1, high=65535),
        frames=_whole(header, "NumberOfFrames", low=1, high=1_000_000, default=1),
        samples=_whole(header, "SamplesPerPixel", low=1, high=4, default=1),
        bits=bits,
        stored=stored,
        high=floats - 1 if floats else _whole(header, "HighBit", low=stored - 1, high=bits - 1, default=stored - 1),
        signed=floats is None and _whole(header, "PixelRepresentation", low=0, high=1, default=0) == 1,
        photometric=(header.text("PhotometricInterpretation") or "MONOCHROME2").upper(),
        native=header.syntax in NATIVE,
    )


def _check_kind(header: Header, found: Layout) -> None:
    if found.bits not in (8, 16, 32, 64):
        why = f"allocates {found.bits} bits a pixel; 8, 16, 32 and 64 can be read. Export it with 16."
        raise InputError(why, file=header.name)
    allowed = _GREY if found.samples == 1 else _COLOUR if found.samples == 3 else frozenset()
    if found.photometric not in allowed:
        why = (
            f"has {found.samples} sample(s) a pixel of a kind that is not read (palette colour or unknown); "
            "grey (MONOCHROME1, MONOCHROME2) and RGB or YBR colour are. Export it as grey."
        )
        raise InputError(why, file=header.name)


def _check_size(header: Header, found: Layout) -> None:
    total = found.frame_bytes * found.frames
    here = max(header.size - (header.pixels.offset if header.pixels else 0), 0)
    if total > MAX_BYTES or (not found.native and total > SMALL_BYTES and total > MAX_RATIO * here):
        why = (
            f"claims {found.frames} frame(s) of {found.rows}x{found.columns}, {total / 2**20:.0f} MiB from a file of "
            f"{header.size / 2**20:.1f} MiB; more than {MAX_BYTES / 2**30:.0f} GiB, or {MAX_RATIO} times the file, "
            "is refused as a decompression bomb. Check the file."
        )
        raise InputError(why, file=header.name)
    wanted = total
    if found.photometric == "YBR_FULL_422":
        wanted = total * 2 // 3
    if found.native and here < wanted:
        why = f"is cut off: {here} of {wanted} bytes of pixels are there. Copy or export it again."
        raise InputError(why, file=header.name)
    if not found.native and here < 16:
        why = "is cut off: its compressed pixels are missing. Copy or export it again."
        raise InputError(why, file=header.name)


def stored_frames(header: Header, found: Layout, *, frames: tuple[int, ...] | None = None) -> Iterator[np.ndarray]:
    """Yield frames (zero-based; all when None) of stored values, (rows, columns) or (rows, columns, 3) RGB.

    Raises:
        InputError: The pixels are damaged, cut off, or in a transfer syntax that nothing here decodes.

    """
    wanted = range(found.frames) if frames is None else frames
    if found.direct and header.syntax not in (EXPLICIT_BIG, DEFLATED):
        yield from _native(header, found, wanted)
        return
    for frame in wanted:
        yield _decoded(header, found, frame)


def _dtype(header: Header, found: Layout) -> np.dtype:
    if header.pixels is not None and header.pixels.keyword != "PixelData":
        return np.dtype(f"<f{found.bits // 8}")
    return np.dtype(f"<{'i' if found.signed else 'u'}{found.bits // 8}")


def _native(header: Header, found: Layout, wanted: range | tuple[int, ...]) -> Iterator[np.ndarray]:
    dtype = _dtype(header, found)
    offset = header.pixels.offset if header.pixels else 0
    try:
        file = os.open(header.path, os.O_RDONLY)
    except OSError as error:
        why = f"cannot be opened any more ({error.strerror}); check the path."
        raise InputError(why, file=header.name) from None
    try:
        for frame in wanted:
            out = np.empty((found.rows, found.columns), dtype)
            got = os.preadv(file, [out.data], offset + frame * found.frame_bytes)
            if got < found.frame_bytes:
                why = f"is cut off: {got} of {found.frame_bytes} bytes of a frame could be read. Copy it again."
                raise InputError(why, file=header.name)
            yield _used_bits(out, found)
    finally:
        os.close(file)


def _used_bits(pixels: np.ndarray, found: Layout) -> np.ndarray:
    """Drop the bits that are not part of the value (old overlays), extending the sign; in place."""
    if pixels.dtype.kind == "f" or found.stored == found.bits:
        return pixels
    np.left_shift(pixels, found.bits - 1 - found.high, out=pixels)
    np.right_shift(pixels, found.bits - found.stored, out=pixels)
    return pixels


def _decoded(header: Header, found: Layout, frame: int) -> np.ndarray:
    with tolerant(header.name, doing="decoded"):
        decoder = _decoder(header)
        with open_data(header.path, name=header.name) as file:
            offset = header.pixels.offset if header.pixels else 0
            file.seek(offset)
            code = b"" if found.native else get_frame(file, frame, number_of_frames=found.frames)
            _check_codestream(header, found, code)
            file.seek(offset)
            if header.syntax == JPEG_EXTENDED and found.stored > 8:
                pixels = imagecodecs.jpeg_decode(code)  # pydicom's plugins stop at 8 bits
            else:
                pixels, _ = decoder.as_array(file, index=frame, **_options(header, found))
    wanted = (found.rows, found.columns) + ((3,) if found.samples == 3 else ())
    if pixels.shape != wanted:
        why = f"decodes to {pixels.shape} instead of {wanted}; export it again."
        raise InputError(why, file=header.name)
    return pixels


def _decoder(header: Header) -> Decoder:
    uid = UID(header.syntax)
    try:
        decoder = get_decoder(uid)
    except NotImplementedError:
        decoder = None
    if decoder is None or not decoder.is_available:
        known = uid.name if uid.is_transfer_syntax else "an unknown transfer syntax"
        why = f"is stored as {known}, which no installed codec reads; export it uncompressed or as JPEG 2000."
        raise InputError(why, file=header.name)
    return decoder


def _options(header: Header, found: Layout) -> dict[str, Any]:
    options: dict[str, Any] = {
        "transfer_syntax_uid": UID(EXPLICIT_LITTLE if header.syntax == DEFLATED else header.syntax),
        "rows": found.rows,
        "columns": found.columns,
        "number_of_frames": found.frames,
        "samples_per_pixel": found.samples,
        "bits_allocated": found.bits,
        "bits_stored": found.stored,
        "pixel_representation": int(found.signed),
        "photometric_interpretation": found.photometric,
        "pixel_keyword": header.pixels.keyword if header.pixels else "PixelData",
    }
    if found.samples > 1:
        options["planar_configuration"] = header.count("PlanarConfiguration") or 0
    if header.pixels is not None and header.pixels.vr:
        options["pixel_vr"] = header.pixels.vr
    return options


def _check_codestream(header: Header, found: Layout, code: bytes) -> None:
    """Refuse a frame whose own header claims another size: decoders allocate what the frame claims."""
    size = codestream_size(code)
    if size is not None and b"\xff\xd9" not in code[-16:]:
        why = "is cut off: a compressed frame does not come to its end. Copy or export it again."
        raise InputError(why, file=header.name)
    if size is not None and size != (found.rows, found.columns):
        why = f"says {found.rows}x{found.columns}, but its compressed frame is {size[0]}x{size[1]}; export it again."
        raise InputError(why, file=header.name)


def codestream_size(code: bytes) -> tuple[int, int] | None:
    """Return (rows, columns) as a JPEG, JPEG-LS or JPEG 2000 frame states them; None where it is none."""
    at = code.find(b"\xff\x4f\xff\x51", 0, 4096)
    if at >= 0 and len(code) >= at + 24:
        x1, y1, x0, y0 = (int.from_bytes(code[at + 8 + 4 * i : at + 12 + 4 * i], "big") for i in range(4))
        return y1 - y0, x1 - x0
    return _jpeg_size(code) if code[:2] == b"\xff\xd8" else None


def _jpeg_size(code: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(code) and code[at] == 0xFF:
        marker = code[at + 1]
        if marker == 0xF7 or (0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC)):
            return int.from_bytes(code[at + 5 : at + 7], "big"), int.from_bytes(code[at + 7 : at + 9], "big")
        at += 2 + int.from_bytes(code[at + 2 : at + 4], "big") if marker != 0xFF else 1
    return None
