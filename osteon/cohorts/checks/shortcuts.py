"""Labels that something other than the disease gives away: the file's name, a marker in a corner.

The corners are seen by every network. A name is seen by none, but a class that has its own folder or
its own run of numbers was often made its own way in other respects too, which a network may well see.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os.path import commonpath
from pathlib import Path

import numpy as np

from osteon.cohorts.checks.findings import AuditFinding
from osteon.cohorts.checks.given_away import Given, given_away
from osteon.cohorts.checks.looks import Look
from osteon.cohorts.checks.rows import Rows, by_input
from osteon.types import Cohort, Image, Slide, Study

TELLS = 0.8
"""Area under the curve from which a shortcut refuses; from chance up to it, it is warned of."""
WORDS = 10
"""A label column of more words than this is a description and not looked at."""
TOKENS = 200
BINS = 20


def shortcuts(cohort: Cohort, seen: Sequence[Look]) -> Iterator[AuditFinding]:
    """Yield findings on labels of `cohort` that file names or image corners give away."""
    columns = sorted({c for s in cohort.studies if s.truth for c in s.truth.labels})
    # The names in a published set are what they are; renaming them is not its user's to do.
    published = cohort.citation is not None
    for name, rows in _named(cohort).items():
        found = _worst(rows, columns)
        if found:
            text = (
                f"File names of {name} tell {found}. No network sees a name, but classes that were collected apart "
                "may differ in more than the disease; rename the files and look at how each class was made."
            )
            yield _finding("file-name", found, text, warn_only=published)
    for name, rows in by_input(seen, lambda look: look.corners).items():
        found = _worst(rows, columns)
        if found:
            text = (
                f"The four corners of {name} tell {found}. Look for markers, letters and collimator edges that come "
                "with a class, and mask or crop them."
            )
            yield _finding("corner", found, text, warn_only=False)


@dataclass(frozen=True, kw_only=True)
class _Told:
    """A class of a column that is told beyond chance."""

    column: str
    given: Given

    def __str__(self) -> str:
        given = self.given
        return (
            f"{self.column} {given.word} with an AUC of {given.value:.2f} ({given.low:.2f} to {given.high:.2f}, "
            f"3 standard errors, {given.patients} patients held out in turn)"
        )


def _class_told(rows: Rows, column: str) -> Given | None:
    """Return the class of `column` that the features tell best."""
    said = {i: s.truth.labels[column] for i, s in enumerate(rows.studies) if s.truth and column in s.truth.labels}
    kept, words = list(said), list(said.values())
    if not 1 < len(set(words)) <= WORDS:
        return None
    return given_away(rows.features[kept], words=words, patients=[rows.studies[i].patient for i in kept])


def _worst(rows: Rows, columns: Sequence[str]) -> _Told | None:
    told = [_Told(column=c, given=given) for c in columns if (given := _class_told(rows, c)) is not None]
    told = [t for t in told if t.given.low > 0.5]
    return max(told, key=lambda t: t.given.low, default=None)


def _finding(name: str, told: _Told, text: str, *, warn_only: bool) -> AuditFinding:
    severe = told.given.value >= TELLS and not warn_only
    return AuditFinding(name=name, severity="refuse" if severe else "warn", text=text)


def _named(cohort: Cohort) -> dict[str, Rows]:
    """Return the features of the file names by input; inputs whose studies share one file have none."""
    groups: dict[str, list[tuple[Path, Study]]] = defaultdict(list)
    for study in cohort.studies:
        for name, datum in study.data.items():
            path = _path(datum)
            if path is not None:
                groups[name].append((path, study))
    found = {}
    for name, pairs in groups.items():
        paths = [path for path, _ in pairs]
        if len(set(paths)) == len(paths) > 1:
            root = Path(commonpath(paths))
            features = name_features(
                [p.relative_to(root).as_posix() for p in paths], patients=[s.patient for _, s in pairs]
            )
            if features.shape[1]:
                found[name] = Rows(features=features, studies=[study for _, study in pairs])
    return found


def _path(datum: object) -> Path | None:
    if isinstance(datum, Image):
        return datum.sources[0].path if datum.sources else None
    return datum.path if isinstance(datum, Slide) else None


def name_features(names: Sequence[str], *, patients: Sequence[str]) -> np.ndarray:
    """Return (names, features) of zeros and ones: the words of each name, and the range each of its numbers is in.

    Words that only one patient's files have are left out: they say who, not what.

    Example:
        >>> name_features(["benign/1.png", "benign/2.png"], patients=["a", "b"]).shape[0]
        2

    """
    words = [set(re.findall(r"[^\W\d_]+", name.lower())) for name in names]
    owners: dict[str, set[str]] = defaultdict(set)
    for said, patient in zip(words, patients, strict=True):
        for word in said:
            owners[word].add(patient)
    shared = Counter({word: len(people) for word, people in owners.items() if len(people) > 1})
    kept = [word for word, _ in shared.most_common(TOKENS) if any(word not in said for said in words)]
    columns = [[word in said for said in words] for word in kept]
    numbers = [[int(n[-15:]) for n in re.findall(r"\d+", name)] for name in names]
    for place in range(min(3, max(map(len, numbers), default=0))):
        at = np.asarray([said[place] if place < len(said) else -1 for said in numbers], dtype=float)
        edges = np.unique(np.quantile(at, np.linspace(0, 1, BINS + 1)[1:-1]))
        bins = np.searchsorted(edges, at, side="right")
        columns += [list(bins == b) for b in range(len(edges) + 1)] if len(edges) else []
    found = np.asarray(columns, dtype=np.float64).reshape(len(columns), len(names)).T
    return found[:, found.min(axis=0) < found.max(axis=0)]
