from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from osteon.geometry import matrix
from osteon.io import files, nifti
from osteon.simulate import recipes
from osteon.simulate.recipe import Order
from osteon.simulate.recipes_mri import look_by_words
from osteon.simulate.tumour.lesion import Lesion


def made(name: str, folder, *, index: int = 0, seed: int = 4):
    order = Order(recipe=name, patients=3, seed=seed, size="small")
    recipe = recipes.get(name)
    case = recipe.draw(order, index)
    rows = {row.input: row for row in recipe.make(case, order, folder)}
    return case, {n: (files.open_image(folder / r.path), nifti.read(folder / r.mask)) for n, r in rows.items()}


@pytest.mark.parametrize(
    ("name", "inputs"), [("lesion-mri", {"t1", "t2"}), ("gctb-mri", {"t1"}), ("sts-mri", {"t1", "t2"})]
)
def test_sequences_are_those_of_the_system_and_outlined(name, inputs, tmp_path):
    _, found = made(name, tmp_path)
    assert set(found) == inputs
    for image, mask in found.values():
        assert image.modality == "MR"
        assert mask.read().any()
        assert np.ptp(image.read()) > 50


def test_both_sequences_show_one_tumour(tmp_path):
    _, found = made("lesion-mri", tmp_path)
    (_, one), (_, other) = found.values()
    assert np.array_equal(one.read(), other.read())


def test_two_views_have_the_volume_of_one_tumour(tmp_path):
    _, found = made("pelvis-mri-two-views", tmp_path, index=1)
    volumes = []
    for image, mask in found.values():
        assert mask.grid.shape == image.grid.shape
        volumes.append(mask.read().astype(bool).sum() * abs(np.linalg.det(matrix(mask.grid)[:3, :3])))
    assert volumes[0] == pytest.approx(volumes[1], rel=0.25), "slices of 10 mm, the coarse size"
    thick = [np.argmax(np.abs(matrix(image.grid)[:3, 0])) for image, _ in found.values()]
    assert thick == [2, 1], "axial and coronal"


def test_a_look_by_words_does_not_know_the_entity():
    order = Order(recipe="lesion-mri", patients=1)
    lesion: Lesion = recipes.get("lesion-mri").draw(order, 0).patient.lesions[0]
    other = replace(lesion, entity="enchondroma", grade=0, origin=None)
    assert look_by_words(lesion) == look_by_words(other)
    dense, loose = (
        np.mean([look_by_words(replace(lesion, seed=s, suv=suv)).adc for s in range(50)]) for suv in (9.0, 1.5)
    )
    assert dense < 0.75 * loose


def test_classes_follow_the_paper():
    recipe = recipes.get("lesion-mri")
    order = Order(recipe="lesion-mri", patients=200, seed=3, like="mri-lesion-eweje2021")
    cases = [recipe.draw(order, i) for i in range(200)]
    malignant = [c.labels["lesion"] == "malignant" for c in cases]
    assert np.mean(malignant) == pytest.approx(478 / 1060, abs=0.02)
    cells = {c.labels["lesion"] for c in cases if c.drawn.entity == "giant cell tumour"}
    assert cells == {"benign"}, "intermediate counts as benign"
