"""From the millimetres of a reference man of 1,760 mm to those of a patient."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from osteon.simulate.person.patient import Patient

REFERENCE_MM = 1760.0
REFERENCE_BMI = 23.5

# Heights of landmarks above the soles: ankle, knee, hip, top of the shoulder, chin, vertex.
_LEVELS = np.array([0.0, 80.0, 500.0, 930.0, 1450.0, 1531.0, 1760.0])
# The same as shares of the stature of a child of one year, whose head is large and whose legs are short.
_INFANT = np.array([0.0, 0.04, 0.21, 0.42, 0.75, 0.79, 1.0])


@dataclass(frozen=True, kw_only=True, eq=False)
class Frame:
    """How one patient differs from the reference: lengths, widths, girth, and a smooth change of form.

    Attributes:
        patient: Whose frame.
        width: Width of bones over the reference's.
        girth: Half axes of the body's outline over the reference's.
        muscle: Half axes of the muscles over the reference's.
        amplitude_mm, wave, phase: Of the smooth displacement, three sine waves an axis: (3, 3), (3, 3, 3), (3, 3).

    """

    patient: Patient
    width: float
    girth: float
    muscle: float
    amplitude_mm: np.ndarray
    wave: np.ndarray
    phase: np.ndarray

    @cached_property
    def scale(self) -> float:
        """The patient's height over the reference's."""
        return self.patient.height_cm * 10.0 / REFERENCE_MM

    @cached_property
    def levels_mm(self) -> np.ndarray:
        """Heights of `_LEVELS` in this patient: those of an adult from sixteen on."""
        young = float(np.clip(1.0 - (self.patient.age_years - 1.0) / 15.0, 0.0, 1.0)) ** 1.3
        shares = (1.0 - young) * _LEVELS / REFERENCE_MM + young * _INFANT
        return shares * self.patient.height_cm * 10.0

    @cached_property
    def head(self) -> float:
        """Size of the head over the reference's."""
        return float((self.levels_mm[-1] - self.levels_mm[-2]) / (_LEVELS[-1] - _LEVELS[-2]))

    @cached_property
    def sideways(self) -> float:
        """Distances from the midline over the reference's: the frame is a little wider than it is tall."""
        return self.scale * (1.03 if self.patient.sex == "female" else 1.0)

    def at(self, x: float, y: float, z: float) -> np.ndarray:
        """Return the patient's mm of a place in the reference's mm (z above the soles)."""
        high = float(np.interp(z, _LEVELS, self.levels_mm))
        beyond = (min(0.0, z) + max(0.0, z - REFERENCE_MM)) * self.scale
        place = np.array([x * self.sideways, y * self.scale, high + beyond])
        return place + self.displacement_mm(place)

    def displacement_mm(self, place: np.ndarray) -> np.ndarray:
        """Return the smooth displacement at a place, (3,)."""
        waves = np.sin(self.wave @ place + self.phase)
        return (self.amplitude_mm * waves).sum(axis=1)

    def bone(self, mm: float) -> float:
        """Return a radius of a bone."""
        return mm * self.width

    def soft(self, mm: float) -> float:
        """Return a half axis of the outline, skin and fat included."""
        return mm * self.girth

    def flesh(self, mm: float) -> float:
        """Return a half axis of a muscle."""
        return mm * self.muscle

    def organ(self, mm: float) -> float:
        """Return a half axis of an organ."""
        return mm * self.scale


def frame(patient: Patient) -> Frame:
    """Return the frame of `patient`; its individual part is drawn from the patient's own generator."""
    rng = patient.chance("anatomy frame")
    scale = patient.height_cm * 10.0 / REFERENCE_MM
    lean = {"female": 0.90, "male": 1.0}[patient.sex]
    wasting = 1.0 - 0.0022 * max(0.0, patient.age_years - 45.0)
    stoutness = (patient.body_mass_index / REFERENCE_BMI) ** 0.5
    young = float(np.clip((16.0 - patient.age_years) / 16.0, 0.0, 1.0))
    robust = {"female": 0.92, "male": 1.0}[patient.sex] * (1.0 + 0.08 * young)
    outline = scale * float(np.clip(stoutness, 0.72, 1.6))
    build = patient.build
    # Waves 350 to 900 mm long: limbs bend and turn a little, joints stay together.
    length = rng.uniform(350.0, 900.0, (3, 3, 1))
    direction = rng.normal(size=(3, 3, 3))
    direction /= np.linalg.norm(direction, axis=2, keepdims=True)
    return Frame(
        patient=patient,
        width=scale * robust * float(np.clip(1.0 + 0.05 * build * rng.normal(), 0.85, 1.15)),
        girth=outline,
        muscle=min(scale * lean * wasting * (0.75 + 0.25 * stoutness), 0.97 * outline),
        amplitude_mm=build * rng.normal(0.0, 2.2 * scale, (3, 3)),
        wave=2.0 * np.pi * direction / length,
        phase=rng.uniform(0.0, 2.0 * np.pi, (3, 3)),
    )
