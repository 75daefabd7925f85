"""A packed cohort: one folder that numpy and json alone can read, with pseudonyms only.

    PACK/pack.json            the cohort: evidence, licence, notes; for each study its truth and what its arrays are
    PACK/studies.csv          the same in short, for people; its last column says what is simulated, where anything is
    PACK/studies/<file>.npz   the arrays of one study: "data:<input>", "mask:<input>", and for a spectrum
                              "shift:<input>"; whole numbers in the smallest type that holds them

A file's name is a hash, so that it gives no label away. Clinical values stand in `pack.json`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from osteon.cohorts import packed
from osteon.errors import InputError, RequestError
from osteon.io import atomic, simulated
from osteon.types import Cohort, Datum, Evidence, Expression, Image, Record, Refusal, Slide, Spectrum, Study, Truth

FORMAT = "osteon-pack"
VERSION = 1


def pack(cohort: Cohort, out: Path | str) -> Path:
    """Write `cohort` to the folder `out` and return it; `load` opens it like any cohort.

    Data that cannot be read are left out and noted, as `load` does.

    Raises:
        RequestError: The cohort holds whole slides, pack tiles of them instead; or the folder is taken.
        InputError: No study can be read, or the folder cannot be written to.
        ResumableError: The disk is full.

    """
    out = Path(out)
    if any(isinstance(datum, Slide) for study in cohort.studies for datum in study.data.values()):
        msg = "Whole slides are not packed, since one is larger than a cohort of tiles; cut tiles and pack these."
        raise RequestError(msg)
    with atomic.folder(out) as aside:
        (aside / "studies").mkdir()
        refused = list(cohort.refused)
        studies = [_write(study, aside / "studies", refused=refused) for study in cohort.studies]
        if not any(study["data"] for study in studies):
            why = f" The first: {refused[0].file}: {refused[0].why}" if refused else ""
            msg = f"None of the {len(studies)} studies can be read, so there is nothing to pack.{why}"
            raise InputError(msg)
        head = {
            "format": FORMAT,
            "version": VERSION,
            "name": cohort.name,
            "evidence": str(cohort.evidence),
            "licence": cohort.licence,
            "citation": cohort.citation,
            "notes": list(cohort.notes),
            "fingerprint": cohort.fingerprint,
            "refused": [{"file": refusal.file, "why": refusal.why} for refusal in refused],
            "studies": [study for study in studies if study["data"]],
        }
        text = json.dumps(head, ensure_ascii=False, indent=1, allow_nan=False)
        (aside / packed.HEAD).write_text(text + "\n", encoding="utf-8")
        (aside / "studies.csv").write_text(_table(cohort), encoding="utf-8")
    return out


def file_name(study: Study) -> str:
    """Return the name of a study's arrays."""
    return hashlib.sha256(study.name.encode()).hexdigest()[:16] + ".npz"


def _write(study: Study, folder: Path, *, refused: list[Refusal]) -> dict[str, Any]:
    """Write the arrays of `study`, and return what `pack.json` says of it."""
    arrays: dict[str, np.ndarray] = {}
    data: dict[str, Any] = {}
    for name, datum in study.data.items():
        try:
            data[name] = _datum(name, datum, arrays)
        except InputError as error:
            refused.append(Refusal(file=study.origins.get(name, study.name), why=error.why))
    truth = study.truth
    masks: dict[str, Any] = {}
    for name, mask in (truth.masks if truth else {}).items():
        try:
            arrays[f"mask:{name}"] = smallest(mask.read())
            masks[name] = _image(mask)
        except InputError as error:
            refused.append(Refusal(file=f"mask of {study.origins.get(name, study.name)}", why=error.why))
    if arrays:
        with (folder / file_name(study)).open("wb") as file:
            np.savez_compressed(file, **arrays)  # ty: ignore[invalid-argument-type]  the names are arrays' alone
    return {
        "name": study.name,
        "patient": study.patient,
        "site": study.site,
        "split": study.split,
        "exam": study.exam,
        "derived_from": list(study.derived_from),
        "file": file_name(study),
        "data": data,
        "truth": None if truth is None else {**_truth(truth), "masks": masks},
    }


