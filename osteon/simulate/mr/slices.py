"""Thick slices in any direction, cut from a finer grid: what a voxel of MRI averages over."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from scipy.sparse import csr_matrix

from osteon import geometry
from osteon.errors import RequestError
from osteon.types import Grid

# Unit steps (x left, y back, z head) of slice, row and column; slices rise along columns x rows, as DICOM files them.
PLANES = {
    "axial": ((0, 0, 1), (0, 1, 0), (1, 0, 0)),
    "coronal": ((0, 1, 0), (0, 0, -1), (1, 0, 0)),
    "sagittal": ((-1, 0, 0), (0, 0, -1), (0, 1, 0)),
}
_REACH = 1.2  # of the Gaussian profile to each side, in widths


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack of thick slices.

    Attributes:
        plane: "axial", "coronal" or "sagittal".
        slice_mm: Thickness; with the Gaussian profile the full width at half maximum.
        gap_mm: Between the slices.
        pixel_mm: In the slice.
        tilt_degrees: Turn of the stack about its row axis, then about its column axis.
        centre_mm: (x, y, z) of its middle; None for the middle of what is imaged.
        field_mm: Extent along (slice, row, column); None to cover all of what is imaged.
        profile: "box" or "gaussian".

    """

    plane: str = "axial"
    slice_mm: float = 4.0
    gap_mm: float = 0.4
    pixel_mm: float = 0.7
    tilt_degrees: tuple[float, float] = (0.0, 0.0)
    centre_mm: tuple[float, float, float] | None = None
    field_mm: tuple[float, float, float] | None = None
    profile: str = "box"


def stack_grid(stack: Stack, *, cover: Grid) -> Grid:
    """Return the grid of `stack` over what lies on `cover`.

    Raises:
        RequestError: An unknown plane or profile, or a size that is not positive.

    """
    _check(stack)
    axes = _axes(stack)
    corners = np.array(list(np.ndindex(2, 2, 2))) * np.array(cover.shape) - 0.5
    corners_mm = geometry.to_mm(cover, corners)
    middle = corners_mm.mean(axis=0) if stack.centre_mm is None else np.array(stack.centre_mm)
    along = (corners_mm - middle) @ axes
    field = np.ptp(along, axis=0) if stack.field_mm is None else np.array(stack.field_mm)
    spacing = np.array([stack.slice_mm + stack.gap_mm, stack.pixel_mm, stack.pixel_mm])
    shape = np.maximum(np.ceil(field / spacing - 1e-6), 1).astype(int)
    affine = np.eye(4)
    affine[:3, :3] = axes * spacing
    affine[:3, 3] = middle - affine[:3, :3] @ ((shape - 1) / 2.0)
    return geometry.volume_grid((int(shape[0]), int(shape[1]), int(shape[2])), affine)


def average(values: np.ndarray, *, source: Grid, target: Grid, stack: Stack) -> np.ndarray:
    """Return the mean of `values` over each voxel of a stack, by its slice profile; 0 outside `source`.

    Args:
        values: (slices, rows, columns), linear in between.
        source: Their grid.
        target: `stack_grid(stack, ...)`.
        stack: Its thickness and profile.

    Returns:
        float32 of `target.shape`.

    """
    turn, start = _index_map(source, target)
    values = np.ascontiguousarray(values, np.float32)
    if (np.abs(turn) > 1e-9).sum() == 3:
        return _along_axes(values, turn, start, _steps(source, target, stack), target.shape)
    offsets, weights = _points(source, target, stack)
    out = np.empty(target.shape, np.float32)
    _gather(values, turn, start, offsets @ turn.T, weights, out)
    return out


