import pytest
from jinja2 import UndefinedError

from osteon.report import html


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
