"""Read `lesions.csv`: the label, box and mask value of each lesion."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from osteon.cohorts.columns import missing
from osteon.cohorts.rows import Row
from osteon.errors import CohortError
from osteon.types import Lesion

BOX_2D = ("row0", "column0", "row1", "column1")
BOX_3D = ("slice0", "row0", "column0", "slice1", "row1", "column1")


def by_path(rows: Sequence[Row], *, images: Sequence[Row]) -> Mapping[str, tuple[Lesion, ...]]:
    """Return the lesions of each path of `images`, from `rows` with the columns path, label, mask_value and a box.

    A box is half open, in pixels: row0, column0, row1, column1 (in a volume slice0 and slice1 too). Where two rows of
    `cohort.csv` name one file, a scan with both views, the column input says which one the lesion is on.

    Raises:
        CohortError: A row names a path, or an input of it, that is not in `cohort.csv`, or its numbers cannot be meant.

    """
    inputs: dict[str, list[str]] = defaultdict(list)
    for image in images:
        inputs[image["path"]].append(image["input"])
    found: dict[str, list[Lesion]] = defaultdict(list)
    for row in rows:
        if row["path"] not in inputs:
            msg = "The path of this lesion is not in cohort.csv; write it as it stands there."
            raise CohortError(msg, file=row.place)
        known, named = inputs[row["path"]], row["input"]
        if (named or len(known) > 1) and named not in known:
            msg = f"The input of this lesion must be that of its path in cohort.csv: {' or '.join(known) or 'none'}."
            raise CohortError(msg, file=row.place)
        label = None if missing(row["label"]) else row["label"]
        lesion = Lesion(label=label, input=named or None, box_px=_box(row), mask_value=_whole(row, "mask_value"))
        found[row["path"]].append(lesion)
    return {path: tuple(lesions) for path, lesions in found.items()}


def of(image: Row, lesions: Mapping[str, Sequence[Lesion]]) -> tuple[Lesion, ...]:
    """Return those of `lesions`, by path, that are on the input which a row of `cohort.csv` names."""
    return tuple(x for x in lesions.get(image["path"], ()) if x.input in (None, image["input"]))


def _box(row: Row) -> tuple[int, ...] | None:
    columns = BOX_3D if any(row[c] for c in ("slice0", "slice1")) else BOX_2D
    sides = tuple(_whole(row, c) for c in columns)
    if all(side is None for side in sides):
        return None
    whole = tuple(side for side in sides if side is not None)
    half = len(columns) // 2
    if len(whole) < len(columns) or any(a < 0 or b <= a for a, b in zip(whole[:half], whole[half:], strict=True)):
        msg = f"The box must have {', '.join(columns)}, each end beyond its start and none below 0."
        raise CohortError(msg, file=row.place)
    return whole


def _whole(row: Row, column: str) -> int | None:
    text = row[column]
    if missing(text):
        return None
    try:
        return int(text)
    except ValueError:
        msg = f"{column} must be a whole number of pixels (for mask_value: the mask's number)."
        raise CohortError(msg, file=row.place) from None
