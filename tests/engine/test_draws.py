"""What an epoch draws: each sample once, patients equally often, classes and their patients equally often."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import tiny

from osteon.contract import Sgd
from osteon.engine import draws
from osteon.engine.store import Store
from osteon.errors import RequestError
from osteon.systems._loss import ClassLoss
from osteon.types import Sample

PATIENTS = "aaaaaaaabbccccdefg"
CLASSES = [0] * 14 + [1] * 4


def store(**more) -> Store:
    found = Store()
    for patient, label in zip(PATIENTS, CLASSES, strict=True):
        targets = {"grade": np.int64(label), "mask": np.zeros((2, 2), np.uint8), "age": np.float32(3), **more}
        found.add(Sample(study=patient, patient=patient, inputs={"x": np.zeros(2, np.float32)}, targets=targets))
    return found


def part(draw=None, **more):
    return replace(tiny.PART, fit=Sgd(draw=draw), **more)


def drawn(draw, *, epochs=400, pool=None, **more):
    here = store()
    pool = pool or list(range(len(here)))
    rng = np.random.default_rng(0)
    return [i for _ in range(epochs) for i in draws.order(part(draw, **more), here, pool, rng)]


@pytest.mark.parametrize("draw", [None, "samples"])
def test_each_sample_once(draw):
    assert sorted(drawn(draw, epochs=1)) == list(range(len(PATIENTS)))
    assert drawn(draw, epochs=1) != sorted(drawn(draw, epochs=1))


def test_patients_equally_often():
    found = Counter(PATIENTS[i] for i in drawn("patients"))
    shares = np.array(list(found.values())) / found.total()
    assert len(found) == 7
    assert np.allclose(shares, 1 / 7, atol=0.02)


def test_classes_equally_often_and_inside_them_patients():
    found = drawn("classes")
    assert np.mean([CLASSES[i] for i in found]) == pytest.approx(0.5, abs=0.02)
    inside = Counter(PATIENTS[i] for i in found if CLASSES[i] == 0)
    assert inside["a"] / inside.total() == pytest.approx(1 / 3, abs=0.02)  # of a, b and c, though a has eight samples


def test_only_the_pool_is_drawn_from():
    assert set(drawn("classes", pool=[0, 1, 15])) == {0, 1, 15}
    assert set(drawn(None, pool=[4, 2])) == {2, 4}


def test_the_systems_sampler_holds_until_something_else_is_asked_for():
    def last(targets, rng):
        return [len(targets) - 1] * 3

    assert drawn(None, epochs=1, pool=[5, 7, 9], sampler=last) == [9, 9, 9]
    assert sorted(drawn("samples", epochs=1, pool=[5, 7, 9], sampler=last)) == [5, 7, 9]


def test_chances_sum_to_one_whatever_the_groups():
    rng = np.random.default_rng(1)
    groups = list(zip(rng.integers(0, 4, 300).tolist(), rng.integers(0, 50, 300).tolist(), strict=True))
    found = draws.chances(groups)
    assert found.sum() == pytest.approx(1)
    for label in range(4):
        assert found[[g[0] == label for g in groups]].sum() == pytest.approx(0.25)


def test_the_class_is_the_only_whole_number_or_the_one_the_loss_names():
    assert draws.classes(part(), store(), range(18)) == CLASSES
    two = store(site=np.int64(5))
    with pytest.raises(RequestError, match="needs the one class of a sample; its samples have grade, site"):
        draws.classes(part("classes"), two, range(18))
    assert draws.classes(part(loss=ClassLoss(target="grade")), two, range(18)) == CLASSES
    assert draws.counted(part(), two) == {}
    assert draws.counted(part(), store()) == {0: 14, 1: 4}
    assert draws.counted(part(), Store()) == {}
