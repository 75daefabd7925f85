"""Whether a heat map points at the lesion: the pointing game (Zhang 2018) and the energy inside (Wang 2020)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from osteon.errors import GeometryError
from osteon.metrics import bootstrap, scoring
from osteon.metrics.proportion import clopper_pearson
from osteon.metrics.scoring import Context, Figure
from osteon.types import Score


@dataclass(frozen=True, kw_only=True)
class Pointed:
    """One map against one mask.

    Attributes:
        patient: Pseudonym.
        hit: Share of the map's hottest places that lie in the mask: 1 or 0 where one place is the hottest.
        energy: Share of the map's sum that lies in the mask; nan of a map without any.
        chance: Share of the field that the mask takes: what both come to without knowledge.

    """

    patient: str
    hit: float
    energy: float
    chance: float


def point(heat: np.ndarray, mask: np.ndarray, *, patient: str, field: np.ndarray | None = None) -> Pointed:
    """Return whether `heat` points at `mask`.

    Args:
        heat: 2-D or 3-D, 0 and above.
        mask: The same shape; anything but 0 is lesion.
        patient: Pseudonym.
        field: The same shape: where the network looked (a crop, a slice); None: everywhere. Nothing else counts.

    Raises:
        GeometryError: Shapes differ, or the mask lies wholly outside the field.

    """
    heat, inside = np.asarray(heat, dtype=np.float64), np.asarray(mask) != 0
    seen = np.ones(inside.shape, dtype=bool) if field is None else np.asarray(field, dtype=bool)
    if not heat.shape == inside.shape == seen.shape or not (inside & seen).any():
        msg = (
            f"A map of {heat.shape}, a mask of {inside.shape} and a field of {seen.shape} do not go together; "
            "they must lie on one grid, and something of the mask in the field."
        )
        raise GeometryError(msg)
    heat, inside = heat[seen], inside[seen]
    total = heat.sum()
    return Pointed(
        patient=patient,
        hit=float(inside[heat == heat.max()].mean()),
        energy=float(heat[inside].sum() / total) if total > 0 else float("nan"),
        chance=float(inside.mean()),
    )


def scores(cases: Sequence[Pointed], *, context: Context, about: str = "") -> list[Score]:
    """Return the share of hits, the mean energy inside and the chance of both, with intervals by patient.

    Args:
        cases: Maps of one task and method.
        context: Where they come from.
        about: The method, in brackets behind each metric's name; "": none.

    Raises:
        RequestError: There is no case.

    """
    rows = np.array([(c.hit, c.energy, c.chance) for c in cases], dtype=float).reshape(-1, 3).T
    patients = np.array([c.patient for c in cases])
    several = scoring.count_patients(patients)
    exact = None
    if several == len(cases) and several and np.isin(rows[0], (0.0, 1.0)).all():
        exact = (*clopper_pearson(int(rows[0].sum()), several), "clopper-pearson")
    tail = f"[{about}]" if about else ""
    figures = [
        Figure(metric=f"pointing_game{tail}", n=len(cases), patients=several, exact=exact, perfect_of=several),
        Figure(metric=f"energy_inside{tail}", n=int(np.isfinite(rows[1]).sum()), patients=several),
        Figure(metric=f"pointing_chance{tail}", n=len(cases), patients=several),
    ]
    return scoring.scores(figures, bootstrap.mean(rows), patients=patients, context=context)
