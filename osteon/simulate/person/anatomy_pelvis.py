"""Hips and sacrum, skull and mandible; reference mm."""

from __future__ import annotations

import numpy as np

from osteon.simulate.person import bones
from osteon.simulate.person.anatomy_frame import Frame
from osteon.simulate.person.anatomy_legs import HIP_Z
from osteon.simulate.person.anatomy_limb import Limb
from osteon.simulate.person.anatomy_shapes import Part, chain, cut, ellipsoid, table, tube
from osteon.simulate.person.tissues import Tissue


def pelvis(frame: Frame) -> list[Part]:
    """Return cartilage of the symphysis and sacroiliac joints, the sacrum and both hips."""
    middle = Limb(frame=frame)
    symphysis = [ellipsoid(middle.at(0, -60, 893), (middle.r(9), middle.r(8), middle.r(17)))]
    joints = [ellipsoid(middle.at(x, 62, 1008), (middle.r(9), middle.r(16), middle.r(24))) for x in (-46, 46)]
    hips = [_hip(Limb(frame=frame, side=side)) for side in bones.SIDES]
    return [middle.cartilage([*symphysis, *joints]), *hips, _sacrum(middle)]


def _hip(limb: Limb) -> Part:
    return limb.bone(
        "hip", [*_wing(limb), *_socket(limb), *_rami(limb)],
        carved=table([ellipsoid(limb.at(88, 0, HIP_Z), [limb.r(27.2)] * 3), *_notch(limb)]),
    )  # fmt: skip


def _wing(limb: Limb) -> list[np.ndarray]:
    plate = ellipsoid(
        limb.at(110, 22, 1030), (limb.r(62), limb.r(5.0), limb.r(66)),
        wide=limb.towards(-0.35, 1.0, 0.25), along=limb.towards(0.28, -0.05, 1.0), shell=limb.shell(1.7),
    )  # fmt: skip
    rim = (
        (112, -52, 1008),
        (128, -50, 1030),
        (139, -22, 1066),
        (134, 14, 1086),
        (112, 52, 1084),
        (70, 86, 1056),
        (52, 88, 1020),
    )
    crest = chain([limb.at(*p) for p in rim], [limb.r(r) for r in (7, 7.5, 6, 6, 6.5, 8, 9)], shell=limb.shell(1.6))
    thick = chain(
        [limb.at(88, 6, 962), limb.at(84, 34, 992), limb.at(62, 66, 1010)],
        [(limb.r(20), limb.r(14)), limb.r(14), limb.r(13)],
        wide=limb.towards(0.4, 1.0, 0.0), shell=limb.shell(1.8),
    )  # fmt: skip
    return [plate, *crest, *thick]


def _socket(limb: Limb) -> list[np.ndarray]:
    cup = ellipsoid(limb.at(86, 1, HIP_Z + 1), [limb.r(35)] * 3, shell=limb.shell(1.8))
    return [cut(cup, limb.towards(0.75, -0.35, -0.55), limb.at(92, -2, HIP_Z - 4))]


def _notch(limb: Limb) -> list[np.ndarray]:
    start = limb.at(88, 0, HIP_Z)
    return [tube(start, start + 40.0 * limb.towards(0.6, -0.1, -0.7), (limb.r(16),) * 4)]


def _rami(limb: Limb) -> list[np.ndarray]:
    upper = chain(
        [limb.at(70, -18, 925), limb.at(42, -48, 908), limb.at(14, -60, 897)],
        [limb.r(12), limb.r(8), (limb.r(8), limb.r(14))], wide=limb.towards(0, 1, 0), shell=limb.shell(1.7),
    )  # fmt: skip
    lower = chain(
        [limb.at(11, -60, 884), limb.at(28, -34, 856), limb.at(52, 6, 838)], [limb.r(7.5), limb.r(6.5), limb.r(11)],
        shell=limb.shell(1.7),
    )  # fmt: skip
    seat = chain(
        [limb.at(82, 26, 916), limb.at(74, 36, 880), limb.at(60, 26, 846)], [limb.r(16), limb.r(14), limb.r(17)],
        shell=limb.shell(1.8),
    )  # fmt: skip
    return [*upper, *lower, *seat]


