"""Slides, and pens and folds on them: the tissue is that of the clean slide, the wear is drawn, stated and seen."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from osteon.io import files
from osteon.simulate import recipes, recipes_slides
from osteon.simulate.recipe import Case, Order, Row
from osteon.types import Slide

CLEAN = Order(recipe="osteosarcoma-slides", patients=400, seed=7, size="small")
ORDER = replace(CLEAN, options={"pens": "drawn", "folds": "drawn"})
RECIPE = recipes.get(ORDER.recipe)


def case_of(*, pens: bool, folds: bool) -> Case:
    cases = (RECIPE.draw(ORDER, i) for i in range(60))
    return next(c for c in cases if (c.patient.latents["pens"] > 0, c.patient.latents["folds"] > 0) == (pens, folds))


def test_a_slide_has_the_drawn_necrosis(tmp_path):
    case = RECIPE.draw(CLEAN, 1)
    (row,) = RECIPE.make(case, CLEAN, tmp_path)
    assert set(row.labels) == {"necrosis_percent"}
    assert row.labels["necrosis_percent"] == pytest.approx(case.patient.latents["necrosis_percent"], abs=2.5)
    assert isinstance(files.open_image(tmp_path / row.path), Slide)


def test_the_response_is_that_of_the_necrosis():
    for i in range(40):
        case = RECIPE.draw(CLEAN, i)
        assert (case.labels["response"] == "good") is (case.patient.latents["necrosis_percent"] >= 90)


def test_wear_is_drawn_as_stated_and_each_by_itself():
    worn = [RECIPE.draw(ORDER, i).patient.latents for i in range(ORDER.patients)]
    for name in ("pens", "folds"):
        found = Counter(int(one[name]) for one in worn)
        assert set(found) == {0, 1, 2, 3}
        assert found[0] / 400 == pytest.approx(recipes_slides.CLEAN, abs=0.06)
    both = np.corrcoef([one["pens"] for one in worn], [one["folds"] for one in worn])[0, 1]
    assert abs(both) < 0.12


def test_the_patients_are_those_of_the_clean_slides():
    for i in range(5):
        own, plain = RECIPE.draw(ORDER, i), RECIPE.draw(CLEAN, i)
        kept = {name: own.patient.latents[name] for name in plain.patient.latents}
        assert replace(own, patient=replace(own.patient, latents=kept)) == plain
        assert set(own.patient.latents) - set(kept) == {"pens", "folds"}


def test_a_number_can_be_asked_for_of_one_of_them_alone():
    for i in range(5):
        one = RECIPE.draw(replace(CLEAN, options={"folds": "2"}), i).patient.latents
        assert one["folds"] == 2.0
        assert "pens" not in one
        both = RECIPE.draw(replace(CLEAN, options={"folds": "drawn"}), i).patient.latents
        assert both["folds"] == RECIPE.draw(ORDER, i).patient.latents["folds"], "what is drawn hangs on no other option"


def test_a_fold_is_straight_and_a_pen_turns(monkeypatch, tmp_path):
    given = {}
    monkeypatch.setattr(
        recipes_slides, "_section", lambda *_, **lines: given.update(lines) or Row(path="slide.tif", input="slide")
    )
    (row,) = RECIPE.make(case_of(pens=True, folds=True), ORDER, tmp_path)
    assert (row.labels["pens"], row.labels["folds"]) == (len(given["pens"]), len(given["folds"]))
    side = recipes_slides.SIDE_UM["small"]
    for name, points, share in (("pens", 4, recipes_slides.SHARE["pens"]), ("folds", 2, recipes_slides.SHARE["folds"])):
        assert given[name]
        assert {len(line.points_um) for line in given[name]} == {points}
        assert all(share[0] <= line.width_um / side <= share[1] for line in given[name])


@pytest.mark.parametrize(("pens", "folds"), [(False, False), (True, False), (False, True)])
def test_the_tissue_and_its_necrosis_are_those_of_the_clean_slide(tmp_path, pens, folds):
    case = case_of(pens=pens, folds=folds)
    pixels = []
    bare = {k: v for k, v in case.patient.latents.items() if k not in ("pens", "folds")}
    clean = replace(case, patient=replace(case.patient, latents=bare))
    for name, of in (("worn", case), ("clean", clean)):
        (tmp_path / name).mkdir()
        (row,) = RECIPE.make(of, ORDER, tmp_path / name)
        slide = files.open_image(tmp_path / name / row.path)
        pixels.append(slide.read_region(0, 0, *slide.levels[0], 0).astype(float))
        percent = row.labels["necrosis_percent"]
        assert ("pens" in row.labels) == (name == "worn")
        if name == "worn":
            said = {word: row.labels[word] for word in ("pens", "folds", "necrosis_percent")}
    assert said == {**{w: case.patient.latents[w] for w in ("pens", "folds")}, "necrosis_percent": percent}
    worn, clean = pixels
    apart = np.abs(worn - clean).max(axis=-1) > 40.0
    if not (pens or folds):
        assert not apart.any()
        return
    assert 0.002 < apart.mean() < 0.5
    assert worn[apart].mean() < clean[apart].mean(), "ink and folds take light"
