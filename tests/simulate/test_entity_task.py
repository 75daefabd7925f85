from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from osteon.simulate.entity_task import EntityTask
from osteon.simulate.person import anatomy_sites, bones
from osteon.simulate.recipe import Order
from osteon.simulate.tumour.entity import ENTITIES, FEATURES

ORDER = Order(recipe="x", patients=40, seed=6)
TASK = EntityTask(
    task="film",
    classes=("normal", "benign", "malignant"),
    mix={"normal": 0.3, "benign": 0.2, "giant cell tumour": 0.2, "malignant": 0.3},
    says={"giant cell tumour": "benign"},
    sites=tuple(s for s in anatomy_sites.within("knee") if "soft" not in s),
    clinical=True,
)


@pytest.fixture(scope="module")
def cases():
    return [TASK.draw(ORDER, i) for i in range(40)]


def test_classes_come_in_their_shares_and_fit_the_entity(cases):
    found = Counter(case.labels["film"] for case in cases)
    assert [found[w] for w in TASK.classes] == pytest.approx([12, 16, 12], abs=2)
    for case in cases:
        if case.drawn is None:
            assert case.labels["film"] == "normal"
            assert not case.patient.lesions
        else:
            assert case.patient.lesions[0].entity == case.drawn.entity
            assert case.labels["film"] == TASK.class_of(case.drawn.entity)
    named = {case.drawn.entity for case in cases if case.drawn}
    assert "giant cell tumour" in named
    assert {ENTITIES[e].group for e in named if TASK.class_of(e) == "benign"} == {"benign", "intermediate"}


def test_the_clinical_row_tells_nothing_but_the_person_and_what_is_felt(cases):
    for case in cases:
        assert set(case.clinical) == {"age_years", "sex", "location", "pain", "swelling"}
        assert case.clinical["pain"] in (0, 1)
        if case.patient.lesions:
            assert case.clinical["location"] == bones.site(case.patient.lesions[0].bone)


def test_the_ideal_observer_knows_the_healthy_and_doubts_the_rest(cases):
    ceilings = {(c.metric, c.positive): c for c in TASK.ceilings(cases, ORDER)}
    assert ceilings["auc", "normal"].expected == pytest.approx(1.0)
    assert 0.8 < ceilings["auc", "malignant"].expected < 0.999
    blind = EntityTask(task="film", classes=TASK.classes, mix=TASK.mix, says=TASK.says, sites=TASK.sites, seen=())
    unseen = {(c.metric, c.positive): c for c in blind.ceilings(cases, ORDER)}
    assert unseen["accuracy", ""].expected < ceilings["accuracy", ""].expected


def test_less_overlap_raises_the_ceiling(cases):
    def ceiling(overlap: float) -> float:
        order = Order(recipe="x", patients=40, seed=6, overlap=overlap)
        return next(c.expected for c in TASK.ceilings(cases, order) if c.positive == "malignant")

    values = [ceiling(o) for o in (0.0, 0.5, 1.0)]
    assert values[0] > 0.995
    assert values == sorted(values, reverse=True)


def test_another_mix_is_taken_over():
    assert TASK.like(None) is TASK
    other = TASK.like({"malignant": 1.0})
    assert {other.draw(ORDER, i).labels["film"] for i in range(5)} == {"malignant"}
    assert np.allclose(other.odds(ORDER).prior.sum(), 1.0)
    assert set(TASK.seen) == set(FEATURES)
