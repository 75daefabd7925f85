"""Where tumours arise: named places in the bones of a patient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from osteon.simulate.person import anatomy, bones
from osteon.simulate.person.anatomy_limb import Limb
from osteon.simulate.person.anatomy_raster import depth_of
from osteon.simulate.person.anatomy_spine import place, rib_points
from osteon.simulate.person.patient import Patient
from osteon.simulate.tumour.lesion import Region


@dataclass(frozen=True, kw_only=True)
class Site:
    """A stretch of a bone, in reference mm of the left side, and the fields that show it.

    Attributes:
        bone: Its kind ("femur"), or the whole name of a bone in the midline.
        region: Of the bone.
        start, end: Of the stretch.
        fields: Names of `fields.FIELDS`, the closest first.

    """

    bone: str
    region: Region
    start: tuple[float, float, float]
    end: tuple[float, float, float]
    fields: tuple[str, ...]


_EPI, _META, _DIA, _AX = Region.EPIPHYSIS, Region.METAPHYSIS, Region.DIAPHYSIS, Region.AXIAL
_HALVES = ("sacrum", "skull")
"""Bones of the midline whose stretches lie to one side."""
_NEAR_MM = 0.5


def _site(bone: str, region: Region, start: object, end: object, *fields: str) -> Site:
    return Site(bone=bone, region=region, start=start, end=end, fields=(*fields, "whole"))  # ty: ignore[invalid-argument-type]


SITES = {
    "distal femur, epiphysis": _site("femur", _EPI, (70, 4, 526), (110, 4, 526), "knee", "femur"),
    "distal femur, metaphysis": _site("femur", _META, (91, 2, 552), (97, -3, 605), "knee", "femur"),
    "femur shaft": _site("femur", _DIA, (101, -8, 650), (110, -7, 780), "thigh", "femur"),
    "proximal femur": _site("femur", _META, (120, 6, 892), (117, 2, 856), "hip", "femur", "pelvis"),
    "femoral head": _site("femur", _EPI, (86, 0, 932), (98, 1, 920), "hip", "femur", "pelvis"),
    "patella": _site("patella", _EPI, (84, -37, 532), (96, -37, 532), "knee"),
    "proximal tibia, epiphysis": _site("tibia", _EPI, (74, 6, 484), (106, 6, 484), "knee", "leg"),
    "proximal tibia, metaphysis": _site("tibia", _META, (90, 5, 466), (88, 1, 422), "knee", "leg"),
    "tibia shaft": _site("tibia", _DIA, (87, -1, 360), (89, 0, 200), "leg"),
    "distal tibia": _site("tibia", _META, (92, 2, 138), (94, 3, 108), "ankle", "leg"),
    "proximal fibula": _site("fibula", _META, (126, 21, 464), (125, 18, 430), "knee", "leg"),
    "proximal humerus, epiphysis": _site("humerus", _EPI, (172, 12, 1428), (186, 6, 1418), "shoulder", "humerus"),
    "proximal humerus, metaphysis": _site("humerus", _META, (181, 10, 1402), (187, 9, 1358), "shoulder", "humerus"),
    "humerus shaft": _site("humerus", _DIA, (190, 9, 1330), (202, 11, 1190), "humerus"),
    "distal radius": _site("radius", _EPI, (236, -4, 870), (235, -1, 892), "wrist", "forearm"),
    "distal ulna": _site("ulna", _META, (216, 2, 872), (216, 2, 900), "wrist", "forearm"),
    "metacarpal": _site("hand", _DIA, (219, -6, 795), (218, -7, 770), "hand"),
    "calcaneus": _site("foot", _AX, (100, 28, 34), (100, 50, 34), "foot", "ankle"),
    "metatarsal": _site("foot", _DIA, (70, -80, 28), (67, -110, 18), "foot"),
    "ilium": _site("hip", _AX, (98, 20, 990), (116, 20, 1062), "pelvis"),
    "acetabulum": _site("hip", _AX, (86, 8, 962), (78, 28, 985), "pelvis"),
    "pubis": _site("hip", _AX, (60, -30, 920), (16, -58, 898), "pelvis"),
    "ischium": _site("hip", _AX, (76, 32, 890), (62, 28, 850), "pelvis"),
    "sacrum": _site("sacrum", _AX, (24, 56, 1010), (4, 66, 985), "sacrum", "pelvis"),
    "lower sacrum": _site("sacrum", _AX, (6, 82, 955), (2, 82, 925), "sacrum", "pelvis"),
    "thoracic spine": _site("vertebra_T", _AX, (-8, 0, 0), (8, 0, 0), "spine", "thorax"),
    "lumbar spine": _site("vertebra_L", _AX, (-10, 0, 0), (10, 0, 0), "lumbar", "spine", "abdomen"),
    "rib": _site("rib", _AX, (0, 0, 0), (0, 0, 0), "thorax"),
    "sternum": _site("sternum", _AX, (0, -80, 1390), (0, -92, 1310), "thorax"),
    "scapula": _site("scapula", _AX, (144, 38, 1406), (90, 92, 1330), "shoulder", "thorax"),
    "clavicle": _site("clavicle", _AX, (62, -60, 1446), (103, -30, 1457), "shoulder", "thorax"),
    "skull": _site("skull", _AX, (40, -60, 1715), (50, 60, 1715), "head"),
    "thigh, soft tissue": _site("femur", Region.SOFT_TISSUE, (134, -14, 790), (122, -28, 650), "thigh", "femur"),
    "calf, soft tissue": _site("tibia", Region.SOFT_TISSUE, (92, 40, 420), (92, 40, 330), "leg"),
    "upper arm, soft tissue": _site("humerus", Region.SOFT_TISSUE, (200, 34, 1320), (206, 34, 1220), "humerus"),
}


def within(field: str) -> tuple[str, ...]:
    """Return the sites that a field (without its side) shows.

    Example:
        >>> within("hand")
        ('metacarpal',)

    """
    return tuple(name for name, site in SITES.items() if field in site.fields)


def centre_of(
    patient: Patient, site: str, *, side: str, along: float, aside: float, rng: np.random.Generator
) -> tuple[str, tuple[float, float, float]]:
    """Return the bone and the place in mm of a lesion at a site.

    Args:
        patient: Whose body.
        site: Name of `SITES`.
        side: "left" or "right", where the bone has one.
        along: 0 the start of the stretch, 1 its end.
        aside: From the bone's middle (0) to its surface (1), in a direction drawn.
        rng: Draws the vertebra, the rib and the direction.

    """
    where = SITES[site]
    bone, start, end = _ends(where, side=side, rng=rng)
    limb = Limb(frame=anatomy.frame(patient), side=bones.side(bone) or (side if where.bone in _HALVES else None))
    a, b = limb.at(*start), limb.at(*end)
    middle = a + along * (b - a)
    axis = (b - a) / max(1e-6, float(np.linalg.norm(b - a)))
    out = np.cross(axis, rng.normal(size=3))
    out /= np.linalg.norm(out)
    rows = anatomy.bone_shapes(limb.frame, bone)
    depth = 0.0 if where.region is Region.SOFT_TISSUE else max(0.0, -depth_of(rows, *middle))
    # To first order a flat bone is too deep along its face: what then lies outside is brought back.
    while depth > _NEAR_MM and depth_of(rows, *(middle + aside * depth * out)) > _NEAR_MM:
        depth *= 0.8
    spot = middle + aside * depth * out
    return bone, (float(spot[0]), float(spot[1]), float(spot[2]))


def _ends(site: Site, *, side: str, rng: np.random.Generator) -> tuple[str, tuple, tuple]:
    """Return the bone of a site and the ends of its stretch; one of the vertebrae or ribs is drawn."""
    if site.bone.startswith("vertebra"):
        names = bones.THORACIC if site.bone.endswith("T") else bones.LUMBAR
        name = names[int(rng.integers(len(names)))]
        x, y, z = place(name)
        return name, (x + site.start[0], y, z), (x + site.end[0], y, z)
    if site.bone == "rib":
        number = int(rng.integers(2, 12))
        points = rib_points(number)
        first = int(rng.integers(3, 11))
        return f"rib_{side}_{number}", points[first], points[first + 1]
    name = site.bone if site.bone in bones.VALUE else f"{site.bone}_{side}"
    return name, site.start, site.end
