"""Femur, patella, tibia, fibula and foot, with joints and growth plates; reference mm of a left leg."""

from __future__ import annotations

import numpy as np

from osteon.simulate.person.anatomy_frame import Frame
from osteon.simulate.person.anatomy_limb import Limb
from osteon.simulate.person.anatomy_shapes import Part, chain, cut, ellipsoid, flat, table, tube

KNEE_Z, ANKLE_Z, HIP_Z = 500.0, 80.0, 930.0


def legs(frame: Frame) -> list[Part]:
    """Return the bones of both legs, cartilage first."""
    parts = []
    for side in ("left", "right"):
        limb = Limb(frame=frame, side=side)
        parts += [*_cartilage(limb), *_femur(limb), *_patella(limb), *_tibia(limb), *_fibula(limb), *_foot(limb)]
    return parts


def _condyles(limb: Limb, *, grow: float = 0.0) -> list:
    half = [limb.r(r) + grow for r in (18.0, 29.0, 22.0)]
    return [ellipsoid(limb.at(x, 4.0, 524.0), half, shell=limb.shell(1.6)) for x in (67.0, 113.0)]


def _plateau(limb: Limb, *, grow: float = 0.0) -> list:
    half = [limb.r(r) for r in (34.0, 22.0, 38.0, 25.0)]
    row = tube(limb.at(90, 6, 470), limb.at(90, 6, 496) + np.array([0.0, 0.0, grow]), half, shell=limb.shells(2.0, 2.0))
    return [flat(row)]


def _cartilage(limb: Limb) -> list[Part]:
    thick = 2.6 * limb.frame.scale
    below = [cut(row, (0, 0, 1), limb.at(90, 4, 522)) for row in _condyles(limb, grow=thick)]
    head = [cut(ellipsoid(limb.at(88, 0, HIP_Z), [limb.r(26.5)] * 3), (0, 0, -1), limb.at(88, 0, 920))]
    behind = [ellipsoid(limb.at(90, -29, 530), (limb.r(18), limb.r(6), limb.r(15)))]
    return [limb.cartilage([*below, *_plateau(limb, grow=thick), *head, *behind])]


def _femur(limb: Limb) -> list[Part]:
    shaft = chain(
        [limb.at(*p) for p in ((118, 4, 880), (114, -4, 830), (108, -10, 730), (100, -7, 630), (94, 0, 575))],
        [limb.r(r) for r in (19, 16.5, 14.5, 15, 18)],
        shell=limb.shells(3.0, 6.0, 7.5, 6.0, 2.8), spongy=(1.0, 0.45, 0.0, 0.1, 0.9),
    )  # fmt: skip
    flare = chain(
        [limb.at(94, 0, 575), limb.at(91, 2, 548), limb.at(90, 3, 530)],
        [(limb.r(19), limb.r(18)), (limb.r(31), limb.r(22)), (limb.r(38), limb.r(24))],
        shell=limb.shells(2.8, 1.8, 1.6),
    )
    neck = chain(
        [limb.at(88, 0, HIP_Z), limb.at(104, 2, 911), limb.at(122, 6, 890)],
        [limb.r(17), limb.r(16), limb.r(20)], shell=limb.shells(1.6, 2.6, 2.5),
    )  # fmt: skip
    head = [ellipsoid(limb.at(88, 0, HIP_Z), [limb.r(24)] * 3, shell=limb.shell(1.6))]
    trochanter = chain([limb.at(130, 8, 880), limb.at(135, 12, 915)], [limb.r(18), limb.r(13)], shell=limb.shell(1.8))
    lesser = [ellipsoid(limb.at(104, 16, 862), (limb.r(9), limb.r(10), limb.r(13)), shell=limb.shell(2.0))]
    rows = [*shaft, *flare, *_condyles(limb), *neck, *head, *trochanter, *lesser]
    notch = [tube(limb.at(90, 40, 508), limb.at(90, 4, 504), [limb.r(r) for r in (10, 16, 7, 9)])]
    return [
        limb.bone("femur", rows, carved=table(notch)),
        *limb.growth_plate("femur", limb.at(90, 3, 545), limb.at(92, 2, 575), 46),
        *limb.growth_plate("femur", limb.at(95, 1, 921), limb.at(120, 5, 894), 24),
        *limb.growth_plate("femur", limb.at(132, 10, 905), limb.at(127, 7, 880), 20),
    ]


