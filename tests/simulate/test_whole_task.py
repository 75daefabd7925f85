"""What hangs on one tumour, on many drawn patients without their images."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, roc_auc_score

from osteon.simulate import whole_task
from osteon.simulate.recipe import Case, Order
from osteon.simulate.tissue import expression, histology_cells, ihc
from osteon.simulate.tumour import outcome

ORDER = Order(recipe="osteosarcoma-whole-patient", patients=600, seed=3)
LOOKS = expression.LINKED


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return [whole_task.draw(ORDER, index) for index in range(ORDER.patients)]


def column(cases: list[Case], name: str) -> np.ndarray:
    return np.array([case.clinical[name] for case in cases], float)


def grades(cases: list[Case]) -> np.ndarray:
    return np.array([case.patient.lesions[0].grade for case in cases])


@pytest.mark.slow
def test_response_is_the_necrosis_and_grade_the_lesions(cases):
    for case in cases:
        assert case.labels["response"] == ("good" if whole_task.necrosis_percent(case.patient) >= 90 else "poor")
        assert case.labels["grade"] == f"G{case.patient.lesions[0].grade}"
        assert case.patient.exam == "post"
    assert np.mean([case.labels["response"] == "good" for case in cases]) == pytest.approx(0.45, abs=0.02)


@pytest.mark.slow
def test_cox_finds_the_hazards_of_grade_and_response_and_of_what_ki67_shows(cases):
    """The drawn log hazards come back within three and a half standard errors."""
    lifelines = pytest.importorskip("lifelines")
    cause = whole_task.PROGNOSIS.causes[1]
    felt = pd.DataFrame([whole_task.covariates(case.patient) for case in cases]).drop(columns="axial")
    felt["days"] = [case.outcomes["lung_metastasis_days"] for case in cases]
    felt["event"] = [case.outcomes["lung_metastasis_event"] for case in cases]
    fitted = lifelines.CoxPHFitter().fit(felt, "days", "event")
    for name in ("grade", "poor_response", "hidden", "size_5cm"):
        away = abs(fitted.params_[name] - cause.log_hazards[name]) / fitted.standard_errors_[name]
        assert away < 3.5, name
    assert fitted.params_["grade"] > 3.0 * fitted.standard_errors_["grade"], "grade drives the outcome"


@pytest.mark.slow
def test_high_grades_fare_worse_and_divide_faster(cases):
    grade, ki67 = grades(cases), column(cases, "ki67_percent")
    ill = np.array([case.outcomes["event_event"] for case in cases])
    assert ill[grade == 3].mean() > ill[grade == 1].mean() + 0.1
    assert np.median(ki67[grade == 3]) > 2.0 * np.median(ki67[grade == 1])
    mdm2 = column(cases, "mdm2_percent")
    assert np.median(mdm2[grade == 1]) > 50.0 > 20.0 > np.median(mdm2[grade == 3])


@pytest.mark.slow
def test_ki67_tells_of_the_course_what_the_grade_does_not(cases):
    """Within a grade, the percent counted follows the hidden cause, and the blood knows nothing of the grade."""
    grade, ki67 = grades(cases), np.log(column(cases, "ki67_percent") + 0.5)
    hidden = np.array([whole_task.covariates(case.patient)["hidden"] for case in cases])
    for word in (1, 2, 3):
        assert np.corrcoef(hidden[grade == word], ki67[grade == word])[0, 1] > 0.85
    assert abs(np.corrcoef(hidden, grade)[0, 1]) < 0.13
    assert abs(np.corrcoef(np.log(column(cases, "ldh_u_per_l")), grade)[0, 1]) < 0.13


@pytest.mark.slow
def test_looks_are_standardised_and_genes_follow_those_they_are_linked_to(cases):
    panel = expression.make_panel()
    looks = np.array([[whole_task.appearance(case.patient)[name] for name in LOOKS] for case in cases])
    assert np.abs(looks.mean(axis=0)).max() < 0.3
    assert looks.std(axis=0) == pytest.approx(np.ones(6), abs=0.25)
    counts = np.array([
        expression.draw(
            panel, appearance=dict(zip(LOOKS, row, strict=True)), rng=case.patient.chance("expression")
        ).values
        for row, case in zip(looks, cases, strict=True)
    ])  # fmt: skip
    logs = np.log1p(1e4 * counts / counts.sum(axis=1, keepdims=True))
    for index, name in enumerate(LOOKS):
        own = np.array([panel.linked.get(gene) == name for gene in panel.genes])
        none = np.array([gene not in panel.linked for gene in panel.genes])
        found = np.abs(stats.pearsonr(looks[:, [index]], logs, axis=0).statistic)
        assert np.median(found[own]) > 0.25 > 0.12 > np.quantile(found[none], 0.95), name


@pytest.mark.slow
def test_the_cells_of_a_slide_are_those_of_its_grade_and_its_own(cases):
    for grade in (1, 2, 3):
        own = [whole_task.cytology(c.patient).nuclei_per_mm2 for c in cases if c.patient.lesions[0].grade == grade]
        assert np.median(own) == pytest.approx(histology_cells.GRADES[grade].nuclei_per_mm2, rel=0.12)
        assert np.std(np.log(own)) == pytest.approx(whole_task.SPREAD["cell density"], rel=0.15)


@pytest.mark.slow
def test_bone_on_the_film_is_osteoid_on_the_slide(cases):
    for case in cases[:200]:
        lesion, osteoid = case.patient.lesions[0], case.patient.latents["osteoid"]
        assert 0.1 <= osteoid <= 0.75
        assert (osteoid > 0.11) == (lesion.mineral > 0.0 and lesion.matrix != "lytic")


@pytest.mark.slow
def test_a_model_of_the_truth_reaches_the_ceiling_of_the_grade_and_shuffled_labels_do_not(cases):
    """The fool's check of the grade: what was drawn, and the ideal observer's answer to it."""
    names = ("cell density", "nucleus size", "pleomorphism", "ki67", "mdm2")
    seen, grade = np.array([[case.patient.latents[n] for n in names] for case in cases]), grades(cases)
    seen = (seen - seen.mean(axis=0)) / seen.std(axis=0)
    ceiling = next(c for c in whole_task.ceilings(cases, ORDER) if (c.task, c.metric) == ("grade", "accuracy"))
    model = LogisticRegression(max_iter=500).fit(seen[:400], grade[:400])
    reached = accuracy_score(grade[400:], model.predict(seen[400:]))
    assert ceiling.expected - 0.07 < reached < ceiling.expected + 0.05
    rng = np.random.default_rng(1)
    fooled = [LogisticRegression(C=0.3).fit(seen[:400], rng.permutation(grade[:400])) for _ in range(8)]
    areas = [roc_auc_score(grade[400:] == 3, one.predict_proba(seen[400:])[:, 2]) for one in fooled]
    assert np.mean(areas) == pytest.approx(0.5, abs=0.12)


@pytest.mark.slow
def test_the_ceilings_are_of_response_grade_and_course(cases):
    found = {(c.task, c.metric, c.positive): c for c in whole_task.ceilings(cases, ORDER)}
    for name in ("local_recurrence", "lung_metastasis"):
        top = found[name, "concordance", ""]
        assert top.low - 0.03 < top.expected < top.high + 0.03
        risk = np.array([case.scores[name] for case in cases])
        assert risk.std() > 0.3
    assert found["response", "accuracy", ""].expected == 1.0
    assert 0.8 < found["grade", "accuracy", ""].expected < 0.97
    assert found["lung_metastasis", "concordance", ""].expected > 0.65


def test_the_reference_has_hazards_of_one():
    felt = outcome.covariates(grade=2, size_mm=80.0, necrosis_percent=95.0, axial=False, age_years=20.0)
    assert all(float(outcome.risk(felt, cause=cause)) == 0.0 for cause in whole_task.PROGNOSIS.causes)
    assert set(ihc.mean_shares(whole_task.ENTITY, grade=2)) == set(ihc.STAINS)


def test_a_patient_is_drawn_alike_whoever_is_drawn_before():
    assert whole_task.draw(ORDER, 5) == whole_task.draw(ORDER, 5)
    assert whole_task.draw(ORDER, 5) != whole_task.draw(ORDER, 6)
