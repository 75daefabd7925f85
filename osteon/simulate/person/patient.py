"""The simulated patient: who it is, and where its chance comes from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from osteon.simulate.tumour.lesion import Lesion

CLOSURE_YEARS = {"female": 15.0, "male": 17.0}
"""Age at which the growth plates of the limbs close."""


@dataclass(frozen=True, kw_only=True)
class Patient:
    """One person and its tumours; the anatomy follows from these numbers alone.

    Attributes:
        index: From 0, in its cohort.
        seed: Of the cohort.
        sex: "female" or "male".
        age_years, height_cm, weight_kg: As usual.
        build: How far the drawn shape of this patient goes from the mean (width of bones, curvature, pose ...):
            0 for the mean anatomy, 1 as people differ.
        bone_mass: Mineral over that of a healthy young adult: below 1 after the menopause.
        degeneration: Wear of the joints, 0 none to 1 severe: osteophytes and bone tracer that mimic metastases.
        primary: Known primary cancer, else None.
        exam: "pre" or "post" chemotherapy: which size and necrosis of the tumours holds; None counts as "pre".
        lesions: Its tumours, none for a healthy one.
        latents: Hidden causes that a recipe drew (recurrence, response ...), by name; see `observer.Link`.

    """

    index: int = 0
    seed: int = 0
    sex: str = "male"
    age_years: float = 30.0
    height_cm: float = 176.0
    weight_kg: float = 76.0
    build: float = 1.0
    bone_mass: float = 1.0
    degeneration: float = 0.0
    primary: str | None = None
    exam: str | None = None
    lesions: tuple[Lesion, ...] = ()
    latents: Mapping[str, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The word for the patient in the cohort's tables: simulated, and its number from 1."""
        return f"simulated-{self.index + 1:06d}"

    @property
    def growth_plates_open(self) -> bool:
        """Whether the long bones still grow."""
        return self.age_years < CLOSURE_YEARS[self.sex]

    @property
    def body_mass_index(self) -> float:
        """Weight over height squared, kg/m2."""
        return self.weight_kg / (self.height_cm / 100.0) ** 2

    def chance(self, name: str) -> np.random.Generator:
        """Return the generator of `name` (a modality, "anatomy" ...) for this patient.

        The same (seed, index, name) gives the same numbers, whoever draws before.

        Example:
            >>> one, other = Patient(index=3).chance("ct"), Patient(index=3).chance("ct")
            >>> bool(one.random() == other.random())
            True

        """
        digest = hashlib.sha256(f"{self.seed}/{self.index}/{name}".encode()).digest()
        return np.random.default_rng(np.frombuffer(digest, np.uint32))
