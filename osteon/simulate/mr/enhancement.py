"""How contrast agent passes through each tissue and each kind of tumour.

Typical values of the literature on extended Tofts fits, rounded; not measurements of ours. Tumours are drawn around
their kind's mean with a stated spread, so that kinds overlap: metastases of lung cancer empty slowly (a persistent
curve), those of breast, prostate, thyroid, liver and kidney wash out (Lang et al. 2019; Khadem et al. 2012).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from osteon.errors import RequestError
from osteon.models.tofts import HAEMATOCRIT, Kinetics
from osteon.simulate.person.tissues import Tissue

SPREAD = {"ktrans_per_min": 0.45, "ve": 0.30, "vp": 0.50}
"""Standard deviation of the logarithms between tumours of one kind."""


def _row(ktrans_per_min: float, ve: float, vp: float) -> Kinetics:
    return Kinetics(ktrans_per_min=ktrans_per_min, ve=ve, vp=vp)


NONE = _row(0.0, 0.0, 0.0)

#                         Ktrans/min  ve   vp
TISSUES: Mapping[Tissue, Kinetics] = {
    Tissue.AIR: NONE,
    Tissue.LUNG: _row(0.10, 0.15, 0.10),
    Tissue.FAT: _row(0.02, 0.05, 0.005),
    Tissue.SKIN: _row(0.10, 0.20, 0.02),
    Tissue.MUSCLE: _row(0.06, 0.12, 0.01),
    Tissue.ORGAN: _row(0.30, 0.25, 0.08),
    Tissue.BLOOD: _row(0.0, 0.0, 1.0 - HAEMATOCRIT),
    Tissue.BRAIN: _row(0.0, 0.0, 0.03),
    Tissue.RED_MARROW: _row(0.12, 0.10, 0.04),
    Tissue.YELLOW_MARROW: _row(0.03, 0.05, 0.01),
    Tissue.CORTICAL: _row(0.005, 0.02, 0.002),
    Tissue.TRABECULAR: _row(0.06, 0.08, 0.03),
    Tissue.CARTILAGE: _row(0.01, 0.10, 0.0),
    Tissue.URINE: NONE,
    Tissue.KIDNEY: _row(1.00, 0.35, 0.25),
    Tissue.LIVER: _row(0.80, 0.25, 0.12),
    Tissue.HEART: _row(0.60, 0.25, 0.10),
    Tissue.DISC: _row(0.005, 0.10, 0.0),
    Tissue.TUMOUR: _row(0.30, 0.30, 0.05),
    Tissue.NECROSIS: _row(0.003, 0.20, 0.0),
    Tissue.OSTEOID: _row(0.20, 0.30, 0.03),
    Tissue.CHONDROID: _row(0.04, 0.40, 0.01),
    Tissue.CALCIFIED_CHONDROID: _row(0.02, 0.20, 0.005),
    Tissue.GROUND_GLASS: _row(0.25, 0.30, 0.05),
    Tissue.CYST_FLUID: NONE,
    Tissue.BLOODY_FLUID: _row(0.003, 0.20, 0.0),
    Tissue.SCLEROSIS: _row(0.03, 0.08, 0.01),
    Tissue.PERIOSTEAL_BONE: _row(0.10, 0.15, 0.02),
    Tissue.OEDEMA: _row(0.12, 0.25, 0.02),
    Tissue.FIBROUS: _row(0.08, 0.35, 0.02),
    Tissue.METAL: NONE,
}
"""Tissues of a healthy body and of lesions whose kind is not stated."""

ORIGINS: Mapping[str, Kinetics] = {
    "lung": _row(0.14, 0.23, 0.02),
    "breast": _row(0.22, 0.25, 0.04),
    "prostate": _row(0.23, 0.26, 0.04),
    "thyroid": _row(0.26, 0.25, 0.06),
    "kidney": _row(0.30, 0.26, 0.08),
    "liver": _row(0.22, 0.26, 0.06),
}
"""Metastases by the primary; chosen so that wash-out is about 0 +- 10 % in lung and -10 +- 12 % in the others."""

ENTITIES: Mapping[str, Kinetics] = {
    "osteosarcoma": _row(0.40, 0.35, 0.06),
    "Ewing sarcoma": _row(0.50, 0.35, 0.06),
    "chondrosarcoma": _row(0.07, 0.45, 0.015),
    "giant cell tumour": _row(0.65, 0.40, 0.10),
    "aneurysmal bone cyst": _row(0.30, 0.30, 0.08),
    "simple bone cyst": _row(0.02, 0.15, 0.005),
    "enchondroma": _row(0.03, 0.40, 0.008),
    "osteochondroma": _row(0.04, 0.35, 0.01),
    "non-ossifying fibroma": _row(0.10, 0.35, 0.02),
    "fibrous dysplasia": _row(0.22, 0.35, 0.04),
    "chordoma": _row(0.08, 0.45, 0.015),
    "myeloma": _row(0.45, 0.30, 0.08),
    "schwannoma": _row(0.15, 0.40, 0.03),
    "neurofibroma": _row(0.10, 0.40, 0.02),
    "soft-tissue sarcoma": _row(0.35, 0.35, 0.06),
}
"""Primary tumours; a kind that is not here enhances as `TISSUES[Tissue.TUMOUR]`."""


def mean_kinetics(entity: str, *, origin: str | None = None) -> Kinetics:
    """Return the mean kinetics of a kind of tumour.

    Raises:
        RequestError: A primary that is not in `ORIGINS`.

    """
    if origin is None:
        return ENTITIES.get(entity, TISSUES[Tissue.TUMOUR])
    if origin not in ORIGINS:
        msg = f"No contrast kinetics are known for metastases of {origin!r}; choose one of {', '.join(ORIGINS)}."
        raise RequestError(msg)
    return ORIGINS[origin]


def draw_kinetics(entity: str, *, origin: str | None = None, rng: np.random.Generator) -> Kinetics:
    """Return the kinetics of one tumour: log-normal around the mean of its kind by `SPREAD`.

    Example:
        >>> one = draw_kinetics("metastasis", origin="lung", rng=np.random.default_rng(1))
        >>> 0.05 < one.ktrans_per_min < 0.6
        True

    """
    mean = mean_kinetics(entity, origin=origin)
    drawn = {name: float(getattr(mean, name) * np.exp(rng.normal(0.0, spread))) for name, spread in SPREAD.items()}
    return Kinetics(ktrans_per_min=drawn["ktrans_per_min"], ve=min(drawn["ve"], 0.9), vp=min(drawn["vp"], 0.4))


def tissue_kinetics() -> Kinetics:
    """Return `TISSUES` as arrays (256,) by the value of a tissue; 0 where there is none."""
    arrays = {name: np.zeros(256) for name in SPREAD}
    for tissue, row in TISSUES.items():
        for name, array in arrays.items():
            array[tissue] = getattr(row, name)
    return Kinetics(**arrays)
