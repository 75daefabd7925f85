"""Every system against its fact sheet: its figures, copied here a second time, and the sums that they allow."""

from __future__ import annotations

import pytest

from osteon import systems
from osteon.metrics.proportion import clopper_pearson

# Slug: sheet, evidence level of section 46, year.
SHEETS = {
    "xray-triage-he2020": (3, "B", 2020), "xray-knee-segunet-do2021": (4, "C", 2021),
    "xray-fusion-liu2021": (5, "B", 2021), "ct-msfcn-huang2017": (6, "C", 2017), "ct-msrn-zhang2018": (7, "C", 2018),
    "ct-sacral-radiomics-yin2020": (8, "C", 2020), "mri-lesion-eweje2021": (9, "A", 2021),
    "mri-pelvis-multiview-qu2021": (10, "D", 2021), "mri-sts-grading-navarro2021": (11, "B", 2021),
    "mri-necrosis-huang2020": (12, "C", 2020), "pet-chemo-kim2021": (13, "D", 2021),
    "mri-gctb-recurrence-he2019": (14, "B", 2019), "histo-osteo-arunachalam2019": (33, "D", 2019),
    "raman-cnn-shao2020": (39, "C", 2020),
}  # fmt: skip

# What each sheet says was published, by metric: nothing else may be claimed.
PUBLISHED = {
    "xray-triage-he2020": {
        "roc_auc_benign": {0.894, 0.877}, "roc_auc_malignant": {0.907, 0.916}, "accuracy": {0.721, 0.734},
    },
    "xray-knee-segunet-do2021": {"accuracy": {0.9905}, "mean_iou": {0.8484}},
    "xray-fusion-liu2021": {"roc_auc_macro": {0.813, 0.872, 0.819}, "roc_auc": {0.898, 0.894, 0.865}},
    "ct-msfcn-huang2017": {"dice": {0.878}, "sensitivity": {0.8688}, "hammoude": {0.1981}, "f1": {0.908}},
    "ct-msrn-zhang2018": {"dice": {0.8922}, "sensitivity": {0.8874}, "f1": {0.9305}},
    "ct-sacral-radiomics-yin2020": {"roc_auc": {0.84, 0.83}, "accuracy": {0.81, 0.76}},
    "mri-lesion-eweje2021": {
        "accuracy": {0.76}, "sensitivity": {0.79}, "specificity": {0.75}, "roc_auc": {0.82, 0.79},
    },
    "mri-pelvis-multiview-qu2021": {"seconds": {19.2}},
    "mri-sts-grading-navarro2021": {"roc_auc": {0.75, 0.76}, "f1": {0.90}},
    "mri-necrosis-huang2020": {},
    "pet-chemo-kim2021": {
        "accuracy": {0.760, 0.625, 0.616, 0.628, 0.610, 0.55, 0.54}, "roc_auc": {0.532, 0.507, 0.510, 0.626},
    },
    "mri-gctb-recurrence-he2019": {"accuracy": {0.755, 0.786, 0.643}},
    "histo-osteo-arunachalam2019": {"accuracy": {0.912}},
    "raman-cnn-shao2020": {"accuracy": {0.8170, 0.9951}, "sensitivity": {0.8063}, "specificity": {0.8282}},
}  # fmt: skip


def test_every_system_of_a_paper_has_its_sheet_here():
    papers = {name for name in systems.names() if systems.get(name).paper.sheet}
    assert papers == set(SHEETS) == set(PUBLISHED)


@pytest.mark.parametrize("name", sorted(SHEETS))
def test_sheet_level_and_year(name):
    paper = systems.get(name).paper
    assert (paper.sheet, paper.evidence, paper.year) == SHEETS[name]


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_claims_are_the_sheets_and_no_others(name):
    claimed: dict[str, set[float]] = {}
    for claim in systems.get(name).claims:
        claimed.setdefault(claim.metric, set()).add(claim.value)
        assert claim.data, "on which patients"
        assert claim.low is None or claim.low < claim.value < claim.high
    assert claimed == PUBLISHED[name]


@pytest.mark.parametrize("name", sorted(SHEETS))
def test_variants_claim_nothing_that_the_paper_did_not(name):
    system = systems.get(name)
    for tag in system.variants:
        variant = systems.get(f"{name}.{tag}")
        assert set(variant.claims) <= set(system.claims)
        assert variant.paper == system.paper
        assert variant.summary


def value(name: str, metric: str, *, where: str = "") -> float:
    return next(c.value for c in systems.get(name).claims if c.metric == metric and where in c.data)


def test_the_knee_films_are_312_of_315():
    assert value("xray-knee-segunet-do2021", "accuracy") == pytest.approx(312 / 315, abs=5e-5)


def test_three_binary_models_do_not_make_the_macro_area():
    """E44: their mean is 0.886; 0.872 is another model's."""
    name = "xray-fusion-liu2021"
    three = [value(name, "roc_auc", where=one) for one in ("benign", "malignant", "intermediate")]
    assert sum(three) / 3 == pytest.approx(0.886, abs=5e-4)
    assert value(name, "roc_auc_macro", where="fused") == 0.872
    assert any("0.886" in text for text in systems.get(name).errata)


def test_an_overlap_leaves_room_for_so_much_error_and_no_more():
    """Sheet 6: the mean of 1 - IoU is at most that of the mean Dice, as 1 - IoU is convex in Dice."""
    dice, error = value("ct-msfcn-huang2017", "dice"), value("ct-msfcn-huang2017", "hammoude")
    assert 1.0 - dice / (2.0 - dice) == pytest.approx(0.217, abs=5e-4)
    assert error < 1.0 - dice / (2.0 - dice)


def test_the_deeper_network_claims_more_than_its_forerunner_on_the_same_slices():
    for metric in ("dice", "sensitivity", "f1"):
        assert value("ct-msrn-zhang2018", metric) > value("ct-msfcn-huang2017", metric)


@pytest.mark.parametrize(("right", "of"), [(21, 28), (22, 28), (18, 28)])
def test_intervals_of_giant_cell_tumours_are_exact_binomial_ones(right, of):
    """E17: the published 75.5 % is not a share of 28; its interval is that of 21."""
    low, high = clopper_pearson(right, of)
    near = [
        c for c in systems.get("mri-gctb-recurrence-he2019").claims
        if c.low == pytest.approx(low, abs=6e-4) and c.high == pytest.approx(high, abs=6e-4)
    ]  # fmt: skip
    assert len(near) == 1
    assert near[0].value == pytest.approx(right / of, abs=6e-3)


def test_three_spectra_a_patient_and_the_warning_between_training_and_test():
    assert 1281 == 3 * 427
    name = "raman-cnn-shao2020"
    gap = value(name, "accuracy", where="training") - value(name, "accuracy", where="test")
    assert gap == pytest.approx(0.1781)


def test_accuracies_of_25_held_out_patients_that_no_25_patients_give_are_means():
    """0.760 is 19 of 25; 0.625, 0.616 and 0.628 are no share of 25, so they are over slices or runs."""
    shares = {round(n / 25, 3) for n in range(26)}
    claims = [c for c in systems.get("pet-chemo-kim2021").claims if "25 patients" in c.data and "slice" in c.data]
    assert {c.value for c in claims if c.value in shares} == {0.760}
    assert len(claims) == 4
