"""The gradient loop does what `Sgd` and `Part` say."""

import csv
import inspect
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest
import tiny
import torch
from safetensors.torch import load_file

from osteon import engine
from osteon.contract import Mining, Sgd
from osteon.engine import run
from osteon.errors import InputError, RequestError
from osteon.types import Sample

OPTIONS = engine.TrainOptions(threads=1, workers=0, device="cpu")


def train(tmp_path, part, *, name="run", cohort=None, options=OPTIONS):
    folder = engine.train(tiny.system(part), cohort or tiny.cohort(), tmp_path / name, options=options)
    with (folder / "log.csv").open(newline="") as handle:
        return load_file(folder / "part-net" / "weights.safetensors"), list(csv.DictReader(handle)), folder


def test_training_lowers_the_loss_and_tells_the_classes(tmp_path):
    part = replace(tiny.PART, fit=replace(tiny.FIT, epochs=15))
    cohort = tiny.cohort(160, strength=2.5)
    _, log, folder = train(tmp_path, part, cohort=cohort)
    assert float(log[-1]["loss"]) < 0.7 * float(log[0]["loss"])
    scores = engine.evaluate(folder, cohort, system=tiny.system(part), split="all")
    assert next(s for s in scores if s.metric == "auc").value > 0.9


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_the_number_of_workers_changes_nothing(tmp_path, workers):
    weights, _, _ = train(tmp_path, tiny.PART, options=replace(OPTIONS, workers=workers))
    plain, _, _ = train(tmp_path, tiny.PART, name="plain")
    assert all(torch.equal(weights[n], plain[n]) for n in plain)


def test_another_seed_gives_other_weights_and_the_global_generator_is_left_alone(tmp_path):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    one, _, _ = train(tmp_path, tiny.PART)
    assert torch.equal(before, torch.get_rng_state())
    assert not torch.are_deterministic_algorithms_enabled()
    other, _, _ = train(tmp_path, tiny.PART, name="other", options=replace(OPTIONS, seed=1))
    assert not torch.equal(one["head.weight"], other["head.weight"])


def test_lr_scale_zero_freezes_weights_and_statistics(tmp_path):
    part = replace(tiny.PART, fit=replace(tiny.FIT, lr_scale={"conv": 0, "norm": 0}), build=lambda: _fixed())
    weights, _, _ = train(tmp_path, part)
    start = _fixed().state_dict()
    for name in ("conv.weight", "norm.weight", "norm.running_mean", "norm.num_batches_tracked"):
        assert torch.equal(weights[name], start[name]), name
    assert not torch.equal(weights["head.weight"], start["head.weight"])


def _fixed():
    net = tiny.Net()
    with torch.no_grad():
        for i, p in enumerate(net.parameters()):
            p.copy_(torch.linspace(-0.3, 0.3, p.numel()).roll(i).view_as(p))
    return net


def test_an_unknown_prefix_is_named(tmp_path):
    with pytest.raises(RequestError, match=r"'stem'.*conv, head, norm"):
        train(tmp_path, replace(tiny.PART, fit=replace(tiny.FIT, lr_scale={"stem": 0.1})))


def test_patience_stops_and_keeps_the_best_epoch(tmp_path):
    part = replace(
        tiny.PART,
        fit=replace(tiny.FIT, epochs=40, patience=2, monitor="fits", lr=3e-2),
        validate=lambda outputs, targets: {
            "fits": -np.mean([_nll(o, t) for o, t in zip(outputs, targets, strict=True)])
        },
    )
    _, log, folder = train(tmp_path, part)
    fits = [float(row["fits"]) for row in log]
    assert len(log) < 40
    assert len(log) == int(np.argmax(fits)) + 1 + 3
    # The kept weights score the best epoch's figure again.
    predictor = engine.Predictor.load(folder, system=tiny.system(part))
    sides = run.open_run(folder).split()
    held = [s for s in tiny.cohort().studies if sides[s.name] == "validation"]
    again = -np.mean([_nll(predictor.outputs(s)["net"][0], {"malignancy": tiny.label_of(s, tiny.TASK)}) for s in held])
    assert again == pytest.approx(max(fits), abs=1e-6)


