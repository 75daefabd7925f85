"""The shapes a body is built of: tapered tubes, ellipsoids and plates, as rows of one table.

Every shape is one formula in its own frame (u, v across, w along): an elliptical tube from w = 0 to w =
`length` whose half axes change linearly, closed by round or flat ends. Length 0 is an ellipsoid. A half space
may cut it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from osteon.simulate.person.tissues import Tissue

ORIGIN, AXES, LENGTH, HALF_A, HALF_B, CAP, FLAT, SHELL, SPONGY, BOUND, CUT = 0, 3, 12, 13, 15, 17, 18, 19, 21, 23, 24
COLUMNS = 28

PAINT, BONE, INSIDE, GLOW = 0, 1, 2, 3
"""What a part does: paints tissue, paints bone, paints only in its bone, or changes uptake in bone."""

Point = Sequence[float] | np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """Shapes that are painted as one: their union, less what is carved.

    Attributes:
        shapes, carved: Rows of shapes, (n, COLUMNS).
        shell, core, cavity: Tissue of the outer layer, of the inside, and of a marrow cavity.
        bone: Value in `Body.bone`, 0 for none.
        does: `PAINT`, `BONE`, `INSIDE` or `GLOW`.
        factor: On the uptake (`GLOW`) or the mineral (`BONE`).

    """

    shapes: np.ndarray
    carved: np.ndarray | None = None
    shell: Tissue = Tissue.CORTICAL
    core: Tissue = Tissue.TRABECULAR
    cavity: Tissue = Tissue.YELLOW_MARROW
    bone: int = 0
    does: int = PAINT
    factor: float = 1.0


def tube(
    start: Point,
    end: Point,
    half: Sequence[float],
    *,
    wide: Point = (1.0, 0.0, 0.0),
    shell: Sequence[float] = (0.0, 0.0),
    spongy: Sequence[float] = (1.0, 1.0),
) -> np.ndarray:
    """Return a tube with round ends from `start` to `end`, in mm.

    Args:
        start: Of its axis.
        end: Of its axis.
        half: Half axes (u, v) at the start and (u, v) at the end.
        wide: Direction of u, as far as it is across the axis.
        shell: Thickness of the outer layer at both ends.
        spongy: 1 where the inside is trabecular, 0 where it is a marrow cavity, at both ends.

    """
    axis = np.subtract(end, start, dtype=float)
    length = float(np.linalg.norm(axis))
    along = axis / length if length else np.array([0.0, 0.0, 1.0])
    across = np.asarray(wide, float) - np.dot(wide, along) * along
    if np.linalg.norm(across) < 1e-3:
        across = np.cross(along, (0.0, 1.0, 0.0) if abs(along[1]) < 0.9 else (1.0, 0.0, 0.0))
    across /= np.linalg.norm(across)
    row = np.zeros(COLUMNS)
    row[ORIGIN : ORIGIN + 3] = start
    row[AXES : AXES + 9] = np.concatenate([across, np.cross(along, across), along])
    row[LENGTH] = length
    row[HALF_A : HALF_A + 4] = half
    row[CAP] = min(half)
    row[SHELL : SHELL + 2] = shell
    row[SPONGY : SPONGY + 2] = spongy
    row[CUT + 3] = 1e9
    return _bounded(row)


def ellipsoid(
    centre: Point,
    half: Point,
    *,
    wide: Point = (1.0, 0.0, 0.0),
    along: Point = (0.0, 0.0, 1.0),
    shell: float = 0.0,
) -> np.ndarray:
    """Return an ellipsoid of half axes (u, v, w); u points to `wide`, w to `along`."""
    tip = np.asarray(centre, float) + np.asarray(along, float)
    row = tube(centre, tip, (half[0], half[1], half[0], half[1]), wide=wide, shell=(shell, shell))
    row[LENGTH] = 0.0
    row[CAP] = half[2]
    return _bounded(row)


def flat(row: np.ndarray) -> np.ndarray:
    """Return the tube with flat ends."""
    row = row.copy()
    row[FLAT] = 1.0
    return row


def cut(row: np.ndarray, normal: Point, at: Point) -> np.ndarray:
    """Return the shape without what lies on the side of the plane through `at` that `normal` points to."""
    row = row.copy()
    unit = np.asarray(normal, float) / np.linalg.norm(normal)
    row[CUT : CUT + 3] = unit
    row[CUT + 3] = float(np.dot(unit, at))
    return row


def chain(
    points: Sequence[Point],
    radii: Sequence[float | Sequence[float]],
    *,
    wide: Point = (1.0, 0.0, 0.0),
    shell: float | Sequence[float] = 0.0,
    spongy: float | Sequence[float] = 1.0,
) -> list[np.ndarray]:
    """Return the tubes through `points`; radii (or pairs of half axes), shell and sponginess at each of them."""
    halves = np.array([np.broadcast_to(r, 2) for r in radii], float)
    shells = np.broadcast_to(shell, len(points)).tolist()
    spongies = np.broadcast_to(spongy, len(points)).tolist()
    return [
        tube(
            points[i], points[i + 1], [*halves[i], *halves[i + 1]], wide=wide,
            shell=shells[i : i + 2], spongy=spongies[i : i + 2],
        )
        for i in range(len(points) - 1)
    ]  # fmt: skip


def table(rows: Iterable[np.ndarray]) -> np.ndarray:
    """Return the rows as (n, COLUMNS)."""
    return np.array([*rows]).reshape(-1, COLUMNS)


def grown(rows: np.ndarray, by_mm: float) -> np.ndarray:
    """Return the shapes with every surface farther out by `by_mm`, also flat ends and cuts, without shell."""
    rows = rows.copy()
    rows[:, HALF_A : CAP + 1] += by_mm
    rows[:, CUT + 3] += by_mm
    flat_ends = rows[:, FLAT, None] * by_mm
    rows[:, ORIGIN : ORIGIN + 3] -= flat_ends * rows[:, AXES + 6 : AXES + 9]
    rows[:, LENGTH] += 2 * flat_ends[:, 0]
    rows[:, SHELL : SHELL + 2] = 0.0
    return np.array([_bounded(row) for row in rows]).reshape(-1, COLUMNS)


def boxes(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the corners (low, high) of the box around each shape, (n, 3) each."""
    reach = np.maximum(rows[:, HALF_A : HALF_A + 4].max(axis=1), rows[:, CAP])[:, None]
    start = rows[:, :3]
    end = start + rows[:, LENGTH : LENGTH + 1] * rows[:, AXES + 6 : AXES + 9]
    return np.minimum(start, end) - reach, np.maximum(start, end) + reach


def _bounded(row: np.ndarray) -> np.ndarray:
    """Fill in how much distance one unit of the formula is at least: the inverse of its Lipschitz constant."""
    halves = row[HALF_A : HALF_A + 4]
    slope = np.abs(halves[2:] - halves[:2]).max() / row[LENGTH] if row[LENGTH] else 0.0
    row[BOUND] = min(*halves, row[CAP]) / (1.0 + 1.5 * slope)
    return row
