"""The options of a training: every command that trains has the same, and hands them on as they were given."""

import inspect
from typing import Any

import pytest
import typer

from osteon import cli
from osteon.cli import _training
from osteon.engine import TrainOptions

GIVEN = (
    "--seed", "7", "--from-scratch", "--allow", "few-patients", "--allow", "duplicate", "--set", "fit.epochs=2",
    "--device", "cpu", "--devices", "2", "--threads", "1", "--precision", "bf16-mixed", "--workers", "0", "--compile",
)  # fmt: skip
EXPECTED = TrainOptions(
    seed=7, from_scratch=True, allow=("few-patients", "duplicate"), overrides=("fit.epochs=2",), device="cpu",
    devices=2, threads=1, precision="bf16-mixed", workers=0, compile=True,
)  # fmt: skip


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[TrainOptions]:
    """What reaches the engine."""
    seen: list[TrainOptions] = []
    monkeypatch.setattr("osteon.cohorts.load", lambda _: None)
    for name, result in (("train", None), ("cross_validate", [])):
        monkeypatch.setattr(
            f"osteon.engine.{name}", lambda *_, options, result=result: (seen.append(options), result)[1]
        )
    return seen


@pytest.mark.parametrize(("command", "split"), [("train", "70/20/10"), ("cross-validate", "kfold:5")])
def test_a_training_is_asked_for_as_it_was_given(command: str, split: str, asked: list[TrainOptions]) -> None:
    from dataclasses import replace

    with pytest.raises(SystemExit) as stop:
        cli.main([command, "raman-cnn-shao2020", "cohort", "--out", "run", "--json", *GIVEN])
    assert stop.value.code == 0
    assert asked == [replace(EXPECTED, split=split)]


@pytest.mark.parametrize(("command", "split"), [("train", "70/20/10"), ("cross-validate", "kfold:5")])
def test_what_is_not_said_is_the_engines_own_default(command: str, split: str, asked: list[TrainOptions]) -> None:
    with pytest.raises(SystemExit):
        cli.main([command, "raman-cnn-shao2020", "cohort", "--out", "run", "--json"])
    assert asked == [TrainOptions(split=split)]


def test_the_evidence_is_made_on_the_machine_that_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[TrainOptions] = []
    monkeypatch.setattr("osteon.engine.bench", lambda *_, options, **__: seen.append(options) or [])
    for words in (("--threads", "1", "--device", "cpu"), ()):
        with pytest.raises(SystemExit) as stop:
            cli.main(["bench", "--json", *words])
        assert stop.value.code == 0
    assert seen == [TrainOptions(threads=1, device="cpu"), TrainOptions()]


def test_every_command_that_trains_has_every_option_of_a_training() -> None:
    root = typer.main.get_command(cli.app).commands  # ty: ignore[missing-attribute] # a group has them
    shared = set(inspect.signature(_training.asked).parameters)
    for name in ("train", "cross-validate"):
        assert shared <= {p.name for p in root[name].params}, name


def test_the_options_stand_between_the_commands_own_and_json() -> None:
    baked = []

    @_training.trains
    def bake(cake: str, *, out: str, options: Any, as_json: bool = False) -> None:
        baked.append((cake, out, options.seed, as_json))

    names = list(inspect.signature(bake).parameters)
    assert names[:2] == ["cake", "out"]
    assert names[-1] == "as_json"
    assert "options" not in names
    assert set(bake.__annotations__) == set(names)
    given = {name: p.default for name, p in inspect.signature(bake).parameters.items()}
    bake(**{**given, "cake": "pie", "out": "o", "seed": 5})
    assert baked == [("pie", "o", 5, False)]


def test_an_impossible_number_of_devices_is_refused(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(["train", "raman-cnn-shao2020", "cohort", "--out", "run", "--devices", "0"])
    assert stop.value.code == 2
    assert "The option devices is 0; it must be at least 1." in capsys.readouterr().err


def test_a_profile_is_printed_where_it_is_asked_for(
    asked: list[TrainOptions], capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    import json

    from osteon.engine.profile import Profile

    spent = Profile(part="net", epochs=3, training_s=20.0, waiting=0.031, validating_s=2.0)
    monkeypatch.setattr("osteon.engine.profile", lambda folder: [spent])
    words = ("train", "raman-cnn-shao2020", "cohort", "--out", "run")
    told = []
    for more in ((), ("--profile",), ("--profile", "--json")):
        with pytest.raises(SystemExit):
            cli.main([*words, *more])
        told.append(capsys.readouterr().out)
    assert "waiting" not in told[0]
    assert told[1].endswith(
        "net: 3 epochs, 20.0 s training, 2.0 s validating, 3.1% of the training time waiting for data\n"
    )
    assert json.loads(told[2])["profile"][0]["waiting"] == 0.031
    monkeypatch.setattr("osteon.engine.profile", lambda folder: [])
    with pytest.raises(SystemExit):
        cli.main([*words, "--profile"])
    assert capsys.readouterr().out.endswith("No network was trained, so no step was timed.\n")
