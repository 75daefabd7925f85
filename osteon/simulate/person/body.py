"""A piece of a simulated body on a grid in mm: what every modality is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from osteon.simulate.person.tissues import TABLE

if TYPE_CHECKING:
    from osteon.types import Grid


@dataclass(frozen=True, kw_only=True, eq=False)
class Body:
    """Label maps on one grid (slices, rows, columns), LPS millimetres.

    Attributes:
        grid: With `affine` and `spacing_mm`.
        tissue: uint8, values of `Tissue`.
        bone: uint8, 0 outside bone, else 1 + the index in `anatomy.BONES`.
        lesion: uint8, 0 outside, else the number of the lesion from 1, soft-tissue part and necrosis included.
        density_scale: float32 factor on the tissue's density (bone mineral, matrix texture); None for 1.
        uptake_scale: float32 factor on the tissue's uptake (degenerative joints, growth plates); None for 1.
        suv_scale: float32 factor on the tissue's FDG uptake (the drawn SUV of a tumour); None for 1.
        notes: What a reader of an image of it must know.

    """

    grid: Grid
    tissue: np.ndarray
    bone: np.ndarray
    lesion: np.ndarray
    density_scale: np.ndarray | None = None
    uptake_scale: np.ndarray | None = None
    suv_scale: np.ndarray | None = None
    notes: tuple[str, ...] = field(default=())

    def of(self, name: str) -> np.ndarray:
        """Return the float32 map of a field of `Properties`, without the scales: `body.of("t1_ms")`."""
        return lookup(name)[self.tissue]

    @property
    def density_g_per_cm3(self) -> np.ndarray:
        """The density map, with `density_scale`."""
        density = self.of("density_g_per_cm3")
        return density if self.density_scale is None else density * self.density_scale


def lookup(name: str) -> np.ndarray:
    """Return a field of `Properties` by tissue value, float32 of shape (256,); 0 where there is no tissue.

    >>> from osteon.simulate.person.tissues import Tissue
    >>> round(float(lookup("density_g_per_cm3")[Tissue.CORTICAL]), 2)
    1.92
    """
    table = np.zeros(256, np.float32)
    for tissue, properties in TABLE.items():
        table[tissue] = getattr(properties, name)
    return table
