from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from osteon.simulate import recipes
from osteon.simulate.link_task import LinkTask
from osteon.simulate.observer import Link
from osteon.simulate.person.patient import Patient
from osteon.simulate.recipe import Order
from osteon.simulate.recipes_mri import GRADE, RECURRENCE, look_by_score

ORDER = Order(recipe="gctb-mri", patients=40, seed=3)


def test_labels_come_in_their_share_and_scores_with_them():
    task = LinkTask(
        link=Link(task="t", share=0.3, noise=0.5),
        patient=lambda i, order, score: Patient(index=i, seed=order.seed, latents={"score": score}),
        clinical=lambda p: {"age_years": p.age_years},
    )
    cases = [task.draw(ORDER, i) for i in range(200)]
    yes = np.array([c.labels["t"] == "yes" for c in cases])
    scores = np.array([c.scores["t"] for c in cases])
    assert yes.sum() == pytest.approx(60, abs=2)
    assert scores[yes].mean() > scores[~yes].mean() + 1.0
    assert all(c.patient.latents["score"] == c.scores["t"] for c in cases)
    assert cases[0].clinical == {"age_years": 30.0}
    area = next(c for c in task.ceilings(cases, ORDER) if c.metric == "auc")
    assert area.value == pytest.approx(area.expected, abs=0.08)


def test_the_image_knows_the_score_and_not_the_label():
    """Two patients of one score and chance, whatever their label, are one patient."""
    for task in (RECURRENCE, GRADE):
        one, other = (task.patient(5, ORDER, 0.7) for _ in range(2))
        assert one == other
        high = task.patient(5, ORDER, 2.0)
        assert high.lesions != one.lesions
        assert (high.age_years, high.sex) == (one.age_years, one.sex)


def test_a_higher_score_looks_denser_and_rougher():
    lesion = GRADE.patient(1, ORDER, 0.0).lesions[0]
    seeds = [replace(lesion, seed=s) for s in range(40)]
    low, high = ([look_by_score(x, s) for x in seeds] for s in (-1.5, 1.5))
    assert np.mean([x.adc for x in high]) < 0.8 * np.mean([x.adc for x in low])
    assert np.mean([x.spread for x in high]) > 1.5 * np.mean([x.spread for x in low])
    assert np.mean([x.t2 for x in high]) > np.mean([x.t2 for x in low])


def test_the_recipe_and_the_task_are_one():
    recipe = recipes.get("gctb-mri")
    case = recipe.draw(ORDER, 0)
    assert set(case.labels) == {"recurrence"}
    assert case.patient.lesions[0].entity == "giant cell tumour"
    assert set(case.clinical) == {"age_years", "sex", "location"}
