import pytest
from jinja2 import UndefinedError

from osteon.report import html


def test_what_a_template_is_not_given_is_an_error():
    with pytest.raises(UndefinedError):
        html.page("reading.html.j2")


def test_percent_never_claims_certainty():
    assert html.percent(1.0) == "> 99 %"
    assert html.percent(0.0) == "< 1 %"
