import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from osteon.metrics import confusion, roc, scores
from osteon.metrics.lesions import Marks
from osteon.report import figures
from osteon.types import Evidence

CONTEXT = scores.Context(unit="image", evidence=Evidence.REAL)


def _text(svg):
    """Return all words of a figure, and with that check that it is well-formed and stands alone."""
    root = ET.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "<script" not in svg
    assert not re.search(r"\bnan\b", svg, re.IGNORECASE)
    return " ".join(" ".join(root.itertext()).split())


@pytest.fixture
def rows(rng):
    truth = rng.integers(0, 2, 120)
    belief = 1 / (1 + np.exp(-(2 * truth - 1 + rng.normal(size=120))))
    owners = [str(i // 2) for i in range(120)]
    found = scores.classification(
        truth, np.stack([1 - belief, belief], axis=1), classes=("benign", "malignant"), patients=owners, context=CONTEXT
    )
    return truth, belief, owners, {score.metric: score for score in found}


def _interval(score):
    return f"{score.value:.2f} ({score.low:.2f} to {score.high:.2f})"


def test_roc_names_its_area_interval_and_numbers(rows):
    truth, belief, owners, found = rows
    words = _text(figures.roc(truth, belief, patients=owners, auc=found["auc"]))
    assert f"AUC {_interval(found['auc'])}" in words
    assert f"{truth.sum()} of 120 images positive" in words


def test_the_band_of_roc_holds_the_curve(rows, rng):
    truth, belief, owners, _ = rows
    band, curve = roc.band(truth, belief, patients=np.array(owners), rng=rng), roc.curve(truth, belief)
    heights = np.interp(band.false_positive_rate, curve.false_positive_rate, curve.true_positive_rate)
    assert (band.low <= band.high).all()
    assert (np.diff(band.low) >= -1e-12).all()
    assert ((band.low <= heights + 0.03) & (heights <= band.high + 0.03)).all()


def test_reliability_shows_the_count_of_each_bin(rows):
    truth, belief, owners, found = rows
    words = _text(figures.reliability(truth, belief, patients=owners, ece=found["ece"], about="malignant"))
    counts = np.histogram(belief, bins=10, range=(0, 1))[0]
    assert all(f" {n} " in f" {words} " for n in counts if n)
    assert "probability of malignant" in words
    assert _interval(found["ece"]) in words


def test_confusion_shows_counts_and_row_per_cent():
    counts = confusion.matrix(np.repeat([0, 1], [30, 10]), np.repeat([0, 1, 1], [27, 3, 10]), classes=2)
    words = _text(figures.confusion(counts, classes=("benign", "malignant"), unit="spectrum"))
    for word in ("27", "90 %", "3", "10 %", "100 %", "(n = 30)", "40 spectra"):
        assert word in words


def test_confusion_of_a_class_without_rows_is_drawn():
    assert "(n = 0)" in _text(figures.confusion(np.array([[4, 1], [0, 0]]), classes=("a", "b")))


def test_forest_has_a_line_a_site(rows):
    auc = rows[3]["auc"]
    words = _text(figures.forest([("centre <1>", auc), ("centre 2", auc)]))
    assert "centre <1> (n = 60)" in words
    assert words.count(_interval(auc)) == 2


def test_bland_altman_names_bias_and_limits(rng):
    truth = rng.uniform(20, 60, 30)
    words = _text(figures.bland_altman(truth + 5, truth, quantity="volume", unit="ml"))
    assert "Volume: agreement in 30 cases" in words
    assert "bias 5.00 (5.00 to 5.00)" in words


def test_froc_names_its_mean(rng):
    images = [
        Marks(lesions=np.where(rng.random(2) < 0.8, rng.random(2), -np.inf), false=rng.random(rng.poisson(2)))
        for _ in range(40)
    ]
    owners = [str(i) for i in range(40)]
    mean = scores.detection(images, patients=owners, context=CONTEXT)[-1]
    assert f"Mean sensitivity {_interval(mean)}" in _text(figures.froc(images, patients=owners, mean=mean))


def test_the_same_figure_is_the_same_text(rows):
    truth, belief, owners, found = rows
    one, same = (figures.roc(truth, belief, patients=owners, auc=found["auc"]) for _ in range(2))
    assert one == same


def test_no_global_state_of_pyplot_is_touched():
    code = "import sys, osteon.report.figures; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


NAMES = ("a$b", "$\\frac{", "<&>\"'", "Knochen-Ü", "x_1^2", "100 %", "very long " * 8)


@pytest.mark.parametrize("name", NAMES)
def test_a_class_may_be_called_anything(name):
    words = _text(figures.confusion(np.array([[3, 1], [0, 2]]), classes=(name, "other")))
    assert name.strip() in words


@pytest.mark.parametrize("name", NAMES)
def test_a_site_may_be_called_anything(rows, name):
    assert name.strip() in _text(figures.forest([(name, rows[3]["auc"])]))


def test_bland_altman_says_measured_less_true_and_not_the_other_way(rng):
    truth = rng.uniform(20, 60, 30)
    words = _text(figures.bland_altman(truth - 2, truth, quantity="diameter", unit="mm"))
    assert f"bias {chr(0x2212)}2.00" in words
    assert f"measured {chr(0x2212)} true (mm)" in words


def test_what_is_undefined_is_a_dash_in_a_forest(rows):
    undefined = replace(rows[3]["auc"], value=np.nan, low=np.nan, high=np.nan)
    assert "- (- to -)" in _text(figures.forest([("a", rows[3]["auc"]), ("b", undefined)]))


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.005, "0.01"), (-0.5, "\N{MINUS SIGN}0.50"), (9.994, "9.99"), (12.34, "12.3"), (1234.6, "1,235"), (np.inf, "-")],
)
def test_numbers_have_three_digits_and_a_true_minus(value, shown):
    assert figures._number(value) == shown


def test_a_perfect_and_a_blind_reader_can_be_drawn():
    truth = np.array([0, 1] * 10)
    owners = [str(i) for i in range(20)]
    for belief in (truth.astype(float), np.full(20, 0.5), 1.0 - truth):
        odds = np.stack([1 - belief, belief], axis=1)
        found = scores.classification(truth, odds, classes=("a", "b"), patients=owners, context=CONTEXT)
        named = {score.metric: score for score in found}
        assert f"AUC {named['auc'].value:.2f}" in _text(figures.roc(truth, belief, patients=owners, auc=named["auc"]))
        _text(figures.reliability(truth, belief, patients=owners, ece=named["ece"]))


def test_no_lesion_found_and_no_false_mark_can_be_drawn():
    owners = [str(i) for i in range(6)]
    for images in ([Marks(lesions=np.array([-np.inf]), false=np.zeros(0))] * 6,
                   [Marks(lesions=np.array([0.9]), false=np.zeros(0))] * 6):  # fmt: skip
        mean = scores.detection(images, patients=owners, context=CONTEXT)[-1]
        assert "Mean sensitivity" in _text(figures.froc(images, patients=owners, mean=mean))


def test_figures_on_one_page_share_no_name_for_different_things(rows):
    truth, belief, owners, found = rows
    one = figures.roc(truth, belief, patients=owners, auc=found["auc"])
    two = figures.confusion(np.array([[3, 1], [0, 2]]), classes=("a", "b"))

    def defined(svg):
        return {e.get("id"): ET.tostring(e) for d in ET.fromstring(svg).iter() if d.tag.endswith("defs") for e in d}

    first, second = defined(one), defined(two)
    assert all(first[name] == second[name] for name in first.keys() & second.keys() if name)
