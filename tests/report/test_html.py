from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from osteon.report import html
from tests.report import web


def test_what_a_template_is_not_given_is_an_error():
    with pytest.raises(UndefinedError):
        html.page("reading.html.j2")


def test_percent_never_claims_certainty():
    assert html.percent(1.0) == "> 99 %"
    assert html.percent(0.0) == "< 1 %"


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0.004, "< 1 %"), (0.006, "1 %"), (0.5, "50 %"), (0.993, "99 %"), (0.995, "> 99 %"), (None, "not stated")],
)
def test_percent_rounds_but_not_to_the_ends(share, shown):
    assert html.percent(share) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0, "0"), (3.0, "3"), (0.12345, "0.123"), (123.456, "123.5"), (-0.5, "-0.500")]
)
def test_figures_have_the_digits_a_table_needs(value, shown):
    assert html.figure(value) == shown


@pytest.mark.parametrize("name", sorted(path.name for path in html.TEMPLATES.iterdir()))
def test_no_template_asks_for_anything_from_elsewhere(name):
    text = (html.TEMPLATES / name).read_text(encoding="utf-8")
    assert "http" not in text.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")
    assert "<script" not in text
    assert "@import" not in text
    assert "| safe" not in text, "what is not escaped is made as markup, where it can be checked"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_undefined_is_said_to_be(value):
    assert html.percent(value) == "not stated"
    assert html.figure(value) == "not stated"


@given(st.floats(0, 1))
def test_a_share_is_shown_within_half_a_per_cent(share):
    shown = html.percent(share)
    number = float(shown.strip("<> %"))
    assert abs(number - 100 * share) <= 1.0
    assert 1 <= number <= 99


@given(st.floats(-1e6, 1e6))
def test_a_figure_reads_back_to_three_digits(value):
    assert float(html.figure(value)) == pytest.approx(value, abs=0.051 if abs(value) >= 100 else 0.00051)


@pytest.mark.parametrize("text", ["<b>", "&amp;", '"', "'", "</style>", "{{ 7 * 7 }}", "{% raw %}"])
def test_what_is_put_in_is_text_and_no_template(text):
    page = html.page("run_study.html.j2", title=text, lead=text, figure=("", ""), warning="", notes=(),
                     table=SimpleNamespace(columns=(), rows=()))  # fmt: skip
    found = web.read(page)
    assert found.words["h1"] == [text]
    assert any(text in said for said in found.words["p"])