def _patella(limb: Limb) -> list[Part]:
    half = (limb.r(22), limb.r(9.5), limb.r(21))
    return [limb.bone("patella", [ellipsoid(limb.at(90, -37, 532), half, shell=limb.shell(1.8))])]


def _tibia(limb: Limb) -> list[Part]:
    top = chain(
        [limb.at(90, 6, 474), limb.at(90, 5, 452), limb.at(88, 1, 415)],
        [(limb.r(36), limb.r(25)), (limb.r(25), limb.r(23)), limb.r(17)], shell=limb.shells(1.8, 2.0, 3.5),
    )  # fmt: skip
    shaft = chain(
        [limb.at(*p) for p in ((88, 1, 415), (87, -1, 330), (89, 0, 210), (93, 2, 125), (95, 4, 92))],
        [limb.r(r) for r in (17, 13.5, 11.5, 14, 21)],
        shell=limb.shells(3.5, 6.5, 6.0, 3.0, 1.8), spongy=(0.75, 0.0, 0.0, 0.7, 1.0),
    )  # fmt: skip
    tuberosity = [ellipsoid(limb.at(91, -18, 447), (limb.r(11), limb.r(9), limb.r(20)), shell=limb.shell(2.5))]
    malleolus = chain([limb.at(80, 2, 90), limb.at(74, 2, 70)], [limb.r(13), limb.r(8)], shell=limb.shell(1.6))
    spines = [ellipsoid(limb.at(x, 6, 497), (limb.r(4), limb.r(7), limb.r(6)), shell=1.0) for x in (86, 95)]
    return [
        limb.bone("tibia", [*_plateau(limb), *top, *shaft, *tuberosity, *malleolus, *spines]),
        *limb.growth_plate("tibia", limb.at(90, 5, 478), limb.at(90, 4, 440), 46),
        *limb.growth_plate("tibia", limb.at(94, 3, 102), limb.at(93, 2, 130), 28),
    ]


def _fibula(limb: Limb) -> list[Part]:
    points = ((126, 22, 474), (127, 20, 450), (124, 16, 400), (122, 14, 250), (119, 8, 120), (117, 8, 72))
    rows = chain(
        [limb.at(*p) for p in points], [limb.r(r) for r in (11, 9, 6.2, 6.0, 7.5, 9.5)],
        shell=limb.shells(1.6, 1.8, 3.2, 3.2, 2.6, 1.8), spongy=(1.0, 0.9, 0.0, 0.0, 0.6, 1.0),
    )  # fmt: skip
    return [
        limb.bone("fibula", rows),
        *limb.growth_plate("fibula", limb.at(126, 21, 464), limb.at(125, 18, 430), 13),
        *limb.growth_plate("fibula", limb.at(118, 8, 88), limb.at(119, 9, 120), 13),
    ]


def _foot(limb: Limb) -> list[Part]:
    shell = limb.shell(1.5)
    tarsus = [
        ellipsoid(limb.at(97, 3, 62), (limb.r(18), limb.r(27), limb.r(13)), shell=shell),
        ellipsoid(limb.at(100, 36, 34), (limb.r(16), limb.r(36), limb.r(19)), shell=shell),
        ellipsoid(limb.at(90, -33, 52), (limb.r(20), limb.r(13), limb.r(14)), shell=shell),
        ellipsoid(limb.at(88, -52, 44), (limb.r(26), limb.r(11), limb.r(12)), shell=shell),
    ]
    rays = []
    for i in range(5):
        thick = 8.5 if i == 0 else 5.5
        across = 66.0 + 13.0 * i
        end = -128.0 + 9.0 * i
        points = [limb.at(74 + 8 * i, -62 + 4 * i, 40 - 4 * i), limb.at(across, end, 12), limb.at(across, end - 22, 9)]
        points.append(limb.at(across, end - 44 + 4 * i, 7))
        radii = [limb.r(thick * k) for k in (1.0, 0.9, 0.8, 0.6)]
        rays += chain(points, radii, shell=limb.shell(2.2), spongy=(1.0, 0.4, 0.4, 1.0))
    return [limb.bone("foot", [*tarsus, *rays])]
