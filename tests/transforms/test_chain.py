"""Augmentations in a row: chance in `draw` alone, steps kept, redone from the steps."""

import numpy as np

from osteon.transforms.chain import chain, on_fields
from osteon.transforms.flip import Flip
from osteon.transforms.quarter_turn import QuarterTurn
from osteon.transforms.rotate import Rotate
from osteon.types import Sample

TRANSFORMS = (Flip(axis=-1), Flip(axis=-2), QuarterTurn(), Rotate(degrees=(-10, 10)))


def _sample(rng) -> Sample:
    return Sample(
        study="s",
        patient="p",
        inputs={"image": rng.random((3, 16, 16)).astype(np.float32), "row": np.arange(4.0)},
        targets={"mask": (rng.random((16, 16)) > 0.5).astype(np.int32), "grade": 1},
    )


def test_the_steps_suffice_to_redo_it(rng):
    sample = _sample(rng)
    done = chain(*TRANSFORMS)(sample, rng)
    assert [s.name for s in done.steps] == ["flip", "flip", "quarter_turn", "rotate"]
    again = sample
    for transform, step in zip(TRANSFORMS, done.steps, strict=True):
        again = transform.apply(again, step)
    assert np.array_equal(done.inputs["image"], again.inputs["image"])
    assert np.array_equal(done.targets["mask"], again.targets["mask"])


def test_only_named_fields_change_and_the_source_stays(rng):
    sample = _sample(rng)
    before = sample.inputs["image"].copy()
    done = chain(*TRANSFORMS)(sample, rng)
    assert np.array_equal(done.inputs["row"], sample.inputs["row"])
    assert done.targets["grade"] == 1
    assert np.array_equal(sample.inputs["image"], before)


def test_a_mask_keeps_its_values(rng):
    done = chain(*TRANSFORMS)(_sample(rng), rng)
    assert set(np.unique(done.targets["mask"])) <= {0, 1}


def test_on_fields_reaches_inputs_and_targets(rng):
    done = on_fields(_sample(rng), ("image", "mask"), lambda array: array + 1)
    assert done.targets["mask"].min() == 1
    assert done.inputs["image"].min() >= 1
