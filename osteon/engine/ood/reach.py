"""The reach of a trained system: what looks enough like its training films to be answered at all.

Two files beside the weights hold it: `reach.json` (limits, body parts, reliability) and `reach.safetensors` (where the
training films lie among the descriptions of `gate`). `calibrate` makes them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from osteon import weights
from osteon.engine.ood import film
from osteon.errors import WeightsError
from osteon.io import atomic

JSON, TENSORS, OWN = "reach.json", "reach.safetensors", "ood.safetensors"


@dataclass(frozen=True, kw_only=True)
class Bin:
    """Held-out studies of like probability: its mean, and the 95 % range (Wilson) of the true share among them."""

    probability: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Reach:
    """What a system may be asked.

    Attributes:
        stats: Of the training films' descriptions, for `mahalanobis.score`; empty: films are not described.
        own: Of the network's own features (`ood.safetensors` of the run); empty where it has none.
        joint: The two scores' larger one is divided by it, so that the stated share of held-out films passes.
        signs: Limits of the signs of `film`.
        foreign_parts: Words of BodyPartExamined that the training did not cover.
        strangers: Kinds of pictures that `stats` holds a probe against, in its order.
        reliability: Task to class to bins, for the brackets on the report's bars.
        measured: What the calibration found, one sentence each, for the model card.

    """

    stats: Mapping[str, np.ndarray] = field(default_factory=dict)
    own: Mapping[str, np.ndarray] = field(default_factory=dict)
    joint: float = 1.0
    signs: film.Limits = field(default_factory=dict)
    foreign_parts: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()
    reliability: Mapping[str, Mapping[str, tuple[Bin, ...]]] = field(default_factory=dict)
    measured: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        """Whether there is anything of the training data to hold an answer against."""
        return bool(self.stats or self.own)


def bracket(reach: Reach, task: str, *, probabilities: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    """Return, for each class, the range of the true share among held-out studies of like probability."""
    ranges = {}
    for name, probability in probabilities.items():
        bins = reach.reliability.get(task, {}).get(name, ())
        if bins:
            at = [b.probability for b in bins]
            low = float(np.interp(probability, at, [b.low for b in bins]))
            high = float(np.interp(probability, at, [b.high for b in bins]))
            ranges[name] = (min(low, probability), max(high, probability))
    return ranges


def load(folder: Path) -> Reach:
    """Return the reach that lies in a weights or run folder; an empty one where there is none.

    Weights that are lent have their lender's films, but neither its network's features nor its reliability.

    Raises:
        WeightsError: A file of it is damaged.

    """
    lent = weights.lent(folder)
    if lent is not None:
        return replace(load(lent.folder), own={}, reliability={})
    try:
        own = load_file(folder / OWN) if (folder / OWN).is_file() else {}
        if not (folder / JSON).is_file():
            return Reach(own=own)
        stated = json.loads((folder / JSON).read_text(encoding="utf-8"))
        return Reach(
            stats=load_file(folder / TENSORS) if (folder / TENSORS).is_file() else {},
            own=own,
            joint=float(stated["joint"]),
            signs={name: (float(low), float(high)) for name, (low, high) in stated["signs"].items()},
            foreign_parts=tuple(stated["foreign_parts"]),
            strangers=tuple(stated["strangers"]),
            reliability={
                task: {name: tuple(Bin(**b) for b in bins) for name, bins in classes.items()}
                for task, classes in stated["reliability"].items()
            },
            measured=tuple(stated["measured"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
        msg = "the calibration of the out-of-distribution flag is damaged; take the weights anew, or calibrate again."
        raise WeightsError(msg, file=f"{folder.name}/{JSON}") from error


def store(reach: Reach, folder: Path) -> None:
    """Write `reach` (all but `own`, which the training wrote) into a weights or run folder."""
    atomic.write_bytes(folder / TENSORS, save({name: np.ascontiguousarray(v) for name, v in reach.stats.items()}))
    stated = {
        "joint": reach.joint,
        "signs": reach.signs,
        "foreign_parts": reach.foreign_parts,
        "strangers": reach.strangers,
        "reliability": {
            task: {name: [asdict(b) for b in bins] for name, bins in classes.items()}
            for task, classes in reach.reliability.items()
        },
        "measured": reach.measured,
    }
    atomic.write_json(folder / JSON, stated)
