"""What is asked of every answer before it is believed, by `osteon read` and by `osteon predict` alike."""

from dataclasses import replace

import numpy as np
import pytest

from osteon.contract import Classify, Input, Segment
from osteon.engine.ood import judge
from osteon.engine.ood.reach import Reach
from osteon.models import mahalanobis
from osteon.types import Grid, Image, Prediction, Study
from tests.engine import tiny

LESION = Classify(name="lesion", unit="lesion", classes=("benign", "malignant"))
OUTLINE = Segment(name="tumour", unit="image", input="radiograph")


def image(*shape, modality="CR", **facts):
    pixels = np.random.default_rng(0).random(shape).astype(np.float32)
    return Image(grid=Grid(shape=shape[:3]), modality=modality, load=lambda: pixels, facts=facts)


def said(**more):
    return Prediction(study="s", patient="p", task="malignancy", **more)


def study(**data):
    return Study(name="s", patient="p", data=data)


def test_features_alone_judge_what_is_no_film(rng):
    own = mahalanobis.fit(rng.normal(size=(60, 4)), np.zeros(60))
    assert not judge.of_features(Reach(own=own), np.zeros(4)).outside
    assert judge.of_features(Reach(own=own), np.full(4, 30.0)).outside
    assert judge.of_features(Reach(), np.zeros(4)).score is None


@pytest.mark.parametrize(
    ("tasks", "kind", "shape", "whole"),
    [
        ((tiny.TASK,), "radiograph", (80, 70), True),
        ((tiny.TASK,), "scintigram", (80, 70), True),
        ((tiny.TASK,), "tile", (80, 70), False),
        ((tiny.TASK,), "scintigram", (4, 80, 70), False),
        ((LESION,), "radiograph", (80, 70), False),
        ((LESION, OUTLINE), "radiograph", (80, 70), True),
    ],
)
def test_only_answers_about_a_whole_film_are_judged_by_the_film(tasks, kind, shape, whole):
    system = replace(tiny.system(tasks=tasks), inputs=(Input(name="x", kind=kind),))
    shown = image(*shape)
    assert judge.film_of(study(x=shown), system) is (shown if whole else None)
    assert judge.film_of(study(other=shown), system) is None


def test_a_film_is_judged_by_what_it_is_its_header_and_the_networks_features(rng):
    own = mahalanobis.fit(rng.normal(size=(60, 4)), np.zeros(60))
    reach = Reach(own=own, foreign_parts=("CHEST",))
    near, far = said(features=np.zeros(4)), said(features=np.full(4, 30.0))

    def verdict(shown, *predictions):
        return judge.verdict(predictions, reach=reach, image=shown, describer=None)

    passes = verdict(image(80, 70), near)
    assert (passes.outside, passes.why) == (False, "")
    assert passes.score < 1
    assert verdict(image(80, 70), far).score > 1
    assert "its own kind" in verdict(image(80, 70), far).why
    assert "chest" in verdict(image(80, 70, BodyPartExamined="CHEST"), near).why
    assert "too small" in verdict(image(20, 70), near).why
    assert "colour" in verdict(image(80, 70, 3), near).why


@pytest.mark.parametrize("shown", [None, image(80, 70)])
def test_an_answer_that_is_no_number_is_not_believed(shown):
    found = judge.verdict([said(probabilities={"a": np.nan, "b": 0.5})], reach=Reach(), image=shown, describer=None)
    assert (found.outside, found.why, found.score) == (True, judge.NO_NUMBER, None)


def test_where_there_is_nothing_to_go_by_nothing_is_said():
    found = judge.verdict([said(probabilities={"a": 1.0})], reach=Reach(), image=None, describer=None)
    assert (found.outside, found.score) == (False, None)


def test_the_answers_of_a_study_are_judged_item_by_item(rng):
    own = mahalanobis.fit(rng.normal(size=(60, 4)), np.zeros(60))
    given = [said(item="lesion 1", features=np.zeros(4)), said(item="lesion 2", features=np.full(4, 30.0)),
             said(item="lesion 1"), said(item="lesion 3")]  # fmt: skip
    shown, system = study(radiograph=image(80, 70)), tiny.system(tasks=(LESION,))
    told = judge.verdicts(given, shown, system=system, reach=Reach(own=own), describer=None)
    assert [v.outside for v in told] == [False, True, False, False]
    assert told[0] is told[2]
    assert told[3].score is None


def test_of_several_the_farthest_out_speaks():
    near, far = judge.Verdict(score=0.3), judge.Verdict(score=2.0, why="Far.")
    unusable = judge.Verdict(score=None, why="Constant.")
    assert judge.worst([near, far]) is far
    assert judge.worst([near, unusable, far]) is unusable
    assert judge.worst([judge.Verdict(score=None), near]) is near
    assert judge.worst([]) is None


def test_a_film_that_would_pass_inverted_is_told_so_and_one_that_would_not_is_not(rng):
    """Bright films are known; a dark one is their negative, and one of mid-grey is strange either way."""
    known = np.stack([rng.normal(0.8, 0.01, 60), rng.normal(0, 0.01, 60)], axis=1)
    own = mahalanobis.fit(rng.normal(size=(60, 4)), np.zeros(60))
    reach = Reach(stats=mahalanobis.fit(known, np.zeros(60)), own=own)

    def why(level, *, features=None):
        pixels = np.clip(np.full((80, 80), level) + rng.normal(0, 0.05, (80, 80)), 0, 1)
        pixels[0, :2] = 0, 1
        shown = Image(grid=Grid(shape=(80, 80)), modality="CR", load=lambda: pixels)
        told = judge.of_film(reach, shown, features=features, describer=lambda p: np.array([[p[0].mean(), 0.0]]))
        assert told.outside == bool(told.why)
        return told.why

    assert why(0.8) == ""
    assert judge.INVERTED in why(0.2)
    assert why(0.5) != "" != why(0.8, features=np.full(4, 30.0))
    assert judge.INVERTED not in why(0.5) + why(0.8, features=np.full(4, 30.0))
