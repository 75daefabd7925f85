"""The list of rows on simulated patients: each system of the review has one, named after its patients."""

from dataclasses import replace

import pytest

from osteon import systems
from osteon.contract import Segment
from osteon.engine.evidence_row import Made, Row
from osteon.engine.evidence_simulated import COARSE, SIMULATED, THOUSAND, _as_paper, _on
from tests.sheets import OF_THE_REVIEW

MADE = Made(recipe="gctb-mri", patients=20, size="small", paper=56)
BARE = Row(name="", system="a.b", cohort="", split="kfold:5", reduced="half the network", against=("a.c",))


@pytest.mark.parametrize("name", OF_THE_REVIEW)
def test_every_system_of_the_review_has_a_result_on_simulated_patients(name) -> None:
    assert any(row.role == "result" for row in SIMULATED if row.system.partition(".")[0] == name)


def test_rows_are_named_after_system_and_patients_and_so_are_those_they_are_compared_with() -> None:
    (row,) = _on(MADE, BARE)
    assert (row.name, row.cohort, row.made) == ("a.b-gctb-mri-20", MADE.name, MADE)
    assert row.against == ("a.c-gctb-mri-20",)


@pytest.mark.parametrize(
    ("made", "reduced"),
    [
        (MADE, f"half the network, {COARSE}, 20 of the 56 patients of `--like`, one seed"),
        (replace(MADE, paper=None), f"half the network, {COARSE}, one seed"),
        (replace(MADE, patients=56), f"half the network, {COARSE}, one seed"),
        (replace(MADE, size="full", patients=THOUSAND, paper=1356), "half the network, one seed"),
    ],
)
def test_what_is_less_than_the_paper_is_said(made, reduced) -> None:
    assert _on(made, BARE)[0].reduced == reduced


def test_many_coarse_patients_may_look_alike_to_the_audit() -> None:
    many = replace(MADE, patients=THOUSAND)
    assert _on(many, BARE)[0].allow == ("near-duplicate",)
    assert _on(many, replace(BARE, allow=("near-duplicate", "corner")))[0].allow == ("near-duplicate", "corner")
    assert _on(MADE, BARE)[0].allow == _on(replace(many, size="full"), BARE)[0].allow == ()


def test_patients_as_the_paper_had_them_have_its_number_and_its_mix() -> None:
    made = _as_paper(MADE, "some-system", 12)
    assert (made.patients, made.paper, made.like) == (12, 12, "some-system")
    assert made.recipe == MADE.recipe


def test_the_rows_of_a_system_stand_together_in_the_order_of_the_page() -> None:
    named = list(dict.fromkeys(row.system.partition(".")[0] for row in SIMULATED))
    seen = [row.system.partition(".")[0] for row in SIMULATED]
    assert [name for i, name in enumerate(seen) if not i or seen[i - 1] != name].count("xray-knee-segunet-do2021") == 1
    assert set(OF_THE_REVIEW) <= set(named) <= set(systems.names())


def test_outlines_are_judged_by_dice_and_classes_by_an_area() -> None:
    for row in SIMULATED:
        for metric, name, _ in (row.first, *row.also):
            task = next(t for t in systems.get(row.system).tasks if t.name == name)
            assert (metric == "dice") == isinstance(task, Segment), row.name
