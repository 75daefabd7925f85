"""Data that cannot be used: unreadable, NaN, constant, or without the spacing that a volume needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from osteon.cohorts.checks.findings import AuditFinding
from osteon.cohorts.checks.looks import Look
from osteon.contract import Input
from osteon.types import Cohort, Image, Record

VOLUMES = frozenset({"ct", "mri", "pet"})
"""Kinds of input that are measured in millimetres."""


def pixels(cohort: Cohort, seen: Sequence[Look], *, inputs: Iterable[Input] = ()) -> Iterator[AuditFinding]:
    """Yield findings on data of `cohort` that no system can use; `inputs` say which are volumes."""
    bad = [f"{refusal.file}: {refusal.why}" for refusal in cohort.refused]
    bad += [f"{look.origin}: {look.error}" for look in seen if look.error]
    if bad:
        text = "Files cannot be read; mend them or take their rows out."
        yield AuditFinding(name="unreadable", severity="refuse", rows=tuple(bad), text=text)
    rows = tuple(look.origin for look in seen if look.nan)
    if rows:
        text = "Images hold NaN or infinite values; export them again, or fill the holes and say with what."
        yield AuditFinding(name="nan-pixels", severity="refuse", rows=rows, text=text)
    rows = tuple(look.origin for look in seen if look.constant)
    if rows:
        text = "Data are constant: one value everywhere; export them again or leave them out."
        yield AuditFinding(name="constant-input", severity="refuse", rows=rows, text=text)
    rows = tuple(_without_spacing(cohort, frozenset(i.name for i in inputs if i.kind in VOLUMES)))
    if rows:
        text = "Volumes state no spacing in millimetres; export them as DICOM or NIfTI with their geometry."
        yield AuditFinding(name="no-spacing", severity="refuse", rows=rows, text=text)
    columns = tuple(_constant_columns(cohort))
    if columns:
        text = "Columns have one value for every patient, so nothing can be learned from them."
        yield AuditFinding(name="constant-column", severity="warn", rows=columns, text=text)


def _without_spacing(cohort: Cohort, wanted: frozenset[str]) -> Iterator[str]:
    for study in cohort.studies:
        for name, datum in study.data.items():
            if not isinstance(datum, Image) or (name not in wanted and len(datum.grid.shape) != 3):
                continue
            if datum.grid.spacing_mm is None or datum.grid.affine is None:
                yield study.origins.get(name, f"{study.name} {name}")


def _constant_columns(cohort: Cohort) -> Iterator[str]:
    values: dict[tuple[str, str], set[float | str | None]] = defaultdict(set)
    for study in cohort.studies:
        for name, datum in study.data.items():
            if isinstance(datum, Record):
                for column, value in datum.values.items():
                    values[name, column].add(value)
    if len(cohort.studies) > 1:
        yield from (f"{name} {column}" for (name, column), said in values.items() if len(said) == 1)
