from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from osteon.io import files, nifti
from osteon.simulate import recipes
from osteon.simulate.person import bones
from osteon.simulate.recipe import Order


def made(name: str, folder, *, index: int = 0):
    order = Order(recipe=name, patients=3, seed=6, size="small")
    recipe = recipes.get(name)
    case = recipe.draw(order, index)
    rows = recipe.make(case, order, folder)
    return case, {r.input: (files.open_image(folder / r.path), nifti.read(folder / r.mask).read()) for r in rows}


def test_the_trunk_holds_the_49_bones_by_their_numbers(tmp_path):
    _, found = made("wholebody-ct", tmp_path)
    image, mask = found["ct"]
    hu = image.read()
    assert mask.max() <= 49
    assert len(set(np.unique(mask)) - {0}) >= 47, "at 15 mm a slice two small ones may fall between"
    sacrum, sternum = (hu[mask == bones.VALUE[name]].mean() for name in ("sacrum", "sternum"))
    assert sacrum > 80
    assert sternum > 50
    assert hu[mask == 0].mean() < -100


def test_an_osteosarcoma_is_outlined_and_has_no_class(tmp_path):
    case, found = made("osteosarcoma-ct", tmp_path)
    image, mask = found["ct"]
    assert not case.labels
    assert case.patient.lesions[0].entity == "osteosarcoma"
    assert (mask == 1).sum() > 20
    assert image.read()[mask == 1].mean() > -50


def test_sacral_tumours_come_as_the_sheet_has_them():
    order = Order(recipe="sacral-ct", patients=420, seed=2)
    recipe = recipes.get("sacral-ct")
    cases = [recipe.draw(order, i) for i in range(120)]
    found = Counter(c.drawn.entity for c in cases)
    assert found["chordoma"] / 120 == pytest.approx(84 / 420, abs=0.03)
    assert found["giant cell tumour"] / 120 == pytest.approx(95 / 420, abs=0.03)
    assert {c.labels["lesion"] for c in cases if c.drawn.entity in ("giant cell tumour", "schwannoma")} == {"benign"}
    assert {c.patient.lesions[0].bone for c in cases} == {"sacrum"}


def test_bone_is_brighter_at_60_than_at_140_kev(tmp_path):
    _, found = made("spectral-spine-ct", tmp_path)
    low, high = (found[f"ct_{kev}kev"][0].read() for kev in (60, 140))
    dense = high > 150
    assert dense.sum() > 10
    assert low[dense].mean() > 1.3 * high[dense].mean()
    assert (found["ct_60kev"][1] == found["ct_140kev"][1]).all()
