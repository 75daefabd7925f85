"""What a user may get wrong: one clear sentence each, nothing left behind, and no patient judged that trained."""

import subprocess
import sys
from dataclasses import replace

import pytest
import tiny
import torch

from osteon import engine
from osteon.engine import machine, run, stored
from osteon.engine.options import TrainOptions, configured
from osteon.errors import CohortError, InputError, RequestError, WeightsError

OPTIONS = TrainOptions(threads=1, workers=0, device="cpu")
QUICK = replace(tiny.PART, fit=replace(tiny.FIT, epochs=1))
HOLD = (
    "import sys; from pathlib import Path; from osteon.engine import run\n"
    "with run.claimed(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
)


@pytest.mark.parametrize("name", ["seed", "devices", "threads", "workers", "checkpoint_steps"])
def test_a_number_that_no_training_can_have_is_refused(name):
    with pytest.raises(RequestError, match=f"option {name} is -1; it must be at least"):
        TrainOptions(**{name: -1})


@pytest.mark.parametrize(
    ("setting", "allowed"),
    [
        ("fit.epochs=0", "at least 1"),
        ("fit.batch_size=0", "at least 1"),
        ("fit.lr=-1", "from 0 to"),
        ("fit.warmup=3", "from 0 to 1"),
        ("fit.ema=2", "from 0 to 1"),
        ("fit.patience=-1", "at least 0"),
        ("fit.steps_per_epoch=0", "at least 1"),
        ("fit.lr_scale={1: 2}", "takes"),
        ("fit.lr_scale={'conv': 'much'}", "takes"),
        ("stack=1", "at least 2"),
        ("start_from=net", "not fitted before"),
    ],
)
def test_a_setting_out_of_its_range_is_refused(setting, allowed):
    with pytest.raises(RequestError, match=allowed):
        configured(tiny.system(), TrainOptions(overrides=(setting,)))


@pytest.mark.parametrize("name", ["meta", "xpu", "nonsense", "cuda:99", ""])
def test_a_device_that_is_not_there_is_refused(name):
    with pytest.raises(RequestError, match=r"device .*(unknown|not in this machine)"):
        machine.device(name)


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"split": "nonsense"}, RequestError, "plan nonsense is unknown"),
        ({"split": "kfold:3"}, RequestError, "cross-validation"),
        ({"allow": ("nonsense",)}, RequestError, "no finding called nonsense"),
    ],
)
def test_a_refused_request_leaves_nothing_and_the_right_one_follows(tmp_path, options, error, says):
    out = tmp_path / "run"
    with pytest.raises(error, match=says):
        engine.train(tiny.system(QUICK), tiny.cohort(), out, options=replace(OPTIONS, **options))
    assert not out.exists()
    engine.train(tiny.system(QUICK), tiny.cohort(), out, options=OPTIONS)


def test_what_the_audit_refused_may_be_allowed_in_the_same_folder(tmp_path):
    studies = tiny.cohort().studies
    twin = replace(studies[2], data=studies[0].data)
    cohort = replace(tiny.cohort(), studies=(*studies[:2], twin, *studies[3:]))
    with pytest.raises(CohortError, match="--allow duplicate"):
        engine.train(tiny.system(QUICK), cohort, tmp_path / "run", options=OPTIONS)
    allow = ("duplicate", "near-duplicate", "contradicting-labels")
    engine.train(tiny.system(QUICK), cohort, tmp_path / "run", options=replace(OPTIONS, allow=allow))
    assert run.open_run(tmp_path / "run").record.allowed == allow


def test_two_processes_cannot_train_in_one_folder_and_a_kill_lets_go(tmp_path):
    out = tmp_path / "run"
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, out], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(RequestError, match="Another process is training in the folder run"):
            engine.train(tiny.system(QUICK), tiny.cohort(), out, options=OPTIONS)
    finally:
        other.kill()
        other.communicate()
    engine.train(tiny.system(QUICK), tiny.cohort(), out, options=OPTIONS)
    assert not (out / run.LOCK).exists()


