"""What choices and steps bought, as a table of their own."""

from dataclasses import replace

from osteon.engine import results_bought, results_page
from tests.engine.test_results import RESULT, ROW, score

PLAIN = replace(RESULT, row=replace(ROW, name="x.y-plain", role="ablation", remark="As it is. Mind this."))
WITHOUT = replace(
    PLAIN,
    row=replace(PLAIN.row, name="x.y-without", remark="Without it.", seeds=(0,), reduced="2 epochs"),
    differences=(score(-0.02, note="x.y-plain"),),
)


def test_without_an_ablation_there_is_no_such_part() -> None:
    assert results_bought.table([RESULT]) == []
    assert results_bought.INTRO not in results_page.page([RESULT])


def test_an_arm_shows_its_figure_and_how_far_it_is_from_the_plain_one() -> None:
    intro, _, plain, without = results_bought.table([RESULT, PLAIN, WITHOUT])
    assert "holds 0" in intro
    assert "between trainings of the same seed" in intro
    cells = [cell.strip() for cell in plain.strip("|").split("|")]
    assert cells == ["[As it is](#xy-plain)", "auc", "0.800 (0.700 to 0.900)", "", "", "2", "no"]
    cells = [cell.strip() for cell in without.strip("|").split("|")]
    assert cells[3:] == ["-0.020 (-0.120 to +0.080)", "`x.y-plain`", "1", "2 epochs"]


def test_arms_stand_in_their_own_table_and_have_a_section_that_is_linked() -> None:
    page = results_page.page([RESULT, WITHOUT])
    people = page.partition("## On data of people")[2].partition("\n## ")[0]
    assert "a-row" in people
    assert "x.y-without" not in people.replace("x.y-plain", "")
    assert "[Without it](#xy-without)" in page
    assert "\n## x.y-without\n" in page
