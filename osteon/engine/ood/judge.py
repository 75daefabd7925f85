"""Whether an answer is to be believed: what `osteon read` withholds it by, and `osteon predict` flags it by."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from osteon.contract import System, asks_for_lesion
from osteon.engine.ood import film, strangers
from osteon.engine.ood.gate import Describer
from osteon.engine.ood.reach import Reach
from osteon.models import mahalanobis
from osteon.types import Image, Prediction, Study

FILMS = ("radiograph", "scintigram")
"""Kinds of pictures that are grey; what is in colour is no such picture."""
INVERTED = "With black and white exchanged it would pass: if its bones are dark, invert it and read it again."
NO_NUMBER = "What the system says of it is no number."


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether something is out of distribution: above 1 it is; `why` is then a sentence or two."""

    score: float | None
    why: str = ""

    @property
    def outside(self) -> bool:
        """Whether no answer shall be given."""
        return bool(self.why)


def film_of(study: Study, system: System) -> Image | None:
    """Return the whole film that the answers of `system` on `study` are about; None where they are not about one.

    A lesion's crop, a volume, a tile or a spectrum is judged by the network's own features alone.
    """
    if asks_for_lesion(system):
        return None
    data = [study.data.get(wanted.name) for wanted in system.inputs if wanted.kind in FILMS]
    return next((d for d in data if isinstance(d, Image) and len(d.grid.shape) == 2), None)


def verdict(predictions: Sequence[Prediction], *, reach: Reach, image: Image | None, describer: Describer) -> Verdict:
    """Return whether answers that belong together are about something within `reach`.

    Args:
        predictions: Of one study; the first that carries features tells what the network made of it.
        reach: Of the system that gave them.
        image: The film they are about, as `film_of` finds it.
        describer: Of films.

    """
    features = next((p.features for p in predictions if p.features is not None), None)
    if image is None:
        found = of_features(reach, features)
    else:
        found = of_film(reach, image, features=features, describer=describer)
    unsaid = not all(np.isfinite(list((p.probabilities or {}).values())).all() for p in predictions)
    return Verdict(score=found.score, why=found.why or NO_NUMBER) if unsaid else found


def verdicts(
    predictions: Sequence[Prediction], study: Study, *, system: System, reach: Reach, describer: Describer
) -> list[Verdict]:
    """Return the verdict on each of the `predictions` of a study; those on one item of it are judged together."""
    image = film_of(study, system)
    items: dict[str, list[Prediction]] = {}
    for prediction in predictions:
        items.setdefault(prediction.item, []).append(prediction)
    told = {item: verdict(some, reach=reach, image=image, describer=describer) for item, some in items.items()}
    return [told[prediction.item] for prediction in predictions]


def worst(found: Sequence[Verdict]) -> Verdict | None:
    """Return the one that is farthest out, those that no figure stands for first; None of none."""
    return max(found, key=lambda v: (v.outside, v.score is None and v.outside, v.score or 0.0), default=None)


def of_film(reach: Reach, image: Image, *, features: np.ndarray | None, describer: Describer) -> Verdict:
    """Return whether a flat picture, its facts and what the network made of it (where it told) are within `reach`."""
    pixels = image.read()
    why = film.unusable(pixels)
    if why:
        return Verdict(score=None, why=why)
    looks = _looks(reach, pixels, describer=describer)
    score, said = max([*looks, *_own(reach, features)], default=(None, ""))
    whys = [film.outside(film.signs(pixels), reach.signs) if reach.signs else "", _foreign(reach, image)]
    if score is not None and score > 1:
        whys.append(said)
    if looks and max(looks)[0] > 1 >= max(_looks(reach, _inverted(pixels), describer=describer))[0]:
        whys.append(INVERTED)
    return Verdict(score=score, why=" ".join(w for w in whys if w))


def _inverted(pixels: np.ndarray) -> np.ndarray:
    """Return a picture with black and white exchanged, as films are that lost the tag which says so."""
    return pixels.max() + pixels.min() - pixels


def of_features(reach: Reach, features: np.ndarray | None) -> Verdict:
    """Return whether what a network made of its input is within `reach`; no score where there is nothing to go by."""
    if not reach.own or features is None:
        return Verdict(score=None)
    score = _number(mahalanobis.score(reach.own, features))
    return Verdict(score=score, why=_far(score, "training data") if score > 1 else "")


def scores(
    reach: Reach, pixels: np.ndarray, *, features: np.ndarray | None, describer: Describer
) -> list[tuple[float, str]]:
    """Return how far out the film is by each measure that there is, and the words for it when that is above 1."""
    return [*_looks(reach, pixels, describer=describer), *_own(reach, features)]


def _looks(reach: Reach, pixels: np.ndarray, *, describer: Describer) -> list[tuple[float, str]]:
    """Return how far out the film is by what a network that never saw the task makes of it."""
    if not reach.stats:
        return []
    description = describer([pixels])[0]
    score = _number(mahalanobis.score(reach.stats, description) / reach.joint)
    found = [(score, _far(score, "training films"))]
    if reach.strangers:
        likeness = strangers.scores(reach.stats, description)
        kind = strangers.likest(reach.strangers, likeness)
        like = _number(float(likeness.max()) / reach.joint)
        found.append((like, f"It looks more like a {kind} than films of its training do."))
    return found


def _own(reach: Reach, features: np.ndarray | None) -> list[tuple[float, str]]:
    """Return how far out the film is by the system's own features, where it has both."""
    if not reach.own or features is None:
        return []
    score = _number(mahalanobis.score(reach.own, features) / reach.joint)
    return [(score, _far(score, "training films"))]


def _number(score: float) -> float:
    """Return a score, and that of what is no number as without bound: it is like nothing that was seen."""
    return math.inf if math.isnan(score) else score


def _far(score: float, what: str) -> str:
    if math.isinf(score):
        return f"It cannot be held against the {what}: what the network makes of it is no number."
    return f"It lies {score:.2f} times as far from the {what} as those of its own kind may."


def _foreign(reach: Reach, image: Image) -> str:
    part = str(image.facts.get("BodyPartExamined", "")).upper().strip()
    if part and part in reach.foreign_parts:
        return f"Its header says {part.lower()}, which the training films did not cover."
    return ""
