"""The network that draws lesion crops: what it is shown, and how its two players take turns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from osteon.engine.batches import stack
from osteon.systems import xray_triage_he2020
from osteon.systems._gan import CRITIC_STEPS, gan_system
from tests import phantoms

SIDE = 64


@pytest.fixture
def study():
    return phantoms.study(xray_triage_he2020.SYSTEM, index=1)


def shown(study):
    return list(gan_system("dcgan", side_px=SIDE).parts[0].prepare(study, {}))


def test_each_boxed_lesion_is_one_crop_from_0_to_1(study):
    (sample,) = shown(study)
    image = sample.inputs["image"]
    assert image.shape == (1, SIDE, SIDE)
    assert image.min() >= 0.0
    assert image.max() <= 1.0
    assert sample.targets == {"real": 0}
    twice = replace(study, truth=replace(study.truth, lesions=study.truth.lesions * 2))
    assert [s.item for s in shown(twice)] == ["lesion 1", "lesion 2"]


def test_whatever_the_lesion_is_called_it_may_be_learned_from_and_without_one_there_is_nothing(study):
    odd = replace(study, truth=replace(study.truth, labels={}))
    assert shown(odd)[0].targets == {"real": 0}
    assert shown(replace(study, truth=None)) == []


def test_it_answers_nothing(study):
    for kind in ("dcgan", "wgan-gp"):
        system = gan_system(kind, side_px=SIDE, epochs=3)
        assert system.tasks == ()
        assert system.decode({}, study) == []
        assert system.parts[0].fit.epochs == 3
        assert system.name == f"gan-{kind}"


def turns(kind: str, count: int, *, seed: int = 0) -> list[bool]:
    """Whether the generator learned in each of `count` steps."""
    seen: list[bool] = []

    class Game(torch.nn.Module):
        def forward(self, image, noise, *, draws):
            assert noise.shape[0] == image.shape[0]
            seen.append(draws)
            return {"loss": noise.mean()}

    part = gan_system(kind, side_px=SIDE).parts[0]
    batch = stack(shown(phantoms.study(xray_triage_he2020.SYSTEM, index=1)))
    rng = np.random.default_rng(seed)
    losses = [float(part.step(Game(), batch, rng)) for _ in range(count)]
    assert len(set(losses)) == count, "new noise each step"
    return seen


def test_the_dcgan_draws_each_step_and_the_critic_of_the_other_learns_more_often():
    assert all(turns("dcgan", 20))
    assert np.mean(turns("wgan-gp", 600)) == pytest.approx(1.0 / CRITIC_STEPS, abs=0.06)


def test_chance_is_the_generators_that_is_handed_in():
    assert turns("wgan-gp", 30, seed=4) == turns("wgan-gp", 30, seed=4)
    assert turns("wgan-gp", 30, seed=4) != turns("wgan-gp", 30, seed=5)
