from __future__ import annotations

import numpy as np
import pytest

from osteon.geometry import same_place, to_mm, volume_grid
from osteon.io import files, nifti
from osteon.simulate import recipe_write
from osteon.simulate.person.patient import Patient
from osteon.simulate.recipe import Order
from osteon.types import Image

ORDER = Order(recipe="lesion-mri", patients=1, seed=4)
PATIENT = Patient(weight_kg=70.0)
# Of axial, coronal and sagittal stacks, and of slices that run down.
GRIDS = {
    "axial": ((0, 0, 2.0), (0, 2.0, 0), (4.0, 0, 0)),
    "coronal": ((0, 0, 2.0), (4.0, 0, 0), (0, -2.0, 0)),
    "sagittal": ((4.0, 0, 0), (0, 0, 2.0), (0, -2.0, 0)),
    "downwards": ((0, 0, 2.0), (0, 2.0, 0), (-4.0, 0, 0)),
}


def stack(name: str, modality: str):
    affine = np.eye(4)
    affine[:3, :3] = GRIDS[name]
    affine[:3, 3] = (10.0, -20.0, 30.0)
    grid = volume_grid((6, 10, 12), affine)
    pixels = np.arange(720, dtype=np.float32).reshape(grid.shape)
    facts = {"PatientWeight": 70, "PatientOrientation": ("L", "F"), "KVP": 120.0} if modality == "CT" else {}
    return Image(grid=grid, modality=modality, load=pixels.copy, facts=facts)


@pytest.mark.parametrize("modality", ["CT", "MR"])
@pytest.mark.parametrize("name", GRIDS)
def test_image_and_mask_come_back_in_one_place(name, modality, tmp_path):
    image = stack(name, modality)
    mask = (image.read() > 700).astype(np.uint8)
    row = recipe_write.volume(image, mask, PATIENT, ORDER, tmp_path, name="t1", label="benign")
    assert (row.path, row.input, row.mask) == ("t1", "t1", "t1-mask.nii.gz")
    assert [(x.label, x.mask_value) for x in row.lesions] == [("benign", 1)]
    back, labels = files.open_image(tmp_path / "t1"), nifti.read(tmp_path / row.mask)
    assert same_place(back.grid, labels.grid)
    assert (labels.read() == (back.read() > 700.5)).mean() == 1.0
    brightest = np.unravel_index(back.read().argmax(), back.grid.shape)
    assert to_mm(back.grid, np.array(brightest)) == pytest.approx(to_mm(image.grid, np.array([5, 9, 11])), abs=0.01)


def test_values_below_zero_are_lifted_for_mr(tmp_path):
    image = stack("axial", "MR")
    low = Image(grid=image.grid, modality="MR", load=lambda: image.read() - 100.0)
    recipe_write.volume(low, None, PATIENT, ORDER, tmp_path, name="st1")
    back = files.open_image(tmp_path / "st1").read()
    assert back.min() == pytest.approx(0.0, abs=0.1)
    assert np.ptp(back) == pytest.approx(719.0, rel=1e-3)


def test_before_and_after_are_two_series(tmp_path):
    for exam in ("pre", "post"):
        row = recipe_write.volume(stack("axial", "MR"), None, PATIENT, ORDER, tmp_path, name="t2", exam=exam)
        assert (row.path, row.exam) == (f"t2-{exam}", exam)
    assert len(list(tmp_path.iterdir())) == 2
