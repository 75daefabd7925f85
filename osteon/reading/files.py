"""The files of one reading: masks, heat maps, DICOM SEG and SR, reading.json, report.html."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from osteon.errors import InputError, OsteonError, RequestError
from osteon.io import atomic, dicom_seg, dicom_sr, nifti, png, simulated
from osteon.io.plain import plain
from osteon.reading.findings import Draft
from osteon.report import html as pages
from osteon.types import Found, Image, Reading, Refusal

READING, REPORT = "reading.json", "report.html"
OURS = re.compile(r"reading\.json|report\.html|[a-z0-9-]+\.(mask|heat|seg|sr)\.(png|nii\.gz|dcm)")


def write(drafts: Sequence[Draft], folder: Path) -> list[Draft]:
    """Write the pictures and DICOM objects of `drafts` into `folder`; return the drafts with the files' names."""
    stems = _stems(drafts)
    done: list[Draft] = []
    for draft, stem in zip(drafts, stems, strict=True):
        film = next((d for d in done if draft.whole and d.finding.file == draft.finding.file and d.finding.mask), None)
        done.append(_write(draft, folder=folder, stem=stem, film=film))
    return done


def write_json(reading: Reading, folder: Path) -> None:
    """Write `reading.json`, the reading for programs."""
    atomic.write_json(folder / READING, as_json(reading))


def as_json(reading: Reading) -> dict[str, Any]:
    """Return `reading` as plain values, the research-only notice first."""
    return {"notice": pages.NOTICE, **plain(reading)}


def refuse_strange(out: Path) -> None:
    """Refuse to replace a folder that holds anything but an earlier reading.

    Raises:
        RequestError: It does; the message names the first such file.

    """
    for path in sorted(out.rglob("*")):
        if path.is_file() and not OURS.fullmatch(path.name):
            msg = (
                f"The output folder {out.name} holds {path.name}, which no reading wrote; osteon replaces readings "
                "only. Choose another --out."
            )
            raise RequestError(msg)


def without_earlier(found: Found) -> Found:
    """Return `found` without the files of earlier readings that lie among it: a mask is no film."""
    files = [PurePosixPath(one.file) for one in (*found.items, *found.refused)]
    ours = {file.parent for file in files if file.name == READING}

    def kept(file: str) -> bool:
        path = PurePosixPath(file)
        return path.parent not in ours or not OURS.fullmatch(path.name)

    told = [
        Refusal(file=folder.as_posix(), why="is an earlier reading of osteon; not read.") for folder in sorted(ours)
    ]
    return Found(
        items=tuple(item for item in found.items if kept(item.file)),
        refused=(*(refusal for refusal in found.refused if kept(refusal.file)), *told),
    )


def _write(draft: Draft, *, folder: Path, stem: str, film: Draft | None) -> Draft:
    names: dict[str, str | None] = {"mask": None, "heat_map": None, "seg": None, "sr": None}
    if film is not None:
        names |= {"mask": film.finding.mask, "seg": film.finding.seg}
    elif draft.mask is not None and draft.image is not None:
        names["mask"] = _mask(draft.mask, draft.image, folder=folder, stem=stem)
    if draft.heat is not None and draft.heat.ndim == 2:
        names["heat_map"] = f"{stem}.heat.png"
        heat = (np.clip(draft.heat, 0, 1) * 255).astype(np.uint8)
        png.write(folder / f"{stem}.heat.png", heat, note=simulated.says(draft.image))
    draft = replace(draft, finding=replace(draft.finding, **names))
    return _dicom(draft, folder=folder, stem=stem)


def _dicom(draft: Draft, *, folder: Path, stem: str) -> Draft:
    """Write SEG and SR where the image came from DICOM; where they cannot be, the finding says why."""
    if draft.image is None or draft.finding.out_of_distribution or not _from_dicom(draft.image):
        return draft
    try:
        if draft.finding.mask and draft.finding.seg is None and draft.mask is not None:
            name = f"{stem}.seg.dcm"
            dicom_seg.write(
                folder / name,
                image=draft.image,
                label_map=draft.mask,
                structures=draft.structures or ("lesion",),
                maker=draft.finding.maker,
            )
            draft = replace(draft, finding=replace(draft.finding, seg=name))
        return _sr(draft, folder=folder, name=f"{stem}.sr.dcm")
    except OsteonError as error:
        note = f"No DICOM answer could be made: {error.why if isinstance(error, InputError) else error}"
        return replace(draft, finding=replace(draft.finding, notes=(*draft.finding.notes, note)))


def _sr(draft: Draft, *, folder: Path, name: str) -> Draft:
    if draft.image is None:
        return draft
    dicom_sr.write(
        folder / name,
        image=draft.image,
        finding=draft.finding,
        label_map=draft.mask,
        seg_path=folder / draft.finding.seg if draft.finding.seg else None,
    )
    return replace(draft, finding=replace(draft.finding, sr=name))


def _mask(mask: np.ndarray, image: Image, *, folder: Path, stem: str) -> str:
    if mask.ndim == 2:
        png.write(folder / f"{stem}.mask.png", mask.astype(np.uint8), note=simulated.says(image), labels=True)
        return f"{stem}.mask.png"
    nifti.write(folder / f"{stem}.mask.nii.gz", mask.astype(np.uint8), image.grid, note=simulated.says(image))
    return f"{stem}.mask.nii.gz"


def _from_dicom(image: Image) -> bool:
    return bool(image.sources) and all(s.sop_instance_uid for s in image.sources)


def _stems(drafts: Sequence[Draft]) -> list[str]:
    """Return a file stem for each draft: "radiograph-1", "radiograph-1-lesion-2"; numbers by image, then by finding."""
    images: dict[tuple[str | None, str | None], str] = {}
    counts: dict[str, int] = {}
    stems = []
    for draft in drafts:
        key = (draft.finding.input, draft.finding.file)
        if key not in images:
            word = re.sub(r"[^a-z0-9]+", "-", (draft.finding.input or "study").lower()).strip("-")
            images[key] = f"{word}-{1 + sum(stem.startswith(word) for stem in images.values())}"
        stem = images[key]
        counts[stem] = counts.get(stem, 0) + 1
        stems.append(stem if counts[stem] == 1 else f"{stem}-finding-{counts[stem]}")
    return stems
