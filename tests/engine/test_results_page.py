"""The results page: what was measured on data of people, and what on simulated patients."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from osteon import systems
from osteon.engine import results, results_page
from osteon.engine import results_lacking as lacking
from osteon.engine.evidence import EVIDENCE
from osteon.engine.evidence_row import Made
from osteon.engine.evidence_simulated import SIMULATED
from osteon.simulate.observer import Ceiling
from osteon.types import Evidence
from tests.engine.test_results import RESULT, ROW, score

TOP = Ceiling(task="covid19", metric="auc", positive="present", expected=0.95, value=0.9, low=0.85, high=0.94, n=100)
SIMULATED_RESULT = replace(
    RESULT,
    row=replace(ROW, name="made", made=Made(recipe="raman-serum", patients=100, size="small"), reduced="one seed"),
    scores=(replace(score(), evidence=Evidence.SIMULATED),),
    ceilings=(TOP,),
    differences=(score(0.1, note="the-other-row"),),
)


def test_the_page_shows_figures_gap_and_patients_beside_the_claim() -> None:
    page = results_page.page([RESULT])
    linked = "[`raman-cnn-shao2020.saliva`](#a-row)"
    assert f"| {linked} | result | auc, covid19, patient | 0.800 (0.700 to 0.900) |" in page
    assert "\n## a-row\n" in page
    assert "0.990 on what was trained on, 0.800 on the patients left out: a gap of 0.190." in page
    assert "| Case-3 | 19 | 3 | 0.500 | 0.400 |" in page
    assert "Overrides: `fit.epochs=2`" in page
    assert "weights aaaaaaaaaaaa, bbbbbbbbbbbb" in page
    plain = results_page.page([replace(RESULT, training=(), patients=())])
    assert "gap" not in plain
    assert "patient left out" not in plain


def test_a_baseline_never_stands_for_its_system(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    results.write(folder, replace(RESULT, row=replace(ROW, role="baseline")))
    results_page.publish(folder)
    assert json.loads((folder / "headline.json").read_text()) == {}
    results.write(folder, RESULT)
    results_page.publish(folder)
    (shown,) = json.loads((folder / "headline.json").read_text()).values()
    assert shown == "`saliva` auc 0.800 (0.700 to 0.900), 100 patients of saliva, surrogate"
    assert (tmp_path / "results.md").read_text().startswith("# Results")


def test_lesions_are_never_taken_for_patients() -> None:
    lesions = tuple(replace(s, unit="lesion", n=286, patients=113) for s in RESULT.scores)
    row = replace(ROW, first=(*ROW.first[:2], "lesion"))
    page = results_page.page([replace(RESULT, row=row, scores=lesions)])
    assert "286 lesions of 113 patients, `saliva`" in page


def parts(page: str) -> tuple[str, str, str]:
    """Return the overview, what is on data of people, and what is on simulated patients."""
    overview, _, rest = page.partition("## On data of people")
    people, _, simulated = rest.partition("## On simulated patients")
    return overview, people, simulated.partition("\n## ")[0]


def test_simulated_rows_stand_apart_with_ceiling_and_share_and_no_published_figure() -> None:
    overview, people, simulated = parts(results_page.page([RESULT, SIMULATED_RESULT]))
    assert "0.800 (0.700 to 0.900) | 0.900 | 75 % | missed | 100 patients, of `raman-serum` |" in simulated
    assert "published |" not in simulated
    assert "Never clinical evidence" in simulated
    assert "raman-serum" not in people
    assert "one seed" in simulated
    (line,) = [row for row in overview.splitlines() if row.startswith("| `raman-cnn-shao2020`")]
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[1].startswith("accuracy 0.817")
    assert cells[2].endswith("surrogate")
    assert cells[3] == "auc 0.800 (0.700 to 0.900) of 0.900: 75 %; 100 patients, `saliva`"
    assert cells[4].startswith("[not measured](#")


def test_every_system_has_a_line_and_says_what_is_not_measured() -> None:
    overview, *_ = parts(results_page.page([]))
    for name in systems.names():
        assert f"| `{name}` |" in overview
    linked = overview.count(f"]({lacking.LINK})")
    assert linked == 3 * len(systems.names()) + sum(not systems.get(name).claims for name in systems.names())
    assert f"### {lacking.TITLE}\n\n- published; " in overview


def test_a_figure_takes_its_reason_away() -> None:
    def reasons(page: str) -> str:
        (line,) = [x for x in page.splitlines() if x.startswith("- people; ") and "`raman-cnn-shao2020`" in x]
        return line

    assert "listed and not run yet" in reasons(results_page.page([]))
    with pytest.raises(ValueError, match="not enough"):
        reasons(results_page.page([RESULT]))


def test_a_baseline_on_simulated_patients_is_not_in_the_overview() -> None:
    baseline = replace(SIMULATED_RESULT, row=replace(SIMULATED_RESULT.row, role="baseline"))
    overview, _, simulated = parts(results_page.page([baseline]))
    assert "100 patients" not in overview
    assert "| baseline |" in simulated


def test_the_section_shows_the_ideal_observer_and_the_paired_differences() -> None:
    page = results_page.page([SIMULATED_RESULT])
    assert "| covid19 | auc present | 0.900 (0.850 to 0.940) | 0.950 | all that was drawn |" in page
    assert "| the-other-row | auc, covid19, patient | +0.100 (+0.000 to +0.200) |" in page


def test_without_a_ceiling_the_page_says_so() -> None:
    *_, simulated = parts(results_page.page([replace(SIMULATED_RESULT, ceilings=())]))
    assert "0.800 (0.700 to 0.900) |  |  |  | 100 patients" in simulated


def test_two_sizes_of_one_recipe_stand_side_by_side() -> None:
    many = Made(recipe="raman-serum", patients=1000, paper=427)
    large = replace(SIMULATED_RESULT, row=replace(SIMULATED_RESULT.row, name="many", made=many))
    overview, *_ = parts(results_page.page([SIMULATED_RESULT, large]))
    (line,) = [row for row in overview.splitlines() if row.startswith("| `raman-cnn-shao2020`")]
    assert line.count("of 0.900: 75 %") == 2
    assert line.endswith("75 %; 1,000 patients, `saliva` |")


def test_further_figures_of_a_row_have_lines_of_their_own() -> None:
    row = replace(SIMULATED_RESULT.row, also=(("accuracy", "covid19", "patient"), ("dice", "", "patient")))
    scores = (*SIMULATED_RESULT.scores, score(0.6, metric="accuracy"))
    *_, simulated = parts(results_page.page([replace(SIMULATED_RESULT, row=row, scores=scores)]))
    assert simulated.count("](#made) | result |") == 2, "one that was not measured is left out"
    assert "| accuracy, covid19, patient |" in simulated


def test_rows_come_in_the_order_of_the_lists_those_of_people_first(tmp_path: Path) -> None:
    for row in (SIMULATED[0], EVIDENCE[-1], EVIDENCE[0]):
        results.write(tmp_path, replace(RESULT, row=row))
    assert [r.row.name for r in results_page.stored(tmp_path)] == [
        r.name for r in (EVIDENCE[0], EVIDENCE[-1], SIMULATED[0])
    ]