def test_a_changed_cohort_is_judged_without_the_patients_that_trained(tmp_path):
    cohort = tiny.cohort(80)
    folder = engine.train(tiny.system(QUICK), cohort, tmp_path / "run", options=OPTIONS)
    sides = run.open_run(folder).split()
    changed = replace(cohort, fingerprint="a row was mended")
    found = engine.evaluate(folder, changed, system=tiny.system(QUICK))
    told = stored.read_predictions(folder / "evaluations" / "tiny-external")
    assert {sides[name] for name in told["study"]} == {"test"}
    assert "are left out" in found[0].note
    with pytest.raises(RequestError, match="no train side"):
        engine.evaluate(folder, changed, split="train", system=tiny.system(QUICK))
    seen = tuple(s for s in cohort.studies if sides[s.name] == "train")
    with pytest.raises(RequestError, match="trained on every patient"):
        engine.evaluate(folder, replace(changed, studies=seen), system=tiny.system(QUICK))
    mute = tuple(replace(s, truth=None) for s in cohort.studies)
    with pytest.raises(RequestError, match="nothing to score"):
        engine.evaluate(folder, replace(cohort, studies=mute), system=tiny.system(QUICK))
    wider = replace(QUICK, build=lambda: tiny.Net(width=7))
    with pytest.raises(WeightsError, match="of another network"):
        engine.Predictor.load(folder, system=tiny.system(wider))


def test_another_split_under_the_same_name_is_not_taken_up(tmp_path):
    from osteon.cohorts import Split, split

    cohort = tiny.cohort(80)
    first = replace(split(cohort, "70/20/10", seed=0), name="mine")
    folder = engine.train(tiny.system(QUICK), cohort, tmp_path / "run", options=replace(OPTIONS, split=first))
    (folder / "part-net" / "weights.safetensors").unlink()
    turned = Split(name="mine", train=first.validation | first.test, validation=frozenset(), test=first.train)
    with pytest.raises(RequestError, match="another split"):
        engine.train(tiny.system(QUICK), cohort, folder, options=replace(OPTIONS, split=turned))


def test_an_estimator_with_one_class_to_learn_says_so(tmp_path):
    cohort = tiny.cohort()
    label = replace(cohort.studies[0].truth, labels={"malignancy": "benign"})
    alike = replace(cohort, studies=tuple(replace(s, truth=label) for s in cohort.studies))
    part = replace(tiny.SECOND, name="plain", takes=("radiograph",), prepare=tiny.prepare)
    allow = ("class-not-on-side", "few-patients", "constant-column")
    with pytest.raises((InputError, CohortError), match=r"estimator plain cannot be fitted|audit refuses"):
        engine.train(tiny.system(part), alike, tmp_path / "run", options=replace(OPTIONS, allow=allow))


def test_weights_to_start_from_that_do_not_fit_are_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("osteon.io.pretrained.load", lambda name, **_: {"conv.weight": torch.zeros(1)})
    part = replace(QUICK, start_from="imagenet-lite0")
    with pytest.raises(RequestError, match="cannot start from imagenet-lite0"):
        engine.train(tiny.system(part), tiny.cohort(), tmp_path / "run", options=OPTIONS)


def test_cross_validated_folders_are_compared_in_the_unit_they_were_scored_in(tmp_path):
    task = replace(tiny.TASK, unit="tile")
    system = tiny.system(QUICK, tasks=(task,))
    options = replace(OPTIONS, split="kfold:2")
    for name in ("one", "other"):
        engine.cross_validate(system, tiny.cohort(40), tmp_path / name, options=options)
    found = engine.compare(tmp_path / "one", tmp_path / "other")
    assert {s.unit for s in found} == {"tile"}
    assert all(s.value == 0 for s in found)
    with pytest.raises(RequestError, match="single training"):
        engine.cross_validate(system, tiny.cohort(40), tmp_path / "one" / "fold-1", options=options)


@pytest.mark.parametrize("asked", [(), ("few-patients",), ("few-patients", "duplicate", "file-name")])
def test_a_run_goes_on_with_the_findings_it_was_begun_with(tmp_path, asked):
    begun = replace(OPTIONS, allow=("duplicate", "few-patients", "duplicate"))
    folder = engine.train(tiny.system(QUICK), tiny.cohort(), tmp_path / "run", options=begun)
    assert run.open_run(folder).record.allowed == ("duplicate", "few-patients")
    engine.train(tiny.system(QUICK), tiny.cohort(), folder, options=replace(OPTIONS, allow=begun.allow[1:][::-1]))
    with pytest.raises(RequestError, match=r"holds another run .* differs in allow"):
        engine.train(tiny.system(QUICK), tiny.cohort(), folder, options=replace(OPTIONS, allow=asked))


def test_a_finding_that_no_audit_makes_is_refused_wherever_it_is_named():
    with pytest.raises(RequestError, match="no finding called nonsense; allow takes unreadable, "):
        TrainOptions(allow=("few-patients", "nonsense"))
