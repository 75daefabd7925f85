"""Volumes out on cubic voxels, and the outline back on the grid that it came from."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from osteon import systems
from osteon.errors import InputError
from osteon.geometry import voxel_ml
from osteon.systems import _pet_outline, _volumes
from osteon.types import Batch, Output
from tests import phantoms

SPACING = 4.0


@pytest.fixture
def study():
    return phantoms.study(systems.get("ct-msfcn-huang2017.unet3d-pet"), index=1)


def _prepared(study, *names):
    (sample,) = _volumes.volumes(dict.fromkeys(names, _volumes.unscaled), spacing_mm=SPACING)(study, {})
    return sample


def _said(study, logits):
    output = Output(sample=_prepared(study, "pet"), values={"tumour": logits[None]})
    return _volumes.decode(_pet_outline.TUMOUR, {"outline": (output,)}, study, spacing_mm=SPACING)


def test_a_channel_an_input_on_one_grid(study):
    sample = _prepared(study, "pet", "ct", "t1")
    assert sample.inputs["image"].shape[0] == 3
    assert sample.inputs["image"].shape[1:] == sample.targets["mask"].shape[1:]
    sides = np.array(sample.targets["mask"].shape[1:]) * SPACING
    field = np.array(study.data["pet"].grid.shape) * study.data["pet"].grid.spacing_mm
    assert np.abs(sides - field).max() <= SPACING / 2
    assert 0 <= sample.targets["mask"].min() < sample.targets["mask"].max() <= 1


def test_a_missing_channel_is_nothing(study):
    without = replace(study, data={k: v for k, v in study.data.items() if k != "ct"})
    image = _prepared(without, "pet", "ct", "t1").inputs["image"]
    assert not image[1].any()
    np.testing.assert_array_equal(image[[0, 2]], _prepared(study, "pet", "ct", "t1").inputs["image"][[0, 2]])


def test_without_the_first_input_there_is_no_sample_and_without_truth_no_target(study):
    without = replace(study, data={k: v for k, v in study.data.items() if k != "pet"})
    assert list(_volumes.volumes({"pet": _volumes.unscaled}, spacing_mm=SPACING)(without, {})) == []
    assert not _prepared(replace(study, truth=None), "pet").targets


def test_the_outline_comes_back_where_it_was(study):
    sample = _prepared(study, "pet")
    outline, volume = _said(study, sample.targets["mask"][0] * 2 - 1)
    truth = study.truth.masks["pet"].read() > 0
    assert outline.label_map.shape == truth.shape
    grid = study.data["pet"].grid
    assert volume.value == pytest.approx(outline.label_map.sum() * voxel_ml(grid))
    middle = tuple(np.argwhere(truth).mean(axis=0).round().astype(int))
    assert outline.heat_map[middle] > 0.5


def test_the_largest_piece_is_kept(study):
    shape = _prepared(study, "pet").targets["mask"].shape[1:]
    logits = np.full(shape, -5.0)
    logits[: shape[0] // 2 - 1] = 5.0
    logits[-1, -1, -1] = 5.0
    outline, _ = _said(study, logits)
    whole, _ = _said(study, np.full(shape, 5.0))
    assert 0 < outline.label_map.sum() < whole.label_map.sum() == np.prod(whole.label_map.shape)
    assert not outline.label_map[-1, -1, -1]
    nothing, volume = _said(study, np.full(shape, -5.0))
    assert (nothing.label_map.sum(), volume.value) == (0, 0)


def test_nothing_to_outline_is_refused(study):
    with pytest.raises(InputError, match="no volume called pet"):
        _volumes.decode(_pet_outline.TUMOUR, {"outline": ()}, replace(study, data={}), spacing_mm=SPACING)


def test_the_loss_is_least_where_the_outline_is_right():
    mask = torch.zeros(1, 1, 4, 4, 4)
    mask[..., :2] = 1
    batch = Batch(inputs={}, targets={"mask": mask}, present={}, samples=())
    right, wrong = (float(_volumes.loss({"tumour": sign * (mask * 20 - 10)}, batch)) for sign in (1, -1))
    assert right < 0.01 < 1 < wrong


def test_the_control_sees_the_size_of_the_field_and_nothing_of_the_image(study):
    part = _volumes.ellipsoid("t1")
    (sample,) = part.prepare(study, {})
    assert (part.takes, sample.input) == (("t1",), "t1")
    image = torch.from_numpy(sample.inputs["image"])[None]
    network = part.build()
    assert torch.equal(network(image)["tumour"], network(image * 0 + 7)["tumour"])
    assert network(image)["tumour"].shape == image.shape


def test_values_as_they_are():
    values = np.array([-3, 0, 1200], dtype=np.int16)
    assert _volumes.unscaled(values).dtype == np.float32
    assert _volumes.unscaled(values).tolist() == [-3.0, 0.0, 1200.0]
