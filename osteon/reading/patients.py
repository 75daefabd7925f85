"""Whose files they are: the items of a folder, patient by patient, under pseudonyms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from osteon.cohorts.pseudonyms import pseudonym, token
from osteon.types import Item, Refusal


@dataclass(frozen=True, kw_only=True, eq=False)
class Patient:
    """One patient's items; `name` is the pseudonym."""

    name: str
    items: tuple[Item, ...]


def by_patient(items: Sequence[Item]) -> list[Patient]:
    """Return the patients among `items`, in the order in which they are met; ids of one pseudonym are one.

    Items that state no patient (a PNG, a NIfTI) belong to the one patient that is stated, when there is just one.
    Else those of one sub-folder are taken as one patient.
    """
    stated = list(dict.fromkeys(pseudonym(item.patient_id) for item in items if item.patient_id))
    groups: dict[str, list[Item]] = {}
    for item in items:
        other = stated[0] if len(stated) == 1 else pseudonym(_folder(item.file))
        groups.setdefault(pseudonym(item.patient_id) if item.patient_id else other, []).append(item)
    return [Patient(name=name, items=tuple(found)) for name, found in groups.items()]


def refusals(patients: Sequence[Patient], refused: Sequence[Refusal]) -> list[list[Refusal]]:
    """Return, for each patient, what was refused in a folder of theirs or in nobody's.

    So the page of one patient does not name another one's files.
    """
    folders = [{_folder(item.file) for item in patient.items} for patient in patients]
    return [
        [
            refusal
            for refusal in refused
            if _folder(refusal.file) in own or not any(_folder(refusal.file) in others for others in folders)
        ]
        for own in folders
    ]


def study_name(item: Item) -> str:
    """Return a pseudonym for the study that `item` belongs to."""
    return "s" + token(item.study_uid or item.file)


def _folder(file: str) -> str:
    parts = PurePosixPath(file.replace("\\", "/")).parts
    return f"no id: {parts[0] if len(parts) > 1 else ''}"
