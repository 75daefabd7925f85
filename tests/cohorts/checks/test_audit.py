import numpy as np
import pytest

from osteon import cohorts
from osteon.cohorts.checks.audit import NAMES
from osteon.cohorts.splits import Split
from osteon.contract import Classify, Input, Segment, Survive
from osteon.errors import CohortError, RequestError
from osteon.types import Grid, Image, Outcome, Record, Study
from tests.cohorts.checks.made_studies import cohort, film, study


def names(audit, severity="refuse"):
    return {f.name for f in audit.findings if f.severity == severity}


def test_a_good_cohort_passes():
    found = cohorts.audit(cohort(*(study(n, film(n), labels={"label": "ab"[n % 2]}) for n in range(60))))
    assert found.findings == ()
    assert not found.refused
    found.check()


def test_what_cannot_be_read():
    def fail():
        raise OSError("secret/path")

    bad = Image(grid=Grid(shape=(4, 4)), modality="OT", load=fail)
    found = cohorts.audit(cohort(study(1, film(1)), study(2, bad)))
    assert names(found) == {"unreadable"}
    assert found.findings[0].rows == ("row 2: its pixels cannot be decoded",)


def test_refused_rows_of_the_table_are_findings(films):
    text = (films.root / "cohort.csv").read_text() + "x,none.png,benign\n"
    (films.root / "cohort.csv").write_text(text)
    found = cohorts.audit(cohorts.load(films.root))
    assert found.named("unreadable")[0].rows[0].startswith("cohort.csv row 14 (none.png): ")


def test_nan_and_constant():
    holes = np.ones((16, 16))
    holes[3, 3] = np.nan
    holes[3, 4] = 2
    found = cohorts.audit(cohort(study(1, film(pixels=holes)), study(2, film(pixels=np.full((16, 16), 7.0)))))
    assert found.named("nan-pixels")[0].rows == ("row 1",)
    assert found.named("constant-input")[0].rows == ("row 2",)


def test_two_blank_films_are_not_copies_of_each_other():
    blank = [study(n, film(pixels=np.zeros((16, 16)))) for n in range(3)]
    assert names(cohorts.audit(cohort(*blank))) == {"constant-input"}


def test_copies_across_patients_and_their_labels():
    twice = film(1)
    found = cohorts.audit(
        cohort(
            study(1, twice, labels={"label": "benign"}),
            study(2, twice, labels={"label": "malignant"}),
            study(3, film(3), patient="q"),
            study(4, film(3), patient="q"),
        )
    )
    assert found.named("duplicate")[0].rows == ("row 1 = row 2",)
    assert found.named("contradicting-labels")[0].rows == ("row 1 = row 2",)


def test_contradiction_within_a_patient_too():
    found = cohorts.audit(cohort(*(study(n, film(1), patient="q", labels={"label": w}) for n, w in enumerate("ab"))))
    assert names(found) == {"contradicting-labels"}


@pytest.mark.parametrize(
    "change",
    [
        lambda a: a * 1.7 + 30,
        lambda a: a[::2, ::2],
        lambda a: np.kron(a, np.ones((2, 2))),
        lambda a: a + np.random.default_rng(9).normal(size=a.shape) * 0.05,
    ],
    ids=["brightness", "smaller", "larger", "noise"],
)
def test_near_copies(change):
    one = film(1).read()
    others = [study(n, film(n)) for n in range(10, 20)]
    found = cohorts.audit(cohort(study(1, film(pixels=one)), study(2, film(pixels=change(one))), *others))
    assert found.named("near-duplicate")[0].rows == ("row 1 = row 2",)
    assert not found.named("duplicate")


def test_volumes_alike_and_without_spacing():
    rng = np.random.default_rng(0)
    place = ((1.0, 0, 0, 0), (0, 1.0, 0, 0), (0, 0, 1.0, 0), (0, 0, 0, 1.0))
    stated = Grid(shape=(20, 24, 24), spacing_mm=(1.0, 1.0, 1.0), affine=place)
    array = rng.normal(size=stated.shape).cumsum(axis=0)
    made = [
        film(pixels=array, grid=stated),
        film(pixels=array * 2 + 1, grid=stated),
        film(pixels=rng.normal(size=stated.shape), grid=Grid(shape=stated.shape)),
    ]
    found = cohorts.audit(cohort(*(study(n, image) for n, image in enumerate(made))))
    assert found.named("near-duplicate")[0].rows == ("row 0 = row 1",)
    assert found.named("no-spacing")[0].rows == ("row 2",)


