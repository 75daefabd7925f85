"""Do the sites, or the sides of a split, look alike: a note for whoever reads a score, never a reason to refuse.

Two looks at one question. A classifier two-sample test (Lopez-Paz and Oquab 2017): can a linear model on a few plain
figures of each image tell a group from the rest, patients held out in turn? And for each figure the test of Kolmogorov
and Smirnov on patients' means, so that the note can say in what they differ.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from scipy.stats import ks_2samp, rankdata

from osteon.cohorts.checks.findings import AuditFinding
from osteon.cohorts.checks.given_away import FEWEST, Given, given_away
from osteon.cohorts.checks.looks import FIGURES, Look
from osteon.cohorts.checks.rows import Rows, by_input
from osteon.cohorts.splits import Split
from osteon.types import Cohort, Record, Study

SURE = 0.001
"""p of a clinical column, after Holm's correction for their number, below which it is named."""


def shift(cohort: Cohort, seen: Sequence[Look], *, split: Split | None = None) -> Iterator[AuditFinding]:
    """Yield notes on sites, and on the test side of the split, that differ from the rest of `cohort`."""
    groupings = {"site": {s.name: s.site for s in cohort.studies}, "side": _sides(cohort, split)}
    for kind, words in groupings.items():
        if len({w for w in words.values() if w}) < 2:
            continue
        for name, rows in by_input(seen, lambda look: look.figures).items():
            found = _told(rows, words)
            if found:
                yield _note(kind, name, found, _largest(rows, words, found.word))
        columns = _differing(cohort, words)
        if columns:
            text = f"Clinical values differ between {kind}s; see whether the score holds within each."
            yield AuditFinding(name="shift", severity="note", rows=columns, text=text)


def two_sample(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Return the Kolmogorov-Smirnov distance of two sets of numbers, and its p.

    Example:
        >>> two_sample(np.arange(20.0), np.arange(20.0) + 30)[0]
        1.0

    """
    found = ks_2samp(first, second)
    return float(found.statistic), float(found.pvalue)


def holm(p: Sequence[float]) -> list[float]:
    """Return the p values corrected for their number by Holm's (1979) steps, in their order.

    Example:
        >>> [round(v, 2) for v in holm([0.04, 0.01, 0.03])]
        [0.06, 0.03, 0.06]

    """
    order = np.argsort(p)
    steps = np.asarray(p)[order] * (len(p) - np.arange(len(p)))
    out = np.empty(len(p))
    out[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return out.tolist()


def _sides(cohort: Cohort, split: Split | None) -> dict[str, str | None]:
    """Return "train" or "test" of each study; the validation set is drawn as the training set is."""
    said = {s.name: split.part(s.name) if split else s.split for s in cohort.studies}
    return {name: word if word in ("train", "test") else None for name, word in said.items()}


def _told(rows: Rows, words: Mapping[str, str | None]) -> Given | None:
    """Return the group that the figures tell beyond chance, None where they tell none."""
    kept = [i for i, study in enumerate(rows.studies) if words[study.name]]
    said = [str(words[rows.studies[i].name]) for i in kept]
    if len(set(said)) < 2:
        return None
    ranks = rankdata(rows.features[kept], axis=0) / len(kept)  # a figure may span decades
    found = given_away(ranks, words=said, patients=[rows.studies[i].patient for i in kept])
    return found if found is not None and found.low > 0.5 else None


def _largest(rows: Rows, words: Mapping[str, str | None], word: str) -> str:
    """Return the figure in which a group differs most from the rest, with its distance."""
    distance = {
        name: two_sample(*_by_patient(rows.features[:, i], rows.studies, words, word))[0]
        for i, name in enumerate(FIGURES)
    }
    name = max(distance, key=lambda key: distance[key])
    return f"most in {name} (Kolmogorov-Smirnov {distance[name]:.2f})"


def _by_patient(
    values: np.ndarray, studies: Sequence[Study], words: Mapping[str, str | None], word: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return the patients' means of a figure, of a group and of the rest."""
    sides: tuple[dict[str, list[float]], dict[str, list[float]]] = defaultdict(list), defaultdict(list)
    for value, study in zip(values, studies, strict=True):
        said = words[study.name]
        if said and np.isfinite(value):
            sides[said != word][study.patient].append(float(value))
    of, rest = (np.array([np.mean(v) for v in side.values()]) for side in sides)
    return of, rest


def _differing(cohort: Cohort, words: Mapping[str, str | None]) -> tuple[str, ...]:
    """Return the numeric clinical columns in which a group differs from the rest, and by how much."""
    tests: list[tuple[str, float, float]] = []
    for column, (values, studies) in _numbers(cohort).items():
        for word in sorted({w for w in words.values() if w}):
            of, rest = _by_patient(values, studies, words, word)
            if min(len(of), len(rest)) >= FEWEST:
                distance, p = two_sample(of, rest)
                tests.append(
                    (f"{column} at {word}: medians {np.median(of):.3g} and {np.median(rest):.3g}", distance, p)
                )
    sure = holm([p for _, _, p in tests])
    pairs = zip(tests, sure, strict=True)
    return tuple(f"{text}, Kolmogorov-Smirnov {distance:.2f}" for (text, distance, _), p in pairs if p < SURE)


def _numbers(cohort: Cohort) -> dict[str, tuple[np.ndarray, list[Study]]]:
    """Return the numeric columns of the clinical rows: values, nan where missing, and their studies."""
    rows = [(s, d.values) for s in cohort.studies if isinstance(d := s.data.get("clinical"), Record)]
    columns = sorted({c for _, values in rows for c, v in values.items() if isinstance(v, int | float)})
    studies = [s for s, _ in rows]
    return {c: (np.array([_number(values.get(c)) for _, values in rows]), studies) for c in columns}


def _number(value: float | str | None) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")


def _note(kind: str, name: str, found: Given, most: str) -> AuditFinding:
    text = (
        f"Plain figures of {name} tell the {kind} {found.word} from the rest with an AUC of {found.value:.2f} "
        f"({found.low:.2f} to {found.high:.2f}, 3 standard errors, {found.patients} patients), {most}. "
        "What is learnt on one may not hold on the other; read the scores by site."
    )
    return AuditFinding(name="shift", severity="note", text=text)
