"""Slides with pens and folds: the tissue is that of the clean slide, the wear is drawn, stated and seen."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from osteon.io import files
from osteon.simulate import recipes, recipes_tissue, recipes_worn
from osteon.simulate.recipe import Case, Order, Row

ORDER = Order(recipe="osteosarcoma-slides-worn", patients=400, seed=7, size="small")
RECIPE, PLAIN = recipes.get(ORDER.recipe), recipes.get("osteosarcoma-slides")


def case_of(*, pens: bool, folds: bool) -> Case:
    cases = (RECIPE.draw(ORDER, i) for i in range(60))
    return next(c for c in cases if (c.patient.latents["pens"] > 0, c.patient.latents["folds"] > 0) == (pens, folds))


def test_wear_is_drawn_as_stated_and_each_by_itself():
    worn = [RECIPE.draw(ORDER, i).patient.latents for i in range(ORDER.patients)]
    for name in ("pens", "folds"):
        found = Counter(int(one[name]) for one in worn)
        assert set(found) == {0, 1, 2, 3}
        assert found[0] / 400 == pytest.approx(recipes_worn.CLEAN, abs=0.06)
    both = np.corrcoef([one["pens"] for one in worn], [one["folds"] for one in worn])[0, 1]
    assert abs(both) < 0.12


def test_the_patients_are_those_of_the_clean_slides():
    for i in range(5):
        own, plain = RECIPE.draw(ORDER, i), PLAIN.draw(ORDER, i)
        kept = {name: own.patient.latents[name] for name in plain.patient.latents}
        assert replace(own, patient=replace(own.patient, latents=kept)) == plain


def test_a_fold_is_straight_and_a_pen_turns(monkeypatch, tmp_path):
    given = {}
    monkeypatch.setattr(
        recipes_tissue, "section", lambda *_, **lines: given.update(lines) or Row(path="slide.tif", input="slide")
    )
    (row,) = RECIPE.make(case_of(pens=True, folds=True), ORDER, tmp_path)
    assert (row.labels["pens"], row.labels["folds"]) == (len(given["pens"]), len(given["folds"]))
    side = recipes_tissue.SIDE_UM["small"]
    for name, points, share in (("pens", 4, recipes_worn.PEN_SHARE), ("folds", 2, recipes_worn.FOLD_SHARE)):
        assert given[name]
        assert {len(line.points_um) for line in given[name]} == {points}
        assert all(share[0] <= line.width_um / side <= share[1] for line in given[name])


@pytest.mark.parametrize(("pens", "folds"), [(False, False), (True, False), (False, True)])
def test_the_tissue_and_its_necrosis_are_those_of_the_clean_slide(tmp_path, pens, folds):
    case = case_of(pens=pens, folds=folds)
    pixels = []
    for name, recipe in (("worn", RECIPE), ("clean", PLAIN)):
        (tmp_path / name).mkdir()
        (row,) = recipe.make(case, ORDER, tmp_path / name)
        slide = files.open_image(tmp_path / name / row.path)
        pixels.append(slide.read_region(0, 0, *slide.levels[0], 0).astype(float))
        percent = row.labels["necrosis_percent"]
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
