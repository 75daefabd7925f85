"""What sheet 10 asks of the two-view system: volumes by either header, one way between the views, one view alone."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from osteon import systems
from osteon.engine.batches import stack
from osteon.errors import InputError
from osteon.geometry import between, to_index, to_mm, volume_grid
from osteon.systems import mri_pelvis_multiview_qu2021 as qu
from osteon.types import Image, Output, Study, Truth
from tests import phantoms

SEMI_MM = np.array([22.0, 30.0, 26.0])


def _scan(normal):
    """Return thick slices along `normal` ("z" or "y") over 120 mm, and an ellipsoid's outline on them."""
    affine = np.eye(4)
    # Columns of the affine: step along slices, rows, columns.
    steps = {"z": ([0, 0, 6.0], [0, 1.0, 0], [1.0, 0, 0]), "y": ([0, 5.0, 0], [0, 0, -1.2], [1.2, 0, 0])}[normal]
    affine[:3, :3] = np.array(steps).T
    counts = {"z": (20, 120, 120), "y": (24, 100, 100)}[normal]
    affine[:3, 3] = -(affine[:3, :3] @ ((np.array(counts) - 1) / 2))
    grid = volume_grid(counts, affine)
    index = np.stack(np.meshgrid(*(np.arange(n) for n in counts), indexing="ij"), axis=-1)
    inside = ((to_mm(grid, index) / SEMI_MM) ** 2).sum(axis=-1) < 1
    return (
        Image(grid=grid, modality="MR", load=lambda p=p: p) for p in (inside * 500.0 + 100, inside.astype(np.uint8))
    )


@pytest.fixture
def study():
    (axial, axial_mask), (coronal, coronal_mask) = _scan("z"), _scan("y")
    truth = Truth(masks={"axial": axial_mask, "coronal": coronal_mask})
    return Study(name="s", patient="p", data={"axial": axial, "coronal": coronal}, truth=truth)


def test_the_way_between_the_views_keeps_the_millimetres(study):
    one, other = (study.data[name].grid for name in ("axial", "coronal"))
    way = between(one, other)
    rng = np.random.default_rng(0)
    index = rng.uniform(0, np.array(one.shape) - 1, (20, 3))
    unit = (2 * index + 1)[:, ::-1] / np.array(one.shape[::-1]) - 1
    found = unit @ way[:, :3].T + way[:, 3]
    back = ((found + 1) * np.array(other.shape[::-1]) - 1)[:, ::-1] / 2
    assert np.allclose(back, to_index(other, to_mm(one, index)), atol=1e-9)


@pytest.mark.parametrize("first", ["axial", "coronal"])
def test_the_ellipsoid_has_its_volume_from_either_header(study, first, monkeypatch):
    second = {"axial": "coronal", "coronal": "axial"}[first]
    monkeypatch.setattr(qu, "VIEWS", {"first": first, "second": second})
    (sample,) = qu._prepare(study, {})
    logits = (sample.targets["first_mask"] * 10 - 5)[None]
    output = Output(sample=replace(sample, inputs={}, targets={}), values={"first": logits})
    outline, volume = qu._decode({"outline": (output,)}, study)
    assert volume.value == pytest.approx(4 / 3 * np.pi * np.prod(SEMI_MM) / 1000, rel=0.05)
    truth = study.truth.masks[first].read() > 0
    dice = 2 * (truth & (outline.label_map > 0)).sum() / (truth.sum() + (outline.label_map > 0).sum())
    assert dice > 0.97


def test_both_outlines_are_needed_to_train_and_none_to_predict(study):
    (whole,) = qu._prepare(study, {})
    assert set(whole.targets) == {"first_mask", "second_mask"}
    (bare,) = qu._prepare(replace(study, truth=None), {})
    assert not bare.targets


def test_without_the_second_scan_it_is_told_to_be_absent(study):
    (sample,) = qu._prepare(replace(study, data={"axial": study.data["axial"]}, truth=None), {})
    assert sample.inputs["there"].tolist() == [0.0]
    assert sample.inputs["second"].shape == (1, *sample.inputs["first"].shape[1:])


def test_the_stand_in_counts_for_nothing(study):
    (sample,) = qu._prepare(replace(study, data={"axial": study.data["axial"]}, truth=None), {}, most_px=32)
    torch.manual_seed(0)
    network = qu._network(4, 8).eval()
    said = []
    for shown in (0.0, 1.0):
        inputs = {**sample.inputs, "second": np.full_like(sample.inputs["second"], shown)}
        with torch.no_grad():
            said.append(network(**{name: torch.from_numpy(a)[None] for name, a in inputs.items()})["first"])
    assert torch.equal(said[0], said[1])


def test_one_view_alone_never_sees_the_other_and_learns_from_its_own_outline(study):
    (part,) = systems.get("mri-pelvis-multiview-qu2021.coarse-axial").parts
    (sample,) = part.prepare(study, {})
    (bare,) = part.prepare(replace(study, data={"axial": study.data["axial"]}), {})
    assert sample.inputs.keys() == bare.inputs.keys()
    assert all(np.array_equal(sample.inputs[name], bare.inputs[name]) for name in sample.inputs)
    assert sample.inputs["first"].shape[1:] == (qu.COARSE_PX, qu.COARSE_PX)
    assert set(sample.targets) == {"first_mask"}
    torch.manual_seed(0)
    batch = stack([sample])
    loss = part.loss(part.build()(**batch.inputs), batch)
    assert 0 < float(loss.detach()) < 4


def test_the_control_outlines_the_axial_scan(study):
    control = systems.get("mri-pelvis-multiview-qu2021.ellipsoid")
    (part,) = control.parts
    (sample,) = part.prepare(study, {})
    logits = sample.targets["mask"] * 2 - 1
    outline, volume = control.decode({"outline": (Output(sample=sample, values={"tumour": logits}),)}, study)
    assert outline.label_map.shape == study.data["axial"].grid.shape
    assert volume.value == pytest.approx(4 / 3 * np.pi * np.prod(SEMI_MM) / 1000, rel=0.1)


def test_greys_change_in_training_and_geometry_does_not(study):
    (sample,) = qu._prepare(study, {})
    seen = qu.SYSTEM.parts[0].augment(sample, np.random.default_rng(0))
    assert np.array_equal(seen.inputs["first_to_second"], sample.inputs["first_to_second"])
    assert not np.array_equal(seen.inputs["first"], sample.inputs["first"])
    assert np.array_equal(seen.targets["first_mask"], sample.targets["first_mask"])


def test_a_study_without_an_axial_scan_is_refused_in_a_sentence():
    study = replace(phantoms.study(qu.SYSTEM, index=0), data={})
    with pytest.raises(InputError, match="no volume called axial"):
        qu.SYSTEM.decode({"outline": ()}, study)


def test_the_claim_is_the_reviews_hundred_times():
    (claim,) = qu.SYSTEM.claims
    assert 1820.3 / claim.value == pytest.approx(94.8, abs=0.05)
