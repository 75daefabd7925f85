"""The lists of evidence: rows named once, that ask for what there is."""

import pytest

from osteon import systems
from osteon.contract import Classify, Segment
from osteon.engine.evidence import EVIDENCE
from osteon.engine.evidence_simulated import SIMULATED
from osteon.simulate import recipes

EVERY = (*EVIDENCE, *SIMULATED)


def test_rows_are_named_once_and_ask_for_what_there_is() -> None:
    names = [row.name for row in EVERY]
    assert len(set(names)) == len(names)
    known = set(systems.names(variants=True))
    for row in EVERY:
        assert row.system in known, row.name
        assert row.role == "result" or row.remark, row.name
        tasks = {t.name for t in systems.get(row.system).tasks}
        assert row.first[1] in {"", *tasks}, row.name


def test_every_network_of_few_cases_has_a_baseline_on_the_same_ones() -> None:
    rows = {row.name: row for row in EVERY}
    forest = rows["histo-osteo-arunachalam2019.forest-osteosarcoma_ut-60"]
    network = rows["histo-osteo-arunachalam2019.small-osteosarcoma_ut"]
    assert (forest.having, forest.split, forest.role) == ("tile", network.split, "baseline")
    assert forest.by_patient
    assert network.by_patient


@pytest.mark.parametrize("row", SIMULATED, ids=lambda row: row.name)
def test_simulated_rows_ask_for_a_recipe_that_serves_their_system(row) -> None:
    assert row.made is not None
    assert row.cohort == row.made.name
    recipe, name = recipes.get(row.made.recipe), row.system.partition(".")[0]
    assert name in recipe.serves
    like = recipe.like.get(row.made.like or name)
    assert row.made.paper == (like.patients if like else None)
    assert not row.made.like or row.made.patients == row.made.paper
    assert row.reduced, "not one of them is the work of the paper"
    tasks = {task.name: task for task in systems.get(row.system).tasks}
    assert isinstance(tasks[row.first[1]], Classify | Segment)


def test_rows_are_compared_with_earlier_ones_on_the_same_patients_and_folds() -> None:
    for rows in (EVIDENCE, SIMULATED):
        places = {row.name: i for i, row in enumerate(rows)}
        compared = [(row, rows[places[other]]) for row in rows for other in row.against]
        assert compared
        for row, other in compared:
            assert places[other.name] < places[row.name]
            assert (other.made, other.split, other.first) == (row.made, row.split, row.first)
            assert set(row.seeds) <= set(other.seeds)
            assert (other.cohort, other.having) == (row.cohort, row.having)
            assert (other.trim_mm, other.views_of) == (row.trim_mm, row.views_of)
