from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from osteon.io import files
from osteon.simulate import recipes, recipes_tissue
from osteon.simulate.recipe import Order
from osteon.simulate.tissue import raman
from osteon.types import Spectrum


def order(name: str) -> Order:
    return Order(recipe=name, patients=12, seed=7, size="small")


def test_tiles_look_like_their_word(tmp_path):
    recipe = recipes.get("osteosarcoma-tiles")
    asked = order("osteosarcoma-tiles")
    blue = {"viable_tumour": [], "necrosis": []}
    for i in range(3):
        folder = tmp_path / str(i)
        folder.mkdir()
        for row in recipe.make(recipe.draw(asked, i), asked, folder):
            image = files.open_image(folder / row.path)
            pixels = image.read()
            assert pixels.shape == (256, 256, 3)
            assert image.grid.spacing_mm == pytest.approx((0.001, 0.001)), "it states 1 um/pixel"
            if row.labels["tissue"] in blue:
                blue[row.labels["tissue"]].append(float((pixels[..., 2] - pixels[..., 0]).mean()))
    assert all(blue.values())
    assert np.mean(blue["viable_tumour"]) > np.mean(blue["necrosis"]) + 5, "living nuclei are blue"


def test_serum_spectra_are_three_a_patient_from_two_instruments(tmp_path):
    recipe = recipes.get("raman-serum")
    asked = order("raman-serum")
    axes = Counter()
    for i in range(8):
        folder = tmp_path / str(i)
        folder.mkdir()
        rows = recipe.make(recipe.draw(asked, i), asked, folder)
        assert len({row.study for row in rows}) == len(rows) == 3
        found = [files.open_image(folder / row.path) for row in rows]
        assert all(isinstance(x, Spectrum) and x.counts.min() > -100 for x in found)
        axes[len(found[0].shift_per_cm)] += 1
    assert axes == {1024: 8}


def test_the_serums_ceiling_is_the_known_one():
    recipe = recipes.get("raman-serum")
    asked = Order(recipe="raman-serum", patients=300, seed=0)
    cases = [recipe.draw(asked, i) for i in range(300)]
    present = next(c for c in recipe.ceilings(cases, asked) if c.positive == "present")
    ideal = raman.ideal_auroc(raman.serum(), raman.serum(effect=1.0))
    assert present.expected == pytest.approx(ideal, abs=0.02)
    assert present.low < ideal < present.high


def test_a_tile_says_tissue_tumour_and_viability(tmp_path):
    order = Order(recipe="osteosarcoma-tiles", patients=2, seed=3, size="small")
    recipe = recipes.get("osteosarcoma-tiles")
    rows = recipe.make(recipe.draw(order, 0), order, tmp_path)
    steps = {row.labels["tissue"]: (row.labels["tumour"], row.labels["viability"]) for row in rows}
    known = {
        "non_tumour": ("non_tumour", ""),
        "necrosis": ("tumour", "necrosis"),
        "viable_tumour": ("tumour", "viable_tumour"),
    }
    assert steps
    assert all(known[tissue] == said for tissue, said in steps.items())


def test_the_tiles_of_the_public_collection_are_of_its_mix():
    recipe = recipes.get("osteosarcoma-tiles")
    order = Order(recipe=recipe.name, patients=143, seed=4, like="histo-osteo-arunachalam2019")
    assert recipe.of(order.like).patients * recipes_tissue.TILES == 1144
    cases = [recipe.draw(order, index) for index in range(order.patients)]
    words = Counter(word for case in cases for word in recipes_tissue._words(case.patient, order))
    for word, count in recipes_tissue.UTSW.items():
        assert words[word] == pytest.approx(count, abs=60)
    usual = [recipes_tissue._words(case.patient, Order(recipe=recipe.name, patients=143, seed=4)) for case in cases]
    assert Counter(word for one in usual for word in one)["non_tumour"] < words["non_tumour"]
