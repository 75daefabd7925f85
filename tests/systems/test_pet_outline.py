"""The outline on PET and its controls: what each may see, and that all are judged alike."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from osteon import cohorts, engine, systems
from osteon.engine import TrainOptions
from osteon.systems import _pet_outline
from osteon.types import Output
from tests import phantoms

TAGS = ("unet3d-pet", "unet3d-pet-fine", "ellipsoid-pet", "suv1-pet")


def _system(tag):
    return systems.get(f"ct-msfcn-huang2017.{tag}")


def test_all_outline_the_same_thing():
    assert {_system(tag).tasks for tag in TAGS} == {(_pet_outline.TUMOUR, _pet_outline.VOLUME)}
    assert [len(_system(tag).inputs) for tag in TAGS] == [3, 3, 1, 1]
    assert [i.required for i in _system("unet3d-pet").inputs] == [True, False, False]


def test_the_scales_of_the_channels():
    values = np.array([0.0, 1.0, 6.39])
    np.testing.assert_allclose(_pet_outline.uptake(values), [0.0, np.log(2) / 2, 1.0], atol=1e-3)
    assert _pet_outline.soft_tissue(np.array([-1000.0, 50.0, 3000.0])).tolist() == [0.0, 0.5, 1.0]
    t1 = _pet_outline.brightest_is_one(np.linspace(0, 1000, 1001))
    assert (t1.min(), t1.max()) == (0.0, 1.0)


def test_training_sees_windows_and_reading_the_whole(rng):
    (part,) = _system("unet3d-pet").parts
    (sample,) = part.prepare(phantoms.study(_system("unet3d-pet")), {})
    seen = part.augment(sample, rng)
    assert seen.inputs["image"].shape == (3, *_pet_outline.WINDOW)
    assert seen.targets["mask"].shape == (1, *_pet_outline.WINDOW)
    said = part.build().eval()(torch.from_numpy(sample.inputs["image"])[None])["tumour"]
    assert said.shape[2:] == sample.inputs["image"].shape[1:]


def test_the_finer_one_is_the_same_network_on_smaller_cubes_longer(rng):
    (coarse,), (fine,) = (_system(tag).parts for tag in TAGS[:2])
    study = phantoms.study(_system("unet3d-pet"))
    (large,), (small,) = (part.prepare(study, {}) for part in (coarse, fine))
    sides = [np.array(s.inputs["image"].shape[1:]) for s in (large, small)]
    np.testing.assert_allclose(sides[1] * _pet_outline.FINE_MM, sides[0] * 5.0, atol=4.6)
    seen = fine.augment(small, rng)
    assert seen.inputs["image"].shape == (3, *_pet_outline.FINE_WINDOW)
    assert [step.name for step in seen.steps] == ["warp-volume", "tone-volume"]
    assert seen.inputs["image"][0].any()
    assert (fine.build, fine.loss) == (coarse.build, coarse.loss)
    assert fine.fit == replace(coarse.fit, epochs=60)
    logits = np.full((1, *small.targets["mask"].shape[1:]), 5.0)
    output = Output(sample=small, values={"tumour": logits})
    outline, _ = _system("unet3d-pet-fine").decode({"outline": (output,)}, study)
    assert outline.label_map.shape == study.data["pet"].grid.shape


def test_the_controls_do_not_learn_the_image():
    threshold = _system("suv1-pet").parts[0]
    assert (threshold.fit.lr, float(threshold.build().value.detach())) == (0.0, 1.0)
    ellipsoid = _system("ellipsoid-pet").parts[0]
    assert sum(p.numel() for p in ellipsoid.build().parameters()) == 9


@pytest.mark.slow
def test_above_one_on_two_trimmed_sarcomas(data_dir, tmp_path):
    """The control needs no training: its Dice is that of a threshold computed here."""
    whole = cohorts.load(data_dir / "sts")
    cohort = cohorts.trimmed(whole.only({s.name for s in whole.studies[:8]}), up_to_mm=45)
    options = TrainOptions(split="70/20/10", threads=1, allow=("few-patients",))
    run = engine.train(_system("suv1-pet"), cohort, tmp_path / "run", options=options)
    answers = {p.task: p for p in engine.Predictor.load(run)(cohort.studies[1])}
    said, truth = answers["tumour"].label_map > 0, cohort.studies[1].truth.masks["pet"].read() > 0
    plain = cohort.studies[1].data["pet"].read() > 1
    assert 2 * (said & plain).sum() / (said.sum() + plain.sum()) > 0.8
    assert 0.3 < 2 * (said & truth).sum() / (said.sum() + truth.sum()) < 0.95
