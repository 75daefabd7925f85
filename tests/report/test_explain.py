"""The page of an explained run: what it says of maps that can be believed, of those that cannot, and without a mask."""

import numpy as np
import pytest

from osteon.report import explain
from osteon.report.explain import Check
from osteon.types import Evidence, Score
from tests.report import web

SVG = "<svg><text>curve</text></svg>"
SCORE = Score(
    metric="pointing_game[grad-cam]", value=0.75, low=0.5, high=0.9, method="patient bootstrap", unit="lesion", n=20,
    patients=12, task="malignancy", cohort="tiny", split="test", evidence=Evidence.SURROGATE,
)  # fmt: skip


HANGS = "hangs on the weights"


def page(*, verdict=HANGS, scores=(SCORE,), shots=(), notes=()):
    check = Check(method="grad-cam", alike=0.123, limit=0.5, verdict=verdict)
    return explain.html("xray <b>", scores=scores, checks=[check], figure=SVG, shots=shots, notes=notes)


def test_scores_stand_beside_their_interval_and_their_evidence():
    text = page()
    assert "0.750" in text
    assert "0.500 to 0.900" in text
    assert "surrogate data" in text
    assert SVG in text
    assert "xray &lt;b&gt;" in text


@pytest.mark.parametrize("verdict", [HANGS, "does not hang on the weights: not to be believed"])
def test_the_verdict_is_in_words(verdict):
    text = page(verdict=verdict)
    assert verdict in text
    assert "0.123" in text


def test_without_a_mask_it_says_so():
    assert "No map could be held against a mask" in page(scores=())


def test_maps_lie_over_their_images_with_the_mask_outlined(rng):
    heat, mask = rng.random((20, 30)), np.zeros((20, 30), bool)
    mask[5:10, 5:10] = True
    shot = explain.shot(rng.random((20, 30)), heat=heat, mask=mask, title="study-1, grad-cam: malignant 0.80")
    text = page(shots=[shot], notes=["One.", "One."])
    assert text.count('class="outline"') == 1
    assert text.count("data:image/png;base64") == 1
    assert "malignant 0.80" in text
    assert text.count("<li>One.</li>") == 1


def test_the_page_is_whole_and_offline_whatever_a_study_is_called(rng):
    shot = explain.shot(rng.random((9, 7)), heat=np.zeros((9, 7)), mask=None, title="<s & 'x'>")
    found = web.read(page(shots=[shot, shot], notes=["A <note>."]))
    assert found.words["figcaption"].count("<s & 'x'>") == 2
    assert "A <note>." in found.words["li"]


def test_a_check_that_could_not_be_made_says_why_and_gives_no_figure():
    check = Check(method="grad-cam", alike=None, limit=0.5, verdict="not tested: the map is <flat>")
    text = explain.html("x", scores=[], checks=[check], figure=SVG, shots=[], notes=[])
    assert "not stated" in text
    assert "not tested: the map is &lt;flat&gt;" in text
    assert "hangs on" not in text
