"""`osteon learning-curve` and `osteon choose`: what is asked reaches the engine, what comes back is printed."""

import json
from pathlib import Path

import pytest

from osteon import cli
from osteon.engine import ChooseOptions, CurveOptions, TrainOptions
from osteon.engine.choose import Choice, Measured
from osteon.engine.latency import Latency
from osteon.engine.learning_curve import Point
from osteon.types import Evidence, Score

SCORE = Score(metric="auc", value=0.81, low=0.7, high=0.9, method="delong", unit="patient", n=40, patients=40,
              task="grade", split="test", evidence=Evidence.REAL)  # fmt: skip
POINT = Point(start="pretrained", share=0.25, patients=10, studies=20, score=SCORE)


def ended(*words: str) -> int:
    with pytest.raises(SystemExit) as stop:
        cli.main(words)
    return int(stop.value.code or 0)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    """What reaches the engine."""
    seen: list[dict] = []
    took = Latency(ms=12.3, low_ms=12, high_ms=13, repeats=15, studies=1, made_up=True, device="cpu", threads=2)
    slow = Latency(ms=480, low_ms=470, high_ms=490, repeats=15, studies=1, made_up=True, device="cpu", threads=2)
    fast, late = (
        Measured(name=n, folder=Path(n), system="s", score=SCORE, latency=t)
        for n, t in (("fast", took), ("late", slow))
    )
    choice = Choice(chosen=fast, measured=(late, fast), limit_ms=100, notes=("late was rejected.",))
    monkeypatch.setattr("osteon.cohorts.load", lambda folder: f"cohort {folder}")
    monkeypatch.setattr("osteon.engine.learning_curve", lambda *a, **k: (seen.append({"args": a, **k}), [POINT])[1])
    monkeypatch.setattr("osteon.engine.choose", lambda *a, **k: (seen.append({"args": a, **k}), choice)[1])
    return seen


def test_a_learning_curve_is_asked_for_and_printed(asked: list[dict], capsys: pytest.CaptureFixture) -> None:
    words = ("learning-curve", "raman-cnn-shao2020", "here", "--out", "o", "--shares", "25, 100", "--draws", "3")
    assert ended(*words, "--seed", "5", "--split", "column", "--metric", "accuracy") == 0
    (call,) = asked
    assert call["args"][1:] == ("cohort here", Path("o"))
    assert call["curve"] == CurveOptions(shares=(0.25, 1.0), draws=3, metric="accuracy")
    assert call["options"] == TrainOptions(seed=5, split="column")
    out = capsys.readouterr().out
    assert {"25%", "0.810", "0.700 to 0.900"} <= {cell.strip() for cell in out.split("\N{BOX DRAWINGS LIGHT VERTICAL}")}
    assert out.endswith(f"Report: {Path('o', 'learning_curve.html')}\n")


def test_its_points_are_printed_as_json(asked: list[dict], capsys: pytest.CaptureFixture) -> None:
    assert ended("learning-curve", "raman-cnn-shao2020", "here", "--out", "o", "--json") == 0
    assert asked[0]["curve"] == CurveOptions()
    (row,) = json.loads(capsys.readouterr().out)
    assert row == {
        "started": "pretrained", "share": 0.25, "patients": 10, "studies": 20, "metric": "auc", "value": 0.81,
        "interval": [0.7, 0.9],
    }  # fmt: skip


@pytest.mark.parametrize("shares", ["much", "10;20", ""])
def test_shares_that_are_no_numbers_are_refused(shares: str, asked: list[dict], capsys: pytest.CaptureFixture) -> None:
    assert ended("learning-curve", "raman-cnn-shao2020", "here", "--out", "o", "--shares", shares) == 2
    assert "write per cents: 10,25,50,100" in capsys.readouterr().err
    assert asked == []


def test_a_choice_is_asked_for_and_printed(asked: list[dict], capsys: pytest.CaptureFixture) -> None:
    assert ended("choose", "a", "b", "--limit-ms", "100", "--task", "grade") == 0
    (call,) = asked
    assert call["args"] == ([Path("a"), Path("b")],)
    assert call["options"] == ChooseOptions(limit_ms=100, task="grade")
    assert (call["cohort"], call["out"], call["system"]) == (None, None, None)
    out = capsys.readouterr().out
    assert "over the limit" in out
    assert out.endswith("Chosen: fast\nlate was rejected.\n")


def test_a_choice_on_a_cohort_is_printed_as_json(asked: list[dict], capsys: pytest.CaptureFixture) -> None:
    assert ended("choose", "a", "b", "--cohort", "here", "--out", "o", "--json") == 0
    assert (asked[0]["cohort"], asked[0]["out"]) == ("cohort here", Path("o"))
    told = json.loads(capsys.readouterr().out)
    assert (told["chosen"], told["limit_ms"], told["notes"]) == ("fast", 100, ["late was rejected."])
    assert [r["name"] for r in told["runs"]] == ["late", "fast"]
    assert told["runs"][1]["score"]["evidence"] == "real"
