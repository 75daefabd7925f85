"""What every published system keeps, checked on every one of them and on every variant."""

from __future__ import annotations

import importlib
import math
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from osteon import systems
from osteon.contract import Classify, Part, Segment, System
from osteon.engine.batches import stack
from osteon.io import weights
from osteon.types import Image, Output, Outputs, Prediction, Sample, Study
from tests import phantoms

SMALL_PX = 64
SECTIONS = ("Paper:", "Data:", "Cost:", "Claimed:", "Ours:")


@dataclass
class Fitted:
    """A system with its parts built, estimators fitted, on phantoms."""

    system: System
    parts: dict[str, Any]

    def outputs(self, study: Study) -> Outputs:
        """Return what every part that is there says of `study`."""
        found: dict[str, tuple[Output, ...]] = {}
        for part in self.system.parts:
            if part.name in self.parts:
                found[part.name] = tuple(_run(self.parts[part.name], list(part.prepare(study, found))))
        return found

    def training_samples(self, part: Part, *, studies: int = 6) -> list[Sample]:
        """Return samples of phantoms for `part`, which sees what the parts that are there say."""
        cohort = phantoms.cohort(self.system, studies=studies)
        return [s for study in cohort.studies for s in part.prepare(study, self._earlier(part, study)) if s.targets]

    def _earlier(self, part: Part, study: Study) -> Outputs:
        takes_a_part = bool({p.name for p in self.system.parts} & set(part.takes))
        return self.outputs(study) if takes_a_part else {}

    def predict(self, study: Study) -> list[Prediction]:
        return self.system.decode(self.outputs(study), study)


def _run(model: Any, samples: list[Sample]) -> Iterator[Output]:
    if not samples:
        return
    if isinstance(model, torch.nn.Module):
        model.eval()
        with torch.no_grad():
            values = {k: v.numpy() for k, v in model(**stack(samples).inputs).items()}
    else:
        values = {"probabilities": model.predict_proba(_rows(samples))}
    for i, sample in enumerate(samples):
        yield Output(sample=replace(sample, inputs={}, targets={}), values={k: v[i] for k, v in values.items()})


def _rows(samples: list[Sample]) -> np.ndarray:
    return np.stack([np.concatenate([a.ravel() for a in s.inputs.values()]) for s in samples])


def _build(part: Part, fitted: Fitted) -> Any:
    torch.manual_seed(0)
    model = part.build()
    if isinstance(model, torch.nn.Module):
        return model
    samples = fitted.training_samples(part, studies=24)
    return model.fit(_rows(samples), [next(iter(s.targets.values())) for s in samples])


@pytest.fixture(scope="module", params=systems.names(variants=True))
def fitted(request) -> Iterator[Fitted]:
    name = request.param
    module = importlib.import_module(f"osteon.systems.{name.partition('.')[0].replace('-', '_')}")
    with pytest.MonkeyPatch.context() as patch:
        # The side of the network's picture: smaller, so that the largest networks take seconds here.
        if hasattr(module, "SIDE_PX"):
            patch.setattr(module, "SIDE_PX", SMALL_PX)
        # Which radiomics features: the original image's, so that a study takes milliseconds here.
        if hasattr(module, "FEATURES"):
            patch.setattr(module, "FEATURES", "original")
        system = systems.get(name)
        fitted = Fitted(system=system, parts={})
        for part in system.parts:
            fitted.parts[part.name] = _build(part, fitted)
        yield fitted


def test_docstring_has_its_sections(fitted):
    module = importlib.import_module(f"osteon.systems.{fitted.system.name.partition('.')[0].replace('-', '_')}")
    lines = (module.__doc__ or "").splitlines()
    assert [line for line in lines if line in SECTIONS] == list(SECTIONS)
    assert fitted.system.summary


def test_has_a_test_of_its_own(fitted):
    name = fitted.system.name.partition(".")[0].replace("-", "_")
    assert (Path(__file__).parent / f"test_{name}.py").is_file()


def test_claims_name_metric_and_source(fitted):
    for claim in fitted.system.claims:
        assert claim.metric
        assert claim.source
        assert claim.data
        assert math.isfinite(claim.value)
        assert claim.low is None or claim.low <= claim.value <= (claim.high or math.inf)


@pytest.mark.parametrize("index", [0, 1])
def test_study_to_prediction(fitted, index):
    study = phantoms.study(fitted.system, index=index, truth=False)
    _check(fitted.predict(study), study, fitted.system)


def test_each_optional_input_may_be_missing(fitted):
    for missing in (i.name for i in fitted.system.inputs if not i.required):
        study = phantoms.study(fitted.system, index=1, without=missing)
        if study.data:
            _check(fitted.predict(study), study, fitted.system)


def _check(predictions: list[Prediction], study: Study, system: System) -> None:
    tasks = {task.name: task for task in system.tasks}
    assert {p.task for p in predictions} == set(tasks)
    for p in predictions:
        assert (p.study, p.patient) == (study.name, study.patient)
        assert p.input is None or p.input in study.data
        task = tasks[p.task]
        if isinstance(task, Classify):
            assert tuple(p.probabilities) == task.classes
            assert sum(p.probabilities.values()) == pytest.approx(1, abs=1e-5)
            assert all(0 <= v <= 1 for v in p.probabilities.values())
        if isinstance(task, Segment):
            assert p.label_map is not None
        _check_place(p, study)


