"""Surfaces of outlined tumour and bone for planning, with a margin in millimetres, as files that planners open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from osteon.errors import GeometryError, InputError, RequestError
from osteon.geometry import matrix
from osteon.io import atomic, mesh_write, simulated
from osteon.metrics import edt
from osteon.transforms.radiomics.mesh import vertices
from osteon.transforms.surface import Surface, surface
from osteon.types import Grid, Image


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A surface that was written: of which label, at what margin, and its size."""

    label: int
    margin_mm: float
    volume_ml: float
    area_mm2: float
    files: tuple[str, ...]


def around(mask: np.ndarray, *, grid: Grid, margin_mm: float = 0.0) -> Surface:
    """Return the surface `margin_mm` outside that of `mask`, in the patient's millimetres (LPS).

    The mask's own surface lies half-way between voxels inside and outside; it is closed where the image ends. The
    margin is the exact distance to that surface's corners, taken at the voxels and interpolated between them.

    Args:
        mask: Of `grid.shape`, anything but 0 inside.
        grid: A volume's.
        margin_mm: 0 and above.

    Raises:
        GeometryError: The mask is not of the grid, or the grid has no place in the patient.
        InputError: The mask is empty.
        RequestError: The margin is negative.

    """
    inside, affine = np.asarray(mask) != 0, matrix(grid)
    if inside.shape != tuple(grid.shape):
        msg = f"The mask has shape {inside.shape}, its grid {tuple(grid.shape)}; give both of one volume."
        raise GeometryError(msg)
    if not inside.any():
        msg = "The mask is empty, so it has no surface; outline the tumour, or name another label."
        raise InputError(msg)
    if not margin_mm >= 0 or not np.isfinite(margin_mm):
        msg = f"The margin is {margin_mm} mm; it must be 0 or more."
        raise RequestError(msg)
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    framed, corner = _framed(inside, [int(np.ceil(margin_mm / s)) + 2 for s in spacing])
    found = surface(_distance(framed, spacing), level=margin_mm) if margin_mm else surface(np.where(framed, -1.0, 1.0))
    here = affine.copy()
    here[:3, 3] += affine[:3, :3] @ corner
    return found.moved(here)


def _framed(inside: np.ndarray, frame: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return the box around the true voxels in a frame of false ones, and the index of its first voxel."""
    places = np.argwhere(inside)
    low, high = places.min(axis=0), places.max(axis=0) + 1
    box = inside[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    return np.pad(box, [(n, n) for n in frame]), low - np.array(frame)


def _distance(inside: np.ndarray, spacing_mm: np.ndarray) -> np.ndarray:
    """Return how far in mm each voxel lies outside the surface; those inside are as far on the other side of 0.

    The surface's corners lie on a lattice of half voxels, and so does every voxel: one transform of that lattice.
    """
    lattice = np.zeros([2 * n - 1 for n in inside.shape], dtype=bool)
    lattice[tuple((vertices(inside) - 2).T)] = True  # `vertices` counts from a frame of one voxel
    voxels = np.zeros_like(lattice)
    voxels[::2, ::2, ::2] = True
    halves = (float(spacing_mm[0] / 2), float(spacing_mm[1] / 2), float(spacing_mm[2] / 2))
    found = edt.nearest_mm(voxels, lattice, halves).reshape(inside.shape)
    return np.where(inside, -found, found)


def write(
    image: Image,
    out: Path,
    *,
    margins_mm: Sequence[float] = (0.0,),
    labels: Sequence[int] = (),
    formats: Sequence[str] = ("stl", "obj"),
) -> list[Planned]:
    """Write the surface of each label of the label map `image` at each margin to the new folder `out`.

    Args:
        image: A label map with a place in the patient.
        out: Gets label-1.stl, label-1-margin-10mm.stl ..., and surfaces.json.
        margins_mm: 0 is the surface itself.
        labels: Which; none: all.
        formats: Of stl, obj and ply.

    Raises:
        GeometryError: It is no volume, or has no place in the patient.
        InputError: It is empty, is no label map, or lacks a label.
        RequestError: A margin or a format cannot be meant.

    """
    unknown = [form for form in formats if f".{form}" not in mesh_write.FORMATS]
    if unknown or not formats or not margins_mm:
        msg = f"Name a margin, and formats of {', '.join(w[1:] for w in mesh_write.FORMATS)}; got {list(formats)}."
        raise RequestError(msg)
    pixels = image.read()
    if pixels.ndim != 3 or not np.array_equal(pixels, np.rint(pixels)):
        msg = "This is no label map of a volume (whole numbers on three axes); name a mask."
        raise InputError(msg)
    wanted = list(labels) or [int(v) for v in np.unique(pixels) if v != 0]
    if not wanted:
        msg = "The mask is empty, so it has no surface; outline the tumour first."
        raise InputError(msg)
    done, made_up = [], simulated.NOTE in image.notes
    with atomic.folder(Path(out)) as aside:
        for label in wanted:
            for margin in margins_mm:
                found = around(pixels == label, grid=image.grid, margin_mm=margin)
                stem = f"label-{label}" + (f"-margin-{margin:g}mm" if margin else "")
                files = tuple(f"{stem}.{form}" for form in formats)
                for file in files:
                    mesh_write.write(aside / file, found.points, found.faces, simulated=made_up)
                size = {"volume_ml": found.volume / 1000, "area_mm2": found.area}
                done.append(Planned(label=label, margin_mm=float(margin), files=files, **size))
        told = {"space": mesh_write.SPACE, "notes": list(image.notes), "surfaces": [asdict(d) for d in done]}
        atomic.write_json(aside / "surfaces.json", told)
    return done
