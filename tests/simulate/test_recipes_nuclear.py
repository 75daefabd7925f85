from __future__ import annotations

import numpy as np
import pytest

from osteon.io import files, nifti
from osteon.simulate import recipes
from osteon.simulate.recipe import Order


def first(name: str, label: str, word: str):
    order = Order(recipe=name, patients=9, seed=5, size="small")
    recipe = recipes.get(name)
    return recipe, order, next(c for i in range(40) if (c := recipe.draw(order, i)).labels[label] == word)


@pytest.mark.slow
def test_hot_foci_are_hot_where_the_masks_say(tmp_path):
    recipe, order, case = first("bone-scans", "metastasis", "present")
    rows = {row.input: row for row in recipe.make(case, order, tmp_path)}
    assert set(rows) == {"anterior", "posterior"}
    boxes = 0
    for row in rows.values():
        counts, mask = (files.open_image(tmp_path / n).read() for n in (row.path, row.mask))
        assert counts.shape == mask.shape == (1024, 256)
        assert 0.3e6 < counts.sum() < 6e6, "a clinic's counts"
        body = counts > np.median(counts[counts > 0])
        if (mask > 0).any():
            assert counts[mask > 0].mean() > counts[body].mean()
        for lesion in row.lesions:
            row0, column0, row1, column1 = lesion.box_px
            assert (mask[row0:row1, column0:column1] == lesion.mask_value).any()
            assert lesion.label == "malignant"
            boxes += 1
    assert boxes


@pytest.mark.slow
def test_the_spect_has_its_hot_spots(tmp_path):
    recipe, order, case = first("thorax-spect", "metastasis", "present")
    (row,) = recipe.make(case, order, tmp_path)
    image, mask = files.open_image(tmp_path / row.path).read(), nifti.read(tmp_path / row.mask).read()
    assert image.shape == mask.shape
    assert set(np.unique(mask)) <= {0, 1}
    if mask.any():
        assert image[mask == 1].mean() > 2.0 * image[image > 0].mean()


def test_the_pet_is_in_suv_and_hotter_the_better_the_response(tmp_path):
    recipe, order, case = first("chemo-pet", "response", "good")
    (row,) = recipe.make(case, order, tmp_path)
    image = files.open_image(tmp_path / row.path)
    assert (image.modality, image.unit, row.exam) == ("PT", "SUVbw", "pre")
    tumour = nifti.read(tmp_path / row.mask).read() == 1
    assert 0.5 < np.median(image.read()[tumour]) < 15
    cases = [recipe.draw(order, i) for i in range(60)]
    suvs = [np.mean([c.patient.lesions[0].suv for c in cases if c.labels["response"] == w]) for w in ("poor", "good")]
    assert suvs[1] > 1.15 * suvs[0]


@pytest.mark.parametrize(("system", "share"), [("scint-glue-han2021", 2991 / 9133), ("scint-pi", 0.35)])
def test_bone_scans_have_the_mix_of_the_sheet(system, share):
    recipe = recipes.get("bone-scans")
    order = Order(recipe="bone-scans", patients=200, seed=5, like=system if system in recipe.like else None)
    cases = [recipe.draw(order, i) for i in range(200)]
    assert sum(c.labels["metastasis"] == "present" for c in cases) == pytest.approx(200 * share, abs=3)
    chance, *_ = recipe.ceilings(cases, order)
    assert chance.task == "metastasis"
