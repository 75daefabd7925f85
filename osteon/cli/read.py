"""`osteon predict`, `osteon read` and `osteon demo`: new patients."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from osteon import errors
from osteon.cli._app import app
from osteon.cli._ending import fail
from osteon.cli._options import AsJson, Device, Out, Overwrite, OwnSystem, Trained, own_system
from osteon.cli._printing import print_done, print_json

if TYPE_CHECKING:
    from osteon.engine.predict import Predicted
    from osteon.types import Reading


@app.command()
def predict(
    run: Trained,
    files: Annotated[list[Path], typer.Argument(help="Files or folders to predict.")],
    *,
    out: Out,
    device: Device = "auto",
    system: OwnSystem = None,
    as_json: AsJson = False,
) -> None:
    """Predict files with a run; an answer about what it was not trained on is given, and flagged."""
    from osteon import engine

    done = engine.predict(run, files, out, device=device, system=own_system(system))
    told = {
        "predictions": str(done.folder),
        "studies": done.studies,
        "out_of_distribution": done.strangers if done.checked else None,
        "refused": done.refused,
        "notes": list(done.notes),
    }
    print_done(told, "\n".join(_of_prediction(done)), as_json=as_json)


@app.command()
def read(
    files: Annotated[list[Path], typer.Argument(help="A patient's folder, files, or a zip.")],
    *,
    out: Out,
    run: Annotated[
        list[Path] | None, typer.Option("--run", help="A finished run to read with, in place of what is packaged.")
    ] = None,
    overwrite: Overwrite = False,
    device: Device = "cpu",
    as_json: AsJson = False,
) -> None:
    """Read a patient's files with every trained system that applies."""
    from osteon import reading

    readings = reading.read(files, out=out, systems=run or None, device=device, overwrite=overwrite)
    _print_readings(readings, out=out, as_json=as_json)


@app.command()
def demo(*, out: Out = Path("demo-report"), overwrite: Overwrite = False, as_json: AsJson = False) -> None:
    """Read the real radiograph of a bone tumour that the pydicom-data package ships."""
    from osteon import reading
    from osteon.reading import demo as shipped

    readings = reading.read([shipped.film()], out=out, overwrite=overwrite)
    _print_readings(readings, out=out, as_json=as_json)


def _of_prediction(done: Predicted) -> list[str]:
    """Return what became of the files, one line each."""
    lines = [*done.notes]
    if done.strangers:
        lines.append(
            f"{done.strangers} of {done.studies} studies are out of distribution (column out_of_distribution): their "
            "answers are not to be believed."
        )
    elif not done.checked:
        lines.append("Strangers were not looked for: the run keeps nothing of its training data to tell them by.")
    if done.refused:
        lines.append(f"{done.refused} files or studies were not read; why: {done.folder / 'refused.json'}")
    return [*lines, f"Predictions of {done.studies} studies: {done.folder}"]


def _print_readings(readings: Sequence[Reading], *, out: Path, as_json: bool) -> None:
    if as_json:
        from osteon.reading.files import as_json as reading_as_json

        print_json([reading_as_json(r) for r in readings])
    for reading in () if as_json else readings:
        _print_reading(reading, out if len(readings) == 1 else out / reading.patient)
    if readings and not any(r.findings for r in readings):
        why = (
            "Nothing was answered: every file was refused, each for the reason given; the report is there all the same."
        )
        fail(why, errors.InputError.exit_code, as_json=as_json)


def _print_reading(reading: Reading, where: Path) -> None:
    from osteon.io.names import called

    for note in reading.notes:
        print(note)
    for finding in reading.findings:
        odds = ", ".join(f"{k} {v:.2f}" for k, v in finding.probabilities.items())
        why = finding.why_out_of_distribution
        flag = f"  (out of distribution, not to be believed. {why})" if finding.out_of_distribution else ""
        where_from = f"{called(finding.file)}: " if finding.file else ""
        print(f"{where_from}{finding.system}: {odds}{flag}")
    for refusal in reading.refused:
        print(f"not read: {called(refusal.file)}: {refusal.why}")
    print(f"Report: {where / 'report.html'}")
