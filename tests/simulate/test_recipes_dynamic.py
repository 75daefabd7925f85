from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from osteon.io import files, nifti
from osteon.simulate import recipes
from osteon.simulate.recipe import Order
from osteon.simulate.recipes_dynamic import ORIGINS, _kinetics, _lung_odds

DCE, NECROSIS = recipes.get("dce-spine"), recipes.get("necrosis-mri")


def test_origins_are_those_of_the_sheet():
    order = Order(recipe="dce-spine", patients=61, seed=1, like="mri-dce-clstm-lang2019")
    cases = [DCE.draw(order, i) for i in range(61)]
    found = Counter(c.labels["primary"] for c in cases)
    assert sum(ORIGINS.values()) == 61
    assert all(abs(found[name] - count) <= 2 for name, count in ORIGINS.items())
    assert Counter(c.labels["origin"] for c in cases)["lung"] == pytest.approx(30, abs=2)


def test_nothing_but_the_kinetics_tells_the_origin():
    order = Order(recipe="dce-spine", patients=10, seed=1)
    cases = [DCE.draw(order, i) for i in range(40)]
    lung = [c.labels["origin"] == "lung" for c in cases]
    sizes = np.array([c.patient.lesions[0].size_mm for c in cases])
    assert {c.patient.lesions[0].matrix for c in cases} == {"lytic"}
    assert abs(sizes[lung].mean() - sizes[~np.array(lung)].mean()) < 12


def test_the_odds_of_lung_are_calibrated():
    rng = np.random.default_rng(0)
    words = rng.choice([*ORIGINS], 6000, p=np.array([*ORIGINS.values()]) / 61)
    said = 1 / (1 + np.exp(-np.array([_lung_odds(_kinetics(str(w), rng)) for w in words])))
    for low in (0.1, 0.4, 0.8):
        there = (said > low) & (said < low + 0.15)
        assert (words[there] == "lung").mean() == pytest.approx(said[there].mean(), abs=0.06)


def test_twelve_frames_brighten_in_the_tumour(tmp_path):
    order = Order(recipe="dce-spine", patients=2, seed=3, size="small")
    (row,) = DCE.make(DCE.draw(order, 0), order, tmp_path)
    image = files.open_image(tmp_path / row.path)
    frames, tumour = image.read(), nifti.read(tmp_path / row.mask).read() > 0
    assert frames.shape[0] == len(image.times_s) == 12
    assert frames[-1][tumour].mean() > 1.15 * frames[0][tumour].mean()


def test_samples_are_one_tissue_each_and_numbered(tmp_path):
    order = Order(recipe="necrosis-mri", patients=2, seed=4, size="small")
    case = NECROSIS.draw(order, 1)
    rows = {row.input: row for row in NECROSIS.make(case, order, tmp_path)}
    assert set(rows) == {"t2", "adc", "st1"}
    numbers = nifti.read(tmp_path / rows["t2"].mask).read()
    lesions = rows["t2"].lesions
    assert lesions
    assert {x.label for x in lesions} <= {"non-viable", "viable", "cartilaginous"}
    assert set(np.unique(numbers)) <= {0, 100, *(x.mask_value for x in lesions)}
    adc = files.open_image(tmp_path / "adc").read()
    dead = np.isin(numbers, [x.mask_value for x in lesions if x.label == "non-viable"])
    living = np.isin(numbers, [x.mask_value for x in lesions if x.label == "viable"])
    if dead.any() and living.any():
        assert adc[dead].mean() > 1.2 * adc[living].mean()


def test_the_response_is_decided_by_ninety_percent():
    order = Order(recipe="necrosis-mri", patients=30, seed=5)
    for i in range(30):
        case = NECROSIS.draw(order, i)
        assert (case.labels["response"] == "good") is (case.patient.lesions[0].necrosis_after >= 0.9)
        assert case.patient.exam == "post"
