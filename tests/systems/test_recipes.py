"""A system trains on its own recipe of simulated patients, and is judged there with a ceiling beside it."""

from __future__ import annotations

import importlib
from collections.abc import Callable

import pytest

from osteon import cohorts, engine, systems
from osteon.contract import Classify, Regress, Segment, Survive, System
from osteon.engine import ceiling
from osteon.simulate import cohort as simulator
from osteon.simulate import recipes
from osteon.simulate.recipe import Order
from osteon.types import Cohort, Evidence, Study
from tests.sheets import OF_THE_REVIEW

CHEAP = {
    "ct-msfcn-huang2017": "small",
    "ct-msrn-zhang2018": "lite0",
    "ct-sacral-radiomics-yin2020": "radscore",
    "histo-osteo-arunachalam2019": "small",
    "mri-gctb-recurrence-he2019": "lite0",
    "mri-lesion-eweje2021": "t2-lite0",
    "mri-necrosis-huang2020": "",
    "mri-pelvis-multiview-qu2021": "small",
    "mri-sts-grading-navarro2021": "lite0",
    "pet-chemo-kim2021": "centre10",
    "pet-response-delta": "",
    "raman-cnn-shao2020": "",
    "xray-fusion-liu2021": "lite0",
    "xray-knee-segunet-do2021": "quarter",
    "xray-triage-he2020": "lite0",
}
"""System to the variant that is trained here; a system that is new here is trained as published, which shows."""
SERVED = [n for n in systems.names() if any(n in recipe.serves for recipe in recipes.everything().values())]
PATIENTS = 8
UNLABELLED = {"osteosarcoma-ct", "pelvis-mri-two-views", "necrosis-mri"}
"""Recipes whose truth is an outline or tissue samples: the ideal observer is not asked what their systems are."""
NOT_SHOWN = {"overall_survival": "the recipe draws no follow-up", "slide": "tiles and slides are recipes of their own"}


@pytest.fixture(scope="session")
def made(tmp_path_factory) -> Callable[[str], Cohort]:
    """Return a function that makes a recipe's few patients, once."""
    root = tmp_path_factory.mktemp("recipes")
    known: dict[str, Cohort] = {}

    def make(name: str) -> Cohort:
        if name not in known:
            order = Order(recipe=name, patients=PATIENTS, seed=5, size="small")
            known[name] = cohorts.load(simulator.cohort(order, out=root / name))
        return known[name]

    make.root = root  # ty: ignore[unresolved-attribute]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OSTEON_KEY", str(root / "key"))
        yield make


def own(system: str) -> str:
    """Return the recipe of a system: the first that serves it and has what it needs."""
    fitting = [r.name for r in recipes.everything().values() if system in r.serves]
    assert fitting, f"no recipe of osteon simulate serves {system}"
    return "osteosarcoma-tiles" if "osteosarcoma-tiles" in fitting else fitting[0]


@pytest.mark.parametrize("name", OF_THE_REVIEW)
def test_every_system_of_the_review_has_a_recipe(name) -> None:
    assert own(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", SERVED)
def test_the_recipe_has_the_inputs_labels_and_outlines_of_the_system(name, made) -> None:
    system, cohort = systems.get(name), made(own(name))
    assert cohort.evidence is Evidence.SIMULATED
    assert not cohort.refused
    there = {given for study in cohort.studies for given in study.data}
    assert {i.name for i in system.inputs} - set(NOT_SHOWN) <= there
    for task in system.tasks:
        if task.name not in NOT_SHOWN:
            assert any(_has_truth(task, study) for study in cohort.studies), task.name


def _has_truth(task: object, study: Study) -> bool:
    """Return whether the study says what the task asks, in words that the task knows."""
    truth = study.truth
    if isinstance(task, Classify):
        said = [truth.labels.get(task.name), *(lesion.label for lesion in truth.lesions)]
        return any(task.words.get(word, word) in task.classes for word in said if word)
    if isinstance(task, Segment):
        return bool(truth.masks)
    if isinstance(task, Regress):  # what can be measured in the outline needs no column
        return task.name in truth.values or bool(truth.masks) or "tissue" in truth.labels
    return isinstance(task, Survive) and task.endpoint in truth.outcomes


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mri-gctb-recurrence-he2019", "mri-lesion-eweje2021", "xray-fusion-liu2021"])
def test_the_clinical_row_fills_every_column_that_the_system_reads(name, made) -> None:
    module = importlib.import_module(f"osteon.systems.{name.replace('-', '_')}")
    columns, rows = module.columns(), [study.data["clinical"].values for study in made(own(name)).studies]
    for column in (*columns.numbers, *columns.choices):
        assert all(column in row for row in rows), column
    places = {str(row["location"]).lower() for row in rows} - {"none"}
    assert len(places & set(module.SITES)) >= 0.5 * len(places), "the words of the recipe are those of the system"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:max_unpooling2d")  # on the CPU it is deterministic
@pytest.mark.parametrize("name", SERVED)
def test_it_trains_and_is_judged_as_simulated_beside_its_ceiling(name, made, tmp_path, monkeypatch) -> None:
    system, recipe = _cheap(name, monkeypatch), own(name)
    options = engine.TrainOptions(
        split="60/20/20", device="cpu", threads=1, workers=0, from_scratch=True, allow=_allowed(),
        overrides=("fit.epochs=1",) if _networks(system) else (),
    )  # fmt: skip
    engine.train(system, made(recipe), tmp_path / "run", options=options)
    scores = engine.evaluate(tmp_path / "run", made(recipe), split="all", device="cpu", system=system)
    assert {s.evidence for s in scores} == {Evidence.SIMULATED}
    assert {s.task for s in scores} >= {system.tasks[0].name}
    tops = ceiling.read(made.root / recipe)
    first = system.tasks[0]
    if recipe not in UNLABELLED:
        assert isinstance(first, Classify)
        found = [s for s in scores if s.task == first.name and ceiling.of_score(s, first, tops) is not None]
        assert {s.metric.partition("[")[0] for s in found} >= {"accuracy", "auc"}
        assert "simulated" in (tmp_path / "run" / "evaluations" / f"{recipe}-all" / "report.html").read_text()


def _cheap(name: str, monkeypatch: pytest.MonkeyPatch) -> System:
    tag = CHEAP.get(name, "")
    module = importlib.import_module(f"osteon.systems.{name.replace('-', '_')}")
    for setting, small in (
        ("SIDE_PX", 64),
        ("LITE_PX", 64),
        ("FILM_PX", 256),
        ("FEATURES", "original"),
        ("CELL_MM", 12.0),
    ):
        if hasattr(module, setting):
            monkeypatch.setattr(module, setting, small)
    return systems.get(f"{name}.{tag}" if tag else name)


def _networks(system: System) -> bool:
    return any(hasattr(part.fit, "epochs") for part in system.parts)


def _allowed() -> tuple[str, ...]:
    """Return the findings that so few patients must raise."""
    return ("few-patients", "class-not-on-side")
