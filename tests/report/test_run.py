import re

from osteon import systems
from osteon.report.run import Figure, html, warning
from osteon.types import Evidence, Score


def score(evidence):
    return Score(
        metric="auc",
        value=0.87,
        low=0.8,
        high=0.9,
        method="delong",
        unit="lesion",
        n=50,
        patients=20,
        evidence=evidence,
    )


LOG = [{"part": "lesion", "epoch": str(i), "loss": str(2 / (i + 1)), "validation_loss": "nan"} for i in range(5)]


def page(**more):
    run = {
        "seed": 3,
        "split": "70/20/10",
        "allowed": ["duplicate"],
        "overrides": ["fit.epochs=5"],
        "cohort": {"name": "<b>"},
    }
    system = systems.get("xray-triage-he2020")
    return html(system, run=run, **{"scores": [score(Evidence.REAL)], "log": LOG, **more})


def test_scores_claims_overrides_and_passed_over_findings_are_shown():
    text = page()
    for word in ("0.870", "0.800 to 0.900", "0.916", "fit.epochs=5", "duplicate", "polyline"):
        assert word in text
    assert "<b>" not in text
    assert not re.search(r"https?://", text.replace("http://www.w3.org/2000/svg", ""))


def test_figures_go_in_as_drawn():
    assert '<svg id="x">' in page(figures=[Figure(title="ROC", svg='<svg id="x"></svg>')])


def test_a_run_without_scores_says_so():
    assert "No scores yet" in page(scores=[])


def test_simulated_data_are_named_before_any_figure():
    text = page(scores=[score(Evidence.SIMULATED)])
    assert text.index("simulated data") < text.index("0.870")
    assert warning([score(Evidence.REAL)]) == ""
