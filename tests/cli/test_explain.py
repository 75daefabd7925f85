"""`osteon explain`: options through, a table or JSON out, exit codes."""

import json
from types import SimpleNamespace

import pytest

from osteon import cli, cohorts, engine
from osteon.engine.explanation import Explanation
from osteon.explain.sanity import Sanity
from osteon.types import Evidence, Score

SCORE = Score(
    metric="pointing_game[grad-cam]", value=0.75, low=0.5, high=0.9, method="patient bootstrap", unit="lesion", n=20,
    patients=12, task="malignancy", cohort="tiny", split="test", evidence=Evidence.REAL,
)  # fmt: skip


@pytest.fixture
def asked(monkeypatch):
    seen = SimpleNamespace()

    def explain(run, cohort, out, *, options, system):
        seen.run, seen.cohort, seen.out, seen.options = run, cohort, out, options
        checks = {
            "grad-cam": Sanity(layers=("head", "stem"), correlations=(0.7, 0.1)),
            "evidence": Sanity(layers=("head", "stem"), correlations=(0.9, 0.8)),
            "integrated-gradients": Sanity(layers=("head", "stem"), correlations=(0.9, None), flat=1, why="it is flat"),
        }
        return Explanation(scores=(SCORE,), sanity=checks, shown=(), notes=("A note.",))

    monkeypatch.setattr(engine, "explain", explain)
    monkeypatch.setattr(cohorts, "load", lambda path: f"cohort of {path}")
    return seen


def run(*words, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main([str(word) for word in words])
    return int(stop.value.code or 0), capsys.readouterr().out


def test_options_go_through_and_the_verdict_is_said(asked, tmp_path, capsys):
    out = tmp_path / "maps"
    words = ("--out", out, "--split", "all", "--methods", "grad-cam, evidence", "--most", "7", "--checked", "2")
    code, text = run("explain", "run", "cohort", *words, capsys=capsys)
    assert code == 0
    assert (str(asked.run), asked.cohort, asked.out) == ("run", "cohort of cohort", out)
    assert asked.options == engine.ExplainOptions(split="all", methods=("grad-cam", "evidence"), most=7, checked=2)
    assert "grad-cam: rank correlation 0.10 once all weights are shuffled; hangs on the weights." in text
    assert "evidence: rank correlation 0.80" in text
    assert "not to be believed" in text
    assert "integrated-gradients: not tested: it is flat." in text
    assert "A note." in text
    assert "0.750" in text


def test_json(asked, tmp_path, capsys):
    code, text = run("explain", "run", "cohort", "--out", tmp_path / "x", "--json", capsys=capsys)
    told = json.loads(text)
    assert code == 0
    assert told["scores"][0]["metric"] == "pointing_game[grad-cam]"
    assert told["sanity"]["grad-cam"]["passed"] is True
    assert told["sanity"]["evidence"]["passed"] is False
    assert told["sanity"]["integrated-gradients"]["passed"] is None


def test_an_unknown_method_exits_with_2(asked, tmp_path, capsys):
    code, _ = run("explain", "run", "cohort", "--out", tmp_path / "x", "--methods", "lime", capsys=capsys)
    assert code == 2
