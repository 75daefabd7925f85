"""Where a lesion's tumour, rim, cortex, periosteum and oedema lie: one answer at every point of the body.

Everything is a function of the point in mm, so that a radiograph, a CT and a slide of one patient show the same
lesion. Distances are to first order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from osteon.simulate.person import bones
from osteon.simulate.person.anatomy_raster import depth_of, nearest
from osteon.simulate.person.anatomy_shapes import AXES, COLUMNS, LENGTH
from osteon.simulate.person.texture import noise
from osteon.simulate.tumour.lesion import Content, Lesion, Margin, Periosteum, Region

NOTHING, TUMOUR, SHELL, RIM, HOLE, PERIOSTEAL, OEDEMA, OUTGROWTH, CAP, REACTIVE = range(10)
"""What a point is to a lesion."""

INFILTRATION_MM = {Margin.IA: 0.0, Margin.IB: 0.0, Margin.IC: 2.5, Margin.II: 6.0, Margin.III: 11.0}
RIM_MM = {Margin.IA: 2.2}
REACTIVE_MM = 6.0
_PERIOSTEUM = {p: n for n, p in enumerate(Periosteum)}
_MARGIN = {m: n for n, m in enumerate(Margin)}


class Plan(NamedTuple):
    """A lesion as the kernels take it.

    Attributes:
        shapes: Of its bone, (n, COLUMNS); none for a tumour of the soft tissue.
        centre: In mm.
        axes: Rows: out of the bone, around it, along it.
        half: Half axes of the part in the bone: out, around, along.
        mass: Half axes of the soft-tissue mass, and how far out its middle lies; 0 for none.
        form: Lobulation, expansion in mm, remaining cortex in mm, breach, infiltration, rim, oedema (mm).
        kinds: Number of the margin, of the periosteal reaction, whether it is an outgrowth, whether in soft tissue.
        seed: Of its noise.

    """

    shapes: np.ndarray
    centre: np.ndarray
    axes: np.ndarray
    half: np.ndarray
    mass: np.ndarray
    form: np.ndarray
    kinds: np.ndarray
    seed: int


def plan(lesion: Lesion, bone: np.ndarray, *, factor: float = 1.0) -> Plan:
    """Return the plan of a lesion in the shapes of its bone; `factor` is on its diameters (response to treatment)."""
    shapes = np.zeros((0, COLUMNS)) if lesion.region is Region.SOFT_TISSUE else bone
    centre = np.array(lesion.centre_mm)
    axes = _axes(shapes, centre, lesion)
    long = 0.5 * lesion.size_mm * factor
    across = long / lesion.elongation
    inner = depth_of(shapes, *centre) if len(shapes) else -across
    expanded = (lesion.expansion - 1.0) * max(4.0, min(across, -inner + 0.5 * across))
    thinned = 0.25 if lesion.expansion > 1.1 or lesion.breach > 0.0 else 0.7
    form = [lesion.lobulation, expanded, 3.0 * thinned, lesion.breach, INFILTRATION_MM[lesion.margin]]
    form += [RIM_MM.get(lesion.margin, 0.0), lesion.oedema_mm]
    outgrowth = lesion.region is Region.SURFACE and lesion.content is Content.BONE
    mass = np.zeros(4)
    if lesion.soft_tissue_mm > 0.0:
        reach = lesion.soft_tissue_mm * factor
        mass[:] = (reach, max(reach, 0.85 * across), 0.85 * long, -inner)
    return Plan(
        shapes=shapes,
        centre=centre,
        axes=axes,
        half=np.array([across, across, long]),
        mass=mass,
        form=np.array(form),
        kinds=np.array([_MARGIN[lesion.margin], _PERIOSTEUM[lesion.periosteum], outgrowth, len(shapes) == 0], np.int64),
        seed=lesion.seed,
    )


def box(p: Plan) -> tuple[np.ndarray, np.ndarray]:
    """Return the corners (low, high) of a box that holds all that the lesion changes, in mm."""
    reach = 1.6 * p.half.max() + p.form[1] + p.form[4] + p.form[6] + 14.0
    reach += p.mass[0] + p.mass[3]
    return p.centre - reach, p.centre + reach


def _axes(shapes: np.ndarray, centre: np.ndarray, lesion: Lesion) -> np.ndarray:
    """Return out of the bone (away from its axis), around it and along it, as rows."""
    along, middle = np.array([0.0, 0.0, 1.0]), centre + np.array([0.0, 1.0, 0.0])
    if len(shapes):
        row = shapes[nearest(shapes, *centre)]
        if row[LENGTH] > 0.0 and bones.kind(lesion.bone) != "vertebra":
            along = row[AXES + 6 : AXES + 9]
        middle = row[:3] + np.dot(centre - row[:3], along) * along
    out = centre - middle
    out = out - np.dot(out, along) * along
    if np.linalg.norm(out) < 0.5:
        angle = 2.0 * np.pi * ((lesion.seed * 0.618034) % 1.0)
        side = np.cross(along, (0.0, 1.0, 0.0))
        side /= np.linalg.norm(side)
        out = np.cos(angle) * side + np.sin(angle) * np.cross(side, along)
    out = out / np.linalg.norm(out)
    return np.array([out, np.cross(along, out), along])


@njit(cache=True, error_model="numpy")
def touches(p: Plan, x: float, y: float, z: float) -> bool:
    """Return whether a lesion may change a point at all; quick, so that most of a box costs nothing."""
    dx, dy, dz = x - p.centre[0], y - p.centre[1], z - p.centre[2]
    # Oedema, infiltration and reaction lie around the tumour; periosteal bone up to 14 mm beyond it. Distances to first
    # order are too short by up to a third.
    around = 1.6 * max(p.form[6], p.form[4], 14.0) + 0.35 * p.form[0] * (p.half[0] + p.mass[1])
    along = abs(dx * p.axes[2, 0] + dy * p.axes[2, 1] + dz * p.axes[2, 2])
    if along > max(p.half[2], p.mass[2]) + around:
        return False
    across = p.half[0] + p.form[1] + around
    side = abs(dx * p.axes[1, 0] + dy * p.axes[1, 1] + dz * p.axes[1, 2])
    if side > max(across, p.mass[1] + around):
        return False
    out = dx * p.axes[0, 0] + dy * p.axes[0, 1] + dz * p.axes[0, 2]
    return -across < out < across + p.mass[0] + p.mass[3]


@njit(cache=True, error_model="numpy")
def _outside(u: float, v: float, w: float, half: tuple[float, float, float]) -> float:
    """Return the distance to an ellipsoid to first order, negative inside."""
    a, b, c = half
    q = np.sqrt((u / a) ** 2 + (v / b) ** 2 + (w / c) ** 2)
    slope = np.sqrt((u / (a * a)) ** 2 + (v / (b * b)) ** 2 + (w / (c * c)) ** 2)
    return -min(a, b, c) if q < 1e-6 else (q - 1.0) * q / slope


class Place(NamedTuple):
    """A point seen from a lesion: distances in mm, negative inside; `far` along the bone in half lengths."""

    lesion: float
    bone: float
    expanded: float
    mass: float
    far: float
    out: float
    around: float


@njit(cache=True, error_model="numpy")
def see(p: Plan, x: float, y: float, z: float) -> Place:
    """Return where a point lies relative to a lesion and its bone."""
    dx, dy, dz = x - p.centre[0], y - p.centre[1], z - p.centre[2]
    out = dx * p.axes[0, 0] + dy * p.axes[0, 1] + dz * p.axes[0, 2]
    around = dx * p.axes[1, 0] + dy * p.axes[1, 1] + dz * p.axes[1, 2]
    along = dx * p.axes[2, 0] + dy * p.axes[2, 1] + dz * p.axes[2, 2]
    half = (p.half[0] + p.form[1], p.half[1] + 0.5 * p.form[1], p.half[2])
    knot = 0.45 * min(half[0], half[2]) + 2.0
    wave = 0.35 * p.form[0] * noise(x / knot, y / knot, z / knot, p.seed)
    inside = _outside(out, around, along, half) - wave * half[1]
    bone = -1e3 if p.kinds[3] else depth_of(p.shapes, x, y, z)
    q = (out / half[0]) ** 2 + (around / half[1]) ** 2 + (along / half[2]) ** 2
    bump = p.form[1] * np.sqrt(max(0.0, 1.0 - q * 0.8))
    mass = 1e3
    if p.mass[0] > 0.0:
        lump = (p.mass[0] + 0.3 * p.half[0], p.mass[1], p.mass[2])
        mass = _outside(out - p.mass[3] + 0.3 * p.half[0], around, along, lump) - wave * min(lump[0], lump[1])
    return Place(inside, bone, bone - bump, mass, along / half[2], out, around)


@njit(cache=True, error_model="numpy")
def zone(p: Plan, at: Place, x: float, y: float, z: float) -> int:
    """Return what a point is to a lesion, one of the numbers above."""
    if p.kinds[2]:
        return _outgrowth(at)
    if p.kinds[3]:
        return TUMOUR if at.lesion < 0.0 else (OEDEMA if at.lesion < p.form[6] else NOTHING)
    if at.expanded < 0.0:
        return _within(p, at, x, y, z)
    periosteal = _periosteal(p, at)
    if at.mass < 0.0:
        return PERIOSTEAL if periosteal else TUMOUR
    if periosteal:
        return PERIOSTEAL
    return OEDEMA if min(at.mass, at.lesion + 2.0) < 0.5 * p.form[6] else NOTHING


@njit(cache=True, error_model="numpy")
def _within(p: Plan, at: Place, x: float, y: float, z: float) -> int:
    """Return the zone of a point inside the (expanded) bone."""
    if at.lesion < 0.0:
        broken = 0.5 + 0.5 * noise(x / 5.0, y / 5.0, z / 5.0, p.seed + 11)
        if at.expanded > -p.form[2] and broken >= 0.15 + 0.7 * p.form[3] - (0.15 if p.form[3] == 0.0 else 0.0):
            return SHELL
        return TUMOUR
    if at.lesion < p.form[4] and _hole(p, at, x, y, z):
        return HOLE
    if at.lesion < p.form[5]:
        return RIM
    if at.bone >= 0.0:
        return SHELL if at.expanded > -1.5 else NOTHING
    if at.lesion < p.form[6]:
        return OEDEMA
    return REACTIVE if at.lesion < REACTIVE_MM else NOTHING


@njit(cache=True, error_model="numpy")
def _hole(p: Plan, at: Place, x: float, y: float, z: float) -> bool:
    """Return whether an ill-defined margin has eaten the bone at a point; less with the distance."""
    grain = 4.5 if p.kinds[0] == 3 else 2.2
    share = 0.75 * (1.0 - at.lesion / p.form[4])
    return 0.5 + 0.5 * noise(x / grain, y / grain, z / (1.5 * grain), p.seed + 5) < 0.25 + 0.5 * share


@njit(cache=True, error_model="numpy")
def _outgrowth(at: Place) -> int:
    """Return the zone of an exostosis: bone continuous with its host, under a cap of cartilage."""
    if at.bone < -6.0:
        return NOTHING
    if at.lesion < -1.4:
        return OUTGROWTH
    if at.lesion < 0.0:
        return SHELL if at.bone > 0.5 else OUTGROWTH
    return CAP if at.lesion < 4.0 and at.out > 0.0 and at.bone > 3.0 else NOTHING


@njit(cache=True, error_model="numpy")
def _periosteal(p: Plan, at: Place) -> bool:
    """Return whether the periosteum has laid down bone at a point outside the bone."""
    kind, d, far = p.kinds[1], at.expanded, abs(at.far)
    if kind == 0 or far > 1.35 or max(d, at.lesion) > 14.0 or at.out < -0.3 * p.half[0] - 2.0:
        return False
    if kind == 1:
        return d < 2.4 * (1.35 - far) + 0.6
    if kind == 2:
        return far < 1.15 and d < 5.6 and (d % 1.9) > 1.0
    if kind == 3:
        ray = noise(at.around / 2.4, at.far * p.half[2] / 2.4, 0.0, p.seed + 7)
        return far < 0.9 and d < 12.0 * (1.0 - 0.6 * far) and ray > 0.22
    lifted = (1.35 - far) * 16.0
    return far > 0.85 and d < lifted and d > lifted - 2.2
