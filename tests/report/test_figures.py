import re
import subprocess
import sys
import xml.etree.ElementTree as ET

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
