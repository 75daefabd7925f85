from __future__ import annotations

import csv
import gzip
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from osteon import cohorts, systems
from osteon.errors import RequestError
from osteon.geometry import same_place
from osteon.simulate import cohort as writer
from osteon.simulate import recipes
from osteon.simulate.recipe import Order, turn
from osteon.types import Evidence, Image

NAMES = tuple(recipes.everything())


@pytest.fixture(autouse=True)
def key(tmp_path, monkeypatch):
    monkeypatch.setenv("OSTEON_KEY", str(tmp_path / "key"))


def test_names_are_unique_and_the_table_is_whole():
    for name, recipe in recipes.everything().items():
        assert recipe.name == name
        assert recipe.summary
        assert set(recipe.like) <= set(recipe.serves)
        assert min(recipe.megabytes) > 0


def test_recipes_serve_systems_by_their_names():
    """A name that looks like a system's is one, or one of the sheets that is still to come."""
    for recipe in recipes.everything().values():
        known = set(systems.names())
        assert all(n in known or n.count("-") >= 2 or n.startswith("future-") for n in recipe.serves)


def test_a_wrong_name_is_told_near_ones():
    with pytest.raises(RequestError, match="did you mean knee-radiographs"):
        recipes.get("knee-radiograph")


def test_turns_keep_the_mix_in_every_stretch():
    order = Order(recipe="x", patients=1, seed=4)
    words = [turn(order, i, {"a": 0.7, "b": 0.2, "c": 0.1}) for i in range(100)]
    for start in (0, 30, 60):
        assert abs(words[start : start + 40].count("a") - 28) <= 2
    assert words != [turn(Order(recipe="x", patients=1, seed=5), i, {"a": 0.7, "b": 0.2, "c": 0.1}) for i in range(100)]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_recipe_makes_a_cohort_that_opens(name, tmp_path):
    order = Order(recipe=name, patients=2, seed=11, size="small")
    out = writer.cohort(order, out=tmp_path / "out")
    found = cohorts.load(out)
    assert found.evidence is Evidence.SIMULATED
    assert not found.refused
    assert len({study.patient for study in found.studies}) == 2
    with (out / "cohort.csv").open() as table:
        inputs = {row["input"] for row in csv.DictReader(table)}
    for study in found.studies:
        for name_, datum in study.data.items():
            if not isinstance(datum, Image):
                continue
            assert np.isfinite(datum.read()).all()
            mask = study.truth.masks.get(name_)
            if mask is not None:
                assert same_place(mask.grid, datum.grid) or mask.grid.shape == datum.grid.shape[-3:]
                assert mask.read().dtype.kind == "i"
    assert inputs - {"clinical"}
    assert not [p.name for p in out.rglob("*") if p.is_file() and not _says_simulated(p)]
    said = json.loads((out / "simulated.json").read_text())
    assert bool(said["ceilings"]) != (writer.OUTLINED in said["notes"]), "every cohort says what can be reached"
    writer.make_patient(replace(order, options=said["order"]["options"]), 1, tmp_path / "alone")
    alone, among = (_files(root / "patients" / "simulated-000002") for root in (tmp_path / "alone", out))
    assert alone == among, "a patient hangs on no other, nor on when or in which process it is made"
    size = sum(p.stat().st_size for p in out.rglob("*") if p.is_file()) / 2e6
    assert size < 2.0 * recipes.get(order.recipe).megabytes[1] + 0.2, "the disk check would be wrong"


def _files(folder) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def _says_simulated(path) -> bool:
    data = path.read_bytes()
    data = gzip.decompress(data) if path.suffix == ".gz" else data
    return b"simulated" in data.lower()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_ceilings_are_sane(name):
    order = Order(recipe=name, patients=12, seed=2, size="small")
    recipe = recipes.get(name)
    cases = [recipe.draw(order, i) for i in range(order.patients)]
    for ceiling in recipe.ceilings(cases, order):
        assert 0.5 <= ceiling.expected <= 1.0
        assert ceiling.sees
        assert np.isnan(ceiling.value) or ceiling.low <= ceiling.value <= ceiling.high


@pytest.mark.parametrize("name", NAMES)
def test_overlap_changes_what_is_drawn_exactly_where_a_recipe_says_so(name):
    recipe = recipes.get(name)

    def drawn(overlap: float) -> list:
        order = Order(recipe=name, patients=30, seed=2, overlap=overlap)
        return [recipe.draw(order, i).drawn for i in range(30)]

    assert (drawn(0.0) != drawn(1.0)) == recipe.overlaps


@pytest.mark.parametrize("name", [name for name in NAMES if recipes.get(name).overlaps])
def test_the_overlap_that_is_stated_is_the_one_that_is_drawn(name):
    recipe = recipes.get(name)
    usual = Order(recipe=name, patients=20, seed=3)
    stated = recipe.overlap(usual)
    told = Order(recipe=name, patients=20, seed=3, overlap=stated)
    assert [recipe.draw(usual, i).drawn for i in range(20)] == [recipe.draw(told, i).drawn for i in range(20)]
    assert recipe.overlap(Order(recipe=name, patients=1, overlap=0.0)) == 0.0
    assert recipes.get("raman-serum").overlap(usual) is None


@pytest.mark.parametrize("name", systems.names())
def test_every_published_system_has_its_patients(name):
    """The number of its sheet; a system without one has no patients to be like."""
    known = {system for recipe in recipes.everything().values() for system in recipe.like}
    assert (name in known) == bool(systems.get(name).paper.sheet)


@pytest.mark.parametrize("name", NAMES)
def test_the_patients_of_a_system_are_those_listed_or_a_sentence(name):
    recipe = recipes.get(name)
    assert all(recipe.of(system) is like for system, like in recipe.like.items())
    with pytest.raises(RequestError, match=f"{name} has no patients like those of 'nobody'"):
        recipe.of("nobody")


def test_an_unknown_recipe_is_told_the_near_ones_and_only_these():
    with pytest.raises(RequestError, match="did you mean knee-radiographs"):
        recipes.get("knee-radiograph")
    with pytest.raises(RequestError) as far:
        recipes.get("zzz")
    assert "did you mean" not in str(far.value)
    assert "--list" in str(far.value)


def _long_run() -> list[tuple[str, str, tuple[str, ...]]]:
    """Return (recipe, task, the figures of its row) of the table in docs/concepts/simulated-patients.md."""
    text = (Path(__file__).parents[2] / "docs/concepts/simulated-patients.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("| `")]
    wide = [[cell.strip() for cell in row] for row in rows if len(row) == 5]
    return [
        (name, task, tuple(re.findall(r"\d(?:\.\d+)?", f"{accuracy} {re.sub('G[0-9]', '', area)}")))
        for first, _, task, accuracy, area in wide
        for name in re.findall(r"`([\w-]+)`", first)
    ]


def test_the_table_of_ceilings_names_every_recipe():
    assert {name for name, _, _ in _long_run()} == set(NAMES)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_table_of_ceilings_is_what_recipes_say(name):
    order = Order(recipe=name, patients=8, size="small")
    recipe = recipes.get(name)
    found = recipe.ceilings([recipe.draw(order, i) for i in range(order.patients)], order)
    expected = {f"{ceiling.expected:.2f}".removesuffix(".00") for ceiling in found} or {"1"}
    told = {number.removesuffix(".00") for own, _, numbers in _long_run() if own == name for number in numbers}
    far = {number for number in told if min(abs(float(number) - float(other)) for other in expected) > 0.011}
    assert not far, f"{told} against {expected}"
    assert len(told) <= len(expected) + 1
