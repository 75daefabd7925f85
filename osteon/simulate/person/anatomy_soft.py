"""Skin, fat, muscles, organs and vessels; reference mm."""

from __future__ import annotations

import numpy as np

from osteon.simulate.person import bones
from osteon.simulate.person.anatomy_frame import Frame
from osteon.simulate.person.anatomy_shapes import SHELL, Part, Point, chain, cut, ellipsoid, grown, table, tube
from osteon.simulate.person.anatomy_surface import hidden
from osteon.simulate.person.tissues import Tissue

UNDER_SKIN_MM = 1.5
"""Fat between the skin and a muscle or bone right under it."""

_SIGNS = {"left": 1.0, "right": -1.0}


def outline(frame: Frame, *, around: np.ndarray) -> Part:
    """Return the body's outline, skin over fat; what of the shapes `around` would stick out of it is covered too."""
    skin = 1.8 * frame.scale
    rows = table(_trunk_and_limbs(frame, skin=skin))
    cover = grown(around, skin + UNDER_SKIN_MM * frame.scale)
    cover[:, SHELL : SHELL + 2] = skin
    return Part(shapes=np.concatenate([rows, cover[~hidden(cover, rows)]]), shell=Tissue.SKIN, core=Tissue.FAT)


def _trunk_and_limbs(f: Frame, *, skin: float) -> list[np.ndarray]:
    torso = (
        (0, 8, 868),
        (0, 8, 930),
        (0, 4, 1030),
        (0, 2, 1120),
        (0, 0, 1230),
        (0, 0, 1340),
        (0, 8, 1420),
        (0, 18, 1470),
    )
    halves = ((120, 92), (172, 112), (160, 105), (142, 100), (150, 108), (160, 112), (158, 92), (86, 66))
    rows = _tubes(f, torso, halves, skin=skin)
    rows += _tubes(f, ((0, 18, 1462), (0, 14, 1560)), ((66, 62), (57, 60)), skin=skin)
    k = f.head
    rows += [
        ellipsoid(f.at(0, 8, 1672), (81 * k, 99 * k, 88 * k), shell=skin),
        ellipsoid(f.at(0, -52, 1602), (58 * k, 46 * k, 64 * k), shell=skin),
        ellipsoid(f.at(0, -94, 1618), (13 * k, 14 * k, 18 * k), shell=skin),
    ]
    for sign in _SIGNS.values():
        leg = ((96, 6, 880), (100, 0, 760), (95, 0, 600), (90, 2, 505), (91, 16, 380), (94, 12, 220), (96, 6, 90))
        widths = ((86, 92), (82, 86), (62, 66), (56, 60), (54, 58), (38, 42), (36, 42))
        rows += _tubes(f, [(sign * x, y, z) for x, y, z in leg], widths, skin=skin)
        foot = ((97, 22, 42), (97, -50, 40), (96, -150, 16))
        rows += _tubes(f, [(sign * x, y, z) for x, y, z in foot], ((34, 40), (42, 32), (38, 14)), skin=skin)
        arm = ((164, 14, 1430), (188, 10, 1380), (200, 10, 1220), (211, 8, 1110), (223, 2, 1040), (226, -2, 880))
        widths = ((46, 50), (50, 52), (43, 46), (41, 40), (43, 40), (29, 23))
        rows += _tubes(f, [(sign * x, y, z) for x, y, z in arm], widths, skin=skin)
        palm = ((227, -4, 850), (227, -8, 760), (227, -16, 664))
        rows += _tubes(f, [(sign * x, y, z) for x, y, z in palm], ((33, 17), (44, 16), (34, 9)), skin=skin)
        thumb = ((246, -8, 822), (282, -27, 726))
        rows += _tubes(f, [(sign * x, y, z) for x, y, z in thumb], ((17, 14), (10, 10)), skin=skin)
    return rows


def _tubes(f: Frame, points: object, halves: object, *, skin: float) -> list[np.ndarray]:
    places = [f.at(*p) for p in points]  # ty: ignore[not-iterable]
    radii = [tuple(f.soft(h) for h in pair) for pair in halves]  # ty: ignore[not-iterable]
    return chain(places, radii, shell=skin)


