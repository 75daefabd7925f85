"""How one DICOM file stores its pixels, checked before anything is allocated."""

from __future__ import annotations

from dataclasses import dataclass

from osteon.errors import InputError
from osteon.io.dicom_header import DEFLATED, EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, MAX_BYTES, Header

NATIVE = frozenset({EXPLICIT_LITTLE, IMPLICIT_LITTLE, EXPLICIT_BIG, DEFLATED})
MAX_RATIO = 1000
"""Decoded bytes for each byte of the file; more is a decompression bomb, unless small in all."""

SMALL_BYTES = 64 * 2**20
_COLOUR = frozenset({"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT", "YBR_PARTIAL_420"})
PALETTE = "PALETTE COLOR"
_GREY = frozenset({"MONOCHROME1", "MONOCHROME2", PALETTE})


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
    def coloured(self) -> bool:
        """Whether it is a colour picture, of three samples a pixel or of one that points into a palette."""
        return self.samples != 1 or self.photometric == PALETTE

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
            f"has {found.samples} sample(s) a pixel of a kind that is not read; grey (MONOCHROME1, MONOCHROME2), "
            "palette colour and RGB or YBR colour are. Export it as grey."
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
