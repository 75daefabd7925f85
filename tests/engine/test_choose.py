"""Choosing a model: the best that is fast enough, and what is said of the others."""

import importlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import tiny

from osteon import engine
from osteon.engine import ChooseOptions, choose, stored
from osteon.engine.latency import Latency
from osteon.errors import InputError, RequestError
from osteon.types import Evidence, Maker, Score

door = importlib.import_module("osteon.engine.choose")  # the name in the room is the function's
OPTIONS = engine.TrainOptions(threads=1, device="cpu", workers=0)
QUICK = replace(tiny.PART, fit=replace(tiny.FIT, epochs=1))


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Runs with given scores and speeds; nothing is trained."""
    speeds: dict[str, float] = {}
    worked: dict[str, float] = {}

    class Loaded:
        def __init__(self, folder: Path) -> None:
            self.folder, self.maker, self.system = folder, Maker(system=folder.name, device="cpu"), tiny.system()

    def timed(predictor, studies, *, repeats):
        ms = speeds[predictor.folder.name]
        took = Latency(ms=ms, low_ms=ms, high_ms=ms, repeats=repeats, studies=1, made_up=True, device="cpu", threads=2)
        return replace(took, processor_ms=worked[predictor.folder.name])

    monkeypatch.setattr(door, "latency", timed)
    monkeypatch.setattr(door.Predictor, "load", lambda folder, **_: Loaded(Path(folder)))

    def put(name: str, value: float, ms: float, *, processor_ms: float | None = None, **more) -> Path:
        worked[name] = ms if processor_ms is None else processor_ms
        facts = {"metric": "auc", "unit": "patient", "n": 40, "task": "malignancy", "split": "test", "cohort": "tiny"}
        one = Score(value=value, low=value - 0.05, high=value + 0.05, method="m", patients=40,
                    evidence=Evidence.SIMULATED, **{**facts, **more})  # fmt: skip
        speeds[name] = ms
        (tmp_path / name).mkdir()
        stored.write_scores(tmp_path / name, [one], maker=Maker(system=name))
        return tmp_path / name

    return put


def test_the_best_within_the_limit_is_chosen_and_a_better_slow_one_rejected(shelf, tmp_path: Path) -> None:
    runs = [shelf("small", 0.80, 12), shelf("middle", 0.85, 70), shelf("large", 0.91, 480)]
    found = choose(runs, options=ChooseOptions(limit_ms=100), out=tmp_path / "out")
    assert found.chosen.name == "middle"
    assert [m.name for m in found.measured] == ["large", "middle", "small"]
    assert "large scores higher and was rejected: 480 ms is over the limit of 100 ms." in found.notes
    assert any(note.startswith("The intervals of large, small overlap that of middle") for note in found.notes)
    assert any("Chosen by the test side" in note for note in found.notes)
    told = json.loads((tmp_path / "out" / "choice.json").read_text())
    assert told["chosen"] == "middle"
    assert [r["latency"]["ms"] for r in told["runs"]] == [480, 70, 12]
    assert str(tmp_path) not in json.dumps(told)
    page = (tmp_path / "out" / "choice.html").read_text()
    assert page.count("over the limit</td>") == 1
    assert page.count("chosen</td>") == 1
    assert "<svg" in page
    best = found.chosen.score
    assert f"{best.value:.3f} ({best.low:.3f} to {best.high:.3f}) at 70 ms a study" in page


@pytest.mark.parametrize(("limit", "chosen"), [(1000, "large"), (480, "large"), (479, "middle"), (20, "small")])
def test_the_limit_alone_decides_how_large(limit: float, chosen: str, shelf) -> None:
    runs = [shelf("small", 0.80, 12), shelf("middle", 0.85, 70), shelf("large", 0.91, 480)]
    assert choose(runs, options=ChooseOptions(limit_ms=limit)).chosen.name == chosen


def test_where_none_is_fast_enough_nothing_is_chosen(shelf, tmp_path: Path) -> None:
    runs = [shelf("small", 0.80, 12), shelf("large", 0.91, 480)]
    with pytest.raises(RequestError, match="No run answers within 10 ms a study here; the fastest is small with 12 ms"):
        choose(runs, options=ChooseOptions(limit_ms=10), out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_busy_machine_is_told_whether_or_not_a_run_is_fast_enough(shelf) -> None:
    """On a loaded machine a run is over the limit that a calm one keeps, and was said to be too slow."""
    runs = [shelf("small", 0.80, 120, processor_ms=40), shelf("large", 0.91, 480)]
    words = r"of the 120 ms of small its processor worked 40 ms on the study; choose on a calm machine"
    with pytest.raises(RequestError, match=words):
        choose(runs, options=ChooseOptions(limit_ms=100))
    found = choose(runs, options=ChooseOptions(limit_ms=200))
    assert any(re.search(words, note) for note in found.notes)
    calm = [shelf("calm", 0.80, 12), shelf("slow", 0.91, 480)]
    assert not any("other work" in note for note in choose(calm, options=ChooseOptions(limit_ms=100)).notes)


def test_lower_is_better_where_it_is_and_the_faster_of_two_alike_wins(shelf) -> None:
    brier = {"metric": "brier"}
    runs = [shelf("good", 0.1, 50, **brier), shelf("bad", 0.3, 5, **brier), shelf("same", 0.1, 40, **brier)]
    assert choose(runs, options=ChooseOptions(metric="brier")).chosen.name == "same"


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"task": "grade"}, "judged by different scores"),
        ({"unit": "image"}, "judged by different scores"),
        ({"n": 39}, r"judged on different studies \(39 of tiny, test; 40 of tiny, test\)"),
        ({"cohort": "another"}, "judged on different studies"),
    ],
)
def test_what_cannot_be_compared_is_refused(other: dict, says: str, shelf) -> None:
    with pytest.raises(RequestError, match=says):
        choose([shelf("one", 0.8, 5), shelf("two", 0.9, 5, **other)])


def test_one_run_is_no_choice_and_one_that_is_not_judged_no_candidate(shelf, tmp_path: Path) -> None:
    one, two = shelf("one", 0.8, 5), shelf("two", 0.8, 5)
    with pytest.raises(RequestError, match="at least two runs"):
        choose([one, one])
    (two / stored.SCORES).unlink()
    with pytest.raises(InputError, match="two: is not evaluated; judge it first"):
        choose([one, two])


@pytest.mark.parametrize("wrong", [{"limit_ms": 0}, {"limit_ms": -5}, {"limit_ms": float("nan")}, {"repeats": 0}])
def test_a_limit_that_nothing_can_keep_is_refused(wrong: dict) -> None:
    with pytest.raises(RequestError, match="both must be above 0"):
        ChooseOptions(**wrong)


def test_real_runs_are_judged_on_the_validation_side_of_their_cohort(tmp_path: Path) -> None:
    system, cohort = tiny.system(QUICK), tiny.cohort(100)
    runs = [engine.train(system, cohort, tmp_path / f"{n}" / "run", options=replace(OPTIONS, seed=0)) for n in "ab"]
    found = choose(runs, options=ChooseOptions(limit_ms=5000, repeats=2), cohort=cohort, system=system)
    assert {m.name for m in found.measured} == {"a/run", "b/run"}
    assert {m.score.split for m in found.measured} == {"validation"}
    assert not any(m.latency.made_up for m in found.measured)
    assert not any("test side" in note or "noise" in note for note in found.notes)
    assert (runs[0] / "evaluations" / "tiny-validation" / "scores.json").is_file()
