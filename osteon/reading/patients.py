"""Whose files they are: the items of a folder, patient by patient, under pseudonyms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from osteon.cohorts.pseudonyms import pseudonym, token
from osteon.types import Item, Refusal


@dataclass(frozen=True, kw_only=True, eq=False)
class Patient:
    """One patient's items.

    Attributes:
        name: The pseudonym.
        items: At least one.
        assumed: Why the items were taken to be one patient's, where not every file says whose it is; else "".

    """

    name: str
    items: tuple[Item, ...]
    assumed: str = ""


def by_patient(items: Sequence[Item]) -> list[Patient]:
    """Return the patients among `items`, in the order in which they are met; ids of one pseudonym are one.

    Items that state no patient (a PNG, a NIfTI) belong to the one patient that is stated, when there is just one.
    Else those of one sub-folder are taken as one patient. Either is assumed, and said.
    """
    stated = list(dict.fromkeys(pseudonym(item.patient_id) for item in items if item.patient_id))
    groups: dict[str, list[Item]] = {}
    for item in items:
        other = stated[0] if len(stated) == 1 else pseudonym(_folder(item.file))
        groups.setdefault(pseudonym(item.patient_id) if item.patient_id else other, []).append(item)
    return [Patient(name=name, items=tuple(found), assumed=_assumed(found)) for name, found in groups.items()]


def _assumed(items: Sequence[Item]) -> str:
    """Return a sentence where several files were taken to be one patient's, and some of them do not say whose."""
    files = {item.file for item in items}
    silent = {item.file for item in items if not item.patient_id}
    if len(files) < 2 or not silent:
        return ""
    which = (
        f"None of these {len(files)} files states a patient; as files of one folder"
        if silent == files
        else f"{len(silent)} of these {len(files)} files state no patient; as the others name one alone,"
    )
    return (
        f"{which} they were taken to be one patient's. If they are not, read each by itself, give each patient a "
        "folder, or name the patients in a cohort.csv."
    )


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
