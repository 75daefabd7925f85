"""What sets one tumour apart from another of the same tissue in MRI: relaxation, diffusion, contrast, texture."""

from __future__ import annotations

from dataclasses import dataclass, field

import numba
import numpy as np

from osteon import geometry
from osteon.models.tofts import Kinetics, concentration
from osteon.simulate.mr.enhancement import TISSUES, draw_kinetics, tissue_kinetics
from osteon.simulate.person.body import Body, lookup
from osteon.simulate.person.texture import noise
from osteon.simulate.person.tissues import Tissue

LIVING = (Tissue.TUMOUR, Tissue.OSTEOID, Tissue.CHONDROID, Tissue.GROUND_GLASS, Tissue.FIBROUS)
"""Tissues that a tumour's own look changes; its necrosis, fluid and mineral look like any other's."""

_UNIT = 2.7  # makes the standard deviation of `noise` 1


@dataclass(frozen=True, kw_only=True)
class Look:
    """How the living part of a tumour differs from `TABLE`.

    Attributes:
        t1, t2, adc: Factors.
        kinetics: Of contrast agent; None for those of the tissue.
        spread: Standard deviation of the logarithm of T1, T2 and ADC inside the tumour.
        length_mm: Size of its texture's patches.
        seed: Of its texture, the same in every sequence and modality.

    """

    t1: float = 1.0
    t2: float = 1.0
    adc: float = 1.0
    kinetics: Kinetics | None = None
    spread: float = 0.0
    length_mm: float = 6.0
    seed: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Tissues:
    """What the signal equations need, arrays of one shape.

    Attributes:
        proton_density, t1_ms, t2_ms, adc_um2_per_ms: As in `Properties`.
        contrast_mmol: Concentration of contrast agent in mmol/l.
        fat: Share of the signal that is fat.
        dephasing_per_s: What a gradient echo adds to 1 / T2.

    """

    proton_density: np.ndarray
    t1_ms: np.ndarray
    t2_ms: np.ndarray
    adc_um2_per_ms: np.ndarray
    contrast_mmol: np.ndarray
    fat: np.ndarray
    dephasing_per_s: np.ndarray


FAT = {Tissue.FAT: 0.95, Tissue.YELLOW_MARROW: 0.85, Tissue.RED_MARROW: 0.40, Tissue.TRABECULAR: 0.55}
DEPHASING_PER_S = {Tissue.LUNG: 400.0, Tissue.TRABECULAR: 60.0, Tissue.YELLOW_MARROW: 30.0, Tissue.RED_MARROW: 30.0}
_DEPHASING = 10.0
_NO_MM = np.zeros((0, 3))


def look_of(entity: str, *, origin: str | None = None, grade: int = 0, seed: int = 0) -> Look:
    """Return the drawn look of a tumour.

    With each grade above 1 the mean ADC falls by a tenth (denser cells), T2 and the texture's spread and the
    uptake of contrast rise; tumours of one grade differ by 12 % (T1, T2) and 18 % (ADC), so that grades overlap.

    Args:
        entity: Name of the kind, `enhancement.ENTITIES`.
        origin: Primary of a metastasis.
        grade: 1 to 3, 0 for what is not graded.
        seed: `Lesion.seed`: the same seed gives the same look.

    """
    rng = np.random.default_rng((seed, 0x4D52))
    steps = max(grade - 1, 0)
    t1, t2, adc = np.exp(rng.normal(0.0, (0.12, 0.12, 0.18)))
    drawn = draw_kinetics(entity, origin=origin, rng=rng)
    kinetics = Kinetics(ktrans_per_min=drawn.ktrans_per_min * 1.25**steps, ve=drawn.ve, vp=drawn.vp)
    spread = (0.08 + 0.06 * steps) * float(np.exp(rng.normal(0.0, 0.25)))
    length_mm = float(rng.uniform(4.0, 9.0))
    return Look(
        t1=float(t1),
        t2=float(t2) * 1.06**steps,
        adc=float(adc) * 0.90**steps,
        kinetics=kinetics,
        spread=spread,
        length_mm=length_mm,
        seed=seed,
    )


def by_tissue(*, after_s: float | None = None) -> Tissues:
    """Return arrays (256,) by the value of a tissue; contrast agent as it is `after_s` the bolus arrives, or none."""
    values = tissue_kinetics()
    contrast = np.zeros(256)
    if after_s is not None:
        contrast = concentration(np.array([after_s]), values)[:, 0]
    return Tissues(
        proton_density=lookup("proton_density"),
        t1_ms=np.maximum(lookup("t1_ms"), 1e-3),
        t2_ms=np.maximum(lookup("t2_ms"), 1e-3),
        adc_um2_per_ms=lookup("adc_um2_per_ms"),
        contrast_mmol=contrast,
        fat=_table(FAT, 0.0),
        dephasing_per_s=_table(DEPHASING_PER_S, _DEPHASING),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Living:
    """The voxels of a lesion that its look changes.

    Attributes:
        where: Flat indices into the body's grid.
        tissue: Their tissue.
        field: Texture, mean about 0 and standard deviation about 1.

    """

    where: np.ndarray
    tissue: np.ndarray
    field: np.ndarray = field(repr=False)


def living(body: Body, number: int, look: Look) -> Living:
    """Return the living voxels of lesion `number` of `body`, with the texture of `look`."""
    where = np.flatnonzero((body.lesion == number).ravel() & np.isin(body.tissue, LIVING).ravel())
    index = np.stack(np.unravel_index(where, body.grid.shape), axis=-1)
    mm = geometry.to_mm(body.grid, index) if len(index) else _NO_MM
    texture = _texture(mm / look.length_mm, look.seed % (1 << 31)) * _UNIT
    return Living(where=where, tissue=body.tissue.ravel()[where], field=texture)


def of_lesion(part: Living, look: Look, *, table: Tissues, after_s: float | None = None) -> Tissues:
    """Return arrays (voxels,) of the living voxels of a lesion: those of `table` by their tissue, then its look."""
    of = {name: array[part.tissue].astype(float) for name, array in vars(table).items()}
    factor = np.exp(look.spread * part.field)
    of["t1_ms"] = of["t1_ms"] * look.t1 * factor
    of["t2_ms"] = of["t2_ms"] * look.t2 * factor
    of["adc_um2_per_ms"] = of["adc_um2_per_ms"] * look.adc * factor
    if after_s is not None and look.kinetics is not None:
        of["contrast_mmol"] = tissue_share(part.tissue) * concentration(np.array([after_s]), look.kinetics)[0]
    return Tissues(**of)


def tissue_share(tissue: np.ndarray) -> np.ndarray:
    """Return how much a living tissue takes up, over plain tumour: 1, and less where there is matrix."""
    tumour = TISSUES[Tissue.TUMOUR].ktrans_per_min
    table = np.ones(256)
    for name in (Tissue.OSTEOID, Tissue.CHONDROID):
        table[name] = min(1.0, float(TISSUES[name].ktrans_per_min / tumour))
    return table[tissue]


def _table(known: dict[Tissue, float], rest: float) -> np.ndarray:
    table = np.full(256, rest)
    for tissue, value in known.items():
        table[tissue] = value
    return table


@numba.njit(cache=True, nogil=True)
def _texture(places: np.ndarray, seed: int) -> np.ndarray:
    out = np.empty(len(places))
    for i in range(len(places)):
        out[i] = noise(places[i, 0], places[i, 1], places[i, 2], seed)
    return out