def majority(labels: np.ndarray, *, source: Grid, target: Grid, stack: Stack) -> np.ndarray:
    """Return the label of each voxel of a stack that is for half or more inside any label, else 0; uint8.

    Where several labels share a voxel, the largest share has it.
    """
    inside = average(labels > 0, source=source, target=target, stack=stack) >= 0.5
    out = np.zeros(target.shape, np.uint8)
    if not inside.any():
        return out
    numbers = [int(n) for n in np.unique(labels) if n]
    if len(numbers) == 1:
        out[inside] = numbers[0]
        return out
    turn, start = _index_map(source, target)
    offsets, weights = _points(source, target, stack)
    centres = np.argwhere(inside) @ turn.T + start
    places = np.rint(centres[:, None] + offsets @ turn.T).astype(int)
    met = labels[tuple(np.moveaxis(np.clip(places, 0, np.array(labels.shape) - 1), -1, 0))]
    shares = [(met == n) @ weights for n in numbers]
    out[inside] = np.array(numbers, np.uint8)[np.argmax(shares, axis=0)]
    return out


def _check(stack: Stack) -> None:
    if stack.plane not in PLANES or stack.profile not in ("box", "gaussian"):
        msg = (
            f"A stack is {', '.join(PLANES)} with a box or gaussian profile; got {stack.plane!r} and "
            f"{stack.profile!r}. Choose one of these."
        )
        raise RequestError(msg)
    sizes = (stack.slice_mm, stack.pixel_mm, *(stack.field_mm or ()))
    if min(sizes) <= 0 or stack.gap_mm < 0:
        msg = f"Thickness, pixel and field of a stack must be positive in mm, its gap not negative; got {stack}."
        raise RequestError(msg)


def _axes(stack: Stack) -> np.ndarray:
    """Return the unit vectors of slice, row and column as columns of (3, 3), tilted."""
    axes = np.array(PLANES[stack.plane], float).T
    about_row, about_column = np.radians(stack.tilt_degrees)
    c, s = np.cos(about_row), np.sin(about_row)
    d, t = np.cos(about_column), np.sin(about_column)
    return axes @ np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]]) @ np.array([[d, -t, 0], [t, d, 0], [0, 0, 1]])


def _index_map(source: Grid, target: Grid) -> tuple[np.ndarray, np.ndarray]:
    """Return (3, 3) and (3,) from an index of `target` to one of `source`."""
    both = np.linalg.inv(geometry.matrix(source)) @ geometry.matrix(target)
    return both[:3, :3], both[:3, 3]


