"""The same model at each site: scored as a cohort of that site alone would be, and drawn below all sites together."""

from dataclasses import replace

import numpy as np
import pytest
import tiny
from test_drawings import CONTEXT, GRADE, answered, words

from osteon.contract import Regress
from osteon.engine.answers import Answer, Answers
from osteon.engine.drawings import drawings
from osteon.engine.judge import judge
from osteon.engine.per_site import per_site
from osteon.types import Prediction

SYSTEM = tiny.system(tasks=(GRADE,))


def at_sites(names, *, level="item", **more):
    found = answered(GRADE, level=level, **more)
    return [replace(a, site=names[int(a.prediction.patient[1:]) % len(names)]) for a in found]


def told(answers):
    return Answers(answers=tuple(answers), refused=())


def drawn(answers, system=SYSTEM):
    scores = judge(told(answers), system, context=CONTEXT)
    return list(per_site(told(answers), system, scores)), scores


def test_each_site_has_the_score_of_a_cohort_of_its_own():
    answers = at_sites("AB", count=120)
    (figure,), scores = drawn(answers)
    assert figure.title == "grade: each site by itself"
    shown = words(figure.svg)
    for label, some in (("all sites", answers), *((f"site {s}", [a for a in answers if a.site == s]) for s in "AB")):
        auc = next(s for s in judge(told(some), SYSTEM, context=CONTEXT) if s.metric == "auc")
        assert f"{label}  (n = {auc.patients})" in shown
        assert f"{auc.value:.2f}" in shown
    assert figure in drawings(told(answers), SYSTEM, scores)


def test_joined_patients_stand_for_the_site_and_not_their_images():
    images, patients = at_sites("AB", count=80), at_sites("AB", level="patient", count=40, per_patient=1, seed=1)
    (figure,), scores = drawn([*images, *patients])
    of_patients = next(s for s in scores if s.metric == "auc" and s.unit == "patient")
    assert f"all sites  (n = {of_patients.patients})" in words(figure.svg)
    assert f"{of_patients.value:.2f} (" in words(figure.svg)


@pytest.mark.parametrize("names", [["A"], [None], ["A", None]])
def test_one_site_or_none_stated_is_no_figure(names):
    assert drawn(at_sites(names))[0] == []


def test_a_site_that_has_one_class_alone_is_left_out_and_so_is_one_without_truth():
    answers = at_sites("ABCD", count=120)
    cut = [a for a in answers if a.site != "C" or a.truth == 0]
    cut = [replace(a, truth=None, label=None) if a.site == "D" else a for a in cut]
    (figure,), _ = drawn(cut)
    shown = words(figure.svg)
    assert "site A" in shown
    assert "site B" in shown
    assert "site C" not in shown
    assert "site D" not in shown


def test_a_quantity_has_its_error_at_each_site():
    task = Regress(name="volume", unit="image", quantity_unit="ml")
    rng = np.random.default_rng(0)
    answers = [
        Answer(
            prediction=Prediction(study=f"s{i}", patient=f"p{i}", task="volume", value=float(i), unit="ml"),
            level="item",
            site="AB"[i % 2],
            truth=i + float(rng.normal()),
        )
        for i in range(30)
    ]
    (figure,), _ = drawn(answers, tiny.system(tasks=(task,)))
    assert "Mean absolute error" in words(figure.svg)
