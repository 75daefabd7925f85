"""Figures of each patient alone, from what was stored."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny
from sklearn.metrics import balanced_accuracy_score

from osteon.engine import stored
from osteon.engine.answers import Answer, Answers
from osteon.engine.by_patient import by_patient, mean
from osteon.types import Prediction

ROWS = [
    (p, t, o)
    for p, t, o in zip("aaaabbbc", [0, 0, 0, 1, 1, 1, 0, 1], [0.1, 0.2, 0.9, 0.8, 0.7, 0.2, 0.4, 0.3], strict=True)
]


def written(folder: Path) -> Path:
    answers = [
        Answer(
            prediction=Prediction(
                study=f"s{i}", patient=p, task="malignancy", probabilities={"benign": 1 - o, "malignant": o}
            ),
            level="item", truth=t, label=tiny.CLASSES[t],
        )
        for i, (p, t, o) in enumerate(ROWS)
    ]  # fmt: skip
    joined = replace(answers[0], level="patient")
    unknown = replace(answers[0], truth=None, label=None)
    stored.write_predictions(folder, Answers(answers=(*answers, joined, unknown), refused=()))
    return folder


def test_each_patient_is_judged_alone_as_scikit_learn_would(tmp_path: Path) -> None:
    found = by_patient(written(tmp_path), tiny.TASK)
    assert [f.patient for f in found] == ["a", "b", "c"]
    assert [f.n for f in found] == [4, 3, 1]
    for one in found:
        truth = np.array([t for p, t, _ in ROWS if p == one.patient])
        said = np.array([o > 0.5 for p, _, o in ROWS if p == one.patient]).astype(int)
        assert one.accuracy == pytest.approx((truth == said).mean())
        if one.classes > 1:
            assert one.balanced_accuracy == pytest.approx(balanced_accuracy_score(truth, said))
    assert (found[2].classes, found[2].accuracy, found[2].balanced_accuracy) == (1, 0, 0)


def test_of_several_seeds_the_mean_is_taken(tmp_path: Path) -> None:
    one = by_patient(written(tmp_path), tiny.TASK)
    other = tuple(replace(f, accuracy=1.0, balanced_accuracy=1.0) for f in one)
    both = mean([one, other])
    assert [b.accuracy for b in both] == pytest.approx([(f.accuracy + 1) / 2 for f in one])
    assert [(b.patient, b.n) for b in both] == [(f.patient, f.n) for f in one]