# Start, end and half axes (start, end) of the muscles of a left limb.
_LIMB_MUSCLES = (
    ((104, -32, 840), (96, -22, 590), (30, 24, 26, 14)),  # rectus femoris and intermedius
    ((140, -8, 850), (120, -8, 580), (20, 34, 17, 22)),  # vastus lateralis
    ((82, -16, 720), (70, -8, 560), (20, 26, 19, 18)),  # vastus medialis
    ((68, 14, 860), (72, 14, 640), (30, 40, 14, 20)),  # adductors
    ((92, 44, 840), (76, 36, 600), (24, 26, 13, 13)),  # semimembranosus, semitendinosus
    ((122, 40, 830), (118, 34, 590), (22, 26, 14, 13)),  # biceps femoris
    ((110, 60, 940), (120, 48, 870), (58, 34, 44, 26)),  # gluteus maximus
    ((134, 20, 1010), (136, 14, 930), (22, 44, 16, 26)),  # gluteus medius
    ((72, 46, 480), (78, 46, 330), (15, 15, 21, 17)),  # gastrocnemius, medial
    ((110, 46, 480), (106, 46, 330), (15, 15, 20, 16)),  # gastrocnemius, lateral
    ((93, 34, 420), (95, 34, 180), (34, 15, 15, 9)),  # soleus
    ((106, -10, 430), (104, -6, 150), (17, 14, 9, 8)),  # tibialis anterior
    ((128, 6, 430), (124, 8, 160), (11, 15, 8, 9)),  # peronei
    ((178, 4, 1425), (196, 8, 1310), (38, 38, 16, 24)),  # deltoid
    ((192, -14, 1370), (206, -18, 1150), (20, 18, 22, 17)),  # biceps, brachialis
    ((194, 32, 1370), (208, 30, 1150), (20, 17, 22, 16)),  # triceps
    ((222, -16, 1090), (228, -14, 900), (26, 14, 14, 8)),  # flexors
    ((232, 16, 1090), (230, 12, 900), (20, 14, 12, 7)),  # extensors
    ((240, -12, 820), (252, -18, 780), (15, 10, 11, 8)),  # thenar
    ((98, 4, 22), (98, -70, 18), (22, 10, 26, 8)),  # sole
)
_TRUNK_MUSCLES = (
    ((36, 62, 1020), (36, 66, 1300), (30, 24, 24, 18)),  # erector spinae
    ((30, 84, 1300), (34, 62, 1470), (26, 14, 22, 18)),
    ((44, 28, 1180), (62, 8, 940), (17, 18, 24, 22)),  # psoas
    ((74, -88, 1380), (128, -34, 1400), (54, 16, 22, 20)),  # pectoralis
    ((30, -94, 900), (34, -102, 1250), (28, 8, 32, 9)),  # rectus abdominis
    ((120, 62, 1220), (134, 60, 1380), (14, 32, 18, 30)),  # latissimus
    ((90, 100, 1380), (112, 96, 1380), (44, 12, 30, 10)),  # infraspinatus
    ((60, 84, 1440), (110, 50, 1470), (36, 16, 24, 14)),  # trapezius
    ((28, 6, 1480), (36, 10, 1580), (18, 22, 16, 18)),  # neck
    ((34, 44, 1480), (28, 52, 1590), (22, 18, 20, 16)),
)


def muscles(frame: Frame) -> list[Part]:
    """Return the muscles, fat between them, and the wall of the trunk."""
    rows, wall = [], _wall(frame, grow=0.0)
    for sign in _SIGNS.values():
        for start, end, half in (*_LIMB_MUSCLES, *_TRUNK_MUSCLES):
            ends = [frame.at(sign * x, y, z) for x, y, z in (start, end)]
            rows.append(tube(ends[0], ends[1], [frame.flesh(h) for h in half]))
    inside = Part(shapes=table(_wall(frame, grow=-14.0)), shell=Tissue.FAT, core=Tissue.FAT)
    return [
        Part(shapes=table(wall), shell=Tissue.MUSCLE, core=Tissue.MUSCLE),
        inside,
        Part(shapes=table(rows), shell=Tissue.MUSCLE, core=Tissue.MUSCLE),
    ]


