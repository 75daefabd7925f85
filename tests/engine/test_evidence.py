"""The lists of evidence: rows named once, that ask for what there is."""

import pytest

from osteon import systems
from osteon.contract import Classify, Segment
from osteon.engine.evidence import EVIDENCE, Made
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
    assert row.system.partition(".")[0] in recipes.get(row.made.recipe).serves
    assert row.reduced, "not one of them is the work of the paper"
    tasks = {task.name: task for task in systems.get(row.system).tasks}
    assert isinstance(tasks[row.first[1]], Classify | Segment)


def test_rows_are_compared_with_earlier_ones_on_the_same_patients_and_folds() -> None:
    places = {row.name: i for i, row in enumerate(SIMULATED)}
    compared = [(row, SIMULATED[places[other]]) for row in SIMULATED for other in row.against]
    assert compared
    for row, other in compared:
        assert places[other.name] < places[row.name]
        assert (other.made, other.split, other.seeds, other.first) == (row.made, row.split, row.seeds, row.first)


def test_the_name_of_simulated_patients_says_all_of_them() -> None:
    made = Made(recipe="gctb-mri", patients=20, seed=3, size="small")
    assert made.name == "gctb-mri-20-small-3"
    assert (
        len({Made(recipe="x", patients=n, seed=s, size=z).name for n in (1, 2) for s in (1, 2) for z in ("a", "b")})
        == 8
    )