def _nll(output, target):
    return -np.log(tiny.softmax(output.values["logits"].astype(float))[int(target["malignancy"])])


def test_an_average_of_the_weights_is_kept(tmp_path):
    plain, _, _ = train(tmp_path, tiny.PART)
    averaged, _, _ = train(tmp_path, replace(tiny.PART, fit=replace(tiny.FIT, ema=0.999)), name="ema")
    start, _, _ = train(tmp_path, replace(tiny.PART, fit=replace(tiny.FIT, lr=1e-12)), name="start")
    distance = {n: (plain[n] - start[n]).norm() for n in ("head.weight", "conv.weight")}
    assert all((averaged[n] - start[n]).norm() < d for n, d in distance.items())
    assert all((averaged[n] - start[n]).norm() > 0.1 * d for n, d in distance.items())


@pytest.mark.parametrize("optimiser", ["adam", "adamw", "sgd"])
def test_one_step_is_that_of_torch(tmp_path, optimiser):
    fit = Sgd(epochs=1, batch_size=1000, optimiser=optimiser, lr=0.05, weight_decay=0.1, schedule="constant")
    part = replace(tiny.PART, fit=fit, augment=None, build=lambda: _still())
    weights, _, folder = train(tmp_path, part)
    sides = run.open_run(folder).split()
    studies = [s for s in tiny.cohort().studies if sides[s.name] == "train"]
    net = _still()
    made = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "sgd": torch.optim.SGD}[optimiser]
    more = {"momentum": 0.9} if optimiser == "sgd" else {}
    stepper = made(net.parameters(), lr=0.05, weight_decay=0.1, **more)
    image = torch.stack([torch.from_numpy(s.data["radiograph"].read()[None]) for s in studies])
    truth = torch.tensor([tiny.label_of(s, tiny.TASK) for s in studies])
    torch.nn.functional.cross_entropy(net(image)["logits"], truth).backward()
    stepper.step()
    for name, value in net.state_dict().items():
        if name != "conv.bias":  # batch norm follows: its gradient is rounding noise, of which Adam takes the sign
            torch.testing.assert_close(weights[name], value, rtol=1e-4, atol=1e-5)


def _still():
    net = _fixed()
    net.drop = torch.nn.Identity()
    return net


def test_sampler_step_collate_and_mine_are_used(tmp_path):
    seen = {"orders": [], "steps": 0, "collated": 0}

    def sampler(targets, rng):
        labels = np.array([int(t["malignancy"]) for t in targets])
        order = np.concatenate([rng.choice(np.flatnonzero(labels == k), 16) for k in (0, 1)])
        seen["orders"].append(rng.permutation(order).tolist())
        return seen["orders"][-1]

    def step(network, batch, rng):
        assert isinstance(rng, np.random.Generator)
        seen["steps"] += 1
        return tiny.loss(network(**batch.inputs), batch)

    def collate(samples):
        from osteon.engine.batches import stack

        seen["collated"] += 1
        return stack(samples)

    part = replace(tiny.PART, sampler=sampler, step=step, collate=collate, mine=Mining(rounds=1, share=0.5))
    _, log, folder = train(tmp_path, part)
    assert [int(row["epoch"]) for row in log] == list(range(2 * tiny.FIT.epochs))
    assert seen["steps"] == 2 * tiny.FIT.epochs * 32 // tiny.FIT.batch_size
    assert seen["collated"] > seen["steps"]
    trained = run.open_run(folder).record.parts["net"].samples
    assert max(seen["orders"][0]) > trained // 2 > max(seen["orders"][-1])


