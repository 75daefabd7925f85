"""The page of an explained run: what the maps point at, whether they hang on the weights, and the maps themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from osteon.report import html as pages
from osteon.report.picture import Plate
from osteon.report.picture import plate as picture_plate
from osteon.report.run import warning
from osteon.types import Score


@dataclass(frozen=True, kw_only=True)
class Shot:
    """A map over its image, and what it is of."""

    title: str
    plate: Plate


@dataclass(frozen=True, kw_only=True)
class Check:
    """How alike a method's map stays when every weight is shuffled (None: not tested), and what follows from it."""

    method: str
    alike: float | None
    limit: float
    verdict: str


def shot(pixels: np.ndarray, *, heat: np.ndarray, mask: np.ndarray | None, title: str) -> Shot:
    """Return the picture of `heat` over `pixels`, both (rows, columns), with the edge of `mask`."""
    return Shot(title=title, plate=picture_plate(pixels, mask=mask, heat=heat))


def html(
    system: str,
    *,
    scores: Sequence[Score],
    checks: Sequence[Check],
    figure: str,
    shots: Sequence[Shot],
    notes: Sequence[str],
) -> str:
    """Return the page, offline.

    Args:
        system: Its name.
        scores: Of the pointing game; none where there is no mask.
        checks: One a method.
        figure: The SVG of the sanity check, made by osteon itself.
        shots: Maps to show.
        notes: What a reader must know, one sentence each.

    """
    return pages.page(
        "explain.html.j2",
        system=system,
        scores=scores,
        warning=warning(scores) if scores else "",
        checks=checks,
        figure=Markup(figure),
        shots=shots,
        notes=tuple(dict.fromkeys(notes)),
    )
