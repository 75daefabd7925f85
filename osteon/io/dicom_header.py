"""One DICOM file's header, read once and tolerantly into plain values.

Nothing of pydicom leaves this file: a header is a mapping of keyword to text, numbers or nested
headers, and whatever pydicom says or raises ends in an `InputError` that shows no value of the file.
"""

from __future__ import annotations

import io
import logging
import stat
import struct
import threading
import warnings
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pydicom
import pydicom.config

from osteon.errors import InputError, OsteonError
from osteon.io.dicom_quick import FIRST_BYTES, Quick, quick
from osteon.io.dicom_values import Values, plain

MAX_BYTES = 4 * 2**30
"""A file whose pixels, once decoded, are larger than this is refused."""

MAX_INFLATED = 2**30
"""A deflated data set that inflates to more bytes than this is refused."""

LARGEST_RESCALE = 1e20

DEFLATED = "1.2.840.10008.1.2.1.99"
EXPLICIT_LITTLE, EXPLICIT_BIG, IMPLICIT_LITTLE = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2"
_PIXEL_WORDS = {0x7FE00008: "FloatPixelData", 0x7FE00009: "DoubleFloatPixelData", 0x7FE00010: "PixelData"}
_lock = threading.RLock()


@contextmanager
def tolerant(name: str, *, doing: str = "read") -> Generator[None]:
    """Run other people's parsers: warnings are kept in, whatever they raise becomes an `InputError`.

    pydicom's logger is silenced as well, because it repeats values of the file. The lock is there
    because Python's warning filters are not safe between threads.
    """
    log = logging.getLogger("pydicom")
    with _lock, warnings.catch_warnings(), pydicom.config.disable_value_validation():
        warnings.simplefilter("ignore")
        before, log.disabled = log.disabled, True
        try:
            yield
        except OsteonError:
            raise
        except OSError as error:
            msg = f"cannot be opened ({error.strerror or type(error).__name__}); check the path and its permissions."
            raise InputError(msg, file=name) from None
        except Exception as error:
            msg = f"is damaged and cannot be {doing} as DICOM ({type(error).__name__}); export it again."
            raise InputError(msg, file=name) from None
        finally:
            log.disabled = before


@dataclass(frozen=True, kw_only=True)
class PixelElement:
    """Where the pixel data lie: keyword, VR, offset of the value in bytes, its length (None: undefined)."""

    keyword: str
    vr: str | None
    offset: int
    length: int | None


@dataclass(frozen=True, kw_only=True)
class Header(Values):
    """One file: its values, and where its pixels are.

    Attributes:
        path: The file.
        name: Its name relative to the folder the user named.
        size: Length in bytes (of a deflated file: once inflated).
        syntax: Transfer syntax UID; guessed from the encoding where the file states none.
        pixels: Position of the pixel data; None when there are none.

    """

    path: Path
    name: str
    size: int
    syntax: str
    pixels: PixelElement | None


def rescale(values: Values, *, name: str) -> tuple[float, float]:
    """Return (slope, intercept) of the values of a file called `name`; 1 and 0 where it states none.

    Raises:
        InputError: One is no number, the slope is 0, or one leads beyond what float32 holds.

    """
    words = [values.text(keyword) for keyword in ("RescaleSlope", "RescaleIntercept")]
    slope, intercept = (values.number(keyword) for keyword in ("RescaleSlope", "RescaleIntercept"))
    unusable = slope == 0 or any(
        word and number is None for word, number in zip(words, (slope, intercept), strict=True)
    )
    if unusable or max(abs(slope or 1.0), abs(intercept or 0.0)) > LARGEST_RESCALE:
        why = "states an impossible RescaleSlope or RescaleIntercept; export it again."
        raise InputError(why, file=name)
    return slope or 1.0, intercept or 0.0


def looks_like_dicom(path: Path) -> bool:
    """Return whether the first bytes are those of a DICOM file, with or without its preamble."""
    try:
        with path.open("rb") as file:
            return _is_start(file.read(132))
    except (OSError, ValueError):
        return False


def _is_start(start: bytes) -> bool:
    return start[128:132] == b"DICM" or _starts_as_data_set(start)


def _starts_as_data_set(start: bytes) -> bool:
    if len(start) < 8:
        return False
    little, big = struct.unpack("<HH", start[:4]), struct.unpack(">HH", start[:4])
    if little[0] not in (0x0002, 0x0008) and big[0] != 0x0008:
        return False
    element = little[1] if little[0] in (0x0002, 0x0008) else big[1]
    explicit = start[4:6].isalpha() and start[4:6].isupper()
    return element <= 0x0100 and (explicit or struct.unpack("<L", start[4:8])[0] <= 0x1000)


