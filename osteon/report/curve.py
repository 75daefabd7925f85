"""The log of a training as a small drawing: the loss, epoch by epoch, of training and validation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 220, 52, 34, 14
COLOURS = ("#0b6b74", "#b3541e", "#6a4c93", "#4f772d")


def curve(rows: Sequence[Mapping[str, object]], *, columns: Sequence[str]) -> Markup:
    """Return an SVG with one line for each of `columns` over `epoch`; empty when no row has numbers.

    Args:
        rows: Of log.csv, of one part; values may be text.
        columns: Such as "loss" and "validation_loss".

    """
    lines = {name: _points(rows, name) for name in columns}
    lines = {name: points for name, points in lines.items() if points}
    if not lines:
        return Markup("")
    every = [point for points in lines.values() for point in points]
    xs, ys = [x for x, _ in every], [y for _, y in every]
    box = (min(xs), max(max(xs), min(xs) + 1), min(ys), max(ys) if max(ys) > min(ys) else min(ys) + 1)
    marks = [_axes(box)]
    for number, (name, points) in enumerate(lines.items()):
        marks.append(_line(points, box=box, name=name, number=number))
    label = escape(", ".join(lines))
    return Markup(
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label} by epoch">{"".join(marks)}</svg>'
    )


def _points(rows: Sequence[Mapping[str, object]], name: str) -> list[tuple[float, float]]:
    found = []
    for row in rows:
        try:
            point = float(str(row["epoch"])), float(str(row[name]))
        except (KeyError, ValueError):
            continue
        if math.isfinite(point[0]) and math.isfinite(point[1]):
            found.append(point)
    return found


def _place(point: tuple[float, float], box: tuple[float, float, float, float]) -> tuple[float, float]:
    left, right, low, high = box
    x = LEFT + (point[0] - left) / (right - left) * (WIDTH - LEFT - 110)
    y = HEIGHT - BOTTOM - (point[1] - low) / (high - low) * (HEIGHT - BOTTOM - TOP)
    return round(x, 1), round(y, 1)


def _axes(box: tuple[float, float, float, float]) -> str:
    left, right, low, high = box
    end, floor = WIDTH - 110, HEIGHT - BOTTOM
    return (
        f'<g font-size="12" fill="#555" font-family="sans-serif"><path d="M{LEFT} {TOP}V{floor}H{end}" fill="none" '
        f'stroke="#bbb"/><text x="{LEFT - 6}" y="{TOP + 10}" text-anchor="end">{high:.3g}</text>'
        f'<text x="{LEFT - 6}" y="{floor}" text-anchor="end">{low:.3g}</text>'
        f'<text x="{LEFT}" y="{floor + 16}">{left:g}</text><text x="{end}" y="{floor + 16}" text-anchor="end">{right:g}'
        f'</text><text x="{(LEFT + end) / 2:g}" y="{floor + 28}" text-anchor="middle">epoch</text></g>'
    )


def _line(points: list[tuple[float, float]], *, box: tuple[float, float, float, float], name: str, number: int) -> str:
    placed = [_place(point, box) for point in points]
    colour, text = COLOURS[number % len(COLOURS)], escape(name.replace("_", " "))
    path = " ".join(f"{x:g},{y:g}" for x, y in placed)
    return (
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.8"/>'
        f'<text x="{WIDTH - 104}" y="{TOP + 12 + 18 * number}" font-size="12" font-family="sans-serif" fill="{colour}">'
        f"{text}</text>"
    )
