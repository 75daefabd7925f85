"""Plain values of a DICOM header by keyword, with getters that give None where a value is absent or unusable."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydicom.dataset import Dataset

from osteon.io.dicom_tags import BINARY, TABLE, TEXT

_DEPTH = 12


@dataclass(frozen=True, kw_only=True)
class Values:
    """Header values by DICOM keyword: text, tuples of numbers, bytes, or tuples of `Values`."""

    data: Mapping[str, Any] = field(default_factory=dict)

    def __contains__(self, keyword: str) -> bool:
        return keyword in self.data

    def text(self, keyword: str) -> str | None:
        """Return the first value as stripped text; None when absent or empty."""
        words = self.words(keyword)
        return words[0] if words and words[0] else None

    def words(self, keyword: str) -> tuple[str, ...]:
        """Return all values as stripped text; empty when absent."""
        value = self.data.get(keyword)
        if isinstance(value, str):
            return tuple(part.strip(" \0") for part in value.split("\\"))
        return tuple(str(v) for v in value) if isinstance(value, tuple) and self._numeric(value) else ()

    def number(self, keyword: str) -> float | None:
        """Return the first value as a finite number; None when absent or not one."""
        values = self.all_numbers(keyword)
        return values[0] if values else None

    def numbers(self, keyword: str, *, count: int) -> tuple[float, ...] | None:
        """Return exactly `count` finite numbers; None when there are fewer, more, or others."""
        values = self.all_numbers(keyword)
        return values if values is not None and len(values) == count else None

    def all_numbers(self, keyword: str) -> tuple[float, ...] | None:
        """Return every value as finite numbers; None when absent or any is not one."""
        value = self.data.get(keyword)
        if isinstance(value, str):
            value = value.split("\\")
        if not isinstance(value, tuple | list) or not value:
            return None
        try:
            numbers = tuple(float(v) for v in value)
        except (TypeError, ValueError):
            return None
        return numbers if all(map(math.isfinite, numbers)) else None

    def count(self, keyword: str) -> int | None:
        """Return the first value as a whole number of 0 or more; None when absent or not one."""
        number = self.number(keyword)
        return int(number) if number is not None and number >= 0 and number == int(number) else None

    def items(self, keyword: str) -> tuple[Values, ...]:
        """Return the items of a sequence; empty when absent."""
        value = self.data.get(keyword)
        return value if isinstance(value, tuple) and value and isinstance(value[0], Values) else ()

    def item(self, keyword: str, *, index: int = 0) -> Values:
        """Return one item of a sequence, or empty values when there is none."""
        items = self.items(keyword)
        return items[index] if index < len(items) else Values()

    @staticmethod
    def _numeric(value: tuple[Any, ...]) -> bool:
        return all(isinstance(v, int | float) for v in value)


def plain(dataset: Dataset, *, depth: int = 0) -> dict[str, Any]:
    """Return the values of `TABLE` that a pydicom data set holds, by keyword; run it inside `tolerant`."""
    data: dict[str, Any] = {}
    for element in list(dataset.values()):
        known = TABLE.get(int(element.tag))
        if known is None:
            continue
        keyword, vr = known
        if vr == "SQ":
            if depth < _DEPTH:
                sequence = dataset[element.tag].value or ()
                data[keyword] = tuple(Values(data=plain(item, depth=depth + 1)) for item in sequence)
            continue
        value = _value(element, vr)
        if value is not None:
            data[keyword] = value
    return data


def _value(element: Any, vr: str) -> str | bytes | tuple[float, ...] | None:
    """Return a raw element as text, numbers or bytes; the dictionary's VR unless the file states a known one."""
    raw = element.value
    if not isinstance(raw, bytes):
        return _converted(raw)
    return decoded(raw, stated=element.VR, usual=vr, order="<" if element.is_little_endian else ">")


def decoded(raw: bytes, *, stated: str | None, usual: str, order: str = "<") -> str | bytes | tuple[float, ...]:
    """Return the bytes of an element as text, numbers or bytes.

    Args:
        raw: Of its value.
        stated: Its VR in the file; one that is not known gives way to `usual`.
        usual: Its VR in the dictionary.
        order: "<" or ">", of numbers.

    """
    vr = stated if stated in TEXT or stated in BINARY else usual
    if vr in TEXT:
        return raw.decode("latin-1")
    if vr in BINARY:
        code, width = BINARY[vr]
        count = len(raw) // width
        return struct.unpack(f"{order}{count}{code}", raw[: count * width])
    return raw


def _converted(value: Any) -> str | tuple[float, ...] | None:
    """Return a value that pydicom has already converted (it does so within sequences of undefined length)."""
    if value is None:
        return None
    if isinstance(value, int | float):
        return (value,)
    if isinstance(value, str):
        return value
    try:
        many = list(value)
    except TypeError:
        return str(value)
    return tuple(many) if all(isinstance(v, int | float) for v in many) else "\\".join(str(v) for v in many)
