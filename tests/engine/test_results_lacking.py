"""Reasons for what has no figure: of rows that were not run, kept ones, and one line for those that share theirs."""

import re
from dataclasses import replace

import pytest

from osteon import systems
from osteon.engine import results_lacking as lacking
from osteon.engine.evidence import EVIDENCE
from osteon.engine.evidence_row import Made
from osteon.engine.evidence_simulated import SIMULATED
from tests.engine.test_results import ROW
from tests.sheets import OF_THE_REVIEW

FEW = Made(recipe="raman-serum", patients=160, paper=427)
NAME = "raman-cnn-shao2020"
EVERY = (*EVIDENCE, *SIMULATED)


@pytest.mark.parametrize(
    ("made", "column", "command"),
    [
        (None, "people", "osteon bench a-row"),
        (FEW, "as the paper", "osteon bench --simulated a-row"),
        (replace(FEW, patients=1000), "thousand", "osteon bench --simulated a-row"),
    ],
)
def test_a_listed_row_names_its_command_in_the_column_it_would_fill(made, column, command) -> None:
    row = replace(ROW, made=made)
    assert lacking.why(NAME, column, [row]) == f"listed and not run yet (`{command}`)"
    for other in set(lacking.TITLES) - {column}:
        assert lacking.why(NAME, other, [row]) == lacking.OTHERWISE[other]


def test_neither_a_baseline_nor_the_row_of_another_system_would_fill_a_cell() -> None:
    rows = [replace(ROW, role="baseline"), replace(ROW, system="histo-osteo-arunachalam2019.small")]
    assert lacking.why(NAME, "people", rows) == lacking.OTHERWISE["people"]


@pytest.mark.parametrize(("system", "column"), lacking.REASONS)
def test_kept_reasons_are_of_systems_and_columns_that_no_row_and_no_claim_fills(system, column) -> None:
    assert column in lacking.TITLES
    assert lacking.why(system, column, EVERY) == lacking.REASONS[system, column]
    assert not lacking.REASONS[system, column].endswith(".")
    assert column != "published" or not systems.get(system).claims


@pytest.mark.parametrize("name", OF_THE_REVIEW)
def test_every_system_of_the_review_has_a_row_on_people_or_a_reason_of_its_own_why_not(name) -> None:
    said = lacking.why(name, "people", EVERY)
    assert said != lacking.OTHERWISE["people"], "say in REASONS what it needs and which set would serve"


def test_the_dynamic_mri_of_necrosis_is_said_to_be_missing_with_what_would_serve() -> None:
    said = lacking.why("mri-necrosis-huang2020", "people", EVERY)
    for word in ("ADC", "T2", "contrast", "pathologist", "ACRIN 6698"):
        assert word in said


def test_those_that_share_a_reason_share_a_line_in_the_order_of_the_columns() -> None:
    cells = [("b", "thousand"), ("a", "thousand"), ("a", "people"), ("pet-response-delta", "people")]
    lines = lacking.told(cells, ())
    assert lines[:3] == ["", f"### {lacking.TITLE}", ""]
    assert [re.findall("`([a-z-]+)`", line.partition(":")[0]) for line in lines[3:]] == [
        ["pet-response-delta"], ["a"], ["a", "b"],
    ]  # fmt: skip
    assert [line.partition(";")[0] for line in lines[3:]] == ["- people", "- people", "- simulated, 1,000"]
    assert all(line.endswith(".") for line in lines[3:])


def test_where_nothing_is_missing_there_is_no_list() -> None:
    assert lacking.told([], EVERY) == []


def test_a_cell_without_a_figure_leads_to_the_list() -> None:
    anchor = re.sub(r"[^a-z0-9 -]", "", lacking.TITLE.lower()).replace(" ", "-")
    assert f"#{anchor}" == lacking.LINK
    assert lacking.cell("people") == f"[not measured]({lacking.LINK})"
    assert lacking.cell("published") == f"[none]({lacking.LINK})"
