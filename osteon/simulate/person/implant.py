"""Metal in a long bone, as an earlier operation left it: a nail in its canal, or a plate with screws on its shaft.

Titanium, straight, along the line through the middle of the bone in an axial field. It takes the place of whatever is
there, the tumour included: where there is metal there is no tumour to outline.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from osteon.errors import RequestError
from osteon.geometry import to_mm
from osteon.simulate.person import bones
from osteon.simulate.person.body import Body
from osteon.simulate.person.tissues import Tissue

Kind = Literal["nail", "plate"]
KINDS: tuple[Kind, ...] = ("nail", "plate")
NAIL_SHARE, NAIL_MM = 0.45, (2.0, 5.5)
"""Radius of a nail over that of its bone, and between which it stays."""
PLATE_MM, WIDEST_MM = 4.0, 12.0
"""Thickness of a plate, and its width but on a bone of a smaller radius, whose radius is its width."""
SCREW_MM, SCREWS_APART_MM = 2.25, 18.0
END_MM, EDGE_MM = 8.0, 0.01
"""How far from the end of a bone its metal ends."""


@dataclass(frozen=True, kw_only=True)
class Implant:
    """What was put in.

    Attributes:
        kind: "nail" or "plate".
        bone: Name of the bone.
        turn_degrees: Side of the bone on which a plate lies: 0 to the patient's left, 90 to the back.

    """

    kind: Kind
    bone: str
    turn_degrees: float = 0.0


def placed(body: Body, implant: Implant) -> Body:
    """Return the body with the implant in it, as long as the bone in the field but for its joints.

    Raises:
        RequestError: The bone is not in the field, or is in one slice alone.

    """
    axis = _axis(body, implant.bone)
    points = to_mm(body.grid, np.moveaxis(np.indices(body.tissue.shape, dtype=np.float32), 0, -1))
    height = points[..., 2]
    across = points[..., :2] - axis.middle_mm - axis.slope * points[..., 2:]
    metal = (
        _nail(across, axis.radius_mm)
        if implant.kind == "nail"
        else _plate(across, height, axis.radius_mm, turn=np.radians(implant.turn_degrees))
    )
    low, high = axis.ends_mm
    metal &= (height >= low + END_MM) | (low < height.min() + EDGE_MM)  # a bone that the field cuts off goes on
    metal &= (height <= high - END_MM) | (high > height.max() - EDGE_MM)
    metal &= body.tissue != Tissue.AIR  # what would stick out of the skin
    scales = {
        name: None if scale is None else np.where(metal, np.float32(1.0), scale)
        for name in ("density_scale", "uptake_scale", "suv_scale")
        for scale in (getattr(body, name),)
    }
    return replace(
        body,
        tissue=np.where(metal, np.uint8(Tissue.METAL), body.tissue),
        bone=np.where(metal, np.uint8(0), body.bone),
        lesion=np.where(metal, np.uint8(0), body.lesion),
        **scales,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Axis:
    """The line (x, y) = `middle_mm` + `slope` z through a bone, the radius of its usual section, and where it ends."""

    middle_mm: np.ndarray
    slope: np.ndarray
    radius_mm: float
    ends_mm: tuple[float, float]


def _axis(body: Body, bone: str) -> _Axis:
    places = to_mm(body.grid, np.argwhere(body.bone == bones.VALUE[bone]).astype(np.float32))
    heights, sizes = np.unique(places[:, 2].round(3), return_counts=True) if len(places) else (places, places)
    if len(heights) < 2:
        msg = f"An implant needs some length of its bone, and the field holds {len(heights)} slices of it; widen it."
        raise RequestError(msg)
    slope, middle = np.polyfit(places[:, 2], places[:, :2], 1)
    pixel_mm2 = float(np.prod((body.grid.spacing_mm or ())[1:]))
    return _Axis(
        middle_mm=middle,
        slope=slope,
        radius_mm=float(np.sqrt(np.median(sizes) * pixel_mm2 / np.pi)),
        ends_mm=(float(heights[0]), float(heights[-1])),
    )


def _nail(across: np.ndarray, radius: float) -> np.ndarray:
    return np.hypot(across[..., 0], across[..., 1]) < np.clip(NAIL_SHARE * radius, *NAIL_MM)


def _plate(across: np.ndarray, height: np.ndarray, radius: float, *, turn: float) -> np.ndarray:
    """Return a plate on the surface of a bone, and its screws through both of the bone's walls."""
    outward = across @ np.array([np.cos(turn), np.sin(turn)])
    along = across @ np.array([-np.sin(turn), np.cos(turn)])
    wide = min(WIDEST_MM, radius)
    plate = (outward > radius) & (outward < radius + PLATE_MM) & (np.abs(along) < wide / 2)
    from_screw = (height - height.min()) % SCREWS_APART_MM - SCREWS_APART_MM / 2
    screws = (np.hypot(along, from_screw) < SCREW_MM) & (np.abs(outward) < radius + 1.0)
    return plate | screws
