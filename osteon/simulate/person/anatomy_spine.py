"""Vertebrae, discs, ribs with their cartilage, and sternum; reference mm."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from osteon.simulate.person import bones
from osteon.simulate.person.anatomy_frame import Frame
from osteon.simulate.person.anatomy_limb import Limb
from osteon.simulate.person.anatomy_shapes import Part, chain, ellipsoid, flat, table, tube
from osteon.simulate.person.tissues import Tissue

# Heights and depths of the curve of the spine, L5 to C1: lordosis, kyphosis, lordosis.
_CURVE_Z = (1055.0, 1127.0, 1199.0, 1232.0, 1300.0, 1390.0, 1479.0, 1498.0, 1549.0, 1600.0)
_CURVE_Y = (28.0, 14.0, 22.0, 30.0, 48.0, 58.0, 40.0, 33.0, 20.0, 22.0)
_NAMES = (*reversed(bones.LUMBAR), *reversed(bones.THORACIC), *reversed(bones.CERVICAL))
_LEVELS = (*np.linspace(1055, 1199, 5), *np.linspace(1232, 1479, 12), *np.linspace(1498, 1600, 7))


def place(name: str) -> tuple[float, float, float]:
    """Return the middle of a vertebral body in reference mm."""
    z = float(_LEVELS[_NAMES.index(name)])
    return 0.0, depth(z), z


def depth(z: float) -> float:
    """Return how far back the vertebral bodies lie at a height."""
    return float(np.interp(z, _CURVE_Z, _CURVE_Y))


def spine(frame: Frame) -> list[Part]:
    """Return discs and vertebrae."""
    limb = Limb(frame=frame)
    return [_discs(limb), *(_vertebra(limb, name) for name in _NAMES)]


def _size(z: float) -> tuple[float, float, float]:
    """Return half the width, half the depth and half the height of a vertebral body at a height."""
    levels = (1055.0, 1199.0, 1232.0, 1355.0, 1479.0, 1498.0, 1600.0)
    across = np.interp(z, levels, (26.0, 22.0, 20.5, 15.5, 14.5, 12.5, 11.0))
    deep = np.interp(z, levels, (18.0, 16.5, 16.0, 14.0, 10.5, 8.5, 7.5))
    tall = np.interp(z, levels, (14.0, 13.5, 12.0, 9.8, 8.8, 6.6, 6.0))
    return float(across), float(deep), float(tall)


def _discs(limb: Limb) -> Part:
    rows = []
    for low, high in pairwise(_LEVELS):
        across, deep, _ = _size(0.5 * (low + high))
        half = (limb.r(across * 0.97), limb.r(deep * 0.97)) * 2
        rows.append(flat(tube(limb.at(0, depth(low), low), limb.at(0, depth(high), high), half)))
    across, deep, _ = _size(1055)
    rows.append(flat(tube(limb.at(0, 34, 1028), limb.at(0, 28, 1055), (limb.r(across), limb.r(deep)) * 2)))
    return Part(shapes=table(rows), shell=Tissue.DISC, core=Tissue.DISC)


def _vertebra(limb: Limb, name: str) -> Part:
    z = place(name)[2]
    y = depth(z)
    across, deep, tall = _size(z)
    middle, half = limb.at(0, y, z), (limb.r(across), limb.r(deep)) * 2
    up = np.array([0.0, 0.0, tall * limb.frame.scale])
    body = flat(tube(middle - up, middle + up, half, shell=limb.shells(0.9, 0.9)))
    back = y + deep + 8.0
    ring = flat(_ring(limb, back, z, 0.75 * up, 13.0))
    processes = _processes(limb, name, back)
    return limb.bone(name, [body, ring, *processes], carved=table([_ring(limb, back, z, 3.0 * up, 9.0)]), sided=False)


def _processes(limb: Limb, name: str, back: float) -> list[np.ndarray]:
    """Return the spinous, transverse and articular processes; `back` is the y of the canal."""
    z = place(name)[2]
    across, _, tall = _size(z)
    thoracic = "T" in name
    shell = limb.shell(1.2)
    tip = limb.at(0, back + 26 + across * 0.5, z - tall * (2.2 if thoracic else 0.9))
    halves = [(limb.r(4.0), limb.r(tall * 0.8)), (limb.r(3.5), limb.r(tall * 0.6))]
    rows = chain([limb.at(0, back + 10, z - 2), tip], halves, shell=shell)
    joint = (limb.r(6), limb.r(5), limb.r(tall * 0.9))
    for sign in (-1, 1):
        end = limb.at(sign * (across + 18), back + (14 if thoracic else 6), z + (6 if thoracic else 0))
        rows += chain([limb.at(sign * 10, back + 2, z), end], [limb.r(5.5), limb.r(4.0)], shell=shell)
        rows.append(ellipsoid(limb.at(sign * 14, back + 6, z - tall), joint, shell=shell))
    return rows


def _ring(limb: Limb, y: float, z: float, up: np.ndarray, radius: float) -> np.ndarray:
    middle = limb.at(0, y, z)
    half = (limb.r(radius * 1.15), limb.r(radius)) * 2
    return tube(middle - up, middle + up, half, shell=limb.shells(1.2, 1.2))


def chest(z: float) -> tuple[float, float, float]:
    """Return half the width, half the depth and the middle's y of the rib cage at a height."""
    levels = (1120.0, 1200.0, 1300.0, 1400.0, 1460.0, 1490.0)
    across = np.interp(z, levels, (122.0, 134.0, 134.0, 112.0, 82.0, 56.0))
    deep = np.interp(z, levels, (82.0, 92.0, 97.0, 84.0, 66.0, 50.0))
    middle = np.interp(z, levels, (2.0, 0.0, 0.0, 6.0, 14.0, 18.0))
    return float(across), float(deep), float(middle)


