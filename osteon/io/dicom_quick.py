"""A plain header in one pass: little endian after its meta group, with no sequence that osteon looks into.

Nearly every file of a CT series is of this kind, and pydicom takes twice as long for its header as for its pixels.
What is not exactly so is left to pydicom, which knows every oddity; both give the same values.
"""

from __future__ import annotations

import struct
from collections.abc import Set
from dataclasses import dataclass
from typing import Any

from pydicom.dataelem import empty_value_for_VR
from pydicom.valuerep import EXPLICIT_VR_LENGTH_32, VR

from osteon.io.dicom_tags import TABLE
from osteon.io.dicom_values import decoded

FIRST_BYTES = 16384
"""So much of a file is looked at; a longer header is left to pydicom."""

_SHORT, _BARE, _LONG = struct.Struct("<HH2sH"), struct.Struct("<HHL"), struct.Struct("<L")
_KNOWN = {vr.encode() for vr in VR if len(vr) == 2}
_WIDE = {vr.encode() for vr in EXPLICIT_VR_LENGTH_32}
_EMPTY: dict[bytes, Any] = {vr: empty_value_for_VR(vr.decode(), raw=True) for vr in _KNOWN} | {b"": None}
_META_BEGINS = b"DICM\x02\0\0\0UL\x04\0"
_SYNTAX, _CLASS = 0x00020010, 0x00020002
_IMPLICIT, _EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
_COMPRESSED = ("1.2.840.10008.1.2.4.", "1.2.840.10008.1.2.5")
_ITEM, _ITEM_ENDS, _SEQUENCE_ENDS = 0xFFFEE000, b"\xfe\xff\x0d\xe0", 0xFFFEE0DD
_UNDEFINED = 0xFFFFFFFF
_DEEPEST = 12

Raw = tuple[bytes, bytes | None]
"""VR (empty where the file states none) and bytes of an element."""


@dataclass(frozen=True, kw_only=True)
class Quick:
    """What a plain header says.

    Attributes:
        syntax: Transfer syntax UID.
        data: As `dicom_values.plain` gives it.
        tag, vr, offset, length: Of the pixel data: where the value begins, and its bytes (None: undefined).

    """

    syntax: str
    data: dict[str, Any]
    tag: int
    vr: str | None
    offset: int
    length: int | None


def quick(start: bytes, *, pixel_tags: Set[int]) -> Quick | None:
    """Return the header in the first bytes of a file; None where it is not plain, or does not end in them.

    Args:
        start: `FIRST_BYTES` of the file, or all of a shorter one.
        pixel_tags: The header ends at the first element with one of these.

    """
    if start[128:140] != _META_BEGINS:
        return None
    try:
        end = 144 + _LONG.unpack_from(start, 140)[0]
        meta = _Elements(start, implicit=False).meta(144, end)
        syntax = _uid(meta.get(_SYNTAX))
        elements = _Elements(start, implicit=_is_implicit(syntax, start[end + 4 : end + 6]))
        found, (tag, vr, offset, length) = elements.until(end, pixel_tags)
    except (_NotPlainError, struct.error):
        return None
    data = {keyword: value for keyword, value in (_known(t, *found[t]) for t in found) if value is not None}
    if "SOPClassUID" not in data and _CLASS in meta:
        data["SOPClassUID"] = _uid(meta[_CLASS])
    stated = None if length == _UNDEFINED else length
    return Quick(syntax=syntax, data=data, tag=tag, vr=vr.decode() or None, offset=offset, length=stated)


class _NotPlainError(Exception):
    """The header is left to pydicom."""


class _Elements:
    """The elements of a data set, one after the other."""

    def __init__(self, start: bytes, *, implicit: bool) -> None:
        self._start, self._implicit = start, implicit

    def meta(self, at: int, end: int) -> dict[int, Raw]:
        """Return the elements from `at` to `end`, where the last of them must end."""
        found: dict[int, Raw] = {}
        while at < end:
            tag, vr, value, length = self._at(at)
            at = value + length
            found[tag] = vr, self._start[value:at]
        if at != end:
            raise _NotPlainError
        return found

    def until(self, at: int, stop: Set[int]) -> tuple[dict[int, Raw], tuple[int, bytes, int, int]]:
        """Return the elements from `at` on that osteon looks at, and the tag, VR, place and length of one of `stop`."""
        found: dict[int, Raw] = {}
        while True:
            tag, vr, value, length = self._at(at)
            if tag in stop:
                return found, (tag, vr, value, length)
            known = TABLE.get(tag)
            if known is None:
                at = self._past(vr, value, length, depth=0)
                continue
            if known[1] == "SQ" or vr == b"SQ" or length == _UNDEFINED:
                raise _NotPlainError
            at = value + length
            found[tag] = vr, self._start[value:at] if length else _EMPTY[vr]

    def _at(self, at: int) -> tuple[int, bytes, int, int]:
        """Return tag, VR, where the value begins and its length of the element at `at`."""
        if self._implicit:
            group, element, length = _BARE.unpack_from(self._start, at)
            vr, value = b"", at + 8
        else:
            group, element, vr, length = _SHORT.unpack_from(self._start, at)
            value = at + 8
            if vr in _WIDE:
                (length,), value = _LONG.unpack_from(self._start, value), at + 12
            elif vr not in _KNOWN:
                raise _NotPlainError
        if group == 0xFFFE:
            raise _NotPlainError
        return group << 16 | element, vr, value, length

    def _past(self, vr: bytes, value: int, length: int, *, depth: int) -> int:
        """Return where the element ends whose value begins at `value`; of undefined length only a sequence may be."""
        if length != _UNDEFINED:
            return value + length
        if vr not in (b"SQ", b"") or depth > _DEEPEST:
            raise _NotPlainError
        at = value
        while True:
            group, element, size = _BARE.unpack_from(self._start, at)
            at += 8
            if group << 16 | element == _SEQUENCE_ENDS:
                return at
            if group << 16 | element != _ITEM:
                raise _NotPlainError
            at = self._past_item(at, depth=depth) if size == _UNDEFINED else at + size

    def _past_item(self, at: int, *, depth: int) -> int:
        while self._start[at : at + 4] != _ITEM_ENDS:
            _, vr, value, length = self._at(at)
            at = self._past(vr, value, length, depth=depth + 1)
        return at + 8


def _is_implicit(syntax: str, letters: bytes) -> bool:
    """Return whether elements state no VR; files that say one thing and do the other are left to pydicom."""
    if syntax == _IMPLICIT and not (letters.isalpha() and letters.isupper()):
        return True
    if syntax == _EXPLICIT or syntax.startswith(_COMPRESSED):
        return False
    raise _NotPlainError


def _known(tag: int, vr: bytes, raw: bytes | None) -> tuple[str, Any]:
    keyword, usual = TABLE[tag]
    return keyword, None if raw is None else decoded(raw, stated=vr.decode(), usual=usual)


def _uid(found: Raw | None) -> str:
    return (found[1] or b"").decode("latin-1").strip("\0 ") if found else ""
