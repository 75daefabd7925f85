import re
from dataclasses import replace

import pytest

from osteon import systems
from osteon.report.run import Figure, html, warning
from osteon.types import Evidence, Score
from tests.report import web


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


def test_a_wide_figure_has_the_width_of_the_page():
    text = page(figures=[Figure(title="ROC", svg="<svg></svg>"), Figure(title="Sites", svg="<svg></svg>", wide=True)])
    assert text.count('<figure class="chart wide">') == 1
    assert re.search(r"\.plates \.wide \{ grid-column: 1 / -1", text)


@pytest.mark.parametrize(
    ("n", "unit", "said"),
    [(20, "spectrum", "20 spectra,"), (1, "spectrum", "1 spectrum,"), (3, "lesion", "3 lesions,")],
)
def test_what_was_counted_has_its_plural(n, unit, said):
    assert said in page(scores=[replace(score(Evidence.REAL), n=n, unit=unit)])


def test_a_run_without_scores_says_so():
    assert "No scores yet" in page(scores=[])


def test_simulated_data_are_named_before_any_figure():
    text = page(scores=[score(Evidence.SIMULATED)])
    assert text.index("simulated data") < text.index("0.870")
    assert warning([score(Evidence.REAL)]) == ""


def test_the_page_is_whole_offline_and_made_to_be_printed():
    found = web.read(page(figures=[Figure(title="<ROC>", svg="<svg><text>x</text></svg>")]))
    assert "<ROC>" in found.words["figcaption"]
    assert "Audit findings passed over" in found.words["h3"]
    assert "duplicate" in found.words["li"]


def test_a_curve_for_each_part_that_has_a_loss():
    log = [*LOG, *({"part": "joined", "epoch": str(i), "loss": ""} for i in range(3)),
           *({"part": "lesion/fold-0-of-5", "epoch": str(i), "loss": "1"} for i in range(3))]  # fmt: skip
    captions = web.read(page(log=log)).words["figcaption"]
    assert captions == ["Loss of the part lesion", "Loss of the part lesion/fold-0-of-5"]
    assert "polyline" not in page(log=[])


def test_the_folds_of_a_part_are_not_told_as_parts():
    facts = {"facts": {"Drawn": "each <once>"}}
    run = {"cohort": {}, "parts": {"lesion": facts, "lesion/fold-0-of-5": facts, "forest": {"facts": {}}}}
    found = web.read(html(systems.get("xray-triage-he2020"), run=run, scores=[]))
    assert [h for h in found.words["h3"] if "was fitted" in h] == ["How the part lesion was fitted"]
    assert found.words["dd"].count("each <once>") == 1


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        ((), "Nothing has been measured yet."),
        ((Evidence.REAL,), ""),
        ((Evidence.SURROGATE, Evidence.REAL), "real data, and on surrogate data"),
        ((Evidence.SIMULATED, Evidence.SURROGATE), "nothing about patients, and on surrogate data"),
    ],
)
def test_any_figure_on_other_data_is_warned_of(kinds, said):
    text = warning([score(kind) for kind in kinds])
    assert said in text
    assert bool(text) == bool(said)
