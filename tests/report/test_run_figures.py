"""Figures of several runs: every number is there as text, and the page that holds them needs nothing else."""

import re

import pytest

from osteon.report import run_figures, run_study
from osteon.report.run import Figure
from osteon.types import Evidence, Score


def score(value, *, low=None, high=None, metric="auc", evidence=Evidence.REAL):
    low, high = (value - 0.05 if low is None else low), (value + 0.05 if high is None else high)
    return Score(metric=metric, value=value, low=low, high=high, method="m", unit="patient", n=40, patients=40,
                 task="t", evidence=evidence)  # fmt: skip


CURVES = {
    "pretrained": [(10, score(0.7)), (50, score(0.8))],
    "from scratch": [(10, score(0.55)), (50, score(0.78))],
}


def words(svg):
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_a_learning_curve_names_its_starts_patients_and_metric() -> None:
    svg = run_figures.learning_curve(CURVES)
    assert {"10", "50", "pretrained", "from scratch", "training patients", "ROC AUC"} <= set(words(svg))
    assert svg.startswith("<svg")
    assert svg == run_figures.learning_curve(CURVES)


def test_one_point_and_an_interval_that_lies_beside_its_value_can_be_drawn() -> None:
    lone = {"from scratch": [(7, score(0.9, low=0.95, high=0.85))]}
    assert "7" in words(run_figures.learning_curve(lone))


def test_a_trade_off_names_each_run_and_the_limit() -> None:
    runs = [
        run_figures.Candidate(name="small", ms=12, score=score(0.8), chosen=True),
        run_figures.Candidate(name="large", ms=480, score=score(0.9)),
    ]
    found = words(run_figures.trade_off(runs, limit_ms=100))
    assert {"small", "large", "limit 100 ms", "milliseconds a study"} <= set(found)


@pytest.mark.parametrize("evidence", list(Evidence))
def test_the_page_escapes_what_it_is_given_and_warns_of_the_kind_of_data(evidence: Evidence) -> None:
    table = run_study.Table(columns=("run", "value"), rows=(("<b>x</b>", "0.8"),))
    page = run_study.html(
        "Choice <i>",
        lead="Best & fast.",
        figure=Figure(title="What speed costs", svg="<svg></svg>"),
        table=table,
        scores=[score(0.8, evidence=evidence)],
        notes=["Twice.", "Twice.", "Once."],
    )
    assert "<b>x</b>" not in page
    assert "&lt;b&gt;x" in page
    assert "Best &amp; fast." in page
    assert "<svg></svg>" in page
    assert page.count("Twice.") == 1
    assert ("The figures below stand on" in page) == (evidence != Evidence.REAL)
    assert "Research use only" in page
    assert not re.search(r"(src|href)=\"http", page)