def test_a_source_is_an_endless_stream(tmp_path):
    def source(rng):
        while True:
            truth = int(rng.integers(2))
            image = rng.normal(size=(1, tiny.SIDE, tiny.SIDE)).astype(np.float32) + 2 * truth
            yield Sample(study="", patient="", inputs={"image": image}, targets={"malignancy": truth})

    part = replace(tiny.PART, source=source, fit=replace(tiny.FIT, steps_per_epoch=25, epochs=2), augment=None)
    weights, log, _ = train(tmp_path, part)
    assert float(log[1]["loss"]) < 0.5 * float(log[0]["loss"])
    again, _, _ = train(tmp_path, part, name="again", options=replace(OPTIONS, workers=2))
    assert all(torch.equal(weights[n], again[n]) for n in weights)


def test_an_epoch_of_samples_has_no_more_steps_than_asked_for(tmp_path):
    def steps(most):
        part = replace(tiny.PART, fit=replace(tiny.FIT, epochs=1, batch_size=8, steps_per_epoch=most), augment=None)
        told = []
        train(tmp_path, replace(part, loss=lambda o, b: told.append(1) or tiny.loss(o, b)), name=f"most-{most}")
        return len(told)

    judging = steps(1) - 1  # the loss of the validation samples is asked for too
    assert steps(3) - judging == 3
    assert steps(100) == steps(None) > 3 + judging


def test_a_loss_that_is_not_finite_is_a_sentence(tmp_path):
    part = replace(tiny.PART, loss=lambda outputs, batch: tiny.loss(outputs, batch) * float("nan"))
    with pytest.raises(RequestError, match=r"became nan in epoch 0.*--set net\.fit\.lr"):
        train(tmp_path, part)


def test_patience_without_validation_studies_is_refused(tmp_path):
    from osteon.cohorts import Split

    cohort = tiny.cohort()
    everyone = Split(
        name="all", train=frozenset(s.name for s in cohort.studies), validation=frozenset(), test=frozenset()
    )
    part = replace(tiny.PART, fit=replace(tiny.FIT, patience=1))
    with pytest.raises(RequestError, match="needs validation studies"):
        train(tmp_path, part, cohort=cohort, options=replace(OPTIONS, split=everyone))


def test_no_sample_to_train_on_is_a_sentence(tmp_path):
    part = replace(tiny.PART, prepare=lambda study, earlier: iter(()))
    with pytest.raises(InputError, match=r"None of the .* training studies yields a sample"):
        train(tmp_path, part)


def test_bf16_trains_and_stays_near_full_precision(tmp_path):
    full, _, _ = train(tmp_path, tiny.PART)
    mixed, _, _ = train(tmp_path, tiny.PART, name="bf16", options=replace(OPTIONS, precision="bf16-mixed"))
    assert not torch.equal(full["head.weight"], mixed["head.weight"])
    torch.testing.assert_close(mixed["head.weight"], full["head.weight"], atol=0.05, rtol=0.2)


def test_a_missing_optional_input_is_a_mask(tmp_path):
    class Masked(tiny.Net):
        seen: ClassVar = []

        def forward(self, image, extra, present):
            self.seen.append((present["extra"].clone(), extra.clone()))
            return super().forward(image + (extra * present["extra"].float()[:, None])[:, :, None, None])

    def prepare(study, earlier):
        for sample in tiny.prepare(study, earlier):
            odd = int(study.name[1:]) % 2
            yield replace(sample, inputs={**sample.inputs, **({"extra": np.ones(1, np.float32)} if odd else {})})

    part = replace(tiny.PART, build=Masked, prepare=prepare, augment=None)
    train(tmp_path, part)
    for present, extra in Masked.seen:
        assert torch.equal(extra[:, 0] != 0, present)
    assert {bool(v) for present, _ in Masked.seen for v in present} == {True, False}
    assert "present" in inspect.signature(Masked.forward).parameters
