from dataclasses import replace

import pytest

from osteon.cohorts.checks.counts import FEW, FEWEST, both_sides, counts, without_clinical
from osteon.cohorts.splits import Split
from osteon.contract import Classify, Segment, Survive
from osteon.types import Lesion, Outcome, Record, Truth
from tests.cohorts.checks.made_studies import cohort, film, study

FILM = film()
TASK = Classify(name="label", classes=("benign", "malignant"))


def of(benign, malignant):
    """Return a cohort of so many patients of each class."""
    words = ["benign"] * benign + ["malignant"] * malignant
    return cohort(*(study(n, FILM, labels={"label": word}) for n, word in enumerate(words)))


@pytest.mark.parametrize(
    ("benign", "malignant", "refused", "warned"),
    [
        (FEW, FEW, [], []),
        (FEW, FEW - 1, [], [f"label malignant: {FEW - 1}"]),
        (FEW, FEWEST, [], [f"label malignant: {FEWEST}"]),
        (FEW, FEWEST - 1, [f"label malignant: {FEWEST - 1}"], []),
        (FEW, 0, ["label malignant: 0"], []),
        (1, FEWEST, ["label benign: 1"], [f"label malignant: {FEWEST}"]),
    ],
)
def test_a_class_with_too_few_patients(benign, malignant, refused, warned):
    found = {f.severity: list(f.rows) for f in counts(of(benign, malignant), tasks=(TASK,))}
    assert (found.get("refuse", []), found.get("warn", [])) == (refused, warned)


def test_without_a_task_columns_of_few_words_are_only_warned_of():
    found = list(counts(of(3, 2)))
    assert [(f.severity, set(f.rows)) for f in found] == [("warn", {"label benign: 3", "label malignant: 2"})]
    many = cohort(*(study(n, FILM, labels={"comment": f"word {n}"}) for n in range(11)))
    assert not list(counts(many))


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        (["benign"] * 30, ("label: benign",)),
        (["benign"] * 30 + [None], ("label: benign",)),
        (["benign"] * 29 + ["malignant"], ()),
        ([None] * 30, ()),
    ],
)
def test_a_target_of_one_class_alone_is_warned_of(words, rows):
    made = cohort(*(study(n, FILM, labels={"label": w} if w else {}) for n, w in enumerate(words)))
    found = [f for f in counts(made) if f.name == "one-class"]
    assert tuple(row for f in found for row in f.rows) == rows
    assert all(f.severity == "warn" and not f.refuses for f in found)


def test_a_column_that_is_the_same_for_all_is_only_warned_of_where_a_task_asks_for_it():
    made = cohort(*(study(n, FILM, labels={"metal": "none", "grade": "high"}) for n in range(30)))
    assert not [f for f in counts(made) if f.name == "one-class"]
    (found,) = [f for f in counts(made, targets={"grade"}) if f.name == "one-class"]
    assert found.rows == ("grade: high",)


def test_before_a_training_the_class_that_nobody_has_refuses_instead():
    found = list(counts(of(FEW, 0), tasks=(TASK,)))
    assert [(f.name, f.rows) for f in found] == [("few-patients", ("label malignant: 0",))]


@pytest.mark.parametrize(
    ("task", "row"),
    [
        (Survive(name="death", endpoint="death"), "death events: 3"),
        (Segment(name="mask", input="radiograph"), "mask masks: 3"),
    ],
)
def test_events_and_masks_count_patients(task, row):
    with_truth = [
        study(n, FILM, patient=f"p{n % 3}", outcomes={"death": Outcome(days=9, event=True)}, masks={"radiograph": FILM})
        for n in range(9)
    ]
    censored = [study(20 + n, FILM, outcomes={"death": Outcome(days=9, event=False)}) for n in range(30)]
    found = next(iter(counts(cohort(*with_truth, *censored), tasks=(task,))))
    assert found.rows == (row,)


def test_survival_that_nobody_was_followed_for_does_not_stop_the_other_task():
    """A grading system also reads out a risk; a cohort without follow-up can still be graded."""
    survival = Survive(name="survival", endpoint="death")
    assert not list(counts(of(30, 30), tasks=(TASK, survival)))
    (alone,) = counts(of(30, 30), tasks=(survival,))
    assert (alone.severity, alone.rows) == ("refuse", ("death events: 0",))
    followed = [study(90 + n, FILM, outcomes={"death": Outcome(days=9, event=n < 2)}) for n in range(9)]
    (few,) = counts(cohort(*of(30, 30).studies, *followed), tasks=(TASK, survival))
    assert few.rows == ("death events: 2",)


