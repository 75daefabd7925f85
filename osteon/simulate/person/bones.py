"""The bones of a simulated patient, by name; 1 + the index in `BONES` is the value in `Body.bone`.

`BONES_49` are the bones that Lindgren Belal 2019 segments. The paper's abstract does not list them; twelve thoracic
and five lumbar vertebrae, the sacrum, 24 ribs, the sternum and both clavicles, scapulae and hips make
exactly 49, so we take these.
"""

from __future__ import annotations

SIDES = ("left", "right")


def _pair(*names: str) -> tuple[str, ...]:
    return tuple(f"{name}_{side}" for name in names for side in SIDES)


THORACIC = tuple(f"vertebra_T{i}" for i in range(1, 13))
LUMBAR = tuple(f"vertebra_L{i}" for i in range(1, 6))
CERVICAL = tuple(f"vertebra_C{i}" for i in range(1, 8))
RIBS = tuple(f"rib_{side}_{i}" for side in SIDES for i in range(1, 13))

BONES_49 = (*THORACIC, *LUMBAR, "sacrum", *RIBS, "sternum", *_pair("clavicle", "scapula", "hip"))
LIMBS = _pair("humerus", "radius", "ulna", "hand", "femur", "patella", "tibia", "fibula", "foot")
BONES = (*BONES_49, "skull", "mandible", *CERVICAL, *LIMBS)

VALUE = {name: number for number, name in enumerate(BONES, start=1)}
"""Name to value in `Body.bone`."""

_SITES = {
    "clavicle": "clavicle", "skull": "cranium", "femur": "femur", "foot": "foot", "radius": "forearm",
    "ulna": "forearm", "hand": "hand", "hip": "hip", "sacrum": "spine", "humerus": "humerus", "patella": "knee",
    "tibia": "leg", "fibula": "leg", "mandible": "mandible", "rib": "rib/chest wall",
    "sternum": "rib/chest wall", "scapula": "scapula", "vertebra": "spine",
}  # fmt: skip


def kind(bone: str) -> str:
    """Return the bone without its side and number.

    Example:
        >>> kind("femur_left"), kind("rib_left_7"), kind("vertebra_L3")
        ('femur', 'rib', 'vertebra')

    """
    return bone.partition("_")[0]


def side(bone: str) -> str | None:
    """Return "left", "right" or None.

    Example:
        >>> side("rib_left_7"), side("sacrum")
        ('left', None)

    """
    return next((word for word in SIDES if word in bone.split("_")), None)


def site(bone: str) -> str:
    """Return the clinical site of a bone, one of the fourteen of Eweje 2021.

    Example:
        >>> site("fibula_right")
        'leg'

    """
    return _SITES[kind(bone)]


def place(bone: str) -> str:
    """Return the bone as a table of radiographs names it: its kind, and the pelvis and the spine as a whole.

    Example:
        >>> place("hip_left"), place("vertebra_L3"), place("tibia_right"), place("sacrum")
        ('pelvis', 'spine', 'tibia', 'sacrum')

    """
    found = kind(bone)
    return {"hip": "pelvis", "vertebra": "spine"}.get(found, found)
