"""Open a packed cohort with numpy and json alone (see `packs`)."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from osteon.errors import CohortError, InputError
from osteon.types import (
    Cohort,
    Datum,
    Evidence,
    Expression,
    Grid,
    Image,
    Lesion,
    Outcome,
    Record,
    Refusal,
    Source,
    Spectrum,
    Study,
    Truth,
)

HEAD = "pack.json"
FILE = re.compile(r"[0-9a-f]{16}\.npz")

Said = Mapping[str, Any]


def unpack(root: Path) -> Cohort:
    """Return the packed cohort in `root`; arrays are read when asked for (spectra and genes now).

    Raises:
        CohortError: `pack.json` is damaged, or of a kind or version that this osteon does not read.

    """
    try:
        head = json.loads((root / HEAD).read_text(encoding="utf-8"))
        if (head["format"], head["version"]) != ("osteon-pack", 1):
            msg = f"The pack is {head['format']} version {head['version']}; this osteon reads osteon-pack version 1."
            raise CohortError(msg, file=HEAD)
        refused = [Refusal(file=str(said["file"]), why=str(said["why"])) for said in head["refused"]]
        studies = [study for said in head["studies"] if (study := _study(said, root=root, refused=refused)).data]
        if not studies:
            msg = "The pack holds no study that can be read; pack the cohort again."
            raise CohortError(msg, file=HEAD)
        return Cohort(
            name=str(head["name"]),
            studies=tuple(studies),
            evidence=Evidence(head["evidence"]),
            licence=head["licence"],
            citation=head["citation"],
            notes=tuple(head["notes"]),
            fingerprint=head["fingerprint"],
            refused=tuple(refused),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        msg = "The head of the pack is damaged; pack the cohort again."
        raise CohortError(msg, file=HEAD) from error


def _study(said: Said, *, root: Path, refused: list[Refusal]) -> Study:
    if not FILE.fullmatch(said["file"]):
        msg = "The head of the pack names a file outside it; pack the cohort again."
        raise CohortError(msg, file=HEAD)
    path = root / "studies" / said["file"]
    data: dict[str, Datum] = {}
    for name, datum in said["data"].items():
        try:
            data[name] = _datum(name, datum, path)
        except InputError as error:
            refused.append(Refusal(file=f"studies/{path.name}", why=error.why))
    return Study(
        name=said["name"],
        patient=said["patient"],
        site=said["site"],
        split=said["split"],
        exam=said["exam"],
        derived_from=tuple(said.get("derived_from", ())),
        data=data,
        truth=None if said["truth"] is None else _truth(said["truth"], path),
        origins={name: f"studies/{path.name} {name}" for name in data},
    )


def _datum(name: str, said: Said, path: Path) -> Datum:
    kind, notes = said["kind"], tuple(said.get("notes", ()))
    if kind == "record":
        return Record(values=said["values"], notes=notes)
    if kind == "image":
        if not path.is_file():
            msg = "There is no such file; pack the cohort again."
            raise InputError(msg)
        return _image(said, path, key=f"data:{name}")
    values = _array(path, f"data:{name}")
    if kind == "spectrum":
        shift = _array(path, f"shift:{name}")
        return Spectrum(shift_per_cm=shift, counts=values, sources=(Source(path=path),), notes=notes)
    return Expression(genes=tuple(said["genes"]), values=values, notes=notes)


def _image(said: Said, path: Path, *, key: str) -> Image:
    grid = Grid(
        shape=tuple(said["shape"]),
        spacing_mm=said["spacing_mm"] and tuple(said["spacing_mm"]),
        affine=said["affine"] and tuple(tuple(row) for row in said["affine"]),
        spacing_at=said["spacing_at"],
    )
    return Image(
        grid=grid,
        modality=said["modality"],
        unit=said["unit"],
        load=_loader(path, key, whole=key.startswith("mask:")),
        sources=(Source(path=path),),
        times_s=said["times_s"] and tuple(said["times_s"]),
        facts=said["facts"],
        notes=tuple(said["notes"]),
    )


def _loader(path: Path, key: str, *, whole: bool) -> Callable[[], np.ndarray]:
    return partial(_array, path, key, dtype=np.dtype(np.int32 if whole else np.float32))


def _array(path: Path, key: str, *, dtype: np.dtype | None = None) -> np.ndarray:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            found = arrays[key]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        msg = "The file is missing or damaged; pack the cohort again."
        raise InputError(msg, file=f"studies/{path.name}") from error
    return found if dtype is None else found.astype(dtype, copy=False)


def _truth(said: Said, path: Path) -> Truth:
    return Truth(
        labels=said["labels"],
        values=said["values"],
        outcomes={name: Outcome(days=days, event=event) for name, (days, event) in said["outcomes"].items()},
        lesions=tuple(_lesion(x) for x in said["lesions"]),
        masks={name: _image(mask, path, key=f"mask:{name}") for name, mask in said["masks"].items()},
    )


def _lesion(said: Said) -> Lesion:
    box_px = said["box_px"] and tuple(said["box_px"])
    return Lesion(label=said["label"], input=said["input"], box_px=box_px, mask_value=said["mask_value"])