def regular_size(path: Path, *, name: str) -> int:
    """Return the size of a regular, non-empty file in bytes; `InputError` otherwise."""
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        why = f"cannot be opened ({getattr(error, 'strerror', None) or 'no such path'}); check the path."
        raise InputError(why, file=name) from None
    if not stat.S_ISREG(status.st_mode):
        why = "is not a regular file; name files, or a folder to the folder reader."
        raise InputError(why, file=name)
    if status.st_size == 0:
        why = "is empty (0 bytes); copy it again."
        raise InputError(why, file=name)
    return status.st_size


def open_data(path: Path, *, name: str) -> BinaryIO:
    """Return the file for reading; a deflated data set comes inflated, at most `MAX_INFLATED` of it.

    Raises:
        InputError: Not a DICOM file, or a decompression bomb.

    """
    file = path.open("rb")
    start = file.read(1024)
    file.seek(0)
    if not _is_start(start):
        file.close()
        why = "is not a DICOM file (no DICM mark and no data set at its start); remove it or ignore this line."
        raise InputError(why, file=name)
    if start[128:132] != b"DICM" or DEFLATED.encode() not in start:
        return file
    with file:
        return _inflated(file, name=name)


def _inflated(file: BinaryIO, *, name: str) -> BinaryIO:
    head = file.read(144)
    # The meta group opens with its own length: (0002,0000) UL 4.
    if head[132:140] != b"\x02\0\0\0UL\x04\0":
        why = "is deflated, but its meta header does not state its length; export it uncompressed."
        raise InputError(why, file=name)
    head += file.read(struct.unpack("<L", head[140:144])[0])
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    body = inflater.decompress(file.read(), MAX_INFLATED)
    if inflater.unconsumed_tail:
        why = "inflates to more than 1 GiB, as a decompression bomb does; export it uncompressed."
        raise InputError(why, file=name)
    if not inflater.eof:
        why = "is deflated and cut off; copy or export it again."
        raise InputError(why, file=name)
    # The data set inside is explicit little endian; its UID is shorter and NUL-padded to keep all lengths.
    return io.BytesIO(head.replace(DEFLATED.encode(), EXPLICIT_LITTLE.encode().ljust(len(DEFLATED), b"\0")) + body)


def read_header(path: Path, *, name: str) -> Header:
    """Return the header of one file.

    Args:
        path: The file.
        name: What to call it in messages: its path relative to the folder the user named.

    Raises:
        InputError: Not a DICOM file, empty, unreadable or damaged.

    """
    size = regular_size(path, name=name)
    found = _plain_header(path)
    if found is not None and found.data:
        pixels = PixelElement(keyword=_PIXEL_WORDS[found.tag], vr=found.vr, offset=found.offset, length=found.length)
        return Header(path=path, name=name, size=size, syntax=found.syntax, pixels=pixels, data=found.data)
    with tolerant(name), open_data(path, name=name) as file:
        dataset = pydicom.dcmread(file, stop_before_pixels=True, force=True)
        syntax = _syntax(dataset)
        implicit, little = dataset.original_encoding
        pixels = _locate(file, implicit=bool(implicit), order="<" if little in (True, None) else ">")
        if isinstance(file, io.BytesIO):
            size, syntax = len(file.getbuffer()), DEFLATED
        data = plain(dataset)
        if "SOPClassUID" not in data and "MediaStorageSOPClassUID" in dataset.file_meta:
            data["SOPClassUID"] = str(dataset.file_meta.MediaStorageSOPClassUID)
    if not data:
        why = "holds no DICOM value that describes an image; it is damaged or not DICOM."
        raise InputError(why, file=name)
    return Header(path=path, name=name, size=size, syntax=syntax, pixels=pixels, data=data)


def _plain_header(path: Path) -> Quick | None:
    """Return the header of a file that states it plainly; None for any other, and for one that cannot be opened."""
    try:
        with path.open("rb", buffering=0) as file:
            return quick(file.read(FIRST_BYTES), pixel_tags=_PIXEL_WORDS.keys())
    except OSError:
        return None


def _syntax(dataset: Any) -> str:
    stated = str(dataset.file_meta.get("TransferSyntaxUID", "") or "").strip("\0 ")
    if stated:
        return stated
    implicit, little = dataset.original_encoding
    if implicit:
        return IMPLICIT_LITTLE
    return EXPLICIT_LITTLE if little else EXPLICIT_BIG


def _locate(file: BinaryIO, *, implicit: bool, order: str) -> PixelElement | None:
    start = file.tell()
    head, at = file.read(12), 4 if implicit else 8
    if len(head) < at + 4:
        return None
    group, element = struct.unpack(f"{order}HH", head[:4])
    keyword = _PIXEL_WORDS.get(group << 16 | element)
    if keyword is None:
        return None
    (length,) = struct.unpack(f"{order}L", head[at : at + 4])
    vr = None if implicit else head[4:6].decode("latin-1")
    known = None if length == 0xFFFFFFFF else length
    return PixelElement(keyword=keyword, vr=vr, offset=start + at + 4, length=known)
