"""Where the time of a training went, from its log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from osteon.engine import run

MOST_WAITING = 0.10
"""Share of the training time above which more threads should prepare the batches."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Of one part, or one of its folds.

    Attributes:
        part: Its key.
        epochs: Trained.
        training_s: Seconds in training steps.
        waiting: Share of them in which the network waited for its batches.
        validating_s: Seconds between the epochs.

    """

    part: str
    epochs: int
    training_s: float
    waiting: float
    validating_s: float

    @property
    def words(self) -> str:
        """The profile as a line, with what to do about it."""
        told = (
            f"{self.part}: {self.epochs} epochs, {self.training_s:.1f} s training, "
            f"{self.validating_s:.1f} s validating, {self.waiting:.1%} of the training time waiting for data"
        )
        return f"{told}; give more --workers" if self.waiting > MOST_WAITING else told


def profile(folder: Path) -> list[Profile]:
    """Return where the time of the run in `folder` went, for each network; estimators have no log.

    Args:
        folder: Of a run.

    """
    rows = run.open_run(folder).log()
    keys = dict.fromkeys(str(row["part"]) for row in rows)
    return [_of(key, [row for row in rows if row["part"] == key]) for key in keys]


def _of(key: str, rows: Sequence[Mapping[str, Any]]) -> Profile:
    training = [float(row["training_seconds"]) for row in rows]
    waited = sum(float(row["waiting"]) * s for row, s in zip(rows, training, strict=True))
    return Profile(
        part=key,
        epochs=len(rows),
        training_s=sum(training),
        waiting=waited / max(sum(training), 1e-9),
        validating_s=sum(float(row["seconds"]) for row in rows) - sum(training),
    )
