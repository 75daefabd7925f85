"""A fitted part on samples: order, ragged ends, missing inputs, classes that were never seen, precision."""

from dataclasses import replace

import numpy as np
import pytest
import tiny
import torch
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from torch import nn

from osteon.contract import Once, Part, Sgd
from osteon.engine.apply import Fitted, Plain, features, network, rows, validated
from osteon.engine.batches import stack
from osteon.engine.keeping import LOSS
from osteon.engine.store import Store
from osteon.types import Batch, Sample

CPU = torch.device("cpu")


def sample(number, *, target=None, patient=None, **inputs):
    arrays = {name: np.asarray(a, dtype=np.float32) for name, a in inputs.items()}
    targets = {} if target is None else {"malignancy": target}
    return Sample(study=f"s{number}", patient=patient or f"p{number}", inputs=arrays, targets=targets)


class Echo(nn.Module):
    """Gives back the first number of each sample, and how many samples came with it."""

    sizes: list[int]

    def __init__(self):
        super().__init__()
        self.sizes = []

    def forward(self, x):
        self.sizes.append(len(x))
        return {"first": x[:, 0], "logits": torch.stack([-x[:, 0], x[:, 0]], dim=1)}


def fitted(model, *, size=4, fit=None, shapes=None, classes=0):
    part = Part(name="echo", takes=("x",), prepare=tiny.prepare, build=lambda: model, fit=fit or Sgd(batch_size=size))
    return Fitted(part=part, model=model, shapes=shapes or {"x": (2,)}, device=CPU, classes=classes)


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 9])
def test_every_sample_has_its_own_answer_in_its_own_place(count: int) -> None:
    model = Echo()
    found = fitted(model).run(sample(i, x=[i, 0]) for i in range(count))
    assert [(o.sample.study, float(o.values["first"])) for o in found] == [(f"s{i}", i) for i in range(count)]
    assert sum(model.sizes) == count
    assert max(model.sizes, default=0) <= 4, "no batch is larger than the part's"
    assert all(o.values["logits"].shape == (2,) and not o.sample.inputs and not o.sample.targets for o in found)


def test_an_answer_does_not_depend_on_its_neighbours_in_the_batch() -> None:
    torch.manual_seed(0)
    net = tiny.Net().eval()
    part = replace(tiny.PART, fit=replace(tiny.FIT, batch_size=3))
    run = Fitted(part=part, model=net, shapes={"image": (1, 8, 8)}, device=CPU).run
    given = [sample(i, image=np.random.default_rng(i).normal(size=(1, 8, 8))) for i in range(7)]
    together, alone = run(given), [run([s])[0] for s in given]
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one.values["logits"], other.values["logits"], rtol=1e-5, atol=1e-6)


def test_no_gradient_is_kept_of_an_answer() -> None:
    net = tiny.Net().eval()
    (found,) = Fitted(part=tiny.PART, model=net, shapes={"image": (1, 8, 8)}, device=CPU).run(
        [sample(0, image=np.zeros((1, 8, 8)))]
    )
    assert isinstance(found.values["logits"], np.ndarray)
    assert all(p.grad is None for p in net.parameters())


def test_inputs_are_joined_in_the_order_of_the_training_and_missing_ones_are_nan() -> None:
    shapes = {"b": (2,), "a": (1, 2)}
    table = features([sample(0, a=[[1, 2]], b=[3, 4]), sample(1, a=[[5, 6]])], shapes)
    np.testing.assert_array_equal(table, np.array([[3, 4, 1, 2], [np.nan, np.nan, 5, 6]], np.float32))


def test_a_class_that_no_training_study_had_gets_probability_nought() -> None:
    rng = np.random.default_rng(0)
    forest = RandomForestClassifier(n_estimators=5, random_state=0).fit(rng.normal(size=(20, 2)), [0, 2] * 10)
    run = fitted(forest, fit=Once(), classes=4).run
    given = [sample(i, x=rng.normal(size=2)) for i in range(6)]
    found = np.stack([o.values["probabilities"] for o in run(given)])
    assert found.shape == (6, 4)
    assert (found[:, [1, 3]] == 0).all()
    np.testing.assert_allclose(found[:, [0, 2]], forest.predict_proba(features(given, {"x": (2,)})), rtol=1e-6)
    assert run([]) == ()


