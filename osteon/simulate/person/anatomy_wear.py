"""Worn joints: where the bone takes up more tracer without a tumour, and grows osteophytes. The mimics."""

from __future__ import annotations

from osteon.simulate.person import bones
from osteon.simulate.person.anatomy_frame import Frame
from osteon.simulate.person.anatomy_limb import Limb
from osteon.simulate.person.anatomy_shapes import GLOW, Part, ellipsoid, table
from osteon.simulate.person.anatomy_spine import depth, place

# Joints of a left side in reference mm, and their radius.
_JOINTS = {
    "knee": ((90, 0, 505), 34), "patella": ((90, -40, 530), 18), "hip": ((88, 0, 945), 28), "ankle": ((96, 4, 80), 22),
    "shoulder": ((165, 15, 1430), 24), "acromioclavicular": ((155, 0, 1464), 12),
    "sternoclavicular": ((16, -64, 1436), 14),
    "sacroiliac": ((46, 62, 1008), 20), "big toe": ((66, -128, 12), 12), "thumb": ((248, -8, 826), 9),
}  # fmt: skip


def wear(frame: Frame) -> list[Part]:
    """Return where the tracer is taken up by wear: joints at random, each as severe as drawn."""
    severity = frame.patient.degeneration
    if severity <= 0.0:
        return []
    rng = frame.patient.chance("wear")
    parts = []
    for side in bones.SIDES:
        limb = Limb(frame=frame, side=side)
        for at, radius in _JOINTS.values():
            parts += _glow(limb, at, radius, worn=float(rng.random()), strength=float(rng.uniform(1.5, 4.0)))
    middle = Limb(frame=frame)
    for name in (*bones.CERVICAL, *bones.LUMBAR, *bones.THORACIC[8:]):
        _, y, z = place(name)
        x = float(rng.choice([-20.0, 20.0]))
        parts += _glow(
            middle, (x, y + 18.0, z), 14.0, worn=float(rng.random()) * 1.3, strength=float(rng.uniform(1.5, 3.5))
        )
        parts += _osteophyte(middle, name, x, worn=float(rng.random()))
    return parts


def _glow(limb: Limb, at: tuple[float, float, float], radius: float, *, worn: float, strength: float) -> list[Part]:
    severity = limb.frame.patient.degeneration
    if worn > severity:
        return []
    ball = ellipsoid(limb.at(*at), [limb.frame.scale * radius] * 3)
    return [Part(shapes=table([ball]), does=GLOW, factor=1.0 + strength * (severity - worn + 0.3))]


def _osteophyte(limb: Limb, name: str, x: float, *, worn: float) -> list[Part]:
    """Return a spur at the rim of a vertebral body."""
    severity = limb.frame.patient.degeneration
    if worn > 0.7 * severity:
        return []
    z = place(name)[2]
    size = 3.0 + 5.0 * severity
    spur = ellipsoid(
        limb.at(1.15 * x, depth(z) - 4.0, z + 10.0), (limb.r(size), limb.r(size), limb.r(3.0)), shell=limb.shell(1.2)
    )
    return [limb.bone(name, [spur], sided=False)]