def test_a_flat_image_where_a_volume_is_wanted():
    assert not cohorts.audit(cohort(study(1, film(1)))).refused
    wanted = cohorts.audit(cohort(study(1, film(1))), inputs=[Input(name="radiograph", kind="ct")])
    assert names(wanted) == {"no-spacing"}


def test_masks_that_do_not_fit():
    def fail():
        raise CohortError("holds fractions.")

    good = np.zeros((64, 64))
    good[2:5, 2:5] = 1
    masks = [film(pixels=good), film(pixels=np.zeros((64, 64))), film(pixels=np.ones((32, 64)))]
    masks.append(Image(grid=Grid(shape=(64, 64)), modality="OT", load=fail))
    found = cohorts.audit(cohort(*(study(n, film(n), masks={"radiograph": m}) for n, m in enumerate(masks))))
    assert found.named("mask-empty")[0].rows == ("mask of row 1",)
    assert found.named("mask-grid")[0].rows == ("mask of row 2: 32 x 64 on 64 x 64",)
    assert found.named("mask-unreadable")[0].rows == ("mask of row 3: holds fractions.",)


def test_a_mask_elsewhere_in_the_patient():
    def at(x):
        return Grid(
            shape=(4, 8, 8),
            spacing_mm=(1.0, 1.0, 1.0),
            affine=((1.0, 0, 0, x), (0, 1.0, 0, 0), (0, 0, 1.0, 0), (0, 0, 0, 1.0)),
        )

    ones = np.arange(256.0).reshape(4, 8, 8)
    found = cohorts.audit(
        cohort(study(1, film(pixels=ones, grid=at(0.0)), masks={"radiograph": film(pixels=ones, grid=at(3.0))}))
    )
    assert found.named("mask-grid")[0].rows == ("mask of row 1: same size, other place",)


def test_a_patient_on_both_sides():
    studies = [study(n, film(n), patient="same", split=side) for n, side in enumerate(["train", "test"])]
    assert names(cohorts.audit(cohort(*studies))) == {"patient-on-both-sides"}
    apart = Split(name="x", train=frozenset({"s0", "s1"}), validation=frozenset(), test=frozenset())
    assert "patient-on-both-sides" not in names(cohorts.audit(cohort(*studies), split=apart))
    torn = Split(name="x", train=frozenset({"s0"}), validation=frozenset(), test=frozenset({"s1"}))
    assert "patient-on-both-sides" in names(cohorts.audit(cohort(*studies), split=torn))


def test_too_few_patients_for_what_is_asked():
    task = Classify(name="label", classes=("a", "b", "c"))
    studies = [study(n, film(n), labels={"label": "a" if n > 2 else "b"}) for n in range(30)]
    found = cohorts.audit(cohort(*studies), tasks=[task])
    assert found.named("few-patients")[0].rows == ("label b: 3", "label c: 0")
    assert found.refused
    without = cohorts.audit(cohort(*studies))
    assert not without.refused
    assert without.named("few-patients")[0].severity == "warn"


def test_images_of_one_patient_are_one_patient():
    studies = [study(n, film(n), patient=f"p{n % 4}", labels={"label": "a"}) for n in range(40)]
    found = cohorts.audit(cohort(*studies), tasks=[Classify(name="label", classes=("a",))])
    assert found.named("few-patients")[0].rows == ("label a: 4",)


def test_events_and_masks_are_counted():
    outcomes = {"death": Outcome(days=3.0, event=True)}
    studies = [study(n, film(n), outcomes=outcomes if n < 4 else {}) for n in range(30)]
    tasks = [Survive(name="risk", endpoint="death"), Segment(name="outline", input="radiograph")]
    found = cohorts.audit(cohort(*studies), tasks=tasks)
    assert found.named("few-patients")[0].rows == ("death events: 4", "outline masks: 0")
    assert "column `mask` of cohort.csv" in found.named("few-patients")[0].text


