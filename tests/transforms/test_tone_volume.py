"""Values of another scanner: drawn, applied without chance, the outline and the first channel left."""

import numpy as np
import pytest

from osteon.transforms.chain import chain
from osteon.transforms.tone_volume import ToneVolume
from osteon.types import Sample

PLAIN = {"gamma": 0.0, "gain": 0.0, "noise": 0.0, "absent": 0.0}


@pytest.fixture
def sample(rng):
    image = rng.uniform(0, 1, (3, 4, 5, 6)).astype(np.float32)
    return Sample(study="s", patient="p", inputs={"image": image}, targets={"mask": image[:1] > 0.5})


def test_nothing_changes_where_nothing_may(sample, rng):
    seen = chain(ToneVolume(channels=3, **PLAIN))(sample, rng)
    np.testing.assert_allclose(seen.inputs["image"], sample.inputs["image"], rtol=1e-6)
    assert seen.steps[-1].name == "tone-volume"


def test_a_step_says_all_of_the_change(sample):
    tone = ToneVolume(channels=3)
    step = tone.draw(np.random.default_rng(1))
    one, same = tone.apply(sample, step), tone.apply(sample, step)
    assert np.array_equal(one.inputs["image"], same.inputs["image"])
    assert one.inputs["image"].dtype == np.float32
    assert one.targets["mask"] is sample.targets["mask"]
    other = tone.apply(sample, tone.draw(np.random.default_rng(2)))
    assert not np.array_equal(one.inputs["image"], other.inputs["image"])


def test_each_channel_has_its_own_gamma_and_gain(sample):
    tone = ToneVolume(channels=3, **{**PLAIN, "gamma": 0.3, "gain": 0.2})
    step = tone.draw(np.random.default_rng(0))
    seen = tone.apply(sample, step).inputs["image"]
    for i in range(3):
        by_hand = sample.inputs["image"][i] ** step.params["gamma"][i] * step.params["gain"][i]
        np.testing.assert_allclose(seen[i], by_hand, rtol=1e-5)
    assert len(set(step.params["gamma"])) == 3
    assert all(np.exp(-0.3) <= g <= np.exp(0.3) for g in step.params["gamma"])


def test_the_first_channel_is_never_left_out_and_the_others_are(sample):
    tone = ToneVolume(channels=3, **{**PLAIN, "absent": 1.0})
    seen = tone.apply(sample, tone.draw(np.random.default_rng(0))).inputs["image"]
    assert seen[0].any()
    assert not seen[1:].any()
    share = np.mean([ToneVolume(channels=3).draw(np.random.default_rng(i)).params["absent"][1:] for i in range(400)])
    assert share == pytest.approx(0.1, abs=0.03)


def test_noise_is_as_large_as_the_step_says(sample):
    tone = ToneVolume(channels=3, **{**PLAIN, "noise": 0.5})
    step = tone.draw(np.random.default_rng(3))
    added = tone.apply(sample, step).inputs["image"] - sample.inputs["image"]
    assert added.std() == pytest.approx(step.params["noise"], rel=0.15)