@pytest.mark.parametrize(
    ("sides", "rows"),
    [
        ({"p0": ("train", "train")}, ()),
        ({"p0": ("train", None)}, ()),
        ({"p0": ("train", "test")}, ("p0: test and train",)),
        ({"p0": ("train", "test", "validation"), "p1": ("test",)}, ("p0: test and train and validation",)),
    ],
)
def test_a_patient_on_two_sides_of_the_column(sides, rows):
    made = [(patient, side) for patient, said in sides.items() for side in said]
    studies = (study(n, FILM, patient=patient, split=side) for n, (patient, side) in enumerate(made))
    assert tuple(row for f in both_sides(cohort(*studies)) for row in f.rows) == rows


def test_the_split_that_is_asked_for_goes_before_the_column():
    made = cohort(study(0, FILM, patient="p", split="train"), study(1, FILM, patient="p", split="test"))
    one_side = Split(name="x", train=frozenset({"s0", "s1"}), validation=frozenset(), test=frozenset())
    assert not list(both_sides(made, split=one_side))
    assert list(both_sides(made))


@pytest.mark.parametrize(("tasks", "severity"), [((TASK,), "refuse"), ((), "warn")])
def test_a_class_without_a_patient_on_a_side(tasks, severity):
    made = of(FEW, FEW)
    names = [s.name for s in made.studies]
    split = Split(name="x", train=frozenset(names[:25]), validation=frozenset(), test=frozenset(names[25:]))
    found = [f for f in counts(made, tasks=tasks, split=split) if f.name == "class-not-on-side"]
    assert [(f.severity, f.rows) for f in found] == [(severity, ("label benign: none in test",))]


@pytest.mark.parametrize(("having", "rows"), [((), ()), ((0, 1, 2), ()), ((0,), ("p1", "p2")), ((1, 2), ("p0",))])
def test_patients_without_clinical_values_where_others_have_them(having, rows):
    studies = [study(n, FILM) for n in range(3)]
    for n in having:
        studies[n].data["clinical"] = Record(values={"age_years": 9.0})
    assert tuple(row for f in without_clinical(cohort(*studies)) for row in f.rows) == rows


def test_classes_of_lesions_count_where_the_task_asks_for_theirs():
    words = ["necrotic", "alive", "unknown"]
    lesions = tuple(Lesion(label=word, mask_value=n) for n, word in enumerate(words, start=1))
    found = cohort(*(replace(study(n, FILM), truth=Truth(lesions=lesions)) for n in range(FEWEST)))
    task = Classify(name="survival", unit="lesion", classes=("dead", "alive", "gone"), words={"necrotic": "dead"})
    rows = {f.severity: f.rows for f in counts(found, tasks=(task,))}
    assert rows["refuse"] == ("survival gone: 0",)
    assert rows["warn"] == (f"survival dead: {FEWEST}", f"survival alive: {FEWEST}")
    (whole,) = counts(found, tasks=(replace(task, unit="patient"),))
    assert len(whole.rows) == 3, "a task about patients has no use for them"


def _drawn(count, *, after, label="malignant"):
    """Return so many studies that a network drew after the patients `after`, each called a patient of its own."""
    made = (study(100 + n, FILM, labels={"label": label}, split="train") for n in range(count))
    return [replace(one, derived_from=after) for one in made]


def test_images_drawn_after_patients_are_no_patients():
    """Three malignant patients stay three, whatever is drawn after them; they themselves may be elsewhere."""
    taken = of(FEW, 3).studies
    sources = tuple(s.patient for s in taken[-3:])
    for studies in ((*taken, *_drawn(50, after=sources)), (*taken[:-3], *_drawn(50, after=sources))):
        found = {f.severity: f.rows for f in counts(cohort(*studies), tasks=(TASK,))}
        assert found == {"refuse": ("label malignant: 3",)}
    (warned,) = counts(cohort(*taken, *_drawn(50, after=sources)))
    assert warned.rows == ("label malignant: 3",)


def test_images_drawn_after_patients_are_on_no_side_for_them():
    """A class that only drawn images bring to the training side is there by the patients they were drawn after."""
    taken = of(FEW, 2).studies
    drawn = _drawn(4, after=(taken[-1].patient,))
    test = frozenset(s.name for s in taken[:3])
    split = Split(name="x", train=frozenset(s.name for s in drawn), validation=frozenset(), test=test)
    found = [
        f.rows for f in counts(cohort(*taken, *drawn), tasks=(TASK,), split=split) if f.name == "class-not-on-side"
    ]
    assert found == [("label benign: none in train", "label malignant: none in test")]


def test_nobody_asks_a_drawn_image_for_its_clinical_values():
    real = [study(n, FILM) for n in range(2)]
    real[0].data["clinical"] = Record(values={"age_years": 9.0})
    drawn = _drawn(3, after=(real[0].patient, real[1].patient))
    (finding,) = without_clinical(cohort(*real, *drawn))
    assert finding.rows == (real[1].patient,)
    assert not list(without_clinical(cohort(real[0], *_drawn(3, after=(real[0].patient,)))))
