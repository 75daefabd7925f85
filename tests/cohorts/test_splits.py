import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osteon import cohorts
from osteon.cohorts.splits import FEWEST, PLANS, folds, split
from osteon.errors import CohortError, RequestError
from osteon.types import Cohort, Study

WORDS = ("benign", "intermediate", "malignant")

people = st.dictionaries(
    st.integers(0, 10_000).map(lambda n: f"p{n:05d}"),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=6),
    min_size=6,
    max_size=60,
)


def sides(found) -> list[frozenset[str]]:
    return [found.train, found.validation, found.test]


def patients_of(cohort: Cohort, names: frozenset[str]) -> set[str]:
    return {s.patient for s in cohort.studies if s.name in names}


def check(cohort: Cohort, found) -> None:
    """Every study on at most one side, no patient on two."""
    parts = sides(found)
    groups = [patients_of(cohort, names) for names in parts]
    assert sum(map(len, groups)) == len(set().union(*groups))
    assert sum(map(len, parts)) == len(frozenset().union(*parts))
    assert frozenset().union(*parts) <= {s.name for s in cohort.studies}


@settings(max_examples=60, deadline=None)
@given(people, st.integers(0, 5), st.sampled_from(["70/20/10", "50/25/25", "80/20/0", "blocks:70/15/15"]))
def test_no_patient_on_two_sides_and_nobody_lost(made, labels, seed, plan):
    cohort = made(labels)
    found = split(cohort, plan, seed=seed)
    check(cohort, found)
    assert set().union(*sides(found)) == {s.name for s in cohort.studies}


@settings(max_examples=60, deadline=None)
@given(people, st.integers(0, 5))
def test_shares_hold_within_one_patient_and_within_each_class(made, labels, seed):
    cohort = made({patient: words[:1] for patient, words in labels.items()})
    found = split(cohort, "70/20/10", seed=seed)
    for names, share in zip(sides(found), (0.7, 0.2, 0.1), strict=True):
        assert abs(len(names) - share * len(labels)) <= 1
        for word in WORDS:
            having = [s for s in cohort.studies if s.truth.labels["label"] == word]
            assert abs(sum(s.name in names for s in having) - share * len(having)) <= 2


@settings(max_examples=40, deadline=None)
@given(people, st.randoms(use_true_random=False), st.sampled_from(["70/20/10", "blocks:70/15/15", "kfold:5"]))
def test_the_order_of_rows_does_not_matter(made, labels, chance: random.Random, plan):
    cohort = made(labels)
    mixed = list(cohort.studies)
    chance.shuffle(mixed)
    assert folds(cohort, plan, seed=3) == folds(Cohort(name="other", studies=tuple(mixed)), plan, seed=3)


@settings(max_examples=40, deadline=None)
@given(people, st.integers(2, 6))
def test_folds_test_everybody_once(made, labels, count):
    cohort = made(labels)
    found = folds(cohort, f"kfold:{count}", seed=1)
    assert len(found) == count
    tested = [name for fold in found for name in fold.test]
    assert sorted(tested) == sorted(s.name for s in cohort.studies)
    sizes = [len(patients_of(cohort, fold.test)) for fold in found]
    assert max(sizes) - min(sizes) <= 1
    for fold in found:
        check(cohort, fold)
        assert fold.train


def test_all_whom_a_fold_does_not_test_may_train(made):
    cohort = made({f"p{n}": [WORDS[n % 3]] for n in range(40)})
    for plain, whole in zip(folds(cohort, "kfold:4"), folds(cohort, "kfold:4+all"), strict=True):
        assert (whole.test, whole.validation) == (plain.test, frozenset())
        assert whole.train == plain.train | plain.validation


def test_seeds_differ_and_repeat(made):
    cohort = made({f"p{n}": [WORDS[n % 3]] for n in range(60)})
    assert split(cohort, seed=1) == split(cohort, seed=1)
    assert split(cohort, seed=1) != split(cohort, seed=2)


def test_a_patient_counts_by_the_rarest_of_their_labels(made):
    labels = {f"p{n:02d}": ["benign", "benign"] for n in range(40)} | {
        f"q{n}": ["benign", "malignant"] for n in range(10)
    }
    cohort = made(labels)
    found = folds(cohort, "kfold:5", seed=0)
    assert [sum(p.startswith("q") for p in patients_of(cohort, f.test)) for f in found] == [2, 2, 2, 2, 2]


def test_by_one_label(made):
    cohort = made({f"p{n}": [WORDS[n % 2]] for n in range(20)})
    assert split(cohort, by="label", seed=0) == split(cohort, seed=0)
    with pytest.raises(RequestError, match="No study has the label grade"):
        split(cohort, by="grade")


