"""Figures of several runs: every number is there as text, and the page that holds them needs nothing else."""

import html
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


def test_an_undefined_score_is_left_out_of_the_line_and_no_fault() -> None:
    nothing = score(float("nan"), low=float("nan"), high=float("nan"))
    svg = run_figures.learning_curve({"from scratch": [(10, nothing), (50, score(0.8))]})
    assert {"10", "50"} <= set(words(svg))
    assert "nan" not in " ".join(words(svg)).lower()
    runs = [
        run_figures.Candidate(name="a", ms=3, score=nothing),
        run_figures.Candidate(name="b", ms=4, score=score(0.5)),
    ]
    assert {"b", "limit 100 ms"} <= set(words(run_figures.trade_off(runs, limit_ms=100)))


@pytest.mark.parametrize("name", ["run$1$", "a_b^2", "<run>", "$\\bad{"])
def test_a_run_may_be_called_anything(name: str) -> None:
    svg = run_figures.trade_off([run_figures.Candidate(name=name, ms=12, score=score(0.8))], limit_ms=100)
    assert html.unescape(" ".join(words(svg))).count(name) == 1


@pytest.mark.parametrize("times", [(12, 480), (3, 4), (0.5, 0.6), (900, 41000)])
def test_milliseconds_are_plain_numbers(times: tuple[float, ...]) -> None:
    runs = [run_figures.Candidate(name=f"run {ms}", ms=ms, score=score(0.8)) for ms in times]
    ticks = [word for word in words(run_figures.trade_off(runs, limit_ms=times[0])) if re.fullmatch(r"[\d.e+-]+", word)]
    assert any(times[0] / 10 <= float(tick) <= times[1] * 10 for tick in ticks)
    assert not any("$" in word or "mathdefault" in word for word in words(run_figures.trade_off(runs, limit_ms=100)))


def test_the_first_of_two_starts_is_drawn_apart_from_the_second() -> None:
    svg = run_figures.learning_curve(CURVES)
    for colour in ("#0072b2", "#b84a00"):
        assert colour in svg.lower()
    assert "stroke-dasharray" in svg, "told apart on a printer without colour too"