def _sacrum(limb: Limb) -> Part:
    halves = ((48, 21), (40, 17), (27, 11), (13, 7), (5, 5))
    body = chain(
        [limb.at(0, 40, 1022), limb.at(0, 66, 990), limb.at(0, 84, 950), limb.at(0, 80, 918), limb.at(0, 66, 896)],
        [(limb.r(wide), limb.r(deep)) for wide, deep in halves],
        shell=limb.shell(1.2),
    )
    wings = [
        ellipsoid(limb.at(x, 56, 1010), (limb.r(21), limb.r(23), limb.r(25)), shell=limb.shell(1.2)) for x in (-30, 30)
    ]
    ridge = chain([limb.at(0, 88, 1012), limb.at(0, 106, 970)], [limb.r(6), limb.r(4)], shell=limb.shell(1.2))
    holes = []
    for x, y, z in ((18, 50, 1004), (16, 68, 980), (14, 80, 957)):
        for sign in (-1, 1):
            holes.append(tube(limb.at(sign * x, y - 30, z + 8), limb.at(sign * x, y + 30, z - 12), (limb.r(4.4),) * 4))
    holes += chain([limb.at(0, 62, 1052), limb.at(0, 82, 1000), limb.at(0, 98, 955)], [limb.r(9), limb.r(7), limb.r(3)])
    return limb.bone("sacrum", [*body, *wings, *ridge], carved=table(holes), sided=False)


def skull(frame: Frame) -> list[Part]:
    """Return the skull, the brain in it, its air, and the mandible."""
    limb = Limb(frame=frame)
    k = frame.head
    vault = ellipsoid(limb.at(0, 8, 1678), (74 * k, 92 * k, 78 * k), shell=2.4)
    base = ellipsoid(limb.at(0, 5, 1634), (58 * k, 70 * k, 30 * k), shell=2.4)
    face = ellipsoid(limb.at(0, -62, 1612), (46 * k, 28 * k, 44 * k), shell=1.8)
    orbits = [
        tube(limb.at(x, -105, 1642), limb.at(x * 0.55, -55, 1640), (19 * k, 17 * k, 7 * k, 7 * k)) for x in (-32, 32)
    ]
    bone = limb.bone("skull", [vault, base, face], carved=table(orbits), sided=False)
    brain = ellipsoid(limb.at(0, 8, 1678), (67 * k, 85 * k, 71 * k))
    brain = cut(brain, (0, -0.25, -1), limb.at(0, 8, 1632))
    air = [
        ellipsoid(limb.at(0, -72, 1612), (11 * k, 24 * k, 20 * k)),
        *(ellipsoid(limb.at(x, -60, 1610), (13 * k, 14 * k, 15 * k)) for x in (-30, 30)),
    ]
    jaw = [
        (58, -6, 1622),
        (52, -14, 1578),
        (34, -56, 1556),
        (0, -84, 1550),
        (-34, -56, 1556),
        (-52, -14, 1578),
        (-58, -6, 1622),
    ]
    radii = [(5 * k, 9 * k), (5.5 * k, 12 * k), *[(5.5 * k, 11 * k)] * 3, (5.5 * k, 12 * k), (5 * k, 9 * k)]
    mandible = chain([limb.at(*p) for p in jaw], radii, wide=(0.6, 1.0, 0.0), shell=2.0)
    return [
        bone,
        Part(shapes=table([brain]), shell=Tissue.BRAIN, core=Tissue.BRAIN),
        Part(shapes=table(air), shell=Tissue.AIR, core=Tissue.AIR),
        limb.bone("mandible", mandible, sided=False),
    ]
