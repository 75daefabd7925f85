import re

import numpy as np
import pytest

from osteon.report import picture
from osteon.report.card import Card
from osteon.report.reading import Shown, headline, html, leading, measured, sure
from osteon.types import Finding, Maker, Reading, Refusal
from tests.report import web

MAKER = Maker(system="a-system.tag", version="0.1.0", weights_sha256="ab" * 32)
HOSTILE = "<script>alert('x')</script><img src=x onerror=y>"


def finding(**more):
    stated = {
        "system": "a-system.tag",
        "task": "film",
        "study": "s1",
        "input": "radiograph",
        "file": "a.dcm",
        "probabilities": {"benign": 0.7, "malignant": 0.3},
        "uncertainty": 0.88,
        "belief": 0.9,
        "maker": MAKER,
    }
    return Finding(**{**stated, **more})


def page(*shown, **more):
    reading = Reading(patient="pabc", findings=tuple(s.finding for s in shown), maker=MAKER, **more)
    return html(reading, shown=shown, cards=[Card(name="a-system.tag", summary="Says.", licence="CC BY-NC")])


def test_hostile_text_is_escaped_wherever_it_comes_from():
    bad = finding(file=HOSTILE, notes=(HOSTILE,), task=HOSTILE, probabilities={HOSTILE: 1.0}, input=HOSTILE)
    text = page(
        Shown(finding=bad, answers=HOSTILE),
        refused=(Refusal(file=HOSTILE, why=HOSTILE),),
        missing=(HOSTILE,),
        notes=(HOSTILE,),
    )
    assert "<script" not in text
    assert "<img" not in text
    assert text.count("&lt;script&gt;") >= 7


def test_nothing_is_loaded_from_elsewhere(rng):
    plate = picture.plate(rng.random((40, 30)), mask=np.eye(40, 30), heat=rng.random((40, 30)), box_px=(0, 0, 9, 9))
    text = page(Shown(finding=finding(), plate=plate))
    assert not re.search(r"https?:|//[a-z]", re.sub(r"data:[a-z/]+;base64,[A-Za-z0-9+/=]+", "", text))
    assert "default-src 'none'" in text
    assert text.count("data:image") == 3


def test_the_notice_is_at_the_top_and_on_each_printed_page():
    text = page(Shown(finding=finding()))
    assert text.index("Research use only") < text.index("<h1>")
    assert re.search(r"<tfoot>.*Research use only.*</tfoot>", text, re.DOTALL)


def test_on_paper_a_finding_stays_whole_and_a_card_of_pages_breaks():
    """Kept together, a card longer than a page leaves the page before it empty."""
    text = page(Shown(finding=finding()))
    assert text.count('<section class="panel card">') == 1
    assert text.count('<section class="panel">') == 1
    rules = " ".join(web.read(text).words["style"])
    screen, _, paper = rules.partition("@media print")
    assert re.search(r"\.panel \{[^}]*break-inside: avoid", screen)
    assert re.search(r"\.panel\.card \{ break-inside: auto", paper)


def test_a_series_that_lies_in_the_named_folder_itself_is_called_so():
    text = page(Shown(finding=finding(file=".")), refused=(Refusal(file=".", why="is tilted."),))
    assert "<h2>the folder itself</h2>" in text
    assert '<td class="mono">the folder itself</td>' in text


def test_an_answer_shows_probability_bracket_and_uncertainty():
    text = page(Shown(finding=finding(), ranges={"benign": (0.6, 0.8)}))
    assert "70 %" in text
    assert "left:60.0%;width:20.0%" in text
    assert "0.88" in text
    assert "very unsure" in text


def test_out_of_distribution_shows_no_bar():
    text = page(Shown(finding=finding(out_of_distribution=True, why_out_of_distribution="It is noise.")))
    assert "Out of distribution." in text
    assert "It is noise." in text
    assert 'class="bars"' not in text


def test_findings_of_one_film_stand_together():
    one, other, again = finding(file="a"), finding(file="b"), finding(file="a", task="lesion")
    text = page(Shown(finding=one), Shown(finding=other), Shown(finding=again))
    assert text.count("<h2>a</h2>") == 1
    assert text.index("<h2>a</h2>") < text.index("<h3>lesion</h3>") < text.index("<h2>b</h2>")


@pytest.mark.parametrize(
    ("findings", "said"),
    [
        ((), "No trained system applies"),
        ((finding(out_of_distribution=True),), "none of them gives an answer"),
        ((finding(),), "benign, 70 %, very unsure"),
    ],
)
def test_the_headline_says_it_plainly(findings, said):
    assert said in headline(findings)