def test_blocks_are_neighbours_at_the_end_of_each_class(made):
    cohort = made({f"p{n:03d}": ["benign" if n < 100 else "malignant"] for n in range(200)})
    found = split(cohort, "blocks:70/15/15")
    assert patients_of(cohort, found.test) == {f"p{n:03d}" for n in [*range(85, 100), *range(185, 200)]}
    assert patients_of(cohort, found.validation) == {f"p{n:03d}" for n in [*range(70, 85), *range(170, 185)]}


def test_a_site_held_out(made):
    sites = {f"p{n:02d}": "ABC"[n % 3] for n in range(60)}
    cohort = made({p: [WORDS[n % 2]] for n, p in enumerate(sites)}, sites=sites)
    found = split(cohort, "test-site:B", seed=0)
    check(cohort, found)
    assert patients_of(cohort, found.test) == {p for p, s in sites.items() if s == "B"}
    assert len(found.validation) == 6
    blocks = split(cohort, "test-site:B,C+blocks", seed=0)
    assert len(blocks.test) == 40
    assert patients_of(cohort, blocks.validation) <= {p for p, s in sites.items() if s == "A"}
    left = folds(cohort, "leave-one-site-out")
    assert [len(f.test) for f in left] == [20, 20, 20]
    assert left[0].name == "leave-one-site-out A"
    with pytest.raises(RequestError, match="No study is from site D; the sites are A, B, C"):
        split(cohort, "test-site:D")


def test_a_patient_seen_at_two_sites_is_never_on_two_sides():
    studies = tuple(
        Study(name=f"{n}{site}", patient=f"p{n}", site=site, data={})
        for n in range(12)
        for site in ("AB" if n < 4 else "A")
    )
    cohort = Cohort(name="c", studies=studies)
    found = split(cohort, "test-site:B")
    check(cohort, found)
    assert patients_of(cohort, found.test) == {"p0", "p1", "p2", "p3"}


def test_few_patients_leave_no_validation_set(made):
    cohort = made({f"p{n}": list(WORDS) for n in range(4)})
    for fold in folds(cohort, "leave-one-patient-out"):
        assert (len(fold.train), len(fold.validation), len(fold.test)) == (9, 0, 3)
    many = made({f"p{n:02d}": ["benign"] for n in range(FEWEST + 1)})
    assert folds(many, "leave-one-patient-out")[0].validation


def test_the_column():
    def study(n, side):
        return Study(name=str(n), patient=str(n // 2), data={}, split=side)

    good = Cohort(
        name="c",
        studies=tuple(study(n, s) for n, s in enumerate(["train", "Train", "val", "valid", "test", "test", None])),
    )
    found = split(good, "column")
    assert (found.train, found.validation, found.test) == ({"0", "1"}, {"2", "3"}, {"4", "5"})
    assert [found.part(name) for name in ("0", "2", "4", "6")] == ["train", "validation", "test", None]
    for words, said in (
        (["train", "test"], "patient 0 in train and in test"),
        (["train", "other"], "a word that is no side"),
        (["test"], "no study in train"),
    ):
        bad = Cohort(name="c", studies=tuple(study(n, s) for n, s in enumerate(words)))
        with pytest.raises(CohortError, match=said):
            split(bad, "column")


@pytest.mark.parametrize(
    "plan",
    [
        "",
        "random",
        "kfold:1",
        "kfold:x",
        "kfold:99",
        "kfold:5+some",
        "kfold:5+",
        "70/20",
        "70/20/20",
        "a/b/c",
        "blocks:1/2",
        "test-site:",
        "leave-one-site-out",
    ],
)
def test_a_plan_that_cannot_be_meant_is_a_sentence(made, plan):
    with pytest.raises(RequestError):
        folds(made({f"p{n}": ["benign"] for n in range(12)}), plan)


def test_split_wants_one_fold(made):
    cohort = made({f"p{n}": ["benign"] for n in range(12)})
    with pytest.raises(RequestError, match="5 folds"):
        split(cohort, "kfold:5")
    assert len(PLANS) == 7


def test_splits_of_the_real_sets(data_dir, btxrd_set):
    films = btxrd_set
    found = split(films, "test-site:2+blocks")
    check(films, found)
    assert len(found.test) == 549
    test = [s for s in films.studies if s.name in found.test]
    assert sum(s.truth.labels.get("film") == "malignant" for s in test) == 76
    assert 0.10 < len(found.validation) / 2938 < 0.20
    spectra = cohorts.load(data_dir / "raman_saliva")
    for fold in folds(spectra, "kfold:5"):
        check(spectra, fold)
    tiles = cohorts.load(data_dir / "osteosarcoma_ut")
    assert [len(f.test) for f in folds(tiles, "leave-one-patient-out")] == [285, 277, 370, 212]
