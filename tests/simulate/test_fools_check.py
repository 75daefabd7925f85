"""The fool's check, on a recipe of each kind of task: what the truth can reach, and that shuffled labels reach nothing.

A cheap model that is given what was drawn comes up to the stated ceiling and not above it by more than chance; the same
model on shuffled labels stays at one half. On one recipe the same is asked of the written files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from osteon import cohorts
from osteon.simulate import cohort as writer
from osteon.simulate import recipes
from osteon.simulate.recipe import Case, Order

HALF, SHUFFLES = 160, 40
Seen = Callable[[Sequence[Case]], np.ndarray]


def of_score(cases: Sequence[Case]) -> np.ndarray:
    """The hidden score, or the logarithm of the odds, that a recipe drew: the one number that decides."""
    return np.array([[next(iter(case.scores.values()))] for case in cases])


def of_latents(cases: Sequence[Case]) -> np.ndarray:
    """The logarithms of the amounts that a recipe drew."""
    return np.log([[*case.patient.latents.values()] for case in cases])


def of_words(cases: Sequence[Case]) -> np.ndarray:
    """The drawn words of the tumours, each as 0 or 1."""
    columns = sorted({(f, w) for case in cases for f, w in case.drawn.words.items()})
    return np.array([[float(case.drawn.words[f] == w) for f, w in columns] for case in cases])


TASKS: Mapping[str, tuple[str, str, Seen]] = {
    "gctb-mri": ("recurrence", "yes", of_score),
    "bone-scans": ("metastasis", "present", of_score),
    "raman-serum": ("metastasis", "present", of_latents),
    "raman-tissue": ("lesion", "malignant", of_latents),
    "lesion-mri": ("lesion", "malignant", of_words),
}
"""Recipe to its task, the class whose area is looked at, and what the model is given."""


def areas(seen: np.ndarray, truth: np.ndarray, *, rng: np.random.Generator) -> tuple[float, float]:
    """Return the area of a model of the first half on the second, and the mean area on shuffled labels."""

    def one(labels: np.ndarray) -> float:
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.3, max_iter=400))
        model.fit(seen[: len(labels)], labels)
        return float(roc_auc_score(truth[len(labels) :], model.predict_proba(seen[len(labels) :])[:, 1]))

    half = truth[: len(truth) // 2]
    return one(half), float(np.mean([one(rng.permutation(half)) for _ in range(SHUFFLES)]))


@pytest.mark.slow
@pytest.mark.parametrize("name", TASKS)
def test_the_truth_reaches_the_ceiling_and_shuffled_labels_chance(name):
    task, positive, see = TASKS[name]
    recipe, order = recipes.get(name), Order(recipe=name, patients=2 * HALF, seed=8)
    cases = [recipe.draw(order, index) for index in range(order.patients)]
    truth = np.array([case.labels[task] == positive for case in cases])
    found = {(c.task, c.metric, c.positive): c for c in recipe.ceilings(cases, order)}
    ceiling = found[task, "auc", positive]
    reached, fooled = areas(see(cases), truth, rng=np.random.default_rng(2))
    assert ceiling.expected - 0.12 < reached < ceiling.expected + 0.08
    assert fooled == pytest.approx(0.5, abs=0.1)
    assert ceiling.value == pytest.approx(ceiling.expected, abs=0.08)


@pytest.mark.slow
def test_from_the_files_too_labels_are_learnt_and_shuffled_ones_are_not(tmp_path, monkeypatch):
    """Spectra as they are written, normalised and nothing more: half of the patients teach, half are asked."""
    monkeypatch.setenv("OSTEON_KEY", str(tmp_path / "key"))
    order = Order(recipe="raman-serum", patients=160, seed=2)
    cohort = cohorts.load(writer.cohort(order, out=tmp_path / "out"))
    counts = np.array([study.data["spectrum"].counts for study in cohort.studies])
    steps = np.diff(np.log1p(counts), n=1, axis=1)  # a slope knows little of the fluorescence beneath
    of_patient = np.clip(steps, -0.2, 0.2).reshape(order.patients, 3, -1).mean(axis=1)  # three follow one another
    said = [study.truth.labels["metastasis"] == "present" for study in cohort.studies]
    reached, fooled = areas(of_patient, np.array(said[::3]), rng=np.random.default_rng(3))
    assert reached > 0.65
    assert fooled == pytest.approx(0.5, abs=0.12)
