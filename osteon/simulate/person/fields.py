"""Fields of view: a part of the body on a grid of its own, with the patient's lesions in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from osteon.errors import RequestError
from osteon.geometry import volume_grid
from osteon.simulate.person import anatomy, bones
from osteon.simulate.person.anatomy_frame import Frame
from osteon.simulate.person.body import Body
from osteon.simulate.person.patient import Patient
from osteon.simulate.tumour import lesion_paint
from osteon.types import Grid

MOST_VOXELS = 600_000_000
_CHIN_MM = 1531.0


@dataclass(frozen=True, kw_only=True)
class Field:
    """A box in reference mm (x, y, z); of a paired one, that of the left side."""

    low_mm: tuple[float, float, float]
    high_mm: tuple[float, float, float]
    paired: bool = False


FIELDS = {
    "whole": Field(low_mm=(-320, -190, -30), high_mm=(320, 160, 1785)),
    "head": Field(low_mm=(-105, -130, 1520), high_mm=(105, 130, 1785)),
    "thorax": Field(low_mm=(-215, -135, 1120), high_mm=(215, 140, 1500)),
    "spine": Field(low_mm=(-90, -60, 1000), high_mm=(90, 135, 1500)),
    "lumbar": Field(low_mm=(-80, -60, 1000), high_mm=(80, 130, 1240)),
    "abdomen": Field(low_mm=(-190, -135, 1000), high_mm=(190, 135, 1290)),
    "pelvis": Field(low_mm=(-195, -130, 800), high_mm=(195, 140, 1110)),
    "sacrum": Field(low_mm=(-110, -60, 870), high_mm=(110, 135, 1080)),
    "shoulder": Field(low_mm=(70, -80, 1280), high_mm=(250, 130, 1510), paired=True),
    "humerus": Field(low_mm=(120, -70, 1060), high_mm=(280, 90, 1490), paired=True),
    "elbow": Field(low_mm=(155, -60, 1010), high_mm=(275, 75, 1210), paired=True),
    "forearm": Field(low_mm=(160, -55, 800), high_mm=(290, 75, 1150), paired=True),
    "wrist": Field(low_mm=(170, -50, 770), high_mm=(290, 50, 950), paired=True),
    "hand": Field(low_mm=(165, -55, 640), high_mm=(300, 45, 900), paired=True),
    "hip": Field(low_mm=(15, -120, 800), high_mm=(195, 120, 1010), paired=True),
    "thigh": Field(low_mm=(0, -110, 540), high_mm=(200, 110, 900), paired=True),
    "femur": Field(low_mm=(0, -110, 470), high_mm=(200, 110, 980), paired=True),
    "knee": Field(low_mm=(10, -75, 395), high_mm=(170, 85, 615), paired=True),
    "leg": Field(low_mm=(15, -70, 20), high_mm=(165, 90, 530), paired=True),
    "ankle": Field(low_mm=(35, -65, -8), high_mm=(165, 85, 200), paired=True),
    "foot": Field(low_mm=(25, -215, -10), high_mm=(170, 85, 120), paired=True),
}

OF_BONE = {
    "femur": "femur", "tibia": "leg", "fibula": "leg", "patella": "knee", "foot": "foot", "hip": "pelvis",
    "sacrum": "sacrum", "humerus": "humerus", "radius": "forearm", "ulna": "forearm", "hand": "hand",
    "scapula": "shoulder", "clavicle": "shoulder", "rib": "thorax", "sternum": "thorax", "vertebra": "spine",
    "skull": "head", "mandible": "head",
}  # fmt: skip
"""Kind of bone to the field that shows it."""


def body(
    patient: Patient,
    *,
    field: str = "whole",
    spacing_mm: float | tuple[float, float, float] = 1.0,
    grid: Grid | None = None,
) -> Body:
    """Return a part of the patient's body with its lesions.

    Args:
        patient: Who.
        field: A name of `FIELDS`; of a paired one with its side ("knee_left"), else the side of the first lesion.
        spacing_mm: Of the voxels: one number, or along slices, rows and columns.
        grid: Any other volume in the body's frame instead; `field` and `spacing_mm` do not count then.

    Raises:
        RequestError: There is no such field, or the grid would be empty or too large.

    Example:
        >>> body(Patient(), field="knee_left", spacing_mm=8.0).tissue.shape
        (28, 20, 20)

    """
    place = grid_of(patient, field=field, spacing_mm=spacing_mm) if grid is None else grid
    return lesion_paint.paint(anatomy.healthy(patient, place), patient)


def grid_of(
    patient: Patient, *, field: str, spacing_mm: float | tuple[float, float, float] = 1.0, margin_mm: float = 0.0
) -> Grid:
    """Return the grid of a field: slices from the feet up, rows to the back, columns to the left.

    Raises:
        RequestError: There is no such field, or the grid would be empty or too large.

    """
    low, high = bounds_mm(patient, field=field)
    spacing = np.broadcast_to(np.asarray(spacing_mm, float), 3)
    if not (np.isfinite(spacing).all() and (spacing > 0.0).all()):
        msg = f"A spacing of {spacing_mm} mm cannot be meant; give a number above 0."
        raise RequestError(msg)
    low, high = low - margin_mm, high + margin_mm
    counts = np.maximum(1, np.round((high - low)[::-1] / spacing)).astype(int)
    if counts.prod(dtype=float) > MOST_VOXELS:
        msg = (
            f"The field {field} at {spacing_mm} mm has {counts.prod(dtype=float):.0f} voxels, more than {MOST_VOXELS}; "
            "choose a wider spacing."
        )
        raise RequestError(msg)
    affine = np.eye(4)
    affine[:3, :3] = np.array([[0, 0, spacing[2]], [0, spacing[1], 0], [spacing[0], 0, 0]])
    affine[:3, 3] = low + 0.5 * spacing[::-1]
    return volume_grid((int(counts[0]), int(counts[1]), int(counts[2])), affine)


def grid_around(patient: Patient, *, reach_mm: float, spacing_mm: float = 1.0) -> Grid:
    """Return a grid about the first lesion that reaches `reach_mm` beyond it, for an image of the lesion alone.

    Raises:
        RequestError: The patient has no lesion.

    """
    if not patient.lesions:
        msg = "There is no lesion to look at in this patient; name a field instead."
        raise RequestError(msg)
    lesion = patient.lesions[0]
    half = np.array([0.5 * lesion.size_mm / lesion.elongation] * 2 + [0.5 * lesion.size_mm])
    half = half + lesion.soft_tissue_mm + reach_mm
    counts = np.maximum(1, np.round(2.0 * half[::-1] / spacing_mm)).astype(int)
    affine = np.eye(4)
    affine[:3, :3] = spacing_mm * np.eye(3)[::-1]
    affine[:3, 3] = np.array(lesion.centre_mm) - 0.5 * spacing_mm * (counts[::-1] - 1)
    return volume_grid((int(counts[0]), int(counts[1]), int(counts[2])), affine)


def bounds_mm(patient: Patient, *, field: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the corners (low, high) of a field in the patient's mm."""
    name, side = _named(patient, field)
    frame = anatomy.frame(patient)
    box = FIELDS[name]
    mirror = side == "right"
    xs = sorted((-x if mirror else x) for x in (box.low_mm[0], box.high_mm[0]))
    # The head of a child is larger than its scale.
    head = frame.head / frame.scale if box.high_mm[2] > _CHIN_MM else 1.0
    low = _plain(frame, xs[0], box.low_mm[1], box.low_mm[2], head=head)
    high = _plain(frame, xs[1], box.high_mm[1], box.high_mm[2], head=head)
    return low, high


