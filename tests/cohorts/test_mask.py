import json

import numpy as np
import pytest

from osteon.cohorts.mask import open_drawn, open_mask
from osteon.errors import InputError
from osteon.geometry import volume_grid
from osteon.io import files, nifti
from osteon.types import Grid, Spectrum

GRID = Grid(
    shape=(4, 6, 8),
    spacing_mm=(3.0, 2.0, 1.0),
    affine=((0.0, 0.0, 1.0, 5.0), (0.0, 2.0, 0.0, -7.0), (3.0, 0.0, 0.0, 9.0), (0.0, 0.0, 0.0, 1.0)),
)


def volume(path, array):
    nifti.write(path, array, GRID)
    return files.open_image(path)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32])
def test_a_mask_of_a_volume_lies_where_it_was_drawn(tmp_path, dtype):
    labels = np.zeros(GRID.shape, dtype)
    labels[1:3, 2:4, 2:7] = 2
    image = volume(tmp_path / "a.nii.gz", np.random.default_rng(0).normal(size=GRID.shape).astype(np.float32))
    volume(tmp_path / "m.nii.gz", labels)
    mask = open_mask(tmp_path / "m.nii.gz", image=image)
    assert np.array_equal(mask.read(), labels.astype(int))
    assert np.allclose(mask.grid.affine, image.grid.affine)


def test_a_mask_of_fractions_is_refused(tmp_path):
    labels = np.zeros(GRID.shape, np.float32)
    labels[0, 0, 0] = 0.5
    image = volume(tmp_path / "m.nii.gz", labels)
    with pytest.raises(InputError, match="whole numbers"):
        open_mask(tmp_path / "m.nii.gz", image=image).read()


def test_a_colour_picture_is_no_mask(folder):
    folder.picture("m.png", np.random.default_rng(0).integers(0, 255, (20, 20, 3)))
    image = files.open_image(folder.root / folder.noise("a.png", 1))
    with pytest.raises(InputError, match="one value a pixel"):
        open_mask(folder.root / "m.png", image=image).read()


def test_a_spectrum_is_no_mask(tmp_path, folder):
    path = tmp_path / "s.csv"
    path.write_text("shift,counts\n" + "".join(f"{400 + n},{n * n % 7}\n" for n in range(50)))
    datum = files.open_image(path)
    assert isinstance(datum, Spectrum)
    with pytest.raises(InputError, match="this is a spectrum"):
        open_mask(path, image=datum)


def test_a_mask_of_the_same_voxels_turned_and_cropped_is_put_on_the_image(tmp_path):
    labels = np.zeros(GRID.shape, np.uint8)
    labels[1:3, 2:4, 2:7] = 1
    image = volume(tmp_path / "a.nii.gz", np.random.default_rng(0).normal(size=GRID.shape).astype(np.float32))
    affine = np.array(GRID.affine)
    turned = affine.copy()
    turned[:3, 0] *= -1
    turned[:3, 3] = affine[:3, 3] + affine[:3, :3] @ (3, 1, 0)
    nifti.write(tmp_path / "m.nii.gz", labels[::-1, 1:5], volume_grid((4, 4, 8), turned))
    mask = open_mask(tmp_path / "m.nii.gz", image=image)
    assert np.array_equal(mask.read(), labels)
    assert mask.grid == image.grid
    assert "flipped, turned or cropped" in mask.notes[-1]


def test_a_mask_of_other_voxels_keeps_its_grid(tmp_path):
    image = volume(tmp_path / "a.nii.gz", np.random.default_rng(0).normal(size=GRID.shape).astype(np.float32))
    affine = np.array(GRID.affine)
    affine[:3, 3] += 0.4
    nifti.write(tmp_path / "m.nii.gz", np.ones(GRID.shape, np.uint8), volume_grid(GRID.shape, affine))
    assert not np.allclose(open_mask(tmp_path / "m.nii.gz", image=image).grid.affine, GRID.affine)


def test_annotations_are_a_mask_and_lesions_and_a_picture_just_a_mask(folder):
    image = files.open_image(folder.root / folder.noise("a.png", 1))
    polygon = {"label": "x", "shape_type": "polygon", "points": [[2, 3], [12, 3], [12, 9], [2, 9]]}
    (folder.root / "a.json").write_text(json.dumps({"shapes": [polygon]}))
    found = open_drawn(folder.root / "a.json", image=image, region="x")
    folder.picture("m.png", found.mask.read() * 255)
    plain = open_drawn(folder.root / "m.png", image=image)
    assert np.array_equal(plain.mask.read(), found.mask.read())
    assert ([one.box_px for one in found.lesions], plain.lesions) == ([(3, 2, 9, 12)], ())
