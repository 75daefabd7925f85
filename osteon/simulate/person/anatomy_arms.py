"""Clavicle, scapula, humerus, radius, ulna and hand; reference mm of a left arm that hangs, palm forward."""

from __future__ import annotations

from osteon.simulate.person.anatomy_frame import Frame
from osteon.simulate.person.anatomy_limb import Limb
from osteon.simulate.person.anatomy_shapes import Part, chain, cut, ellipsoid, tube


def arms(frame: Frame) -> list[Part]:
    """Return the bones of both arms and shoulders, cartilage first."""
    parts = []
    for side in ("left", "right"):
        limb = Limb(frame=frame, side=side)
        parts += [*_cartilage(limb), *_girdle(limb), *_humerus(limb), *_forearm(limb), _hand(limb)]
    return parts


def _cartilage(limb: Limb) -> list[Part]:
    ball = ellipsoid(limb.at(172, 12, 1428), [limb.r(25)] * 3)
    head = cut(ball, limb.towards(1, 0, -0.4), limb.at(176, 12, 1426))
    elbow = [ellipsoid(limb.at(214, 8, 1106), (limb.r(28), limb.r(13), limb.r(12)))]
    return [limb.cartilage([head, *elbow])]


def _girdle(limb: Limb) -> list[Part]:
    collar = ((18, -62, 1436), (60, -62, 1446), (105, -28, 1458), (150, -8, 1464))
    clavicle = chain(
        [limb.at(*p) for p in collar], [limb.r(r) for r in (10, 6.5, 6, 7.5)],
        shell=limb.shells(1.5, 2.2, 2.2, 1.5), spongy=(1, 0.6, 0.6, 1),
    )  # fmt: skip
    blade = ellipsoid(
        limb.at(100, 88, 1375), (limb.r(46), limb.r(4.0), limb.r(72)),
        wide=limb.towards(0.85, -0.5, 0), shell=limb.shell(1.3),
    )  # fmt: skip
    edge = chain([limb.at(80, 98, 1318), limb.at(146, 38, 1405)], [limb.r(6), limb.r(11)], shell=limb.shell(1.5))
    spine = chain(
        [limb.at(68, 102, 1398), limb.at(130, 72, 1440), limb.at(168, 24, 1462), limb.at(170, 0, 1462)],
        [limb.r(r) for r in (4.5, 6, 7.5, 6)], shell=limb.shell(1.4),
    )  # fmt: skip
    glenoid = [ellipsoid(limb.at(147, 32, 1420), (limb.r(7), limb.r(13), limb.r(18)), shell=limb.shell(1.4))]
    coracoid = chain([limb.at(143, 22, 1434), limb.at(148, -14, 1430)], [limb.r(8), limb.r(6)], shell=limb.shell(1.4))
    return [limb.bone("clavicle", clavicle), limb.bone("scapula", [blade, *edge, *spine, *glenoid, *coracoid])]


def _humerus(limb: Limb) -> list[Part]:
    head = [ellipsoid(limb.at(172, 12, 1428), [limb.r(23)] * 3, shell=limb.shell(1.4))]
    tubercle = [ellipsoid(limb.at(190, 4, 1420), (limb.r(13), limb.r(15), limb.r(20)), shell=limb.shell(1.5))]
    points = ((180, 10, 1412), (184, 9, 1380), (190, 9, 1320), (202, 11, 1180), (208, 11, 1136))
    shaft = chain(
        [limb.at(*p) for p in points], [limb.r(r) for r in (22, 16, 11.5, 10.5, 13)],
        shell=limb.shells(1.6, 2.6, 4.6, 4.4, 2.2), spongy=(1, 0.8, 0, 0, 0.8),
    )  # fmt: skip
    flare = chain(
        [limb.at(208, 11, 1138), limb.at(213, 9, 1112)], [(limb.r(14), limb.r(9)), (limb.r(29), limb.r(10))],
        shell=limb.shells(2.2, 1.5),
    )  # fmt: skip
    half = (limb.r(13), limb.r(11), limb.r(10))
    trochlea = [ellipsoid(limb.at(x, 4, 1107), half, shell=limb.shell(1.3)) for x in (202, 224)]
    return [
        limb.bone("humerus", [*head, *tubercle, *shaft, *flare, *trochlea]),
        *limb.growth_plate("humerus", limb.at(180, 10, 1408), limb.at(184, 9, 1375), 32),
    ]


def _forearm(limb: Limb) -> list[Part]:
    radius = chain(
        [limb.at(*p) for p in ((225, 3, 1090), (226, 3, 1066), (230, 2, 1000), (234, 0, 910), (236, -4, 868))],
        [limb.r(r) for r in (10.5, 7.5, 7.2, 7.4, 15)],
        shell=limb.shells(1.4, 2.2, 3.0, 2.6, 1.4), spongy=(1, 0.8, 0, 0.2, 1),
    )  # fmt: skip
    ulna = chain(
        [limb.at(*p) for p in ((206, 16, 1118), (207, 10, 1080), (212, 6, 1000), (216, 2, 910), (216, 2, 866))],
        [limb.r(r) for r in (12, 11, 7, 5.6, 7.5)],
        shell=limb.shells(1.6, 2.0, 3.0, 2.6, 1.4), spongy=(1, 0.9, 0, 0.1, 1),
    )  # fmt: skip
    return [
        limb.bone("ulna", ulna),
        limb.bone("radius", radius),
        *limb.growth_plate("radius", limb.at(236, -3, 874), limb.at(234, 0, 905), 18),
        *limb.growth_plate("ulna", limb.at(216, 2, 871), limb.at(216, 2, 905), 10),
    ]


def _hand(limb: Limb) -> Part:
    carpus = [
        ellipsoid(limb.at(x, -4, z), (limb.r(9), limb.r(8), limb.r(8)), shell=limb.shell(1.2))
        for z in (845, 828)
        for x in (212, 227, 242)
    ]
    rays = []
    for i in range(4):
        across = 207 + 12 * i
        spread = 3.0 * (i - 1.5)
        reach = (20, 0, -6, 4)[i]
        points = [(across, -5, 815), (across + spread, -7, 758), (across + 1.5 * spread, -10, 716 + reach / 3)]
        points += [(across + 2 * spread, -14, 690 + reach / 2), (across + 2 * spread, -17, 668 + reach)]
        radii = [limb.r(r) for r in (6.5, 5.8, 4.8, 4.2, 3.4)]
        rays += chain([limb.at(*p) for p in points], radii, shell=limb.shell(1.6), spongy=(1, 0.4, 0.5, 0.7, 1))
    thumb = [limb.at(*p) for p in ((248, -8, 826), (266, -18, 788), (276, -24, 752), (281, -26, 728))]
    rays += chain(thumb, [limb.r(r) for r in (7.5, 6.2, 5.2, 4)], shell=limb.shell(1.6), spongy=(1, 0.4, 0.5, 1))
    return limb.bone("hand", [*carpus, *rays, tube(limb.at(216, -4, 838), limb.at(238, -4, 838), (7, 7, 7, 7))])
