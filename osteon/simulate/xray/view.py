"""Where the tube and the detector stand: the rays of a projection in millimetres of the patient.

Patient coordinates are DICOM's (LPS): x to the patient's left, y to the back, z to the head.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from osteon.errors import GeometryError, RequestError
from osteon.geometry import to_mm
from osteon.types import Grid


@dataclass(frozen=True, kw_only=True)
class Pose:
    """How the beam meets the patient.

    Attributes:
        turn_degrees: About the long axis: 0 AP (front to back), 90 left lateral (the left side at the detector),
            180 PA, 270 right lateral; 45 and -45 are the posterior obliques (left, right).
        tilt_degrees: Positive: the tube stands toward the head and looks down (caudad).
        roll_degrees: The detector turned about the beam, clockwise as displayed.
        source_to_detector_mm: Along the central ray.
        centre_to_detector_mm: From the point the beam is centred on to the detector.

    """

    turn_degrees: float = 0.0
    tilt_degrees: float = 0.0
    roll_degrees: float = 0.0
    source_to_detector_mm: float = 1150.0
    centre_to_detector_mm: float = 150.0

    @property
    def magnification(self) -> float:
        """Of an object at the point the beam is centred on."""
        return self.source_to_detector_mm / (self.source_to_detector_mm - self.centre_to_detector_mm)


POSES: Mapping[str, Pose] = {
    "AP": Pose(),
    "PA": Pose(turn_degrees=180.0),
    "LL": Pose(turn_degrees=90.0),
    "RL": Pose(turn_degrees=270.0),
    "LPO": Pose(turn_degrees=45.0),
    "RPO": Pose(turn_degrees=-45.0),
    "RAO": Pose(turn_degrees=225.0),
    "LAO": Pose(turn_degrees=135.0),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """A point source and a flat detector.

    Attributes:
        source_mm: Of the focal spot, shape (3,).
        corner_mm: Of the middle of pixel (0, 0), shape (3,).
        down_mm: From a pixel to the one below, shape (3,).
        right_mm: From a pixel to its right neighbour, shape (3,).
        shape: (rows, columns).
        position: DICOM's word for it (ViewPosition), where there is one.

    """

    source_mm: np.ndarray
    corner_mm: np.ndarray
    down_mm: np.ndarray
    right_mm: np.ndarray
    shape: tuple[int, int]
    position: str | None = None

    @cached_property
    def pixel_mm(self) -> tuple[float, float]:
        """Distance of neighbouring rows and columns at the detector."""
        return float(np.linalg.norm(self.down_mm)), float(np.linalg.norm(self.right_mm))

    @cached_property
    def source_to_detector_mm(self) -> float:
        """Distance of the source from the detector's plane."""
        normal = np.cross(self.down_mm, self.right_mm)
        return float(abs((self.corner_mm - self.source_mm) @ normal) / np.linalg.norm(normal))

    @property
    def orientation(self) -> tuple[str, str]:
        """Which way of the patient rows run and columns run, the nearest of A, P, L, R, H, F (PatientOrientation)."""
        return _toward(self.right_mm), _toward(self.down_mm)

    def rows(self, first: int, last: int) -> View:
        """Return the view of rows `first` to `last` (exclusive) alone."""
        return replace(self, corner_mm=self.corner_mm + first * self.down_mm, shape=(last - first, self.shape[1]))

    def pixels(self) -> np.ndarray:
        """Return the middles of all pixels in mm, shape (rows, columns, 3)."""
        rows, columns = (np.arange(n, dtype=float) for n in self.shape)
        return self.corner_mm + rows[:, None, None] * self.down_mm + columns[None, :, None] * self.right_mm

    def project(self, mm: np.ndarray) -> np.ndarray:
        """Return the fractional (row, column) where points in mm appear; shapes (..., 3) to (..., 2).

        Raises:
            GeometryError: A point at the depth of the source or behind it.

        """
        # source + t (point - source) = corner + row down + column right
        rays = np.asarray(mm, float) - self.source_mm
        normal = np.cross(self.down_mm, self.right_mm)
        depth = rays @ normal / ((self.corner_mm - self.source_mm) @ normal)
        if depth.size and depth.min() <= 0:
            msg = "A point behind the X-ray source cannot be projected; move the source away from the body."
            raise GeometryError(msg)
        on_detector = self.source_mm + rays / depth[..., None] - self.corner_mm
        axes = np.stack([self.down_mm, self.right_mm])
        return on_detector @ axes.T / (axes**2).sum(axis=1)

    def grid(self) -> Grid:
        """Return the grid of an image of this view: spacing at the detector."""
        return Grid(shape=self.shape, spacing_mm=self.pixel_mm, spacing_at="detector")


