"""Predict files with a finished run: every file that fits is a study of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from osteon import cohorts
from osteon.cohorts.pseudonyms import pseudonym, token
from osteon.contract import Input, System
from osteon.engine import progress, stored
from osteon.engine.answers import Answer, Answers, answer, joined
from osteon.engine.held import held
from osteon.engine.ood import reach as reaches
from osteon.engine.ood.gate import Describer
from osteon.engine.ood.judge import verdicts
from osteon.engine.ood.reach import Reach
from osteon.engine.predictor import Predictor
from osteon.errors import InputError
from osteon.io import atomic, files, nifti, png, simulated
from osteon.io.names import file_stem
from osteon.io.plain import plain
from osteon.io.simulated import is_simulated
from osteon.types import Datum, Evidence, Expression, Image, Item, Prediction, Record, Refusal, Slide, Spectrum, Study

REFUSED = "refused.json"
COHORT_FILES = ("cohort.csv", "pack.json")
FLAT = {"radiograph": {"CR", "DX", "RG", "OT", "SC"}, "scintigram": {"NM"}, "tile": {"OT", "SM"}}
VOLUMES = {"ct": {"CT"}, "mri": {"MR"}, "pet": {"PT"}, "scintigram": {"NM"}}
OTHERS = {"slide": Slide, "spectrum": Spectrum, "table": Record, "expression": Expression}


@dataclass(frozen=True, kw_only=True)
class Predicted:
    """What became of the files.

    Attributes:
        folder: With the answers.
        studies: Answered.
        strangers: How many of them have an answer that is out of distribution.
        checked: Whether the run keeps anything of its training data to tell strangers by.
        refused: Files that were not read.
        notes: What a reader must know: that they are simulated.

    """

    folder: Path
    studies: int
    strangers: int
    checked: bool
    refused: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Left(Refusal):
    """A file that was not read, and whether it is known to be simulated."""

    simulated: bool = False


def predict(
    run: Path, paths: Sequence[Path], out: Path, *, device: str = "auto", system: System | None = None
) -> Predicted:
    """Predict `paths` with the run, or packaged weights, in the folder `run`, and write the answers to `out`.

    `out` gets predictions.parquet (a row a prediction), masks (NIfTI for volumes, PNG for films) and refused.json
    (files that were not read, and why). An answer about what the run was not trained on is given all the same, and
    flagged (`out_of_distribution`): it is not to be believed.

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
    known = reaches.load(Path(run))
    with atomic.folder(Path(out)) as aside:
        studies, left = _studies([Path(p) for p in paths], predictor.system)
        answers, more = _answers(studies, predictor=predictor, reach=known, out=aside)
        left += more
        if not answers:
            raise _nothing(left, predictor.system)
        found = Answers(answers=(*answers, *joined(answers, predictor)), refused=tuple(left))
        stored.write_predictions(aside, found)
        atomic.write_json(aside / REFUSED, plain(left))
    strange = {a.prediction.study for a in answers if a.verdict is not None and a.verdict.outside}
    return Predicted(
        folder=Path(out),
        studies=len({a.prediction.study for a in answers}),
        strangers=len(strange),
        checked=known.known,
        refused=len(left),
        notes=simulated.told([datum for study in studies for datum in study.data.values()]),
    )


def _answers(
    studies: Sequence[Study], *, predictor: Predictor, reach: Reach, out: Path
) -> tuple[list[Answer], list[Left]]:
    """Return what the predictor says of `studies`, its masks written, and the studies that it cannot answer."""
    found: list[Answer] = []
    left: list[Left] = []
    describer = Describer()
    with progress.bar() as bar:
        for given in bar.over(studies, "predicting", len(studies)):
            try:
                study = held(given, dimensions=2)
                predictions = predictor(study)
            except InputError as error:
                file = given.origins.get("file", given.name)
                left.append(Left(file=file, why=error.why, simulated=any(map(is_simulated, given.data.values()))))
                continue
            told = verdicts(predictions, study, system=predictor.system, reach=reach, describer=describer)
            for prediction, verdict in zip(predictions, told, strict=True):
                _write_mask(out, prediction, study)
                found.append(replace(answer(prediction, study, predictor.system), verdict=verdict))
    return found, left


def _studies(paths: Sequence[Path], system: System) -> tuple[list[Study], list[Left]]:
    """Return the studies among `paths`, and what fits no input of `system`."""
    if len(paths) == 1 and any((paths[0] / name).is_file() for name in COHORT_FILES):
        cohort = cohorts.load(paths[0])
        made_up = cohort.evidence is Evidence.SIMULATED
        return list(cohort.studies), [Left(file=r.file, why=r.why, simulated=made_up) for r in cohort.refused]
    found = files.scan(paths)
    studies, left = [], [Left(file=r.file, why=r.why) for r in found.refused]
    for item in found.items:
        fit = _fit(item, system)
        if isinstance(fit, Study):
            studies.append(fit)
        else:
            left.append(Left(file=fit.file, why=fit.why, simulated=is_simulated(item.datum)))
    return studies, left


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
    png.write(out / f"{stem}.png", labels, note=simulated.says(image), labels=True)


def _nothing(refused: Sequence[Refusal], system: System) -> InputError:
    first = refused[0] if refused else Refusal(file="", why="the folder is empty.")
    return InputError(f"{first.why} Nothing was predicted with {system.name}.", file=first.file or None)