def test_outlines_are_not_asked_for_where_only_classes_are_rare():
    studies = [study(n, film(n), labels={"label": "a"}) for n in range(3)]
    found = cohorts.audit(cohort(*studies), tasks=[Classify(name="label", classes=("a",))])
    assert "`mask`" not in found.named("few-patients")[0].text


def test_a_class_that_is_missing_on_a_side():
    studies = [study(n, film(n), labels={"label": "ab"[n % 2]}) for n in range(60)]
    everyone = {s.name for s in studies}
    odd = frozenset(s.name for s in studies if s.truth.labels["label"] == "b")
    found = cohorts.audit(
        cohort(*studies),
        tasks=[Classify(name="label", classes=("a", "b"))],
        split=Split(name="x", train=frozenset(everyone - odd), validation=frozenset(), test=odd),
    )
    assert found.named("class-not-on-side")[0].rows == ("label a: none in test", "label b: none in train")


def test_a_constant_clinical_column_is_warned_of():
    studies = [
        Study(name=f"{n}", patient=f"{n}", data={"clinical": Record(values={"age_years": n, "sex": "f"})})
        for n in range(5)
    ]
    found = cohorts.audit(cohort(*studies))
    assert (found.findings[0].name, found.findings[0].rows, found.refused) == (
        "constant-column",
        ("clinical sex",),
        False,
    )


def test_copied_rows_of_features_are_found_and_short_records_are_not():
    def rows(count):
        values = {f"f{i}": float(i) for i in range(count)}
        return cohort(*(Study(name=f"{n}", patient=f"{n}", data={"features": Record(values=values)}) for n in range(2)))

    assert "duplicate" in names(cohorts.audit(rows(20)))
    assert "duplicate" not in names(cohorts.audit(rows(3)))


def test_allow_overrides_by_name_and_is_kept():
    bad = cohort(study(1, film(1)), study(2, film(1)), study(3, film(pixels=np.zeros((16, 16)))))
    assert cohorts.audit(bad).refused
    half = cohorts.audit(bad, allow=["duplicate"])
    assert half.refused
    assert [f.allowed for f in half.findings] == [False, True]
    whole = cohorts.audit(bad, allow=["duplicate", "constant-input"])
    assert not whole.refused
    assert all(f.allowed for f in whole.findings)
    whole.check()
    with pytest.raises(RequestError, match="no finding called dupes"):
        cohorts.audit(bad, allow=["dupes"])


def test_the_refusal_names_findings_rows_and_the_way_on():
    bad = cohort(*(study(n, film(pixels=np.full((16, 16), float(n)))) for n in range(9)))
    with pytest.raises(CohortError, match=r"constant-input.*row 0; .*and 4 more.*--allow constant-input"):
        cohorts.audit(bad).check()


def test_as_json():
    found = cohorts.audit(cohort(study(1, film(1)), study(2, film(1))), allow=["duplicate"])
    said = cohorts.as_json(found)
    assert said["refused"] is False
    assert said["findings"] == [
        {
            "name": "duplicate",
            "severity": "refuse",
            "allowed": True,
            "text": found.findings[0].text,
            "rows": ["row 1 = row 2"],
        }
    ]


def test_every_finding_can_be_allowed_by_name():
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.slow
def test_btxrd(btxrd_set):
    """The copies that the set's readme counts, among the films that are here; two of them contradict each other."""
    found = cohorts.audit(btxrd_set, allow=["duplicate", "near-duplicate", "contradicting-labels"])
    copies = found.named("duplicate")[0].rows
    assert len(copies) == 16
    assert set(found.named("contradicting-labels")[0].rows) == {
        "images/IMG000591.jpg = images/IMG003456.jpg",
        "images/IMG000707.jpg = images/IMG003346.jpg",
    }
    assert found.named("near-duplicate")[0].rows == ("images/IMG002677.jpg = images/IMG002686.jpg",)
    assert found.named("file-name")[0].severity == "warn"
    assert not {"unreadable", "mask-grid", "mask-empty", "corner"} & {f.name for f in found.findings if f.refuses}
    assert all(f.allowed for f in found.findings if f.severity == "refuse")
    assert not found.refused


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sts", "raman_saliva"])
def test_the_other_real_sets_pass(data_dir, name):
    real = cohorts.load(data_dir / name)
    some = real.only({s.name for s in real.studies[::3]}) if name == "sts" else real
    assert not cohorts.audit(some).refused
