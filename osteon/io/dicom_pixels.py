"""The stored pixels of one DICOM file, frame by frame.

Native little-endian pixels are read straight into place; JPEG 2000 is decoded by openjpeg (grey: through imagecodecs,
which lets other threads run meanwhile), lossless and 12-bit JPEG and JPEG-LS by imagecodecs (libjpeg-turbo, CharLS),
8-bit JPEG by Pillow, RLE and the rest by pydicom itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from typing import Any

import imagecodecs
import numpy as np
from pydicom.encaps import encapsulate, generate_frames
from pydicom.pixels import get_decoder
from pydicom.pixels.decoders.base import Decoder
from pydicom.uid import UID

from osteon.errors import InputError
from osteon.io.dicom_header import (
    DEFLATED,
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    Header,
    open_data,
    tolerant,
)
from osteon.io.dicom_layout import Layout

_JPEG_BASELINE, _JPEG_EXTENDED, _RLE = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.5"
_JPEG_LOSSLESS = frozenset({"1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70"})
_JPEG_LS = frozenset({"1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81"})
_JPEG_2000 = frozenset(f"1.2.840.10008.1.2.4.{end}" for end in (90, 91, 201, 202, 203))
_SIZE_MARKER = b"\xff\x4f\xff\x51"
# gdcm and pylibjpeg-rle read these as well, but end the whole process on a damaged frame.
_IMAGECODECS = _JPEG_LOSSLESS | _JPEG_LS | {_JPEG_EXTENDED}
_PLUGINS = {_JPEG_BASELINE: "pillow", _JPEG_EXTENDED: "pillow", _RLE: "pydicom"}


def stored_frames(header: Header, found: Layout, *, frames: tuple[int, ...] | None = None) -> Iterator[np.ndarray]:
    """Yield frames (zero-based; all when None) of stored values, (rows, columns) or (rows, columns, 3) RGB.

    Raises:
        InputError: The pixels are damaged, cut off, or in a transfer syntax that nothing here decodes.

    """
    wanted = range(found.frames) if frames is None else frames
    if found.direct and header.syntax not in (EXPLICIT_BIG, DEFLATED):
        yield from _native(header, found, wanted)
        return
    codes = () if found.native else _codes(header, found)
    for frame in wanted:
        yield _decoded(header, found, frame=frame, code=codes[frame] if codes else None)


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


def _codes(header: Header, found: Layout) -> list[bytes]:
    """Return the compressed frames."""
    with tolerant(header.name, doing="decoded"), open_data(header.path, name=header.name) as file:
        file.seek(header.pixels.offset if header.pixels else 0)
        codes = list(islice(generate_frames(file, number_of_frames=found.frames), found.frames))
    if len(codes) < found.frames:
        why = f"is cut off: {len(codes)} of {found.frames} compressed frames are there. Copy or export it again."
        raise InputError(why, file=header.name)
    return codes


def _decoded(header: Header, found: Layout, *, frame: int, code: bytes | None) -> np.ndarray:
    if code is not None and header.syntax in _JPEG_2000:
        code = _bare(header, code)
        if _plain_grey(found, code):
            return _checked(header, found, _grey_jpeg_2000(header, found, code))
    with tolerant(header.name, doing="decoded"):
        decoder, options = _decoder(header), _options(header, found)
        if code is None:
            with open_data(header.path, name=header.name) as file:
                file.seek(header.pixels.offset if header.pixels else 0)
                pixels, _ = decoder.as_array(file, index=frame, **options)
        else:
            _check_codestream(header, found, code)
            if header.syntax in _IMAGECODECS and not (header.syntax == _JPEG_EXTENDED and found.stored <= 8):
                pixels = _by_imagecodecs(header, found, code)
            else:
                options |= {"number_of_frames": 1, "decoding_plugin": _PLUGINS.get(header.syntax, "pylibjpeg")}
                pixels, _ = decoder.as_array(encapsulate([code]), index=0, **options)
    return _checked(header, found, pixels)


def _checked(header: Header, found: Layout, pixels: np.ndarray) -> np.ndarray:
    """Return decoded `pixels`, if they have the size that the header states."""
    wanted = (found.rows, found.columns) + ((3,) if found.samples == 3 else ())
    if pixels.shape != wanted:
        why = f"decodes to {pixels.shape} instead of {wanted}; export it again."
        raise InputError(why, file=header.name)
    return pixels


def _bare(header: Header, code: bytes) -> bytes:
    """Return a JPEG 2000 frame without the JP2 boxes some writers put around it; pydicom can hang on damaged ones."""
    start = code.find(_SIZE_MARKER, 0, 4096)
    if start < 0:
        why = "holds a frame that is no JPEG 2000; export it again."
        raise InputError(why, file=header.name)
    return code[start:]


def _plain_grey(found: Layout, code: bytes) -> bool:
    """Return whether a bare JPEG 2000 frame is grey, of the bits and the sign that the header states."""
    if found.samples != 1 or len(code) < 43:
        return False
    components, depth = int.from_bytes(code[40:42], "big"), code[42]
    return components == 1 and (depth & 0x7F) + 1 == found.stored and bool(depth & 0x80) == found.signed


def _grey_jpeg_2000(header: Header, found: Layout, code: bytes) -> np.ndarray:
    """Return a grey frame; without pydicom and its lock, so that threads decode at the same time."""
    _check_codestream(header, found, code)
    try:
        pixels = imagecodecs.jpeg2k_decode(code)
    except (RuntimeError, ValueError, TypeError, MemoryError) as error:
        why = f"is damaged and cannot be decoded as DICOM ({type(error).__name__}); export it again."
        raise InputError(why, file=header.name) from None
    return pixels.astype(_dtype(header, found), copy=False)


def _by_imagecodecs(header: Header, found: Layout, code: bytes) -> np.ndarray:
    decode = imagecodecs.jpegls_decode if header.syntax in _JPEG_LS else imagecodecs.jpeg_decode
    pixels = np.ascontiguousarray(decode(code)).astype(f"u{found.bits // 8}")
    return _used_bits(pixels.view(f"i{found.bits // 8}"), found) if found.signed else pixels


def _decoder(header: Header) -> Decoder:
    uid = UID(header.syntax)
    try:
        decoder = get_decoder(uid)
    except NotImplementedError:
        decoder = None
    if decoder is None or not (decoder.is_available or header.syntax in _IMAGECODECS):
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
    at = code.find(_SIZE_MARKER, 0, 4096)
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