def _wall(frame: Frame, *, grow: float) -> list[np.ndarray]:
    """Return the trunk within its fat; `grow` below 0 is the cavity."""
    points = ((0, 6, 900), (0, 2, 1030), (0, 0, 1130), (0, 0, 1260), (0, 2, 1380), (0, 14, 1460))
    halves = ((132, 84), (146, 90), (132, 88), (142, 98), (128, 92), (74, 58))
    return chain([frame.at(*p) for p in points], [tuple(frame.flesh(h + grow) for h in pair) for pair in halves])


def organs(frame: Frame) -> list[Part]:
    """Return organs and great vessels, from the pelvis to the chest; bowel first."""
    f = frame
    bowel = [_blob(f, (0, -30, 1060), (100, 50, 66)), _blob(f, (0, -38, 985), (74, 40, 48))]
    parts = [_organ(Tissue.ORGAN, bowel)]
    parts += [
        _organ(Tissue.AIR, [_blob(f, p, (11, 9, 15)) for p in ((-80, -40, 1050), (76, -46, 1090), (8, -56, 1120))])
    ]
    spleen = _blob(f, (98, 30, 1200), (26, 42, 50))
    stomach = _blob(f, (58, -38, 1195), (46, 38, 48))
    parts += [_organ(Tissue.LIVER, [_blob(f, (-66, -12, 1195), (72, 74, 64)), _blob(f, (-6, -46, 1210), (56, 36, 36))])]
    parts += [_organ(Tissue.ORGAN, [spleen, stomach])]
    kidneys = [ellipsoid(f.at(s * 62, 46, 1150 + 6 * s), [f.organ(v) for v in (26, 23, 54)]) for s in (-1, 1)]
    pelves = [_blob(f, (s * 50, 40, 1150 + 6 * s), (8, 8, 18)) for s in (-1, 1)]
    bladder = _blob(f, (0, -26, 925), (38, 34, 30))
    parts += [_organ(Tissue.KIDNEY, kidneys), _organ(Tissue.URINE, [*pelves, bladder])]
    lungs = [_lung(f, sign) for sign in (-1.0, 1.0)]
    parts += [_organ(Tissue.LUNG, lungs)]
    heart = ellipsoid(
        f.at(24, -28, 1282), [f.organ(v) for v in (44, 40, 58)], along=(-0.55, 0.25, 0.8), shell=f.organ(9.0)
    )
    parts += [Part(shapes=table([heart]), shell=Tissue.HEART, core=Tissue.BLOOD)]
    return [*parts, _vessels(f), _organ(Tissue.AIR, [tube(f.at(0, 8, 1370), f.at(0, -6, 1530), [f.organ(9)] * 4)])]


def _organ(tissue: Tissue, rows: list[np.ndarray]) -> Part:
    return Part(shapes=table(rows), shell=tissue, core=tissue)


def _blob(f: Frame, at: tuple[float, float, float], half: Point) -> np.ndarray:
    return ellipsoid(f.at(*at), [f.organ(float(h)) for h in half])


def _lung(f: Frame, sign: float) -> np.ndarray:
    body = tube(f.at(sign * 72, 8, 1300), f.at(sign * 46, 18, 1432), [f.organ(v) for v in (52, 76, 30, 34)])
    floor = f.at(sign * 60, 0, 1232 if sign > 0 else 1244)
    return cut(body, (0.0, -0.25, -1.0), floor)


def _vessels(f: Frame) -> Part:
    aorta = chain(
        [f.at(*p) for p in ((14, -20, 1330), (8, 2, 1385), (18, 34, 1370), (14, 18, 1250), (6, -2, 1100))],
        [f.organ(r) for r in (14, 13, 12, 11, 9)],
    )  # fmt: skip
    cava = chain([f.at(*p) for p in ((-22, -4, 1350), (-20, -2, 1240), (-16, 2, 1100))], [f.organ(10)] * 3)
    rows = [*aorta, *cava]
    for side in bones.SIDES:
        s = _SIGNS[side]
        course = (
            (s * 6, 0, 1100),
            (s * 40, -20, 1000),
            (s * 74, -38, 920),
            (s * 86, -12, 740),
            (s * 92, 32, 540),
            (s * 94, 36, 440),
        )
        rows += chain([f.at(*p) for p in course], [f.organ(r) for r in (7, 6, 5, 4.5, 4, 3)])
    return _organ(Tissue.BLOOD, rows)
