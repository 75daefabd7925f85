"""A page about several runs: whole, offline, everything a user named is escaped, and its table is the figure's."""

import pytest

from osteon.report import run_study
from osteon.report.run import Figure
from osteon.types import Evidence, Score
from tests.report import web

HOSTILE = "</td><script>alert('Mueller^Hans')</script>"


def score(evidence=Evidence.REAL):
    return Score(
        metric="auc", value=0.8, low=0.7, high=0.9, method="m", unit="patient", n=4, patients=4, evidence=evidence
    )


def page(*, title="Choice", lead="Best.", columns=("run", "ms"), rows=(("a", "1.0"),), scores=(), notes=()):
    return run_study.html(
        title, lead=lead, figure=Figure(title="What speed costs", svg="<svg><text>x</text></svg>"),
        table=run_study.Table(columns=columns, rows=rows), scores=scores, notes=notes,
    )  # fmt: skip


@pytest.mark.parametrize("part", ["title", "lead", "columns", "rows", "notes"])
def test_what_a_user_named_is_text_wherever_it_stands(part):
    given = {"title": HOSTILE, "lead": HOSTILE, "columns": (HOSTILE, "ms"), "rows": ((HOSTILE, "1"),),
             "notes": (HOSTILE,)}[part]  # fmt: skip
    found = web.read(page(**{part: given}))
    assert "script" not in found.tags
    assert HOSTILE in found.text


def test_the_table_has_each_cell_in_its_place():
    found = web.read(page(rows=(("a", "1.0"), ("b", ""), ("c", "3.0"))))
    assert found.words["th"] == ["run", "ms"]
    assert found.words["td"] == ["a", "1.0", "b", "c", "3.0"]
    frame = 2  # of the page itself, whose foot repeats on paper
    assert found.tags.count("td") == 6 + frame, "an empty cell is a cell"


@pytest.mark.parametrize("kinds", [(), (Evidence.REAL,), (Evidence.SIMULATED,), (Evidence.REAL, Evidence.SURROGATE)])
def test_the_kind_of_data_is_said_before_the_figure(kinds):
    text = page(scores=[score(kind) for kind in kinds])
    warned = 'class="panel outside"' in text
    assert warned == (set(kinds) != {Evidence.REAL})
    if warned:
        assert text.index("panel outside") < text.index("<svg>")
    for kind in kinds:
        if warned:
            assert f"{kind} data" in text


def test_the_same_call_is_the_same_page():
    assert page(scores=[score()], notes=["One."]) == page(scores=[score()], notes=["One."])
