"""Predict files with a finished run: every file that fits is a study of its own."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import numpy as np

from osteon import cohorts
from osteon.cohorts.pseudonyms import pseudonym, token
from osteon.contract import Input, System
from osteon.engine import progress, stored
from osteon.engine.answers import Answer, Answers, answer, joined
from osteon.engine.predictor import Predictor
from osteon.errors import InputError
from osteon.io import atomic, files, nifti, simulated
from osteon.io.names import file_stem
from osteon.types import Datum, Expression, Image, Item, Prediction, Record, Refusal, Slide, Spectrum, Study

PICTURE = "osteon.io.picture"  # loaded with the first mask of a film: its codecs take a while
COHORT_FILES = ("cohort.csv", "pack.json")
FLAT = {"radiograph": {"CR", "DX", "RG", "OT", "SC"}, "scintigram": {"NM"}, "tile": {"OT", "SM"}}
VOLUMES = {"ct": {"CT"}, "mri": {"MR"}, "pet": {"PT"}, "scintigram": {"NM"}}
OTHERS = {"slide": Slide, "spectrum": Spectrum, "table": Record, "expression": Expression}


def predict(run: Path, paths: Sequence[Path], out: Path, *, device: str = "auto", system: System | None = None) -> Path:
    """Predict `paths` with the run, or packaged weights, in the folder `run`; return the folder `out`.

    `out` gets predictions.parquet (a row a prediction), masks (NIfTI for volumes, PNG for films) and refused.json
    (files that were not read, and why).

    Args:
        run: Folder with run.json.
        paths: Files or folders; a folder with cohort.csv is predicted study by study, with all its inputs.
        out: A new or empty folder.
        device: To predict on.
        system: For a system of the user's own.

    Raises:
        InputError: Nothing among `paths` fits the system.
        ResumableError: The run is not finished.

    """
    predictor = Predictor.load(run, system=system, device=device)
    with atomic.folder(Path(out)) as aside:
        _fill(aside, predictor, [Path(p) for p in paths])
    return Path(out)


def _fill(out: Path, predictor: Predictor, paths: Sequence[Path]) -> None:
    studies, refused = _studies(paths, predictor.system)
    found: list[Answer] = []
    with progress.bar() as bar:
        for study in bar.over(studies, "predicting", len(studies)):
            try:
                predictions = predictor(study)
            except InputError as error:
                refused.append(Refusal(file=study.origins.get("file", study.name), why=error.why))
                continue
            for prediction in predictions:
                _write_mask(out, prediction, study)
                found.append(answer(prediction, study, predictor.system))
    answers = Answers(answers=(*found, *joined(found, predictor)), refused=tuple(refused))
    if not found:
        raise _nothing(refused, predictor.system)
    stored.write_predictions(out, answers)
    atomic.write_json(out / "refused.json", [{"file": r.file, "why": r.why} for r in refused])


def _studies(paths: Sequence[Path], system: System) -> tuple[list[Study], list[Refusal]]:
    """Return the studies among `paths`, and what fits no input of `system`."""
    if len(paths) == 1 and any((paths[0] / name).is_file() for name in COHORT_FILES):
        cohort = cohorts.load(paths[0])
        return list(cohort.studies), list(cohort.refused)
    found = files.scan(paths)
    studies, refused = [], list(found.refused)
    for item in found.items:
        fit = _fit(item, system)
        if isinstance(fit, Study):
            studies.append(fit)
        else:
            refused.append(fit)
    return studies, refused


def _fit(item: Item, system: System) -> Study | Refusal:
    """Return `item` as a study of the one input it fits, or why it fits none."""
    needed = [i for i in system.inputs if i.required]
    chosen = next((i for i in system.inputs if fits(item.datum, i)), None)
    if chosen is None:
        wanted = ", ".join(i.kind for i in system.inputs)
        return Refusal(file=item.file, why=f"is {item.about or 'of another kind'}; {system.name} takes {wanted}.")
    if any(i is not chosen for i in needed):
        names = ", ".join(i.name for i in needed)
        return Refusal(file=item.file, why=f"is one of the inputs {names} that {system.name} needs; use a cohort.csv.")
    return Study(
        name="s" + token(item.file),
        patient=pseudonym(item.patient_id) if item.patient_id else "p" + token(item.file),
        data={chosen.name: item.datum},
        origins={"file": item.file},
    )


def fits(datum: Datum, wanted: Input) -> bool:
    """Return whether `datum` is of the kind that the input `wanted` takes."""
    if not isinstance(datum, Image):
        return isinstance(datum, OTHERS.get(wanted.kind, ()))
    flat = len(datum.grid.shape) == 2
    return datum.unit != "label" and datum.modality in (FLAT if flat else VOLUMES).get(wanted.kind, ())


def _write_mask(out: Path, prediction: Prediction, study: Study) -> None:
    """Write the mask of `prediction`, if it has one, named after study, task and item."""
    image = study.data.get(prediction.input or "")
    if prediction.label_map is None or not isinstance(image, Image):
        return
    stem = file_stem(study.name, prediction.task, prediction.item)
    labels = np.asarray(prediction.label_map).astype(np.uint8)
    if image.grid.affine is not None:
        nifti.write(out / f"{stem}.nii.gz", labels, image.grid, note=simulated.says(image))
        return
    if labels.ndim != 2:
        msg = f"A mask of shape {labels.shape} without a place in the patient cannot be written; only films can."
        raise InputError(msg)
    import_module(PICTURE).write(out / f"{stem}.png", labels, note=simulated.says(image), labels=True)


def _nothing(refused: Sequence[Refusal], system: System) -> InputError:
    first = refused[0] if refused else Refusal(file="", why="the folder is empty.")
    return InputError(f"{first.why} Nothing was predicted with {system.name}.", file=first.file or None)