def view(centre_mm: np.ndarray, *, pose: Pose, shape: tuple[int, int], pixel_mm: float) -> View:
    """Return the view of a beam centred on a point.

    The image is displayed as seen from the tube, but with the patient's right on the left when the beam
    comes from behind (PA), as films are hung.

    Args:
        centre_mm: (3,), where the central ray passes and what the patient turns about.
        pose: Of the beam.
        shape: (rows, columns).
        pixel_mm: At the detector.

    Raises:
        RequestError: Distances that cannot be.

    """
    _check(pose, shape, pixel_mm)
    turn, tilt, roll = (math.radians(a) for a in (pose.turn_degrees, pose.tilt_degrees, pose.roll_degrees))
    level = np.array([math.sin(turn), math.cos(turn), 0.0])
    beam = math.cos(tilt) * level + np.array([0.0, 0.0, -math.sin(tilt)])
    right = np.array([math.cos(turn), -math.sin(turn), 0.0])
    down = np.cross(beam, right)
    if math.cos(turn) < -1e-9:
        right = -right
    right, down = math.cos(roll) * right + math.sin(roll) * down, math.cos(roll) * down - math.sin(roll) * right
    source = np.asarray(centre_mm, float) - (pose.source_to_detector_mm - pose.centre_to_detector_mm) * beam
    middle = source + pose.source_to_detector_mm * beam
    down, right = down * pixel_mm, right * pixel_mm
    corner = middle - (shape[0] - 1) / 2 * down - (shape[1] - 1) / 2 * right
    near = [
        name for name, known in POSES.items() if abs((known.turn_degrees - pose.turn_degrees + 180) % 360 - 180) < 10
    ]
    return View(
        source_mm=source, corner_mm=corner, down_mm=down, right_mm=right, shape=shape, position=next(iter(near), None)
    )


def view_of(grid: Grid, *, pose: Pose, shape: tuple[int, int] = (512, 512), cover: float = 1.0) -> View:
    """Return the view centred on a volume, with square pixels so small that it just fills the detector.

    Args:
        grid: Of the volume.
        pose: Of the beam.
        shape: (rows, columns).
        cover: Share of the shadow of the volume's box that the detector covers; less than 1 cuts its edges off.

    """
    corners = box_mm(grid)
    centre = corners.mean(axis=0)
    unit = view(centre, pose=pose, shape=shape, pixel_mm=1.0)
    shadow = np.abs(unit.project(corners) - (np.array(shape) - 1) / 2).max(axis=0)
    return view(centre, pose=pose, shape=shape, pixel_mm=float(cover * (2 * shadow / np.array(shape)).max()))


def box_mm(grid: Grid) -> np.ndarray:
    """Return the eight corners of a volume's box (outer faces of the voxels) in mm, shape (8, 3)."""
    ends = np.array([[bit * n - 0.5 for bit, n in zip(bits, grid.shape, strict=True)] for bits in np.ndindex(2, 2, 2)])
    return to_mm(grid, ends)


def _toward(vector: np.ndarray) -> str:
    axis = int(np.abs(vector).argmax())
    return ("LR", "PA", "HF")[axis][int(vector[axis] < 0)]


def _check(pose: Pose, shape: tuple[int, int], pixel_mm: float) -> None:
    far = 0 <= pose.centre_to_detector_mm < pose.source_to_detector_mm
    if not (far and abs(pose.tilt_degrees) < 90 and min(shape) > 0 and pixel_mm > 0):
        msg = (
            f"A view needs the centre between source and detector, a tilt under 90 degrees and pixels; got "
            f"{pose.centre_to_detector_mm:g} of {pose.source_to_detector_mm:g} mm, {pose.tilt_degrees:g} degrees, "
            f"{shape} pixels of {pixel_mm:g} mm."
        )
        raise RequestError(msg)
