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

    A box is half open, in pixels: row0, column0, row1, column1 (in a volume slice0 and slice1 too).

    Raises:
        CohortError: A row names a path that is not in `cohort.csv`, or its numbers cannot be meant.

    """
    paths = {image["path"] for image in images}
    found: dict[str, list[Lesion]] = defaultdict(list)
    for row in rows:
        if row["path"] not in paths:
            msg = "The path of this lesion is not in cohort.csv; write it as it stands there."
            raise CohortError(msg, file=row.place)
        label = None if missing(row["label"]) else row["label"]
        found[row["path"]].append(Lesion(label=label, box_px=_box(row), mask_value=_whole(row, "mask_value")))
    return {path: tuple(lesions) for path, lesions in found.items()}


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