def ribs(frame: Frame) -> list[Part]:
    """Return costal cartilage, ribs and sternum."""
    limb = Limb(frame=frame)
    found, cartilage = [], []
    for side in bones.SIDES:
        for number in range(1, 13):
            points = rib_points(number)
            sign = 1 if side == "left" else -1
            path = [limb.at(sign * x, y, z) for x, y, z in points]
            half = [(limb.r(3.4), limb.r(6.6)), *[(limb.r(2.9), limb.r(6.4))] * (len(path) - 1)]
            rows = chain(path, half, wide=(0.3, 1.0, 0.0), shell=limb.shell(1.1))
            found.append(limb.bone(f"rib_{side}_{number}", rows, sided=False))
            if number <= 10:
                cartilage += _costal(limb, points[-1], number, sign)
    return [limb.cartilage(cartilage), *found, _sternum(limb)]


def rib_points(number: int) -> list[tuple[float, float, float]]:
    """Return the course of a left rib: from its vertebra backwards, around, downwards and forwards."""
    _, y, z = place(f"vertebra_T{number}")
    drop = (30, 42, 55, 68, 80, 92, 104, 110, 112, 105, 62, 40)[number - 1]
    front = (38, 34, 32, 32, 33, 36, 40, 52, 66, 80, 112, 136)[number - 1]
    angles = np.linspace(158.0, front, 13)
    points = [(20.0, y + 16.0, z + 3.0)]
    for step, angle in enumerate(np.radians(angles)):
        level = z + 3.0 - drop * (step / 12) ** 1.25
        across, deep, middle = chest(z - 0.6 * drop * step / 12)
        points.append((across * np.sin(angle), middle - deep * np.cos(angle), level))
    return points


def _costal(limb: Limb, end: tuple[float, float, float], number: int, sign: int) -> list[np.ndarray]:
    x, y, z = end
    target = (14.0, -84.0 if number > 1 else -70.0, max(1296.0, 1430.0 - 21.0 * (number - 1)))
    if number > 7:
        target = (x * 0.6, y - 8.0, z + 34.0)
    middle = (0.5 * (x + target[0]), min(y, target[1]) - 4.0, 0.4 * z + 0.6 * target[2] - 8.0)
    path = [limb.at(sign * px, py, pz) for px, py, pz in (end, middle, target)]
    return chain(path, [(limb.r(3.0), limb.r(6.0))] * 3, wide=(0.0, 1.0, 0.0))


def _sternum(limb: Limb) -> Part:
    shell = limb.shell(1.0)
    manubrium = [(limb.r(30), limb.r(6.5)), (limb.r(18), limb.r(6))]
    body = [(limb.r(16), limb.r(5.5)), (limb.r(19), limb.r(5.5)), (limb.r(16), limb.r(5))]
    rows = chain([limb.at(0, -66, 1440), limb.at(0, -78, 1400)], manubrium, shell=shell)
    rows += chain([limb.at(0, -78, 1396), limb.at(0, -90, 1340), limb.at(0, -94, 1300)], body, shell=shell)
    rows += chain([limb.at(0, -94, 1290), limb.at(0, -92, 1262)], [limb.r(6), limb.r(3.5)], shell=shell)
    return limb.bone("sternum", rows, sided=False)
