"""Which score stands for many, and which way is better."""

import math

import pytest

from osteon.engine.headline import headline, worth
from osteon.errors import RequestError
from osteon.types import Evidence, Score


def score(metric="auc", value=0.8, task="grade", unit="image"):
    return Score(metric=metric, value=value, low=value, high=value, method="m", unit=unit, n=9, patients=9, task=task,
                 evidence=Evidence.REAL)  # fmt: skip


MANY = [
    score("accuracy"), score("auc", 0.7), score("auc", 0.75, unit="patient"), score("dice", task="tumour"),
    score("mae[volume ml]", task="volume"), score("auc[malignant]", 0.6),
]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, MANY[2]),
        ({"task": "tumour"}, MANY[3]),
        ({"task": "volume"}, MANY[4]),
        ({"metric": "accuracy"}, MANY[0]),
        ({"metric": "auc[malignant]"}, MANY[5]),
        ({"metric": "mae[volume ml]"}, MANY[4]),
    ],
)
def test_the_usual_figure_at_the_level_of_the_patient(asked, expected):
    assert headline(MANY, **asked) is expected


@pytest.mark.parametrize("asked", [{"metric": "froc"}, {"task": "nothing"}, {"metric": "auc", "task": "tumour"}])
def test_a_score_that_is_not_there_is_refused_with_those_that_are(asked):
    with pytest.raises(RequestError, match=r"There is no score .*; there are accuracy of grade, auc of grade"):
        headline(MANY, **asked)


def test_higher_is_made_better():
    assert worth(score("auc", 0.8)) == 0.8
    assert worth(score("brier", 0.2)) == -0.2
    assert worth(score("mae[volume ml]", 3.0)) == -3
    assert worth(score("auc", math.nan)) == -math.inf
    with pytest.raises(RequestError, match="Neither a higher nor a lower bias is better"):
        worth(score("bias"))
