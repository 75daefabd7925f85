"""Setting a system's reach: which films it may answer, and what its probabilities were worth on held-out ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.cluster import KMeans

from osteon.contract import Classify
from osteon.engine.answers import class_of
from osteon.engine.ood import film, judge, reach, strangers
from osteon.engine.ood.gate import Describer
from osteon.engine.ood.reach import Bin, Reach
from osteon.engine.predictor import Predictor
from osteon.engine.run import open_run
from osteon.errors import CohortError
from osteon.io import atomic
from osteon.metrics.proportion import wilson
from osteon.models import mahalanobis
from osteon.report import card as cards
from osteon.types import Cohort, Image, Prediction, Study

GROUPS = 100
"""Clusters of training films; a hand and a pelvis are far apart, so one cloud would be too wide."""
FOREIGN_PARTS = (
    *("CHEST", "THORAX", "LUNG", "HEART", "BREAST", "RIB", "STERNUM", "ABDOMEN", "WHOLEBODY", "WHOLE BODY"),
    *("HEAD", "SKULL", "BRAIN", "JAW", "TEETH", "NECK", "SPINE", "CSPINE", "TSPINE", "LSPINE"),
)
"""Words of BodyPartExamined that no set of limb and hip films covers."""
BINS = 8

Pixels = Sequence[np.ndarray]
Told = list[tuple[Study, list[Prediction]]]


def calibrate(
    folder: Path,
    cohort: Cohort,
    *,
    others: Mapping[str, Pixels] | None = None,
    share: float = 0.96,
    seed: int = 0,
    device: str = "cpu",
) -> Reach:
    """Set the reach of the run or weights in `folder` on its own training and validation films, and store it there.

    Args:
        folder: A finished run, or packaged weights; its `split.csv` says which films are which.
        cohort: What it was trained on.
        others: Kind of picture to pictures that it must not answer; only directions in feature space remain of them.
        share: Of the validation films that shall pass.
        seed: Of the clusters and of the changed copies of the films.
        device: For the network.

    Raises:
        CohortError: Fewer than ten training or validation films of `split.csv` are in `cohort`.

    """
    sides = open_run(folder).split()
    train = [s for s in cohort.studies if sides.get(s.name) == "train" and _film(s) is not None]
    held_out = [s for s in cohort.studies if sides.get(s.name) == "validation" and _film(s) is not None]
    if min(len(train), len(held_out)) < 10:
        msg = (
            f"The run's split.csv names {len(train)} training and {len(held_out)} validation films of this cohort; the "
            "calibration needs ten of each. Give the cohort that the run was trained on."
        )
        raise CohortError(msg)
    predictor = Predictor.load(folder, device=device)
    told: Told = [(study, predictor(study)) for study in held_out]
    found = _described(train, held_out, others=others or {}, share=share, seed=seed)
    found = replace(found, own=reach.load(folder).own, reliability=reliability(told, predictor))
    found = _joined(found, told, share=share)
    reach.store(found, folder)
    _onto_card(folder, found)
    return found


def reliability(told: Told, predictor: Predictor) -> dict[str, dict[str, tuple[Bin, ...]]]:
    """Return, for each task and class, what share of held-out studies had the class, by the probability given it."""
    found: dict[str, dict[str, tuple[Bin, ...]]] = {}
    for task in predictor.system.tasks:
        if not isinstance(task, Classify):
            continue
        pairs = [
            (p.probabilities, task.classes[label])
            for study, predictions in told
            for p in predictions
            if p.task == task.name and p.probabilities and (label := class_of(p, study, task)) is not None
        ]
        if len(pairs) >= 2 * BINS:
            found[task.name] = {
                name: _bins([(odds[name], truth == name) for odds, truth in pairs]) for name in task.classes
            }
    return found


def _bins(pairs: list[tuple[float, bool]]) -> tuple[Bin, ...]:
    pairs = sorted(pairs)
    bins = []
    for rows in np.array_split(np.array(pairs, dtype=np.float64), BINS):
        low, high = wilson(int(rows[:, 1].sum()), len(rows))
        bins.append(
            Bin(probability=round(float(rows[:, 0].mean()), 4), low=round(low, 4), high=round(high, 4), n=len(rows))
        )
    return tuple(bins)


def _described(
    train: Sequence[Study], held_out: Sequence[Study], *, others: Mapping[str, Pixels], share: float, seed: int
) -> Reach:
    describer, rng = Describer(), np.random.default_rng(seed)
    signs, descriptions = [], []
    for study in train:
        pixels = _pixels(study)
        signs.append(film.signs(pixels))
        descriptions.append(describer([pixels, changed(pixels, rng=rng)]))
    films = np.concatenate(descriptions)
    unseen = np.concatenate([describer([_pixels(study)]) for study in held_out])
    stats = mahalanobis.fit(films, _clusters(films, seed=seed), held_out=unseen, share=share)
    if others:
        strange = {kind: np.concatenate([describer([p]) for p in pictures]) for kind, pictures in others.items()}
        stats |= strangers.fit(films, strange, held_out=unseen)
    return Reach(stats=stats, signs=film.limits(signs), foreign_parts=FOREIGN_PARTS, strangers=tuple(others))


def _joined(found: Reach, told: Told, *, share: float) -> Reach:
    """Return `found` with the joint limit that lets `share` of the held-out films pass, and what it found in words."""
    describer, bare = Describer(), replace(found, joint=1.0)  # scores come divided by the limit that is there
    worst = []
    for study, predictions in told:
        features = next((p.features for p in predictions if p.features is not None), None)
        worst.append(max(s for s, _ in judge.scores(bare, _pixels(study), features=features, describer=describer)))
    joint = float(np.quantile(worst, share))
    checked = {task: sum(b.n for b in next(iter(classes.values()))) for task, classes in found.reliability.items()}
    measured = (
        f"Out of distribution: {share:.0%} of {len(told)} validation films pass"
        + (f"; probes against {', '.join(found.strangers)}." if found.strangers else "."),
        *(
            f"Probabilities of {task} were checked on {n} validation films, on which the temperature was fitted too."
            for task, n in checked.items()
        ),
    )
    return replace(found, joint=joint, measured=measured)


def changed(pixels: np.ndarray, *, rng: np.random.Generator) -> np.ndarray:
    """Return a film as another department might have made it: mirrored, turned, cut, framed, with another contrast."""
    grey = film.shrunk(pixels, side=film.SIDE_PX)
    if rng.random() < 0.5:
        grey = grey[:, ::-1]
    grey = np.rot90(grey, int(rng.choice(4, p=[0.7, 0.1, 0.1, 0.1])))
    cut = rng.uniform(0.75, 1, 2)
    top, left = (rng.uniform(0, 1 - cut) * grey.shape).astype(int)
    grey = grey[top : top + int(cut[0] * grey.shape[0]), left : left + int(cut[1] * grey.shape[1])]
    grey = grey ** np.exp(rng.uniform(-0.4, 0.4))
    if rng.random() < 0.3:
        frame = int(rng.uniform(0.05, 0.2) * grey.shape[1])
        grey = np.pad(grey, ((0, 0), (frame, frame)) if rng.random() < 0.5 else ((frame, frame), (0, 0)))
    return np.clip(grey + rng.normal(0, rng.uniform(0, 0.02), grey.shape), 0, 1)


def _clusters(films: np.ndarray, *, seed: int) -> np.ndarray:
    z = (films - films.mean(axis=0)) / (films.std(axis=0) + 1e-6)
    left, singular, _ = np.linalg.svd(z, full_matrices=False)
    kept = slice(0, mahalanobis.COMPONENTS)
    low = left[:, kept] * np.sqrt(singular[kept])
    groups = max(1, min(GROUPS, len(films) // 20))
    return KMeans(groups, n_init=1, random_state=seed).fit_predict(low)


def _film(study: Study) -> Image | None:
    return next((d for d in study.data.values() if isinstance(d, Image) and len(d.grid.shape) == 2), None)


def _pixels(study: Study) -> np.ndarray:
    image = _film(study)
    if image is None:
        msg = "A study of the calibration holds no film; give the cohort that the run was trained on."
        raise CohortError(msg)
    return image.read()


def _onto_card(folder: Path, found: Reach) -> None:
    card = cards.load(folder)
    if card is not None:
        card = replace(card, calibration=found.measured)
        atomic.write_json(folder / "card.json", cards.as_json(card))
        atomic.write_text(folder / "card.md", cards.markdown(card))