def _check_place(p: Prediction, study: Study) -> None:
    """Maps have the shape of the study's own grid; boxes lie in it."""
    datum = study.data.get(p.input or "")
    for made in (p.label_map, p.heat_map, p.restored):
        if made is not None and isinstance(datum, Image):
            assert made.shape == datum.grid.shape
    if p.label_map is not None:
        assert np.issubdtype(p.label_map.dtype, np.integer)
    if p.heat_map is not None:
        assert np.isfinite(p.heat_map).all()
        assert p.heat_map.min() >= 0
        assert p.heat_map.max() <= 1
    for box in p.boxes_px:
        half = len(box) // 2
        shape = datum.grid.shape
        assert all(0 <= low < high <= n for low, high, n in zip(box[:half], box[half:], shape, strict=True))


def test_prepare_is_deterministic_and_leaves_the_study(fitted):
    study = phantoms.study(fitted.system, index=1)
    before = {k: d.read() for k, d in study.data.items() if isinstance(d, Image)}
    found: dict[str, tuple[Output, ...]] = {}
    for part in fitted.system.parts:
        first, second = list(part.prepare(study, found)), list(part.prepare(study, found))
        assert len(first) == len(second)
        for a, b in zip(first, second, strict=True):
            assert (a.study, a.patient, a.item, a.steps) == (b.study, b.patient, b.item, b.steps)
            assert a.inputs.keys() == b.inputs.keys()
            assert all(np.array_equal(a.inputs[k], b.inputs[k]) for k in a.inputs)
            assert all(np.array_equal(a.targets[k], b.targets[k]) for k in a.targets)
            assert all(v.dtype == np.float32 for v in a.inputs.values())
        found[part.name] = tuple(_run(fitted.parts[part.name], first))
    assert all(np.array_equal(before[k], study.data[k].read()) for k in before)


def test_augmentation_follows_its_generator(fitted):
    for part in fitted.system.parts:
        if part.augment is None:
            continue
        sample = fitted.training_samples(part, studies=1)[0]
        one, same, other = (part.augment(sample, np.random.default_rng(seed)) for seed in (1, 1, 2))
        assert all(np.array_equal(one.inputs[k], same.inputs[k]) for k in one.inputs)
        assert any(not np.array_equal(one.inputs[k], other.inputs[k]) for k in one.inputs)
        assert {k: v.shape for k, v in one.inputs.items()} == {k: v.shape for k, v in other.inputs.items()}


def test_three_steps_lower_the_loss_and_reach_every_parameter(fitted):
    for part in fitted.system.parts:
        if isinstance(fitted.parts[part.name], torch.nn.Module) and part.fit.lr > 0:  # at 0 it is not meant to learn
            _three_steps(part, fitted)


def _three_steps(part: Part, fitted: Fitted) -> None:
    torch.manual_seed(0)
    network = part.build()
    samples = fitted.training_samples(part)
    trainable = {name: p for name, p in network.named_parameters() if p.requires_grad}
    count = min(4 if sum(p.numel() for p in trainable.values()) < 5e6 else 2, part.fit.batch_size)
    batch = stack(samples[:: max(1, len(samples) // count)][:count])
    optimiser = torch.optim.Adam(trainable.values(), lr=min(part.fit.lr, 1e-3))
    reached: set[str] = set()
    losses = []
    for _ in range(4):
        torch.manual_seed(1)  # the same dropout each time, so that the losses compare
        network.train()
        loss = (
            part.step(network, batch, np.random.default_rng(1))
            if part.step
            else part.loss(network(**batch.inputs), batch)
        )
        losses.append(float(loss.detach()))
        optimiser.zero_grad()
        loss.backward()
        reached |= {name for name, p in trainable.items() if p.grad is not None and bool(p.grad.any())}
        optimiser.step()
    assert losses[3] < losses[0]
    assert reached == set(trainable)


def test_saved_and_loaded_it_says_the_same(fitted, tmp_path):
    parts = {}
    for part in fitted.system.parts:
        model = fitted.parts[part.name]
        if isinstance(model, torch.nn.Module):
            path = tmp_path / f"{part.name}.safetensors"
            weights.save_network(path, model.state_dict())
            parts[part.name] = part.build()
            parts[part.name].load_state_dict(weights.load_network(path))
        else:
            path = tmp_path / f"{part.name}.skops"
            weights.save_estimator(path, model)
            parts[part.name] = weights.load_estimator(path)
    study = phantoms.study(fitted.system, index=1)
    again = Fitted(system=fitted.system, parts=parts).predict(study)
    for one, two in zip(fitted.predict(study), again, strict=True):
        assert one.probabilities == two.probabilities
        assert (one.risk, one.value) == (two.risk, two.value)
        for a, b in ((one.label_map, two.label_map), (one.heat_map, two.heat_map)):
            assert (a is None) == (b is None)
            assert a is None or np.array_equal(a, b)


def test_listing_systems_loads_no_heavy_package():
    code = (
        "import sys; from osteon import systems; [systems.get(n) for n in systems.names(variants=True)];"
        "print(*sorted({'torch', 'numpy', 'sklearn', 'scipy', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