def smallest(array: np.ndarray) -> np.ndarray:
    """Return `array` in the smallest type that holds it exactly; fractions stay as they are.

    Example:
        >>> smallest(np.array([0.0, 255.0], dtype=np.float32)).dtype, smallest(np.array([-1024, 3000])).dtype
        (dtype('uint8'), dtype('int16'))

    """
    array = np.asarray(array)
    if array.size == 0 or array.dtype.kind not in "fiub" or not np.isfinite(array).all():
        return array
    low, high = array.min(), array.max()
    if array.dtype.kind == "f" and (abs(low) > 2**24 or abs(high) > 2**24 or (array != np.round(array)).any()):
        return array
    for dtype in (np.uint8, np.int16, np.uint16, np.int32):
        if np.iinfo(dtype).min <= low and high <= np.iinfo(dtype).max:
            return array.astype(dtype)
    return array


def _datum(name: str, datum: Datum, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    if isinstance(datum, Image):
        arrays[f"data:{name}"] = smallest(datum.read())
        return {"kind": "image", **_image(datum)}
    if isinstance(datum, Spectrum):
        arrays[f"data:{name}"], arrays[f"shift:{name}"] = datum.counts, datum.shift_per_cm
        return {"kind": "spectrum", "notes": list(datum.notes)}
    if isinstance(datum, Record):
        return {"kind": "record", "values": dict(datum.values), "notes": list(datum.notes)}
    if isinstance(datum, Expression):
        arrays[f"data:{name}"] = datum.values
        return {"kind": "expression", "genes": list(datum.genes), "notes": list(datum.notes)}
    msg = f"A {type(datum).__name__.lower()} cannot be packed."
    raise InputError(msg)


def _image(image: Image) -> dict[str, Any]:
    grid = image.grid
    return {
        "shape": list(grid.shape),
        "spacing_mm": grid.spacing_mm and list(grid.spacing_mm),
        "affine": grid.affine and [list(row) for row in grid.affine],
        "spacing_at": grid.spacing_at,
        "modality": image.modality,
        "unit": image.unit,
        "times_s": image.times_s and list(image.times_s),
        "facts": {key: plain for key, value in image.facts.items() if (plain := _plain(value)) is not None},
        "notes": list(image.notes),
    }


def _plain(value: Any) -> Any:
    """Return a header's fact as JSON has it, None for what it has no word for."""
    if isinstance(value, bool | int | float | str):
        return value if not isinstance(value, float) or np.isfinite(value) else None
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return None


def _truth(truth: Truth) -> dict[str, Any]:
    return {
        "labels": dict(truth.labels),
        "values": dict(truth.values),
        "outcomes": {name: [outcome.days, outcome.event] for name, outcome in truth.outcomes.items()},
        "lesions": [
            {"label": x.label, "input": x.input, "box_px": x.box_px and list(x.box_px), "mask_value": x.mask_value}
            for x in truth.lesions
        ],
    }


def _table(cohort: Cohort) -> str:
    columns = sorted({c for s in cohort.studies if s.truth for c in s.truth.labels})
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    made = cohort.evidence is Evidence.SIMULATED
    last = [simulated.COLUMN] if made or any(map(_simulated, cohort.studies)) else []
    table.writerow(["file", "study", "patient", "site", "split", "exam", "inputs", *columns, *last])
    for study in cohort.studies:
        labels: Mapping[str, str] = study.truth.labels if study.truth else {}
        place = [study.site or "", study.split or "", study.exam or ""]
        words = [labels.get(column, "") for column in columns]
        said = [simulated.MAKER if made or _simulated(study) else ""] if last else []
        table.writerow([file_name(study), study.name, study.patient, *place, " ".join(study.data), *words, *said])
    return text.getvalue()


def _simulated(study: Study) -> bool:
    return any(map(simulated.is_simulated, study.data.values()))
