"""A real CT as a body: what its HU say each voxel is made of, so that a radiograph can be taken of it.

Composition by ranges of HU as in dose calculation (after Schneider et al. 2000), and a density that gives the voxel
exactly the attenuation its HU state at the mean energy of the scan. The couch is part of the CT and so of the body.
"""

from __future__ import annotations

import numpy as np

from osteon.errors import GeometryError, InputError
from osteon.geometry import same_place
from osteon.simulate.person.body import Body
from osteon.simulate.person.tissues import Tissue
from osteon.simulate.xray.attenuation import tissue_attenuation, water_attenuation
from osteon.types import Image

NOTE = "Projected from a patient's CT: derived, not taken, and that patient's in every split."
_RANGES = (  # from this HU on
    (-np.inf, Tissue.AIR),
    (-950.0, Tissue.LUNG),
    (-200.0, Tissue.FAT),
    (-30.0, Tissue.MUSCLE),
    (150.0, Tissue.TRABECULAR),
    (600.0, Tissue.CORTICAL),
    (3000.0, Tissue.METAL),  # where the scale of most scanners ends, so taken as solid
)
_KVP, _MEAN_KEV = (80.0, 100.0, 120.0, 140.0), (51.0, 58.0, 65.0, 71.0)


def body_of_ct(image: Image, mask: Image | None = None) -> Body:
    """Return the body that a CT shows.

    Args:
        image: In HU, with its place in mm; KVP in its facts sets the energy at which HU hold, else 120 kV.
        mask: Label map on the same grid: the lesions, numbered from 1.

    Raises:
        InputError: The image is not in HU.
        GeometryError: It has no place in mm, or the mask lies elsewhere.

    """
    if image.unit != "HU":
        msg = f"A body is made of a CT in HU; this {image.modality} is in {image.unit or 'arbitrary units'}."
        raise InputError(msg)
    if image.grid.affine is None or (mask is not None and not same_place(image.grid, mask.grid)):
        msg = "The CT and its mask must lie on one grid in mm; resample the mask to the CT first."
        raise GeometryError(msg)
    hu = np.asarray(image.read(), np.float32)
    kinds = np.array([tissue for _, tissue in _RANGES], np.uint8)
    tissue = kinds[np.digitize(hu, [start for start, _ in _RANGES[1:]])]
    lesion = np.zeros(hu.shape, np.uint8) if mask is None else mask.read().astype(np.uint8)
    return Body(
        grid=image.grid,
        tissue=tissue,
        bone=np.zeros(hu.shape, np.uint8),
        lesion=lesion,
        density_scale=_density_scale(hu, tissue, float(np.interp(image.facts.get("KVP", 120.0), _KVP, _MEAN_KEV))),
        notes=(NOTE,),
    )


def _density_scale(hu: np.ndarray, tissue: np.ndarray, kev: float) -> np.ndarray:
    """Return the factor on each voxel's density that gives it the attenuation of its HU, float32."""
    at = np.array([kev])
    kinds = [kind for _, kind in _RANGES]
    own = np.ones(256)
    own[kinds] = tissue_attenuation(kinds, at)[:, 0]
    over_water = (water_attenuation(at)[0] / own).astype(np.float32)[tissue]
    scale = np.maximum(hu / np.float32(1000.0) + np.float32(1.0), np.float32(0.0)) * over_water
    return np.where(tissue == Tissue.METAL, np.float32(1.0), scale)
