"""Records as JSON takes them: no numpy, no enumerations, no NaN."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from enum import Enum
from typing import Any


def plain(value: Any) -> Any:
    """Return `value` as dicts, lists, text, numbers and None; a number that is not finite becomes None.

    >>> plain({"auc": float("nan"), "box_px": (1, 2)})
    {'auc': None, 'box_px': [1, 2]}

    """
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    elif hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, Mapping):
        return {str(name): plain(v) for name, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(v) for v in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, (str, int)) or value is None else str(value)
