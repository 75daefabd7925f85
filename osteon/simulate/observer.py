"""The ideal observer: the best any reader can do who sees all that was drawn, and thus the ceiling of a score.

For a class of entity it is Bayes' rule under the cohort's own odds. For a hidden cause (`Link`) it is the probability
of the label given the observable score. Both are exact; the expectation over ever more patients is an integral for a
link, and the mean over `DRAWS` further tumours for an entity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from osteon.errors import RequestError
from osteon.metrics import bootstrap, delong, proportion
from osteon.metrics.concordance import concordance, concordance_statistic
from osteon.simulate.tumour.entity_odds import Odds

DRAWS = 20_000


@dataclass(frozen=True, kw_only=True)
class Ceiling:
    """What the ideal observer scores at a task.

    Attributes:
        task: The label column.
        metric: "accuracy", "auc" of one class against the rest, or "concordance" of a risk with the time to an event.
        positive: The class that the area is about, "" for the accuracy.
        expected: Over ever more patients of this recipe.
        value, low, high: On this cohort, with its 95 % interval; nan where the cohort has one class alone.
        n: Patients behind `value`.
        sees: What the observer was given.

    """

    task: str
    metric: str
    positive: str = ""
    expected: float
    value: float
    low: float
    high: float
    n: int
    sees: str = "all that was drawn"


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The ideal observer's answers: `odds` of (patients, classes) and the index of the true class, (patients,)."""

    odds: np.ndarray
    truth: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Link:
    """A label that follows, with chance, from a score that can be observed.

    The score is standard normal; the label is "yes" where score + `noise` * another standard normal exceeds the
    threshold that gives `share` of them. A recipe turns the score into what its images show.

    Attributes:
        task: The label column.
        classes: The word for no, and the word for yes.
        share: Of yes.
        noise: 0: the score decides; the larger, the less can be known.

    """

    task: str
    classes: tuple[str, str] = ("no", "yes")
    share: float = 0.5
    noise: float = 0.5

    def __post_init__(self) -> None:
        """Refuse a link that cannot be."""
        if not (0.0 < self.share < 1.0 and self.noise >= 0.0):
            msg = f"A link needs a share between 0 and 1 and a noise of 0 or more; got {self.share}, {self.noise}."
            raise RequestError(msg)

    @property
    def threshold(self) -> float:
        """What score and noise together must exceed."""
        return float(ndtri(1.0 - self.share)) * float(np.hypot(1.0, self.noise))

    def draw(self, rng: np.random.Generator) -> tuple[float, str]:
        """Return a score and its label."""
        score, chance = rng.normal(size=2)
        return float(score), self.classes[int(score + self.noise * chance > self.threshold)]

    def draw_of(self, label: str, rng: np.random.Generator) -> float:
        """Return a score given the label."""
        while True:
            score, found = self.draw(rng)
            if found == label:
                return score

    def probability(self, score: np.ndarray) -> np.ndarray:
        """Return the chance of yes given the score."""
        distance = np.asarray(score, float) - self.threshold
        return ndtr(distance / self.noise) if self.noise else (distance > 0).astype(float)

    def expected(self) -> Mapping[str, float]:
        """Return the area under the curve and the accuracy of the ideal observer, by integration."""
        score = np.linspace(-8.0, 8.0, 16001)
        weight = np.exp(-0.5 * score**2)
        weight /= weight.sum()
        yes = self.probability(score)
        positive, negative = weight * yes, weight * (1.0 - yes)
        below = np.cumsum(negative) - 0.5 * negative
        area = float((positive * below).sum() / (positive.sum() * negative.sum()))
        return {"auc": area, "accuracy": float((weight * np.maximum(yes, 1.0 - yes)).sum())}


def of_link(link: Link, scores: Sequence[float], labels: Sequence[str]) -> tuple[Ceiling, ...]:
    """Return the ceilings of a link on a cohort's scores and labels."""
    yes = link.probability(np.array(scores, float))
    answers = Answers(odds=np.stack([1.0 - yes, yes], axis=1), truth=np.array([link.classes.index(w) for w in labels]))
    hoped = link.expected()
    return (
        _accuracy(answers, task=link.task, expected=hoped["accuracy"]),
        _area(answers, 1, task=link.task, positive=link.classes[1], expected=hoped["auc"]),
    )


