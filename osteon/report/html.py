"""Pages from templates: everything escaped, nothing loaded from elsewhere."""

from __future__ import annotations

import base64
import math
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from osteon.metrics import words

TEMPLATES = Path(__file__).parent / "templates"

NOTICE = (
    "Research use only. osteon is not a medical device; nothing on this page may be used to diagnose or to treat a "
    "patient."
)


def page(template: str, /, **context: Any) -> str:
    """Return `template` filled with `context`; every value is escaped unless it is made here as markup."""
    return _environment().get_template(template).render(notice=NOTICE, **context)


def data_uri(data: bytes, *, mime: str) -> str:
    """Return `data` as an address that needs no file and no network.

    >>> data_uri(b"osteon", mime="text/plain")
    'data:text/plain;base64,b3N0ZW9u'

    """
    return f"data:{mime};base64,{base64.b64encode(data).decode('ascii')}"


def percent(value: float | None) -> str:
    """Return a share as whole percent, with a thin word where it would round to certainty.

    >>> percent(0.314), percent(0.9987), percent(0.0004), percent(None)
    ('31 %', '> 99 %', '< 1 %', 'not stated')

    """
    if value is None or not math.isfinite(value):
        return "not stated"
    if value < 0.005:
        return "< 1 %"
    return "> 99 %" if value > 0.994 else f"{100 * value:.0f} %"


def figure(value: float | None, digits: int = 3) -> str:
    """Return a number for a table, whole numbers without a point.

    >>> figure(0.81449), figure(12.0), figure(1234.5), figure(None)
    ('0.814', '12', '1234.5', 'not stated')

    """
    if value is None or not math.isfinite(value):
        return "not stated"
    if float(value).is_integer():
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 100 else f"{value:.{digits}f}"


def width(share: float) -> str:
    """Return a share as per cent of a bar's length; nothing of one that is undefined.

    >>> width(0.6), width(float("nan"))
    ('60.0', '0.0')

    """
    return f"{100 * min(max(share, 0.0), 1.0) if math.isfinite(share) else 0.0:.1f}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {"percent": percent, "figure": figure, "width": width, "several": words.several}
    environment.filters["inline"] = lambda name: Markup((TEMPLATES / name).read_text(encoding="utf-8"))
    return environment
