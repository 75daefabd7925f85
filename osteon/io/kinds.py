"""Which format a file has, by its first bytes; its name counts only where bytes cannot tell."""

from __future__ import annotations

import gzip
import re
import zipfile
import zlib
from enum import StrEnum
from importlib import import_module
from pathlib import Path

from osteon.errors import InputError, MissingExtraError
from osteon.io.archive import DAMAGED
from osteon.io.extras import require

HEAD = 4096
SLIDES = frozenset({".svs", ".ndpi", ".vms", ".vmu", ".scn", ".mrxs", ".bif", ".svslide", ".czi"})
SLIDE_CLASS = b"1.2.840.10008.5.1.4.1.1.77.1.6"  # VL Whole Slide Microscopy Image Storage
TEXTS = re.compile(r"\.(csv|tsv|jdx|dx|jcamp)(\.gz)?$", re.IGNORECASE)
TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
DICOM_STARTS = re.compile(rb"^(\x08\x00[\x00-\x20]\x00|\x02\x00[\x00-\x12]\x00|\x00\x08\x00[\x00-\x20])")


class Kind(StrEnum):
    """What osteon reads, by how it is read."""

    DICOM = "DICOM"
    DICOM_SLIDE = "DICOM slide"
    NIFTI = "NIfTI"
    NRRD = "NRRD"
    PICTURE = "picture"
    SLIDE = "slide"
    TEXT = "text"
    SPREADSHEET = "spreadsheet"
    ARCHIVE = "zip"


def kind_of(path: Path) -> Kind:
    """Return the kind of the file at `path`.

    Raises:
        InputError: It is empty, cannot be opened, or is of a kind that osteon does not read.

    """
    head = _head(path)
    for kind in (_image(path, head), _packed(path, head), _text(path, head)):
        if kind is not None:
            return kind
    raise InputError("is of no kind that osteon reads; not read.", file=path.name)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        raise InputError(f"cannot be opened ({error.strerror}); check its rights.", file=path.name) from error
    if not head:
        raise InputError("is empty (0 bytes); copy it again from where it came from.", file=path.name)
    return head


def _image(path: Path, head: bytes) -> Kind | None:
    if head[128:132] == b"DICM" or path.suffix.lower() in {".dcm", ".dicom"} or DICOM_STARTS.match(head):
        return Kind.DICOM_SLIDE if SLIDE_CLASS in head[:1024] else Kind.DICOM
    if path.suffix.lower() in SLIDES:
        return Kind.SLIDE
    if head.startswith(TIFF):
        return Kind.SLIDE if _is_slide(path) else Kind.PICTURE
    if head.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        return Kind.PICTURE
    if head.startswith(b"NRRD"):
        return Kind.NRRD
    return Kind.NIFTI if _is_nifti(head) else None


def _is_slide(path: Path) -> bool:
    """Return whether a TIFF is one that a slide scanner made, or at least has a pyramid."""
    try:
        if require("openslide", extra="slides").OpenSlide.detect_format(str(path)) not in (None, "generic-tiff"):
            return True
    except MissingExtraError:
        return False
    return import_module("osteon.io.slide").has_pyramid(path)


def _is_nifti(head: bytes) -> bool:
    return head[344:348] in {b"n+1\0", b"ni1\0"} or head[4:8] in {b"n+2\0", b"ni2\0"}


def _packed(path: Path, head: bytes) -> Kind | None:
    if head.startswith(b"\x1f\x8b"):
        return _gzip(path)
    if head.startswith(b"PAR1"):
        return Kind.SPREADSHEET
    return _zip(path) if head.startswith((b"PK\x03\x04", b"PK\x05\x06")) else None


def _gzip(path: Path) -> Kind | None:
    try:
        with gzip.open(path) as file:
            head = file.read(HEAD)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError("is a damaged gzip; copy it again.", file=path.name) from error
    if _is_nifti(head):
        return Kind.NIFTI
    return Kind.TEXT if TEXTS.search(path.name) else None


def _zip(path: Path) -> Kind:
    try:
        with zipfile.ZipFile(path) as packed:
            names = packed.namelist()
    except (*DAMAGED, OSError) as error:
        raise InputError("is a damaged zip; copy it again.", file=path.name) from error
    if "xl/workbook.xml" in names:
        return Kind.SPREADSHEET
    return Kind.TEXT if names and all(name.endswith(".npy") for name in names) else Kind.ARCHIVE


def _text(path: Path, head: bytes) -> Kind | None:
    if TEXTS.search(path.name) or head.lstrip(b"\xef\xbb\xbf \r\n").upper().startswith((b"##TITLE", b"##JCAMP")):
        return Kind.TEXT
    return Kind.TEXT if path.suffix.lower() == ".spc" else None
