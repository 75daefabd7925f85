"""Too few patients: for a class, an event or a mask, in the cohort and on the sides of a split.

A derived study counts as the patients that it was made from: a hundred images drawn after three patients are three.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from osteon.cohorts.checks.findings import AuditFinding
from osteon.cohorts.derived import people
from osteon.cohorts.splits import Split
from osteon.contract import Classify, Segment, Survive, Task, label_of
from osteon.types import Cohort, Study

FEWEST = 5
"""Patients of a class below which no figure on it means anything: of 5 right, 5 is 48 to 100 %."""
FEW = 20
"""Patients of a class below which its interval is wider than 35 points at 80 %."""
LABEL = "label"
COLUMNS = 10
"""A label column of more words than this is a description, not a class to be judged on."""


def counts(
    cohort: Cohort, *, tasks: Sequence[Task] = (), split: Split | None = None, targets: Iterable[str] = (LABEL,)
) -> Iterator[AuditFinding]:
    """Yield findings on classes, events and masks that too few patients have.

    Without `tasks` every label column of few words is counted, and only warned of: nobody may want it. Of
    a single class only a column of `targets` is: the classes of a task are in it, others may well be the same for all.
    """
    groups = _groups(cohort, tasks)
    few = [(what, len(people)) for what, people in groups.items() if len(people) < FEW]
    for severity, rows in (
        ("refuse", [f"{what}: {n}" for what, n in few if n < FEWEST and tasks]),
        ("warn", [f"{what}: {n}" for what, n in few if n >= FEWEST or not tasks]),
    ):
        if rows:
            limit = FEWEST if severity == "refuse" else FEW
            text = f"Classes have fewer than {limit} patients; join classes, or collect more." + _drawing(rows)
            yield AuditFinding(name="few-patients", severity=severity, rows=tuple(rows), text=text)
    if not tasks:
        yield from _alone(cohort, frozenset(targets) | {LABEL})
    if split is not None:
        yield from _sides(cohort, groups, split, severity="refuse" if tasks else "warn")


def _drawing(rows: Sequence[str]) -> str:
    """Return how outlines are given, where they are among what is rare."""
    return " Outlines go into the column `mask` of cohort.csv." if any(" masks: " in row for row in rows) else ""


def both_sides(cohort: Cohort, *, split: Split | None = None) -> Iterator[AuditFinding]:
    """Yield a finding on patients that the split, or the cohort's split column, puts on two sides."""
    sides: dict[str, set[str]] = defaultdict(set)
    for study in cohort.studies:
        side = split.part(study.name) if split else study.split
        if side:
            sides[study.patient].add(side)
    rows = tuple(f"{patient}: {' and '.join(sorted(said))}" for patient, said in sides.items() if len(said) > 1)
    if rows:
        text = "Patients are on two sides of the split; put all images of a patient on one."
        yield AuditFinding(name="patient-on-both-sides", severity="refuse", rows=rows, text=text)


def without_clinical(cohort: Cohort) -> Iterator[AuditFinding]:
    """Yield a finding on patients without clinical values where others have them."""
    having = {patient for study in cohort.studies if "clinical" in study.data for patient in people(study)}
    everyone = (patient for study in cohort.studies for patient in sorted(people(study)))
    rows = tuple(dict.fromkeys(patient for patient in everyone if patient not in having))
    if having and rows:
        text = "Patients have no row in the table of clinical values; add them, or no system that needs one sees them."
        yield AuditFinding(name="no-clinical-row", severity="warn", rows=rows, text=text)


def _groups(cohort: Cohort, tasks: Sequence[Task]) -> dict[str, set[str]]:
    """Return the patients of each class, event and structure, those that nobody has included."""
    groups: dict[str, set[str]] = {}
    asked = _asked(cohort, tasks)
    for task in asked:
        for what in _wanted(task):
            groups[what] = set()
    for study in cohort.studies:
        for what in (w for task in asked for w in _has(study, task)):
            groups[what] |= people(study)
    return groups if tasks else _columns(cohort)


def _asked(cohort: Cohort, tasks: Sequence[Task]) -> Sequence[Task]:
    """Return the tasks without the survival of patients whom nobody followed, where anything else can be judged."""
    followed = {endpoint for study in cohort.studies if study.truth for endpoint in study.truth.outcomes}
    return [t for t in tasks if not isinstance(t, Survive) or t.endpoint in followed] or tasks


def _wanted(task: Task) -> list[str]:
    if isinstance(task, Classify):
        return [f"{task.name} {word}" for word in task.classes]
    if isinstance(task, Survive):
        return [f"{task.endpoint} events"]
    return [f"{task.name} masks"] if isinstance(task, Segment) else []


def _has(study: Study, task: Task) -> list[str]:
    if isinstance(task, Classify):
        return [f"{task.name} {word}" for word in _classes(study, task)]
    if study.truth is None:
        return []
    if isinstance(task, Survive):
        outcome = study.truth.outcomes.get(task.endpoint)
        return [f"{task.endpoint} events"] if outcome and outcome.event else []
    return [f"{task.name} masks"] if isinstance(task, Segment) and task.input in study.truth.masks else []


def _classes(study: Study, task: Classify) -> set[str]:
    """Return the classes that the study has: its own, and those of its lesions where the task asks for theirs."""
    index = label_of(study, task)
    own = set() if index is None else {task.classes[index]}
    lesions = study.truth.lesions if study.truth and task.unit == "lesion" else ()
    return own | ({task.words.get(x.label, x.label) for x in lesions if x.label} & set(task.classes))


def _alone(cohort: Cohort, targets: frozenset[str]) -> Iterator[AuditFinding]:
    """Yield a finding on those of `targets` that hold one class alone."""
    words = {column: said for column, said in _words(cohort).items() if column in targets and len(said) == 1}
    rows = tuple(f"{column}: {word}" for column, said in words.items() for word in said)
    if rows:
        text = "Label columns hold one class alone, so no system can learn to tell it from another; add the others."
        yield AuditFinding(name="one-class", severity="warn", rows=rows, text=text)


def _columns(cohort: Cohort) -> dict[str, set[str]]:
    kept = {column: said for column, said in _words(cohort).items() if 1 < len(said) <= COLUMNS}
    return {f"{column} {word}": people for column, said in kept.items() for word, people in said.items()}


def _words(cohort: Cohort) -> Mapping[str, Mapping[str, set[str]]]:
    """Return, for each label column, the patients of each of its words."""
    words: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for study in cohort.studies:
        for column, word in (study.truth.labels if study.truth else {}).items():
            words[column][word] |= people(study)
    return words


def _sides(cohort: Cohort, groups: Mapping[str, set[str]], split: Split, *, severity: str) -> Iterator[AuditFinding]:
    sides = {side: cohort.only(getattr(split, side)).studies for side in ("train", "test")}
    there = {side: frozenset[str]().union(*(people(s) for s in studies)) for side, studies in sides.items()}
    rows = [
        f"{what}: none in {side}"
        for what, having in groups.items()
        for side, patients in there.items()
        if patients and having and not having & patients
    ]
    if rows:
        text = "Classes have no patient on a side of the split; split otherwise, or join classes."
        yield AuditFinding(
            name="class-not-on-side", severity="refuse" if severity == "refuse" else "warn", rows=tuple(rows), text=text
        )
