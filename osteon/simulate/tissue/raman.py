"""Raman spectra of serum and of tissue: bands of a mixture, fluorescence, shot noise, cosmic rays, an instrument.

A patient is a mixture of components; a class moves the mean of their logarithms by a stated amount against a stated
spread between patients, so that the best possible area under the curve is known (`ideal_auroc`). Repeated spectra
of a patient differ by a smaller spread, by their fluorescence, and by noise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from osteon.errors import RequestError
from osteon.simulate.tissue.raman_bands import LIBRARY, component
from osteon.types import Spectrum

Amounts = Mapping[str, float]
"""Component of `LIBRARY` to how much of it there is; 1 for the height of its strongest band."""

SERUM: Amounts = {
    "protein": 1.0, "lipid": 0.30, "nucleic acid": 0.12, "carotenoid": 0.35, "purine": 0.45, "glucose": 0.20,
    "haem": 0.08,
}  # fmt: skip
BONE: Amounts = {
    "hydroxyapatite": 2.5, "collagen": 0.8, "protein": 0.25, "lipid": 0.30, "nucleic acid": 0.05, "haem": 0.05,
    "glycosaminoglycan": 0.05,
}  # fmt: skip
CARTILAGE: Amounts = {
    "hydroxyapatite": 0.05, "collagen": 0.9, "protein": 0.35, "lipid": 0.10, "nucleic acid": 0.12, "haem": 0.02,
    "glycosaminoglycan": 0.75,
}  # fmt: skip
CELLS: Amounts = {
    "hydroxyapatite": 0.03, "collagen": 0.25, "protein": 1.0, "lipid": 0.35, "nucleic acid": 0.50, "haem": 0.15,
    "glycosaminoglycan": 0.10,
}  # fmt: skip
SERUM_EFFECT: Amounts = {"protein": -0.10, "lipid": 0.18, "nucleic acid": 0.40, "carotenoid": -0.40, "purine": 0.25}
"""Change of the mean logarithm in the serum of a patient whose tumour has spread, at strength 1."""
TISSUE_EFFECT: Amounts = {"nucleic acid": 0.45, "collagen": -0.25, "hydroxyapatite": -0.30, "lipid": -0.20}
"""The same in malignant tissue against benign tissue of the same make."""
SPREAD: Amounts = {
    "protein": 0.12, "collagen": 0.25, "lipid": 0.30, "nucleic acid": 0.40, "hydroxyapatite": 0.35,
    "carotenoid": 0.45, "glycosaminoglycan": 0.35, "haem": 0.50, "purine": 0.35, "glucose": 0.25,
}  # fmt: skip
"""Standard deviation of the logarithm between patients."""
REPEAT = 0.06
"""Standard deviation of the logarithm between spectra of one patient."""


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """What is the spectrometer's.

    Attributes:
        from_per_cm, to_per_cm, points: The axis it writes.
        offset_per_cm: By how much its axis reads too high.
        stretch: By which factor its axis is too long, about 1,000 /cm.
        resolution_per_cm: Full width at half maximum that it adds to each band.
        counts: Photons of a band of amount 1 at its peak.
        fluorescence: Broad background over the band of amount 1.
        read_noise: Standard deviation of the detector, in counts.
        rays: Mean number of cosmic rays a spectrum.

    """

    from_per_cm: float = 380.0
    to_per_cm: float = 1800.0
    points: int = 1024
    offset_per_cm: float = 0.0
    stretch: float = 1.0
    resolution_per_cm: float = 5.0
    counts: float = 2000.0
    fluorescence: float = 3.0
    read_noise: float = 5.0
    rays: float = 0.7

    @property
    def axis_per_cm(self) -> np.ndarray:
        """The Raman shifts it writes, (points,)."""
        return np.linspace(self.from_per_cm, self.to_per_cm, self.points)

    @property
    def true_per_cm(self) -> np.ndarray:
        """The Raman shifts that its points really have, (points,)."""
        return 1000.0 + (self.axis_per_cm - self.offset_per_cm - 1000.0) / self.stretch


def draw_instrument(rng: np.random.Generator) -> Instrument:
    """Return a site's instrument: axis off by 2 /cm (one standard deviation), its own resolution and light."""
    return Instrument(
        offset_per_cm=float(rng.normal(0.0, 2.0)),
        stretch=float(np.exp(rng.normal(0.0, 0.001))),
        resolution_per_cm=float(rng.uniform(3.0, 9.0)),
        counts=2000.0 * float(np.exp(rng.normal(0.0, 0.3))),
        fluorescence=3.0 * float(np.exp(rng.normal(0.0, 0.3))),
    )


def serum(*, effect: float = 0.0) -> Amounts:
    """Return the mean mixture of serum; `effect` is 0 without and 1 with metastasis, or any strength."""
    return _moved(SERUM, SERUM_EFFECT, effect)


