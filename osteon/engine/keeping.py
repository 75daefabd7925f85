"""Which epoch's weights are kept: the best ones, where "better" may have to be more than chance."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from osteon.contract import Part, Sgd
from osteon.engine.checkpoint import Where
from osteon.errors import RequestError

LOSS = "val_loss"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What one validation found.

    Attributes:
        figures: For the log.
        patients: Mean loss of each patient, in the order of their names; empty unless `fit.margin` asks for it.

    """

    figures: Mapping[str, float]
    patients: tuple[float, ...] = ()


def judged(seen: Seen, where: Where, part: Part) -> bool:
    """Return whether the epoch just validated is better than the kept one, and note in `where` what is kept now.

    Raises:
        RequestError: The validation yields no figure called `fit.monitor`, or not its standard error.

    """
    fit = part.fit
    if not isinstance(fit, Sgd):
        return False
    name = LOSS if fit.monitor == "loss" else fit.monitor
    value = _figure(seen, name, part) * (-1 if fit.monitor == "loss" else 1)
    better = where.best is None or _gained(value, where.best, fit.margin * _error(seen, where, part, fit))
    if better:
        where.best, where.stale, where.kept = value, 0, list(seen.patients)
    else:
        where.stale += 1
    return better


def _gained(value: float, best: float, least: float) -> bool:
    """Return whether `value` is more than `least` above `best`; any figure is above one that is undefined."""
    return value - best > least or (math.isnan(best) and not math.isnan(value))


def _error(seen: Seen, where: Where, part: Part, fit: Sgd) -> float:
    """Return the standard error that an improvement is measured by; 0 where no margin is asked for."""
    if not fit.margin:
        return 0.0
    if fit.monitor != "loss":
        return _figure(seen, f"{fit.monitor}_se", part)
    gained = np.array(where.kept) - np.array(seen.patients)
    return float(gained.std(ddof=1) / np.sqrt(gained.size)) if gained.size > 1 else 0.0


def _figure(seen: Seen, name: str, part: Part) -> float:
    if name not in seen.figures:
        given = ", ".join(seen.figures) or "nothing"
        msg = f"fit.monitor and fit.margin of {part.name} need {name!r}; its validation gives {given}."
        raise RequestError(msg)
    return seen.figures[name]