def field_of(bone: str) -> str:
    """Return the field that shows a bone.

    Example:
        >>> field_of("tibia_right"), field_of("rib_left_4")
        ('leg_right', 'thorax')

    """
    name = OF_BONE[bones.kind(bone)]
    return f"{name}_{bones.side(bone)}" if FIELDS[name].paired else name


def _named(patient: Patient, field: str) -> tuple[str, str | None]:
    name, _, side = field.partition("_")
    if name not in FIELDS or (side and (side not in bones.SIDES or not FIELDS[name].paired)):
        known = ", ".join(sorted(FIELDS))
        msg = f"There is no field {field!r}; the fields are {known}, the paired ones with _left or _right."
        raise RequestError(msg)
    if FIELDS[name].paired and not side:
        found = [bones.side(lesion.bone) for lesion in patient.lesions]
        side = next((s for s in found if s), "left")
    return name, side or None


def _plain(frame: Frame, x: float, y: float, z: float, *, head: float) -> np.ndarray:
    """Return a corner without the smooth displacement, widened by the girth and by the size of the head."""
    stout = max(1.0, frame.girth / frame.scale)
    place = frame.at(0.0, 0.0, z)
    place -= frame.displacement_mm(place)
    wide = stout if abs(x) > 180 else head
    return np.array([x * frame.sideways * wide, y * frame.scale * max(stout, head), place[2]])
