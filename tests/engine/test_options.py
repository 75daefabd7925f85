"""Overrides are typed, aimed at a part, and refused in a sentence."""

from dataclasses import replace

import pytest
import tiny

from osteon.contract import Mining
from osteon.engine import TrainOptions
from osteon.engine.options import configured, override
from osteon.errors import RequestError


def two():
    return tiny.system(replace(tiny.PART, mine=Mining()), tiny.SECOND, replace(tiny.PART, name="other"))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("fit.epochs=5", {"net": 5, "other": 5}),
        ("other.fit.epochs=7", {"net": 3, "other": 7}),
    ],
)
def test_epochs_of_all_parts_or_of_one(text, values):
    system = override(two(), text)
    assert {p.name: p.fit.epochs for p in system.parts if p.name in values} == values
    assert two().parts[0].fit.epochs == 3


@pytest.mark.parametrize(
    ("text", "read", "value"),
    [
        ("fit.lr=1", lambda p: p.fit.lr, 1.0),
        ("fit.lr=1e-4", lambda p: p.fit.lr, 1e-4),
        ("fit.patience=none", lambda p: p.fit.patience, None),
        ("fit.patience=4", lambda p: p.fit.patience, 4),
        ("fit.optimiser=sgd", lambda p: p.fit.optimiser, "sgd"),
        ("fit.lr_scale={'conv': 0.1}", lambda p: p.fit.lr_scale, {"conv": 0.1}),
        ("mine.share=0.1", lambda p: p.mine.share, 0.1),
        ("stack=validation", lambda p: p.stack, "validation"),
        ("net.stack=3", lambda p: p.stack, 3),
        ("start_from=imagenet-lite0", lambda p: p.start_from, "imagenet-lite0"),
        ("fit.ema=0.99", lambda p: p.fit.ema, 0.99),
        ("augment=None", lambda p: p.augment, None),
    ],
)
def test_each_kind_of_value(text, read, value):
    found = read(override(two(), text).parts[0])
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("fit.epochs", "not understood"),
        ("fit.epoch=3", r"nearest are fit\.epochs"),
        ("fit.epochs=many", "takes int"),
        ("fit.epochs=2.5", "takes int"),
        ("fit.epochs=True", "takes int"),
        ("fit.optimiser=adagrad", "adamw"),
        ("nobody.fit.epochs=3", "no setting"),
        ("prepare=os.system", "no setting"),
        ("joined.fit.epochs=3", "No part"),
        ("augment=flips", "augment got 'flips'; it takes None"),
    ],
)
def test_what_cannot_be_meant_is_refused(text, says):
    with pytest.raises(RequestError, match=says):
        override(two(), text)


def test_from_scratch_drops_named_weights_and_keeps_earlier_parts():
    system = tiny.system(
        replace(tiny.PART, start_from="imagenet-lite0"), replace(tiny.PART, name="later", start_from="net")
    )
    parts = configured(system, TrainOptions(from_scratch=True, precision="bf16-mixed")).parts
    assert [p.start_from for p in parts] == [None, "net"]
    assert {p.fit.precision for p in parts} == {"bf16-mixed"}
