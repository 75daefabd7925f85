"""Two stored evaluations against each other: rows are met by name, never by place."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from osteon.engine import stored
from osteon.engine.compare import compare
from osteon.errors import InputError, RequestError
from osteon.types import Evidence, Maker, Score

RNG = np.random.default_rng(4)
TRUTH = np.arange(40) % 2
ODDS = np.clip(0.3 * TRUTH + RNG.uniform(0, 0.7, 40), 0, 1)
OTHER = np.clip(0.1 * TRUTH + RNG.uniform(0, 0.9, 40), 0, 1)
SCORE = Score(
    metric="auc", value=0.5, low=0, high=1, method="", unit="image", n=1, patients=1, task="t",
    evidence=Evidence.SURROGATE,
)  # fmt: skip


def table(odds=ODDS, *, classes=("benign", "malignant"), truth=TRUTH, **more) -> pd.DataFrame:
    """Return the predictions of 40 studies of 20 patients; the second class is the one that `odds` is of."""
    rows = pd.DataFrame(
        {
            "level": "item", "study": [f"s{i}" for i in range(len(odds))], "task": "t", "item": "",
            "patient": [f"p{i // 2}" for i in range(len(odds))], "truth": [float(classes.index(c)) for c in
            np.where(truth, "malignant", "benign")], "label": np.where(truth, "malignant", "benign"),
            f"{stored.ODDS}benign": 1 - odds, f"{stored.ODDS}malignant": odds,
        }
    )  # fmt: skip
    return rows.assign(**more)


def keep(folder: Path, rows: pd.DataFrame, *, scores=(SCORE,)) -> Path:
    folder.mkdir()
    rows.to_parquet(folder / stored.PREDICTIONS, index=False)
    stored.write_scores(folder, scores, maker=Maker(system="x"))
    return folder


def areas(one: pd.DataFrame, two: pd.DataFrame) -> float:
    return roc_auc_score(one["truth"], one["probability malignant"]) - roc_auc_score(
        two["truth"], two["probability malignant"]
    )


def test_the_order_of_the_rows_is_nothing(tmp_path: Path) -> None:
    one, two = keep(tmp_path / "a", table()), keep(tmp_path / "b", table(OTHER).sample(frac=1, random_state=0))
    (auc,) = [s for s in compare(one, two) if s.metric == "auc difference"]
    assert auc.value == pytest.approx(areas(table(), table(OTHER)))
    assert (auc.n, auc.patients, auc.unit, auc.evidence) == (40, 20, "image", Evidence.SURROGATE)
    assert auc.low <= auc.value <= auc.high


def test_the_other_way_round_it_is_the_other_sign(tmp_path: Path) -> None:
    one, two = keep(tmp_path / "a", table()), keep(tmp_path / "b", table(OTHER))
    there, back = compare(one, two), compare(two, one)
    assert [s.value for s in there] == pytest.approx([-s.value for s in back])
    there, back = (next(s for s in found if s.metric == "auc difference") for found in (there, back))
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))


def test_classes_in_another_order_are_met_by_their_names(tmp_path: Path) -> None:
    turned = table(OTHER, classes=("malignant", "benign"))
    turned = turned[["probability malignant", *(c for c in turned if c != "probability malignant")]]
    straight = compare(keep(tmp_path / "a", table()), keep(tmp_path / "b", table(OTHER)))
    assert compare(keep(tmp_path / "c", table()), keep(tmp_path / "d", turned)) == straight


def test_only_what_both_answered_and_whose_truth_is_known_counts(tmp_path: Path) -> None:
    known = table()
    known.loc[30:, ["truth", "label"]] = [np.nan, None]
    found = compare(keep(tmp_path / "a", known), keep(tmp_path / "b", table(OTHER).iloc[10:]))
    auc = next(s for s in found if s.metric == "auc difference")
    assert auc.n == 20
    assert auc.value == pytest.approx(areas(table().iloc[10:30], table(OTHER).iloc[10:30]))


@pytest.mark.parametrize("which", [0, 1])
def test_outlines_of_one_run_alone_are_not_compared_and_no_fault(tmp_path: Path, which: int) -> None:
    outlined = table(dice=np.linspace(0, 1, 40))
    folders = [keep(tmp_path / "a", outlined if which == 0 else table()),
               keep(tmp_path / "b", outlined if which == 1 else table(OTHER))]  # fmt: skip
    assert {s.metric for s in compare(*folders)} >= {"auc difference"}


def test_outlines_are_compared_by_their_overlap(tmp_path: Path) -> None:
    rows = table()[["level", "study", "task", "item", "patient", "truth", "label"]]
    rows[["truth", "label"]] = [np.nan, None]
    low, high = RNG.uniform(0.2, 0.4, 40), RNG.uniform(0.6, 0.8, 40)
    (dice,) = compare(keep(tmp_path / "a", rows.assign(dice=high)), keep(tmp_path / "b", rows.assign(dice=low)))
    assert dice.metric == "dice difference"
    assert dice.value == pytest.approx((high - low).mean())
    assert dice.low > 0


def test_runs_of_other_classes_or_no_common_study_are_refused(tmp_path: Path) -> None:
    one = keep(tmp_path / "a", table())
    strangers = keep(tmp_path / "b", table().assign(study=[f"q{i}" for i in range(40)]))
    three = table().rename(columns={"probability benign": "probability cyst"})
    for other in (strangers, keep(tmp_path / "c", three), keep(tmp_path / "d", table().assign(task="u"))):
        with pytest.raises(RequestError, match="share no study that both answered"):
            compare(one, other)


def test_tasks_and_levels_are_compared_apart_in_their_own_unit(tmp_path: Path) -> None:
    def two(odds):
        return pd.concat([table(odds), table(odds).assign(task="u"), table(odds).iloc[::2].assign(level="patient")])

    scores = (SCORE, replace(SCORE, task="u", unit="lesion"), replace(SCORE, unit="patient"))
    found = compare(keep(tmp_path / "a", two(ODDS), scores=scores), keep(tmp_path / "b", two(OTHER), scores=scores))
    assert {(s.task, s.unit, s.n) for s in found} == {("t", "image", 40), ("t", "patient", 20), ("u", "lesion", 40)}


def test_a_run_that_is_not_judged_is_named(tmp_path: Path) -> None:
    one = keep(tmp_path / "a", table())
    (tmp_path / "b").mkdir()
    for folders in ((one, tmp_path / "b"), (tmp_path / "b", one)):
        with pytest.raises(InputError, match="osteon evaluate b COHORT"):
            compare(*folders)


def test_one_answer_a_patient_meets_the_mean_of_another_runs_several(tmp_path: Path) -> None:
    once = table(OTHER, patient=[f"p{i}" for i in range(40)])
    mean = table(patient=[f"p{i}" for i in range(40)], level="patient", study=[f"p{i}" for i in range(40)])
    several = pd.concat([table(patient=once["patient"], input=name) for name in ("t1", "t2")] + [mean])
    for one, two, sign in ((several, once, 1), (once, several, -1)):
        found = compare(keep(tmp_path / f"a{sign}", one), keep(tmp_path / f"b{sign}", two))
        (auc,) = [s for s in found if (s.metric, s.unit) == ("auc difference", "patient")]
        assert auc.value == pytest.approx(sign * areas(table(), table(OTHER)))
        assert auc.n == 40


def test_several_answers_a_patient_stand_for_none_of_their_own(tmp_path: Path) -> None:
    mean = table().iloc[::2].assign(level="patient", study=lambda rows: rows["patient"])
    found = compare(keep(tmp_path / "a", pd.concat([table(), mean])), keep(tmp_path / "b", table(OTHER)))
    assert {s.unit for s in found} == {"image"}
