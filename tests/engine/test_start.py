"""Where a network starts: from scratch, a named pre-training, another run, a file; and how the report tells it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import tiny
import torch

from osteon import engine
from osteon.engine import facts, start
from osteon.errors import RequestError, WeightsError
from osteon.io import pretrained, weights
from osteon.systems._loss import cross_entropy

OPTIONS = engine.TrainOptions(threads=1, seed=3, device="cpu", workers=0)
QUICK = replace(tiny.PART, fit=replace(tiny.FIT, epochs=1))


class Wide(tiny.Net):
    """The same trunk for three classes."""

    def __init__(self) -> None:
        super().__init__()
        self.head = torch.nn.Linear(24, 3)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return engine.train(tiny.system(QUICK), tiny.cohort(40), tmp_path_factory.mktemp("first") / "run", options=OPTIONS)


def test_another_run_gives_its_part_of_the_same_name(run: Path) -> None:
    whole = weights.load_network(run / "part-net" / weights.NETWORK)
    for part in ("net", "another"):  # its only network, whatever it is called
        found = pretrained.load(str(run), part=part)
        assert all(torch.equal(found[name], whole[name]) for name in whole)
    assert start.fingerprint(found) == start.fingerprint(whole)
    changed = {**whole, "head.bias": whole["head.bias"] + 1}
    assert start.fingerprint(changed) != start.fingerprint(whole)


def test_weights_of_the_same_network_are_taken_whole_and_of_another_question_all_but_the_head(run: Path) -> None:
    state = pretrained.load(str(run))
    same, other = tiny.Net(), Wide()
    fresh = other.head.weight.detach().clone()
    start.starter(QUICK, state)(same)
    assert all(torch.equal(t, state[name]) for name, t in same.state_dict().items())
    start.starter(QUICK, state)(other)
    assert torch.equal(other.conv.weight, state["conv.weight"])
    assert torch.equal(other.head.weight, fresh)


def test_an_earlier_parts_weights_go_through_the_networks_own_door(run: Path) -> None:
    state, network = pretrained.load(str(run)), tiny.Net()
    fresh = network.head.weight.detach().clone()
    start.starter(QUICK, state, of_part=True)(network)
    assert torch.equal(network.head.weight, fresh)  # tiny.Net leaves the head out
    assert torch.equal(network.conv.weight, state["conv.weight"])


def test_weights_that_misfit_by_more_than_the_head_are_refused(run: Path) -> None:
    state = pretrained.load(str(run))
    part = replace(QUICK, start_from="elsewhere")
    with pytest.raises(RequestError, match=r"cannot start from elsewhere: 6 of its 9 tensors are of another shape"):
        start.starter(part, state)(tiny.Net(width=7))
    with pytest.raises(RequestError, match="has no `load_pretrained`"):
        start.starter(part, {"w": torch.zeros(1)})(torch.nn.Linear(1, 1))


def test_a_run_that_is_not_one_cannot_be_started_from(run: Path, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(WeightsError, match=r"run\.json: is damaged; name another run"):
        pretrained.load(str(tmp_path))
    told = json.loads((run / "run.json").read_text())
    (tmp_path / "run.json").write_text(json.dumps({**told, "state": "training"}))
    with pytest.raises(WeightsError, match="is not finished"):
        pretrained.load(str(tmp_path))
    (tmp_path / "run.json").write_text(json.dumps(told))
    with pytest.raises(WeightsError, match="missing or not the file that was trained"):
        pretrained.load(str(tmp_path))
    with pytest.raises(WeightsError, match="the folder of a finished run, and the path"):
        pretrained.load("nonsense")


def test_a_training_that_starts_elsewhere_says_from_what(run: Path, tmp_path: Path) -> None:
    asked = replace(OPTIONS, overrides=(f"start_from={run}", "fit.tune=head", "fit.stage_decay=0.5"))
    out = engine.train(tiny.system(QUICK), tiny.cohort(40, seed=1), tmp_path / "second", options=asked)
    after, before = (weights.load_network(p / "part-net" / weights.NETWORK) for p in (out, run))
    assert torch.equal(after["conv.weight"], before["conv.weight"])
    assert torch.equal(after["norm.running_mean"], before["norm.running_mean"])
    assert not torch.equal(after["head.weight"], before["head.weight"])
    told = engine.run.open_run(out).record.parts["net"].facts
    assert told["Started from"] == f"{run} (sha256 of its tensors {start.fingerprint(before)})"
    assert told["Learns"].startswith("the head alone (linear probe); each stage at 0.5")
    engine.evaluate(out, tiny.cohort(40, seed=1), device="cpu", system=tiny.system(QUICK))
    page = (out / "report.html").read_text()
    assert "How the part net was fitted" in page
    assert "the head alone (linear probe)" in page


def test_imbalance_stands_in_the_record(tmp_path: Path) -> None:
    part = replace(QUICK, loss=cross_entropy("malignancy"))
    asked = replace(OPTIONS, overrides=("loss.weights=balanced", "loss.focal=2", "fit.draw=patients"))
    out = engine.train(tiny.system(part), tiny.cohort(40), tmp_path / "run", options=asked)
    told = engine.run.open_run(out).record.parts["net"].facts
    sizes = [int(n) for n in told["Samples of each class"].split(", ")]
    expected = " / ".join(f"{sum(sizes) / (2 * n):.3g}" for n in sizes)
    assert told["Loss"] == f"ClassLoss: target malignancy, weights {expected}, focal 2.0"
    assert told["Drawn"] == facts.DRAWN["patients"]
    assert told["Started from"] == "scratch"
    assert told["Trained on"] == f"{sum(sizes)} samples of {sum(sizes) // 2} patients"


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("loss.focal=much", "takes float"),
        ("loss.weights=(1, 'x')", "takes"),
        ("loss.nonsense=1", "No part of tiny has the setting 'loss.nonsense'"),
        ("fit.tune=tail", "takes"),
        ("fit.draw=all", "takes"),
        ("fit.margin=-1", "from 0 to 10"),
        ("fit.stage_epochs=0", "at least 1"),
        ("fit.stage_decay=2", "from 0 to 1"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(setting: str, says: str) -> None:
    part = replace(QUICK, loss=cross_entropy("malignancy"))
    with pytest.raises(RequestError, match=says):
        engine.options.configured(tiny.system(part), engine.TrainOptions(overrides=(setting,)))


def test_class_weights_may_be_given_as_numbers() -> None:
    part = replace(QUICK, loss=cross_entropy("malignancy"))
    found = engine.options.override(tiny.system(part), "loss.weights=(1, 2.5)")
    assert found.parts[0].loss.weights == (1, 2.5)


def test_a_network_of_packaged_weights_is_named_by_system_and_part() -> None:
    film = start.pretraining(replace(tiny.PART, start_from="xray-knee-segunet-do2021.lite0:film"))
    closer = start.pretraining(replace(tiny.PART, start_from="xray-knee-segunet-do2021.lite0:closer"))
    assert film is not None
    assert closer is not None
    assert start.fingerprint(film) != start.fingerprint(closer)
    lesion = start.pretraining(replace(tiny.PART, name="lesion", start_from="xray-triage-he2020.lite0"))
    assert lesion is not None
    assert {k for k in lesion if k.startswith("classifier")} == {"classifier.weight", "classifier.bias"}


def test_without_a_pretraining_there_is_none_and_an_unknown_part_is_refused() -> None:
    assert start.pretraining(replace(tiny.PART, start_from=None)) is None
    with pytest.raises(WeightsError, match="no network to start the part nobody from"):
        start.pretraining(replace(tiny.PART, start_from="xray-knee-segunet-do2021.lite0:nobody"))