LESION = {"benign": 0.65, "intermediate": 0.09, "malignant": 0.26}


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"probabilities": LESION, "uncertainty": 0.76},
         " On the same image two gives benign 65 % and malignant 26 %, very unsure."),
        ({"probabilities": {"benign": 0.1, "malignant": 0.9}, "uncertainty": 0.3},
         " The systems do not agree: two gives malignant 90 % and benign 10 %, fairly sure."),
        ({"probabilities": LESION, "uncertainty": 0.4}, ""),
        ({"probabilities": LESION, "uncertainty": 0.76, "file": "b.dcm"}, ""),
        ({"probabilities": {"low": 0.9, "high": 0.1}, "uncertainty": 0.3}, ""),
        ({"probabilities": LESION, "uncertainty": 1.0, "out_of_distribution": True}, ""),
    ],
)  # fmt: skip
def test_the_headline_tells_who_does_not_agree_or_is_unsure(other, said):
    first = finding(probabilities={"normal": 0.02, "benign": 0.91, "malignant": 0.07}, uncertainty=0.3)
    begin = "The most believed finding: benign, 91 %, fairly sure. No region is outlined."
    assert headline([first, finding(system="two", **other)]) == begin + said


def test_the_headline_hears_each_system_once_where_it_differs_most():
    first = finding(probabilities={"benign": 0.91, "malignant": 0.09}, uncertainty=0.3)
    lesions = [finding(system="two", probabilities={"benign": b, "malignant": 1 - b}) for b in (0.6, 0.2)]
    text = headline([first, *lesions])
    assert text.count("two gives") == 1
    assert "malignant 80 %" in text


def test_measurements_carry_their_unit():
    shown = dict(measured(finding(measurements={"area_px": 1234.0, "longest_diameter_mm": 41.27})))
    assert shown == {"Area": "1234 pixels", "Longest diameter": "41.3 mm"}


def test_sizes_of_an_outline_in_parts_say_of_what_they_are():
    sizes = {"area_mm2": 90.25, "longest_diameter_mm": 41.27, "parts": 2.0}
    assert measured(finding(measurements=sizes)) == [
        ("Area of all parts", "90.2 mm²"),
        ("Longest diameter within one part", "41.3 mm"),
        ("Separate parts", "2"),
    ]
    assert dict(measured(finding(measurements=sizes | {"parts": 1.0})))["Area"] == "90.2 mm²"


def test_the_licence_and_what_it_must_not_be_used_for_are_there():
    text = page(Shown(finding=finding()))
    assert "CC BY-NC" in text
    assert "Must not be used for" in text


def test_the_whole_page_is_closed_asks_for_nothing_and_can_be_printed(rng):
    plate = picture.plate(rng.random((40, 30)), mask=np.eye(40, 30), heat=rng.random((40, 30)), box_px=(0, 0, 9, 9))
    found = web.read(
        page(
            Shown(finding=finding(measurements={"area_mm2": 3.0}, mask="m.png", box_voxels=(0, 1, 2, 3, 4, 5)),
                  plate=plate),
            Shown(finding=finding(file=None, probabilities={}, uncertainty=None, input=None)),
            Shown(finding=finding(file="b", out_of_distribution=True, ood_score=3.2)),
            refused=(Refusal(file="x", why="is empty."),), missing=("ct",), notes=("One.",),
        )
    )  # fmt: skip
    assert found.words["h2"][:3] == ["a.dcm", "Without a file", "b"]
    assert len(found.ids) == len(set(found.ids)), "no name twice on a page"
    assert "slices 0 to 3, rows 1 to 4, columns 2 to 5 (voxels)" in found.words["dd"]


def test_what_a_system_could_not_say_is_not_stated_and_no_fault():
    text = page(Shown(finding=finding(probabilities={"benign": float("nan"), "malignant": float("nan")},
                                      measurements={"volume_ml": float("nan")}, uncertainty=float("nan"))))  # fmt: skip
    assert "not stated" in text
    assert not re.search(r"nan ?%|width:nan", text)


def test_numbers_of_one_finding_stay_with_it():
    first = finding(file="a", system="one", probabilities={"x": 0.11, "y": 0.89}, measurements={"volume_ml": 12.34})
    other = finding(file="b", system="two", probabilities={"x": 0.77, "y": 0.23}, measurements={"volume_ml": 56.78})
    text = page(Shown(finding=first), Shown(finding=other))
    one, two = text.index("<h2>a</h2>"), text.index("<h2>b</h2>")
    for word in ("11 %", "12.3 ml"):
        assert one < text.index(word) < two
    for word in ("77 %", "56.8 ml"):
        assert text.index(word) > two


@pytest.mark.parametrize(("uncertainty", "word"), [(0.0, "fairly sure"), (0.35, "unsure"), (0.7, "very unsure"),
                                                   (0.9, "hardly better"), (1.0, "hardly better")])  # fmt: skip
def test_a_border_of_uncertainty_goes_to_the_less_sure_side(uncertainty, word):
    assert sure(uncertainty).startswith(word)


def test_two_classes_alike_lead_with_the_first_and_say_they_are_alike():
    word, share = leading(finding(probabilities={"benign": 0.5, "malignant": 0.5}))
    assert (word, share) == ("benign", 0.5)
    assert "50 %" in headline([finding(probabilities={"benign": 0.5, "malignant": 0.5}, uncertainty=1.0)])


def test_a_finding_without_classes_does_not_lead():
    outline = finding(probabilities={}, mask="m.png")
    assert headline([outline, finding()]).startswith("The most believed finding: benign")
    assert "No trained system" in headline([outline])


def test_what_is_measured_in_no_known_unit_keeps_its_words():
    assert measured(finding(measurements={"mean_suv": 3.26})) == [("mean suv", "3.3")]