def _steps(source: Grid, target: Grid, stack: Stack) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return for each axis of `target` where in a voxel it is sampled, in its index, and the weights, summing to 1."""
    fine, spacing = min(source.spacing_mm or ()), np.array(target.spacing_mm)
    thick = stack.slice_mm * (2 * _REACH if stack.profile == "gaussian" else 1.0)
    extent = np.array([thick, *spacing[1:]])
    counts = np.maximum(np.ceil(extent / fine - 1e-6), 1).astype(int)
    steps = [((np.arange(n) + 0.5) / n - 0.5) * e for n, e in zip(counts, extent, strict=True)]
    weights = [np.full(n, 1.0 / n) for n in counts]
    if stack.profile == "gaussian":
        bell = np.exp(-4.0 * np.log(2.0) * (steps[0] / stack.slice_mm) ** 2)
        weights[0] = bell / bell.sum()
    return [(step / mm, weight) for step, mm, weight in zip(steps, spacing, weights, strict=True)]


def _points(source: Grid, target: Grid, stack: Stack) -> tuple[np.ndarray, np.ndarray]:
    """Return where in a voxel it is sampled, (points, 3) in indices of `target`, and the weights, summing to 1."""
    (a, u), (b, v), (c, w) = _steps(source, target, stack)
    points = np.stack(np.meshgrid(a, b, c, indexing="ij"), axis=-1).reshape(-1, 3)
    return points, np.einsum("i,j,k->ijk", u, v, w).ravel()


def _along_axes(
    values: np.ndarray,
    turn: np.ndarray,
    start: np.ndarray,
    steps: list[tuple[np.ndarray, np.ndarray]],
    shape: tuple[int, ...],
) -> np.ndarray:
    """Return what `_gather` returns, axis after axis, for a `turn` that only swaps, flips and scales axes."""
    order = [int(np.argmax(np.abs(turn[:, axis]))) for axis in range(3)]
    for axis, source_axis in enumerate(order):
        offsets, weights = steps[axis]
        places = start[source_axis] + turn[source_axis, axis] * (np.arange(shape[axis])[:, None] + offsets)
        mean = _linear_matrix(places, weights, values.shape[source_axis])
        front = np.moveaxis(values, source_axis, 0)
        made = mean @ front.reshape(len(front), -1)
        values = np.moveaxis(made.reshape(shape[axis], *front.shape[1:]), 0, source_axis)
    return np.ascontiguousarray(values.transpose(order))


def _linear_matrix(places: np.ndarray, weights: np.ndarray, length: int) -> csr_matrix:
    """Return the matrix (rows of `places`, `length`) that takes the weighted mean of linear interpolations."""
    inside = (places >= -0.5) & (places <= length - 0.5)
    places = np.clip(places, 0, length - 1)
    lower = np.minimum(places.astype(int), max(length - 2, 0))
    share = places - lower
    rows = np.broadcast_to(np.arange(len(places))[:, None], places.shape).ravel()
    heavy = inside * weights
    upper = np.minimum(lower + 1, length - 1)
    data = np.concatenate([((1 - share) * heavy).ravel(), (share * heavy).ravel()]).astype(np.float32)
    where = (np.concatenate([rows, rows]), np.concatenate([lower.ravel(), upper.ravel()]))
    return csr_matrix((data, where), shape=(len(places), length))


@numba.njit(cache=True, nogil=True)
def _gather(
    values: np.ndarray, turn: np.ndarray, start: np.ndarray, points: np.ndarray, weights: np.ndarray, out: np.ndarray
) -> None:
    """Write to `out` the weighted mean of linearly interpolated `values` around each voxel's centre."""
    n0, n1, n2 = out.shape
    for i in range(n0):
        for j in range(n1):
            for k in range(n2):
                a = start[0] + turn[0, 0] * i + turn[0, 1] * j + turn[0, 2] * k
                b = start[1] + turn[1, 0] * i + turn[1, 1] * j + turn[1, 2] * k
                c = start[2] + turn[2, 0] * i + turn[2, 1] * j + turn[2, 2] * k
                total = 0.0
                for p in range(len(weights)):
                    total += weights[p] * _linear(values, a + points[p, 0], b + points[p, 1], c + points[p, 2])
                out[i, j, k] = total


@numba.njit(cache=True, nogil=True)
def _linear(values: np.ndarray, a: float, b: float, c: float) -> float:
    """Return `values` at a fractional index, 0 outside; the outermost half voxel holds its own value."""
    n0, n1, n2 = values.shape
    if not (-0.5 <= a <= n0 - 0.5 and -0.5 <= b <= n1 - 0.5 and -0.5 <= c <= n2 - 0.5):
        return 0.0
    a, b, c = min(max(a, 0.0), n0 - 1.0), min(max(b, 0.0), n1 - 1.0), min(max(c, 0.0), n2 - 1.0)
    i, j, k = int(a), int(b), int(c)
    i1, j1, k1 = min(i + 1, n0 - 1), min(j + 1, n1 - 1), min(k + 1, n2 - 1)
    u, v, w = a - i, b - j, c - k
    front = (values[i, j, k] * (1 - w) + values[i, j, k1] * w) * (1 - v) + (
        values[i, j1, k] * (1 - w) + values[i, j1, k1] * w
    ) * v
    back = (values[i1, j, k] * (1 - w) + values[i1, j, k1] * w) * (1 - v) + (
        values[i1, j1, k] * (1 - w) + values[i1, j1, k1] * w
    ) * v
    return front * (1 - u) + back * u