def tissue(*, mineral: float = 0.0, cartilage: float = 0.0, effect: float = 0.0) -> Amounts:
    """Return the mean mixture of tissue.

    Args:
        mineral: Share of bone or tumour bone, 0 to 1.
        cartilage: Share of cartilage; the rest is cells.
        effect: 0 for benign and 1 for malignant tissue of this make, or any strength.

    Raises:
        RequestError: The shares are negative or exceed 1.

    """
    cells = 1.0 - mineral - cartilage
    if min(mineral, cartilage, cells) < -1e-9:
        msg = f"Mineral and cartilage are shares that add to at most 1; got {mineral:g} and {cartilage:g}."
        raise RequestError(msg)
    names = BONE.keys() | CARTILAGE.keys() | CELLS.keys()
    parts = ((BONE, mineral), (CARTILAGE, cartilage), (CELLS, max(cells, 0.0)))
    mixed = {name: sum(of.get(name, 0.0) * share for of, share in parts) for name in sorted(names)}
    return _moved(mixed, TISSUE_EFFECT, effect)


def draw_patient(mean: Amounts, *, rng: np.random.Generator) -> Amounts:
    """Return a patient's mixture: log-normal around `mean` by `SPREAD`."""
    return {name: float(amount * np.exp(rng.normal(0.0, SPREAD[name]))) for name, amount in mean.items()}


def ideal_auroc(one: Amounts, other: Amounts) -> float:
    """Return the area under the curve of an observer who knows every patient's mixture exactly.

    Both classes are log-normal with the same spread, so it is the normal distribution at their Mahalanobis
    distance over the square root of 2.

    Example:
        >>> round(ideal_auroc(serum(), serum(effect=1.0)), 2)
        0.9

    """
    squares = [(np.log(other[name] / one[name]) / SPREAD[name]) ** 2 for name in one]
    return float(norm.cdf(np.sqrt(sum(squares) / 2.0)))


def expected(mixture: Amounts, *, instrument: Instrument, background: np.ndarray | None = None) -> np.ndarray:
    """Return the mean counts of a mixture on the instrument's axis (points,), without noise.

    Args:
        mixture: Component to amount.
        instrument: What measures it.
        background: Fluorescence of `draw_background`, (points,), over the band of amount 1; None for none.

    Raises:
        RequestError: A component that is not in the library.

    """
    unknown = sorted(set(mixture) - set(LIBRARY))
    if unknown:
        msg = f"No Raman bands are known for {', '.join(unknown)}; choose from {', '.join(LIBRARY)}."
        raise RequestError(msg)
    axis, wider = instrument.true_per_cm, instrument.resolution_per_cm
    bands = [amount * component(name, axis, wider_per_cm=wider) for name, amount in mixture.items()]
    total = np.sum(bands, axis=0) if bands else np.zeros(instrument.points)
    return instrument.counts * (total if background is None else total + background)


def draw_background(instrument: Instrument, *, rng: np.random.Generator) -> np.ndarray:
    """Return a spectrum's fluorescence (points,): a falling slope and two broad humps, drawn."""
    place = np.linspace(0.0, 1.0, instrument.points)
    level = instrument.fluorescence * np.exp(rng.normal(0.0, 0.4))
    slope = np.exp(-place * rng.uniform(0.3, 2.0))
    humps = [
        rng.uniform(0.0, 0.5) * np.exp(-(((place - rng.uniform(0.0, 1.0)) / rng.uniform(0.25, 0.5)) ** 2))
        for _ in range(2)
    ]
    return level * (slope + np.sum(humps, axis=0))


def measure(mixture: Amounts, *, instrument: Instrument, rng: np.random.Generator) -> Spectrum:
    """Return one spectrum of a mixture: photons by Poisson's law, the detector's noise, cosmic rays; in counts."""
    mean = expected(mixture, instrument=instrument, background=draw_background(instrument, rng=rng))
    counts = rng.poisson(mean).astype(float)
    if instrument.read_noise:
        counts += np.rint(rng.normal(0.0, instrument.read_noise, counts.shape))
    for _ in range(rng.poisson(instrument.rays)):
        place, reach = rng.integers(instrument.points), rng.integers(1, 3)
        counts[place : place + reach] += np.rint(instrument.counts * np.exp(rng.normal(1.0, 0.7)))
    return Spectrum(shift_per_cm=instrument.axis_per_cm, counts=np.maximum(counts, 0.0))


def spectra(
    mixture: Amounts, *, instrument: Instrument, rng: np.random.Generator, repeats: int = 3
) -> tuple[Spectrum, ...]:
    """Return `repeats` spectra of one patient, whose mixture varies by `REPEAT` from one to the next."""
    if repeats < 1:
        msg = f"A patient needs at least one spectrum; got {repeats}."
        raise RequestError(msg)
    made = []
    for _ in range(repeats):
        spot = {name: amount * float(np.exp(rng.normal(0.0, REPEAT))) for name, amount in mixture.items()}
        made.append(measure(spot, instrument=instrument, rng=rng))
    return tuple(made)


def _moved(mean: Amounts, effect: Amounts, strength: float) -> Amounts:
    return {name: amount * float(np.exp(strength * effect.get(name, 0.0))) for name, amount in mean.items()}