def of_classes(
    answers: Answers, expected: Answers, *, task: str, classes: Sequence[str], sees: str = "all that was drawn"
) -> tuple[Ceiling, ...]:
    """Return the ceilings of a task of several classes: accuracy, and the area of each class against the rest.

    Args:
        answers: On the cohort.
        expected: On a large sample of the same odds.
        task: The label column.
        classes: In the order of the answers.
        sees: What the observer was given.

    """
    hits = expected.odds.argmax(axis=1) == expected.truth
    found = [_accuracy(answers, task=task, expected=float(hits.mean()), sees=sees)]
    for place, word in enumerate(classes):
        truth = expected.truth == place
        if truth.any() and not truth.all():
            hoped = float(delong.areas(truth, expected.odds[:, place]).auc[0])
            found.append(_area(answers, place, task=task, positive=word, expected=hoped, sees=sees))
    return tuple(found)


def of_risk(risk: np.ndarray, days: np.ndarray, event: np.ndarray, *, task: str, expected: float) -> Ceiling:
    """Return the concordance of an observer who knows the logarithm of every patient's hazard ratio, (patients,)."""
    statistic = concordance_statistic(risk, days, event)
    drawn = bootstrap.resample(statistic, np.arange(len(risk)), rng=np.random.default_rng(len(risk)), resamples=500)
    interval = bootstrap.percentile(drawn)
    value = concordance(risk, days, event)
    low, high = (interval.low, interval.high) if np.isfinite(interval.low) else (value, value)
    return Ceiling(
        task=task, metric="concordance", expected=expected, value=value, low=low, high=high, n=len(risk),
        sees="all that moves the hazard, exactly",
    )  # fmt: skip


def of_log_odds(log_odds: Sequence[float], truth: Sequence[bool]) -> Answers:
    """Return the answers of an observer who knows the logarithm of the odds of the second of two classes."""
    yes = 1.0 / (1.0 + np.exp(-np.clip(np.asarray(log_odds, float), -40.0, 40.0)))
    return Answers(odds=np.stack([1.0 - yes, yes], axis=1), truth=np.asarray(truth, int))


def sample(odds: Odds, to_class: np.ndarray, *, seen: Sequence[str], rng: np.random.Generator) -> Answers:
    """Return the ideal observer's answers on `DRAWS` new tumours.

    Args:
        odds: Of the cohort.
        to_class: (entities, classes) of 0 and 1.
        seen: Features given to the observer.
        rng: Draws the tumours.

    """
    rows = rng.choice(len(odds.prior), DRAWS, p=odds.prior)
    chance = np.log(odds.prior)[None].repeat(DRAWS, axis=0)
    for feature in seen:
        table = odds.tables[feature]
        drawn = (table[rows].cumsum(axis=1) < rng.random((DRAWS, 1))).sum(axis=1).clip(max=table.shape[1] - 1)
        chance += np.log(np.maximum(table[:, drawn].T, 1e-300))
    chance = np.exp(chance - chance.max(axis=1, keepdims=True))
    chance /= chance.sum(axis=1, keepdims=True)
    return Answers(odds=chance @ to_class, truth=to_class[rows].argmax(axis=1))


def _accuracy(answers: Answers, *, task: str, expected: float, sees: str = "all that was drawn") -> Ceiling:
    hits = int((answers.odds.argmax(axis=1) == answers.truth).sum())
    n = len(answers.truth)
    low, high = proportion.clopper_pearson(hits, n)
    return Ceiling(
        task=task, metric="accuracy", expected=expected, value=hits / n, low=low, high=high, n=n, sees=sees
    )  # fmt: skip


def _area(
    answers: Answers, place: int, *, task: str, positive: str, expected: float, sees: str = "all that was drawn"
) -> Ceiling:
    truth = answers.truth == place
    value, low, high = (
        delong.interval(truth, answers.odds[:, place]) if 0 < truth.sum() < len(truth) else (float("nan"),) * 3
    )
    return Ceiling(
        task=task, metric="auc", positive=positive, expected=expected, value=value, low=low, high=high,
        n=len(truth), sees=sees,
    )  # fmt: skip
