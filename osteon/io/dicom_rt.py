"""RTSTRUCT regions of interest to masks on an image's grid.

A pixel belongs to a region when its centre lies inside an odd number of the slice's closed contours, so a contour
within a contour is a hole.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pydicom

from osteon.errors import GeometryError, InputError
from osteon.geometry import to_index
from osteon.io import dicom_frame, dicom_rt_between
from osteon.io.dicom_header import open_data, regular_size, tolerant
from osteon.io.polygons import filled
from osteon.types import Grid, Image

OFF_SLICE = 0.3
"""A contour must lie within this share of a slice distance of a slice's centre."""

_CLOSED = frozenset({"CLOSED_PLANAR", "CLOSEDPLANAR_XOR", "CLOSED_PLANAR_XOR"})


@dataclass(frozen=True, kw_only=True, eq=False)
class Region:
    """One region: its number, its name as drawn, and its closed contours in mm, each of shape (points, 3).

    `frame` is the frame of reference that these millimetres are of, where stated.
    """

    number: int
    name: str
    contours: tuple[np.ndarray, ...]
    frame: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Structures:
    """The regions of one RTSTRUCT, and the instances (SOP UIDs) they were drawn on, where stated."""

    file: str
    regions: tuple[Region, ...]
    drawn_on: frozenset[str]

    def region(self, name: str) -> Region:
        """Return the region of this name, capitals and outer spaces aside; `InputError` when there is none."""
        for one in self.regions:
            if one.name.strip().lower() == name.strip().lower():
                return one
        why = f"has no region of that name among its {len(self.regions)}; see `regions` for their names."
        raise InputError(why, file=self.file)

    def fits(self, image: Image) -> bool | None:
        """Return whether the contours were drawn on `image`'s own slices; None where either does not say."""
        own = {source.sop_instance_uid for source in image.sources} - {None}
        return bool(own & self.drawn_on) if own and self.drawn_on else None


def read(path: Path, *, name: str | None = None) -> Structures:
    """Return the regions of an RTSTRUCT file.

    Raises:
        InputError: Not an RTSTRUCT, or damaged.

    """
    name = name or path.name
    regular_size(path, name=name)
    with tolerant(name), open_data(path, name=name) as file:
        dataset = pydicom.dcmread(file, force=True)
        is_structures = dataset.get("Modality") == "RTSTRUCT"
        known = {int(roi.ROINumber): roi for roi in dataset.get("StructureSetROISequence", ())}
        found = [_region(item, known) for item in dataset.get("ROIContourSequence", ())] if is_structures else []
        drawn_on = _drawn_on(dataset) if is_structures else frozenset()
    if not is_structures:
        why = "is not an RTSTRUCT; name the file that holds the contours."
        raise InputError(why, file=name)
    return Structures(file=name, regions=tuple(found), drawn_on=drawn_on)


def _region(item: Any, known: dict[int, Any]) -> Region:
    number = int(item.ReferencedROINumber)
    contours = []
    for contour in item.get("ContourSequence", None) or ():
        if str(contour.get("ContourGeometricType", "")) not in _CLOSED:
            continue
        points = np.array([float(v) for v in contour.ContourData]).reshape(-1, 3)
        if len(points) >= 3 and np.isfinite(points).all():
            contours.append(points)
    about = known.get(number, {})
    frame = str(about.get("ReferencedFrameOfReferenceUID", "") or "") or None
    return Region(number=number, name=str(about.get("ROIName", "")), contours=tuple(contours), frame=frame)


def _drawn_on(dataset: Any) -> frozenset[str]:
    return frozenset(
        str(image.ReferencedSOPInstanceUID)
        for item in dataset.get("ROIContourSequence", ())
        for contour in item.get("ContourSequence", None) or ()
        for image in contour.get("ContourImageSequence", None) or ()
    )


def lies_in_slices(region: Region, grid: Grid) -> bool:
    """Return whether every contour lies in a slice of `grid`, up to `OFF_SLICE`."""
    return all(_off(to_index(grid, contour)) <= OFF_SLICE for contour in region.contours)


def _off(index: np.ndarray) -> float:
    return float(np.abs(index[:, 0] - np.rint(np.median(index[:, 0]))).max())


def on_image(region: Region, image: Image) -> np.ndarray:
    """Return the region on the grid of `image`, bool; contours between its slices are interpolated by shape.

    That is done only where RTSTRUCT and image state one frame of reference: else the contours may be of anyone.

    Raises:
        InputError: The region has no closed contour.
        GeometryError: The contours lie between the slices, and not in the image's frame of reference.

    """
    if lies_in_slices(region, image.grid) or not dicom_frame.shared(image, region.frame):
        return mask(region, grid=image.grid)
    return dicom_rt_between.mask(region.contours, grid=image.grid)


def mask(region: Region, *, grid: Grid) -> np.ndarray:
    """Return the region on `grid`, bool of `grid.shape` (slices, rows, columns).

    Raises:
        InputError: The region has no closed contour.
        GeometryError: The contours do not lie in the grid's slices: they were drawn on another image.

    Example:
        >>> from osteon.geometry import volume_grid
        >>> square = np.array([[0.5, 0.5, 1], [2.5, 0.5, 1], [2.5, 2.5, 1], [0.5, 2.5, 1]])
        >>> axial = np.array([[0, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1.0]])
        >>> on = mask(Region(number=1, name="", contours=(square,)), grid=volume_grid((3, 4, 4), axial))
        >>> [int(plane.sum()) for plane in on]
        [0, 4, 0]

    """
    if not region.contours:
        why = "The region holds no closed contour, so it has no mask; choose another region."
        raise InputError(why)
    planes: dict[int, list[np.ndarray]] = {}
    for contour in region.contours:
        index = to_index(grid, contour)
        plane = int(np.rint(np.median(index[:, 0])))
        if _off(index) > OFF_SLICE:
            why = (
                f"A contour lies {_off(index):.2f} slices off the image's slices, at most {OFF_SLICE} is allowed where "
                "they do not state one frame of reference: it was drawn on another image. Read it there."
            )
            raise GeometryError(why)
        planes.setdefault(plane, []).append(index[:, 1:])
    volume = np.zeros(grid.shape, bool)
    for plane, polygons in planes.items():
        if 0 <= plane < grid.shape[0]:
            volume[plane] = filled(polygons, shape=(grid.shape[1], grid.shape[2]))
    return volume