def test_a_regressor_gives_its_value() -> None:
    forest = RandomForestRegressor(n_estimators=3, random_state=0).fit([[0, 0], [1, 1]], [10.0, 20.0])
    (found,) = fitted(forest, fit=Once()).run([sample(0, x=[0, 0])])
    assert found.values["value"] == pytest.approx(forest.predict([[0, 0]])[0])
    assert found.values["value"].shape == ()


def test_building_a_network_to_predict_draws_nothing_from_the_users_generator() -> None:
    state = tiny.Net().state_dict()
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    built = network(tiny.PART, state, device=CPU)
    assert torch.equal(torch.rand(3), expected)
    assert not built.training
    assert all(torch.equal(t, state[name]) for name, t in built.state_dict().items())


def test_a_batchs_outputs_are_taken_apart_by_sample() -> None:
    batch = stack([sample(i, x=[i]) for i in range(3)])
    found = rows({"a": torch.arange(6.0).reshape(3, 2), "b": torch.arange(3)}, batch)
    assert [o.sample.study for o in found] == ["s0", "s1", "s2"]
    np.testing.assert_array_equal(found[2].values["a"], [4, 5])
    assert found[1].values["b"] == 1


# Validation.


def stored(*samples):
    store = Store()
    for one in samples:
        store.add(one)
    return store


def part(size=4, **fit):
    return replace(tiny.PART, loss=lambda out, batch: out["first"].mean(), fit=Sgd(batch_size=size, **fit))


@pytest.mark.parametrize("size", [1, 2, 3, 5, 16])
def test_the_validation_loss_is_the_mean_of_the_samples_however_they_are_batched(size: int) -> None:
    store = stored(*(sample(i, target=0, x=[i * i, 0]) for i in range(5)))
    seen = validated(Echo(), part(size), store, fabric=Plain(device=CPU))
    assert seen.figures == {LOSS: pytest.approx(np.mean([0, 1, 4, 9, 16]))}
    assert seen.patients == ()


def test_with_a_margin_each_patient_has_the_mean_of_its_own_samples() -> None:
    store = stored(*(sample(i, target=0, patient="ba"[i % 2], x=[i, 0]) for i in range(5)))
    seen = validated(Echo(), part(margin=1.0, patience=1), store, fabric=Plain(device=CPU))
    assert seen.patients == pytest.approx((2.0, 2.0))
    store = stored(*(sample(i, target=0, patient="bab"[i], x=[i, 0]) for i in range(3)))
    seen = validated(Echo(), part(margin=1.0, patience=1), store, fabric=Plain(device=CPU))
    assert seen.patients == pytest.approx((1.0, 1.0)), "in the order of the patients' names: a, then b"


def test_what_a_part_yields_itself_is_told_the_outputs_and_targets_in_step() -> None:
    told = []

    def validate(outputs, targets):
        told.extend((float(o.values["first"]), int(t["malignancy"])) for o, t in zip(outputs, targets, strict=True))
        return {"auc": np.float64(0.75)}

    store = stored(*(sample(i, target=i % 2, x=[i, 0]) for i in range(5)))
    seen = validated(Echo(), replace(part(2), validate=validate, loss=None), store, fabric=Plain(device=CPU))
    assert told == [(i, i % 2) for i in range(5)]
    assert seen.figures == {"auc": 0.75}
    assert type(seen.figures["auc"]) is float, "a number that JSON takes"


def test_a_part_may_make_its_own_batches() -> None:
    def collate(samples):
        x = torch.tensor([[2 * float(s.inputs["x"][0]), 0.0] for s in samples])
        return Batch(inputs={"x": x}, targets={}, present={}, samples=tuple(samples))

    run = fitted(Echo())
    run = replace(run, part=replace(run.part, collate=collate))
    assert [float(o.values["first"]) for o in run.run([sample(i, x=[i, 0]) for i in range(3)])] == [0, 2, 4]
