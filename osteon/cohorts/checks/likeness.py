"""One image under two patients: exactly, nearly, or with contradicting labels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from osteon.cohorts.checks.findings import AuditFinding
from osteon.cohorts.checks.looks import Look

ALIKE = 0.99
"""Correlation of two small versions from which they are near copies. On BTXRD's 3,487 films the exact
copies have 1.000, 4 pairs lie from 0.990 to 0.998, and pairs of the same view of two patients reach 0.98."""
COARSE = 6
"""Of 64 signs, how many may differ in a candidate."""
BLOCK = 4096

Pair = tuple[Look, Look]


def likeness(seen: Sequence[Look]) -> Iterator[AuditFinding]:
    """Yield findings on exact copies, contradictions and near copies in `seen`."""
    copies = list(exact(seen))
    across = [pair for pair in copies if _patients(pair)]
    if across:
        yield AuditFinding(
            name="duplicate",
            severity="refuse",
            rows=_rows(across),
            text=f"{_count(across)} identical under two patients; give them one patient or keep one.",
        )
    contradicting = [pair for pair in copies if _contradict(pair)]
    if contradicting:
        yield AuditFinding(
            name="contradicting-labels",
            severity="refuse",
            rows=_rows(contradicting),
            text=f"{_count(contradicting)} identical and differ in their labels; correct them or leave both out.",
        )
    alike = [pair for pair in near(seen) if _patients(pair)]
    if alike:
        yield AuditFinding(
            name="near-duplicate",
            severity="refuse",
            rows=_rows(alike),
            text=f"{_count(alike)} nearly identical under two patients; give them one patient or keep one.",
        )


def exact(seen: Iterable[Look]) -> Iterator[Pair]:
    """Yield pairs of the same input whose values are identical; of several copies, each with the first."""
    first: dict[tuple[str, str], Look] = {}
    for look in seen:
        if look.digest and not look.constant:
            other = first.setdefault((look.input, look.digest), look)
            if other is not look:
                yield other, look


def near(seen: Iterable[Look]) -> Iterator[Pair]:
    """Yield pairs of the same input that correlate by `ALIKE` or more and are not identical.

    Found are copies that were resized, compressed again, or changed in brightness and contrast; not
    copies that were cropped, turned or mirrored.
    """
    groups: dict[tuple[str, int], list[Look]] = defaultdict(list)
    for look in seen:
        if look.signature is not None:
            groups[look.input, len(look.signature)].append(look)
    for group in groups.values():
        yield from _near(group)


def _near(group: Sequence[Look]) -> Iterator[Pair]:
    signatures = np.stack([look.signature for look in group if look.signature is not None])
    signs = [look.coarse for look in group if look.coarse is not None]
    coarse = np.stack(signs).astype(np.float32) if len(signs) == len(group) else None
    for start in range(0, len(group), BLOCK):
        for i, j in _candidates(signatures, coarse, start=start):
            one, other = group[i], group[j]
            if one.digest != other.digest and float(signatures[i] @ signatures[j]) >= ALIKE:
                yield one, other


def _candidates(signatures: np.ndarray, coarse: np.ndarray | None, *, start: int) -> Iterator[tuple[int, int]]:
    """Yield index pairs i < j, i in the block from `start`, worth comparing."""
    stop = start + BLOCK
    if coarse is None:
        close = signatures[start:stop] @ signatures[start:].T >= ALIKE
    else:
        close = coarse[start:stop] @ coarse[start:].T >= coarse.shape[1] - 2 * COARSE
    rows, columns = np.nonzero(close)
    later = columns > rows
    yield from zip((rows[later] + start).tolist(), (columns[later] + start).tolist(), strict=True)


def _patients(pair: Pair) -> bool:
    return pair[0].study.patient != pair[1].study.patient


def _contradict(pair: Pair) -> bool:
    one, other = (look.study.truth for look in pair)
    if one is None or other is None:
        return False
    return any(other.labels[column] != word for column, word in one.labels.items() if column in other.labels)


def _rows(pairs: Iterable[Pair]) -> tuple[str, ...]:
    return tuple(f"{one.origin} = {other.origin}" for one, other in pairs)


def _count(pairs: Sequence[Pair]) -> str:
    return "1 pair is" if len(pairs) == 1 else f"{len(pairs)} pairs are"
