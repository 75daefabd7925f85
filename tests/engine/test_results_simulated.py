"""What the results page shows of simulated patients: columns by size, ceilings, shares and bars."""

from dataclasses import replace

import pytest

from osteon.engine import results_simulated as page
from osteon.engine.evidence_row import Made
from osteon.engine.results import Result
from osteon.types import Evidence, Score
from tests.engine.test_results import ROW, score
from tests.engine.test_results_page import SIMULATED_RESULT, TOP

FEW = Made(recipe="raman-serum", patients=160, paper=427)
AS_PAPER = replace(FEW, patients=427, like="raman-cnn-shao2020")
MANY = replace(FEW, patients=1000)
LARGE_PAPER = replace(FEW, patients=1060, paper=1060)


def on(made: Made | None) -> Result:
    return replace(SIMULATED_RESULT, row=replace(SIMULATED_RESULT.row, made=made))


@pytest.mark.parametrize(
    ("made", "columns", "words"),
    [
        (None, ("people",), "100 patients"),
        (FEW, ("as the paper",), "160 patients (`--like` the paper: 427)"),
        (AS_PAPER, ("as the paper",), "427 patients, as the paper"),
        (MANY, ("thousand",), "1,000 patients"),
        (LARGE_PAPER, ("as the paper", "thousand"), "1,060 patients, as the paper"),
        (replace(MANY, paper=None), ("thousand",), "1,000 patients"),
        (replace(FEW, paper=None), ("as the paper",), "160 patients"),
        (replace(MANY, paper=1356), ("thousand",), "1,000 patients"),
    ],
)
def test_a_row_stands_where_its_number_of_patients_says(made, columns, words) -> None:
    row = replace(ROW, made=made)
    assert page.columns(row) == columns
    assert page.patients(row, score()) == words


def test_a_figure_is_told_with_its_ceiling_and_its_share_of_the_way() -> None:
    told = page.told(on(FEW), SIMULATED_RESULT.scores[0])
    assert told == "auc 0.800 (0.700 to 0.900) of 0.900: 75 %; 160 patients (`--like` the paper: 427), `saliva`"


@pytest.mark.parametrize(("value", "bar"), [(0.8, "missed"), (0.859, "missed"), (0.861, "reached"), (0.95, "reached")])
def test_the_bar_of_a_classifier_is_nine_tenths_of_the_way(value, bar) -> None:
    assert page.bar(on(MANY), replace(score(value), evidence=Evidence.SIMULATED)) == bar


@pytest.mark.parametrize(("value", "bar"), [(0.849, "missed"), (0.85, "reached")])
def test_the_bar_of_an_outline_is_its_dice_and_its_ceiling_the_drawn_one(value, bar) -> None:
    dice = score(value, metric="dice", task="tumour")
    assert page.bar(on(FEW), dice) == bar
    assert page.way(on(FEW), dice) == ("1", "")
    assert page.told(on(FEW), dice).startswith(f"dice {value:.3f}")
    assert " of 1; 160 patients" in page.told(on(FEW), dice)


def test_a_baseline_and_a_figure_without_a_ceiling_have_no_bar() -> None:
    given: Score = SIMULATED_RESULT.scores[0]
    baseline = replace(SIMULATED_RESULT, row=replace(SIMULATED_RESULT.row, role="baseline"))
    assert page.bar(baseline, given) == ""
    bare = replace(SIMULATED_RESULT, ceilings=())
    assert (page.bar(bare, given), page.way(bare, given)) == ("", ("", ""))
    other = replace(SIMULATED_RESULT, ceilings=(replace(TOP, task="another"),))
    assert page.way(other, given) == ("", "")


def test_the_words_name_the_bars_that_are_used() -> None:
    assert "90 % of that way, or a Dice of 0.85" in page.INTRO
    assert "1,000 patients" in page.INTRO
