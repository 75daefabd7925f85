"""A system made of other parts, as nearly every variant is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from osteon.contract import Part, System


def with_parts(system: System, *parts: Part, **changes: Any) -> System:
    """Return `system` made of other `parts`.

    It takes those of the system's inputs that they take, and has no variants of its own.

    Args:
        system: To change.
        parts: In order.
        changes: Further fields of `System`.

    """
    taken = {name for part in parts for name in part.takes}
    inputs = tuple(i for i in system.inputs if i.name in taken)
    return replace(system, **{"parts": parts, "inputs": inputs, "variants": {}, **changes})
