"""Derived studies train beside all their sources, and never validate or test."""

from dataclasses import replace

import numpy as np
import pytest

from osteon import cohorts
from osteon.cohorts import derived, splits
from osteon.cohorts.pseudonyms import pseudonym
from osteon.errors import CohortError
from osteon.io import png
from osteon.types import Cohort, Evidence, Record, Study, Truth


def _study(name, patient, *, of=(), split=None, site="a"):
    truth = Truth(labels={"label": "benign" if patient < "p20" else "malignant"})
    return Study(
        name=name, patient=patient, site=site, split=split, data={"t": Record(values={})}, truth=truth, derived_from=of
    )


TAKEN = tuple(_study(f"s{i:02d}", f"p{i:02d}", site="ab"[i % 2]) for i in range(40))
FILMS = tuple(_study(f"s{i:02d}-drr1", f"p{i:02d}", of=(f"p{i:02d}",)) for i in range(40))
OTHERS = (_study("x-drr1", "x", of=("x",)),)
REAL = Cohort(name="real", studies=TAKEN, fingerprint="f")
MADE = Cohort(name="made", studies=(*FILMS, *OTHERS), fingerprint="g")
BOTH = derived.joined(REAL, [MADE])
PLANS = ("70/20/10", "blocks:70/15/15", "kfold:4", "leave-one-site-out", "leave-one-patient-out", "test-site:b")


@pytest.mark.parametrize("plan", PLANS)
def test_no_derived_study_validates_or_tests_and_none_trains_without_its_source(plan):
    made = {s.name for s in MADE.studies}
    for fold in cohorts.folds(BOTH, plan, seed=3):
        assert not made & (fold.validation | fold.test)
        assert {f"{name}-drr1" for name in fold.train - made} | {"x-drr1"} == fold.train & made


@pytest.mark.parametrize("plan", PLANS)
def test_the_taken_studies_are_split_as_if_there_were_no_others(plan):
    made = {s.name for s in MADE.studies}
    for alone, both in zip(cohorts.folds(REAL, plan), cohorts.folds(BOTH, plan), strict=True):
        assert (alone.train, alone.validation, alone.test) == (both.train - made, both.validation, both.test)


def test_what_was_made_of_many_trains_only_where_all_of_them_do():
    one = cohorts.split(REAL, "70/20/10")
    train = sorted(s.patient for s in TAKEN if s.name in one.train)
    test = next(s.patient for s in TAKEN if s.name in one.test)
    fair, unfair = _study("g1", "gan", of=tuple(train)), _study("g2", "gan", of=(train[0], test))
    both = derived.joined(REAL, [Cohort(name="gan", studies=(fair, unfair))])
    split = cohorts.split(both, "70/20/10")
    assert split.part("g1") == "train"
    assert split.part("g2") is None


def test_the_split_column_holds_for_derived_studies_too():
    taken = tuple(_study(f"s{i}", f"p{i}", split="test" if i else "train") for i in range(3))
    made = (
        _study("a", "p0", of=("p0",), split="train"),
        _study("b", "p1", of=("p1",), split="test"),
        _study("c", "y", of=("y",), split="validation"),
        _study("d", "z", of=("z",)),
    )
    split = cohorts.split(Cohort(name="c", studies=(*taken, *made)), "column")
    assert split.train == {"s0", "a", "d"}
    assert split.test == {"s1", "s2"}


def test_a_split_of_ones_own_is_put_right_too():
    everything = frozenset(s.name for s in BOTH.studies)
    wrong = splits.Split(name="mine", train=frozenset({"s00", "s01-drr1"}), validation=frozenset(), test=everything)
    right = splits.with_derived(wrong, BOTH)
    assert right.train == {"s00", "s00-drr1", "x-drr1"}
    assert right.test == {s.name for s in TAKEN}
    assert splits.with_derived(wrong, REAL) == wrong


def test_joining_keeps_the_fingerprint_of_what_was_taken_and_says_what_was_added():
    assert BOTH.fingerprint != REAL.fingerprint
    assert derived.same(BOTH.fingerprint, REAL.fingerprint)
    assert not derived.same(MADE.fingerprint, REAL.fingerprint)
    assert derived.joined(REAL, []).fingerprint == "f"
    assert any("41 derived studies" in note for note in BOTH.notes)
    assert derived.taken(BOTH).studies == TAKEN


def test_only_derived_studies_join_and_only_once():
    with pytest.raises(CohortError, match="not derived"):
        derived.joined(REAL, [Cohort(name="plain", studies=(_study("n", "n"),))])
    with pytest.raises(CohortError, match="there already"):
        derived.joined(REAL, [MADE, MADE])


def test_a_table_states_the_sources_by_their_ids_and_a_pack_keeps_them(tmp_path):
    (tmp_path / "c").mkdir()
    for name in ("a", "b"):
        png.write(tmp_path / "c" / f"{name}.png", np.full((8, 8), ord(name), np.uint8))
    rows = ["patient,path,derived_from", "Anna,a.png,", "Anna,b.png,Anna; Berta"]
    (tmp_path / "c" / "cohort.csv").write_text("\n".join(rows) + "\n")
    cohort = cohorts.load(tmp_path / "c")
    assert cohort.studies[0].derived_from == ()
    assert cohort.studies[1].derived_from == (pseudonym("Anna"), pseudonym("Berta"))
    again = cohorts.load(cohorts.pack(cohort, tmp_path / "pack"))
    assert [s.derived_from for s in again.studies] == [s.derived_from for s in cohort.studies]
    assert derived.sources(again.studies[1]) == {pseudonym("Anna"), pseudonym("Berta")}


def test_who_was_there():
    taken = Study(name="s", patient="p", data={})
    assert derived.people(taken) == {"p"}
    assert derived.people(replace(taken, patient="drawn-1", derived_from=("a", "b"))) == {"a", "b"}


def test_simulated_patients_are_nobodys_and_join_in_training_alone():
    people = tuple(_study(f"sim{i}", f"simulated-{i}") for i in range(6))
    simulated = Cohort(name="films", studies=people, evidence=Evidence.SIMULATED, fingerprint="h")
    both = derived.joined(REAL, [simulated])
    assert both.evidence is REAL.evidence
    assert any("6 derived studies of films" in note for note in both.notes)
    for plan in PLANS:
        for fold in cohorts.folds(both, plan, seed=1):
            names = {s.name for s in people}
            assert names <= fold.train
            assert not names & (fold.validation | fold.test)
    with pytest.raises(CohortError, match="not derived"):
        derived.joined(REAL, [replace(simulated, evidence=Evidence.REAL)])
