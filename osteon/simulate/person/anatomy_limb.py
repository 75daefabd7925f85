"""One side of the body: places mirrored, radii and shells scaled, the parts that every limb has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from osteon.simulate.person import bones
from osteon.simulate.person.anatomy_frame import Frame
from osteon.simulate.person.anatomy_shapes import BONE, GLOW, INSIDE, Part, flat, table, tube
from osteon.simulate.person.tissues import Tissue

RED_UNTIL_YEARS = 9.0
"""Until then the shafts hold red marrow."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Limb:
    """One side ("left" or "right"; None in the midline) of a patient's frame."""

    frame: Frame
    side: str | None = None

    def at(self, x: float, y: float, z: float) -> np.ndarray:
        """Return the patient's mm of reference mm of the left side."""
        return self.frame.at(-x if self.side == "right" else x, y, z)

    def towards(self, x: float, y: float, z: float) -> np.ndarray:
        """Return a direction that is given for the left side."""
        return np.array([-x if self.side == "right" else x, y, z], float)

    def r(self, mm: float) -> float:
        """Return a radius of bone."""
        return self.frame.bone(mm)

    def shell(self, mm: float) -> float:
        """Return a thickness of cortex: thinner with loss of bone and in the young."""
        patient = self.frame.patient
        young = 0.65 + 0.35 * min(1.0, patient.age_years / 16.0)
        return mm * self.frame.width * young * (0.5 + 0.5 * patient.bone_mass)

    def shells(self, *mm: float) -> tuple[float, ...]:
        """Return thicknesses of cortex."""
        return tuple(self.shell(v) for v in mm)

    def bone(
        self, name: str, rows: Sequence[np.ndarray], *, carved: np.ndarray | None = None, sided: bool = True
    ) -> Part:
        """Return the bone called `name` (its side added) of these shapes."""
        patient = self.frame.patient
        young = patient.age_years < RED_UNTIL_YEARS
        return Part(
            shapes=table(rows),
            carved=carved,
            bone=bones.VALUE[f"{name}_{self.side}" if sided and self.side else name],
            does=BONE,
            cavity=Tissue.RED_MARROW if young else Tissue.YELLOW_MARROW,
            factor=patient.bone_mass,
        )

    def cartilage(self, rows: Sequence[np.ndarray]) -> Part:
        """Return cartilage of these shapes; the bone is painted over it."""
        return Part(shapes=table(rows), shell=Tissue.CARTILAGE, core=Tissue.CARTILAGE)

    def growth_plate(self, name: str, at: np.ndarray, towards: np.ndarray, radius: float) -> list[Part]:
        """Return the open growth plate at `at`, facing `towards` the shaft, and the tracer taken up beside it."""
        patient = self.frame.patient
        if not patient.growth_plates_open:
            return []
        axis = (towards - at) / np.linalg.norm(towards - at)
        thick = 1.2 + 0.12 * (18.0 - patient.age_years)
        value = bones.VALUE[f"{name}_{self.side}"]
        wide = (self.r(radius),) * 4
        plate = flat(tube(at - 0.5 * thick * axis, at + 0.5 * thick * axis, wide))
        zone = flat(tube(at - 2.0 * axis, at + 6.0 * axis, wide))
        return [
            Part(shapes=table([plate]), bone=value, does=INSIDE, shell=Tissue.CARTILAGE, core=Tissue.CARTILAGE),
            Part(shapes=table([zone]), bone=value, does=GLOW, factor=5.0),
        ]
