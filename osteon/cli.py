"""The `osteon` command: parse, call one function, print."""

from __future__ import annotations

import json
import logging
import os
import sys
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from osteon import errors
from osteon.io.plain import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from osteon.types import Reading, Score

app = typer.Typer(
    help="Deep learning on bone tumours: train published systems, prove how good they are, read patients. "
    "Research software, not a medical device.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
cohort_app = typer.Typer(help="Look at a cohort before trusting it.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(cohort_app, name="cohort")

INTERRUPTED = 130

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Out = Annotated[Path, typer.Option("--out", help="Folder to write.")]
CohortDir = Annotated[Path, typer.Argument(help="Folder with cohort.csv, or a public set as it is downloaded.")]
RunDir = Annotated[Path, typer.Argument(help="Folder of a training run.")]
Device = Annotated[str, typer.Option(help="cpu, cuda, cuda:1, or auto.")]
Overrides = Annotated[
    list[str] | None, typer.Option("--set", help="Change a setting: fit.epochs=5, lesion.fit.lr=1e-4.")
]
Allow = Annotated[list[str] | None, typer.Option(help="Override one audit finding by name; the report says so.")]
Split = Annotated[
    str,
    typer.Option(help="70/20/10, blocks:70/15/15, column, test-site:NAME, test-site:NAME+blocks."),
]
Folds = Annotated[str, typer.Option("--split", help="kfold:5, leave-one-site-out, leave-one-patient-out.")]
SystemName = Annotated[str, typer.Argument(help="Name of a system or variant, or a Python file of your own.")]
OwnSystem = Annotated[
    str | None, typer.Option("--system", help="The Python file of your own that the run was trained with.")
]
Seed = Annotated[int, typer.Option(help="Seed of everything drawn.")]
FromScratch = Annotated[bool, typer.Option(help="Start without the pre-trained weights.")]
Side = Annotated[str, typer.Option(help="Which side of the run's split: test, validation, train, or all.")]


@app.command()
def systems(
    name: Annotated[str | None, typer.Argument(help="Show one system whole.")] = None, *, as_json: AsJson = False
) -> None:
    """List the published systems, or show one."""
    from osteon import systems as room

    rows = [_system_row(room.get(n)) for n in ([name] if name else room.names())]
    if as_json:
        return _print_json(rows)
    if name:
        return _print_system(rows[0])
    return _print_table(("name", "task", "inputs", "evidence"), rows)


@cohort_app.command("check")
def cohort_check(cohort: CohortDir, *, allow: Allow = None, as_json: AsJson = False) -> None:
    """Audit a cohort: what would make its scores worth nothing."""
    from osteon import cohorts

    audit = cohorts.audit(cohorts.load(cohort), allow=tuple(allow or ()))
    if as_json:
        _print_json(cohorts.as_json(audit))
    else:
        _print_table(("name", "severity", "text", "rows"), [_finding_row(f) for f in audit.findings])
    if audit.refused:
        raise typer.Exit(errors.CohortError.exit_code)


@cohort_app.command("pack")
def cohort_pack(cohort: CohortDir, *, out: Out, as_json: AsJson = False) -> None:
    """Write a cohort as plain arrays, so that a machine without file readers can train on it."""
    from osteon import cohorts

    path = cohorts.pack(cohorts.load(cohort), out)
    _done({"packed": str(path)}, f"Packed: {path}", as_json=as_json)


@app.command()
def train(
    system: SystemName,
    cohort: CohortDir,
    *,
    out: Out,
    seed: Seed = 0,
    split: Split = "70/20/10",
    device: Device = "auto",
    from_scratch: FromScratch = False,
    allow: Allow = None,
    overrides: Overrides = None,
    as_json: AsJson = False,
) -> None:
    """Train a system; the same command resumes a run that was stopped."""
    from osteon import cohorts, engine

    options = engine.TrainOptions(
        seed=seed, split=split, device=device, from_scratch=from_scratch, allow=tuple(allow or ()),
        overrides=tuple(overrides or ()),
    )  # fmt: skip
    engine.train(_system(system), cohorts.load(cohort), out, options=options)
    own = f" --system {system}" if system.endswith(".py") else ""
    _done({"run": str(out)}, f"Trained: {out}. Next: osteon evaluate {out} {cohort}{own}", as_json=as_json)


@app.command("cross-validate")
def cross_validate(
    system: SystemName,
    cohort: CohortDir,
    *,
    out: Out,
    seed: Seed = 0,
    split: Folds = "kfold:5",
    device: Device = "auto",
    from_scratch: FromScratch = False,
    allow: Allow = None,
    overrides: Overrides = None,
    as_json: AsJson = False,
) -> None:
    """Train on all folds but one, in turn, and judge the pooled predictions on the patients left out."""
    from osteon import cohorts, engine

    options = engine.TrainOptions(
        seed=seed, split=split, device=device, from_scratch=from_scratch, allow=tuple(allow or ()),
        overrides=tuple(overrides or ()),
    )  # fmt: skip
    scores = engine.cross_validate(_system(system), cohorts.load(cohort), out, options=options)
    _print_scores(scores, as_json=as_json)


@app.command()
def evaluate(
    run: RunDir,
    cohort: CohortDir,
    *,
    split: Annotated[
        str, typer.Option(help="Which side of the run's split: test, validation, train, or all.")
    ] = "test",
    device: Device = "auto",
    system: OwnSystem = None,
    as_json: AsJson = False,
) -> None:
    """Judge a run on a cohort; every score comes with its interval."""
    from osteon import cohorts, engine

    scores = engine.evaluate(run, cohorts.load(cohort), split=split, device=device, system=_own(system))
    _print_scores(scores, as_json=as_json)


@app.command()
def predict(
    run: RunDir,
    files: Annotated[list[Path], typer.Argument(help="Files or folders to predict.")],
    *,
    out: Out,
    device: Device = "auto",
    system: OwnSystem = None,
    as_json: AsJson = False,
) -> None:
    """Predict files with a run."""
    from osteon import engine

    path = engine.predict(run, files, out, device=device, system=_own(system))
    _done({"predictions": str(path)}, f"Predictions: {path}", as_json=as_json)


@app.command()
def compare(one: RunDir, other: RunDir, *, as_json: AsJson = False) -> None:
    """Judge two evaluated runs against each other on the patients they share."""
    from osteon import engine

    _print_scores(engine.compare(one, other), as_json=as_json)


@app.command()
def read(
    files: Annotated[list[Path], typer.Argument(help="A patient's folder, files, or a zip.")],
    *,
    out: Out,
    overwrite: Annotated[bool, typer.Option(help="Replace what lies in the output folder.")] = False,
    device: Device = "cpu",
    as_json: AsJson = False,
) -> None:
    """Read a patient's files with every trained system that applies."""
    from osteon import reading

    readings = reading.read(files, out=out, device=device, overwrite=overwrite)
    _print_readings(readings, out=out, as_json=as_json)


@app.command()
def demo(
    *,
    out: Out = Path("demo-report"),
    overwrite: Annotated[bool, typer.Option(help="Replace what lies in the output folder.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read the real radiograph of a bone tumour that the pydicom-data package ships."""
    from osteon import reading
    from osteon.reading import demo as shipped

    readings = reading.read([shipped.film()], out=out, overwrite=overwrite)
    _print_readings(readings, out=out, as_json=as_json)


@app.command()
def bench(
    names: Annotated[list[str] | None, typer.Argument(help="Rows of the evidence to make; none: all.")] = None,
    *,
    data: Annotated[Path | None, typer.Option(help="Folder of the real data (or OSTEON_DATA).")] = None,
    as_json: AsJson = False,
) -> None:
    """Print the evidence: train and judge the systems on the data at hand, and rewrite docs/results.md."""
    from osteon import engine

    rows = engine.bench(tuple(names or ()), data=data)
    _done([asdict(r) for r in rows], f"{len(rows)} rows in docs/results.md", as_json=as_json)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave with its exit code: 0 done, 2 bad request, 3 bad input, 4 resumable.

    A fault of osteon itself leaves with 1 and names the place, not the data; OSTEON_TRACEBACK=1 shows all of it.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in words
    if arguments is None and not sys.warnoptions:
        _hush()
    code: Any = 0
    try:
        code = app(words, prog_name="osteon", standalone_mode=False)
    except errors.OsteonError as error:
        _fail(str(error), error.exit_code, as_json=as_json)
    except typer.Abort:
        code = INTERRUPTED
    except MemoryError:
        why = "There is not enough memory; close other programs, or give fewer files at once."
        _fail(why, errors.InputError.exit_code, as_json=as_json)
    except Exception as error:
        _fail_otherwise(error, as_json=as_json)
    if code == INTERRUPTED:
        _fail("Stopped. The same command goes on where it was.", errors.ResumableError.exit_code, as_json=as_json)
    sys.exit(code or 0)


def _hush() -> None:
    """Keep what libraries warn of and log from the terminal: it may name files and values of a patient."""
    warnings.simplefilter("ignore")
    logging.getLogger().addHandler(logging.NullHandler())


def _fail_otherwise(error: Any, *, as_json: bool) -> None:
    """Leave after an error of the command's own parser, or a fault."""
    if hasattr(error, "format_message"):
        if not as_json:
            error.show()
            sys.exit(errors.RequestError.exit_code)
        _fail(error.format_message(), errors.RequestError.exit_code, as_json=as_json)
    if os.environ.get("OSTEON_TRACEBACK"):
        raise error
    _fail(_fault(error), errors.OsteonError.exit_code, as_json=as_json)


def _fault(error: Exception) -> str:
    """Return where `error` arose, without its text, which may hold what is a patient's."""
    trace, place = error.__traceback__, "osteon"
    while trace is not None:
        name = trace.tb_frame.f_globals.get("__name__", "")
        place = f"{name}, line {trace.tb_lineno}" if name.startswith("osteon.") else place
        trace = trace.tb_next
    return f"A fault of osteon ({type(error).__name__} in {place}); please report it with what you did."


def _fail(text: str, code: int, *, as_json: bool) -> None:
    print(json.dumps({"error": text, "exit_code": code}) if as_json else f"osteon: {text}", file=sys.stderr)
    sys.exit(code)


def _system(name: str) -> Any:
    from osteon import systems as room

    return room.load_file(Path(name)) if name.endswith(".py") else room.get(name)


def _own(name: str | None) -> Any:
    return _system(name) if name else None


def _system_row(system: Any) -> dict[str, Any]:
    return {
        "name": system.name,
        "summary": system.summary,
        "task": ", ".join(f"{t.kind} {t.name}" for t in system.tasks),
        "tasks": [{**asdict(t), "kind": t.kind, "answers": t.answers} for t in system.tasks],
        "inputs": [i.name for i in system.inputs],
        "evidence": system.paper.evidence,
        "variants": sorted(system.variants),
        "paper": asdict(system.paper),
        "claims": [asdict(c) for c in system.claims],
        "errata": list(system.errata),
        "reconstructed": list(system.reconstructed),
    }


def _finding_row(finding: Any) -> dict[str, Any]:
    from osteon.cohorts.checks.findings import listed

    return {"name": finding.name, "severity": finding.severity, "text": finding.text, "rows": listed(finding.rows)}


def _print_system(row: dict[str, Any]) -> None:
    paper = row["paper"]
    print(f"{row['name']}: {row['summary']}")
    print(f"{paper['authors']} {paper['year']}, {paper['title']}, doi {paper['doi']}")
    print(f"Evidence level {row['evidence']} (what that means: docs/concepts/honest-scores.md)")
    print(f"Inputs: {', '.join(row['inputs'])}")
    print("Tasks:")
    print("\n".join(f"  - {t['name']} ({t['kind']}, for each {t['unit']}): {t['answers']}" for t in row["tasks"]))
    print(f"Variants: {', '.join(row['variants']) or 'none'}")
    claims = [f"{c['metric']} {c['value']} ({c['data']}; {c['source']})" for c in row["claims"]]
    for title, lines in [("Published", claims), ("Errata", row["errata"]), ("Reconstructed", row["reconstructed"])]:
        print(f"{title}:")
        print("\n".join(f"  - {line}" for line in lines) or "  - none")


def _print_scores(scores: Sequence[Score], *, as_json: bool) -> None:
    rows = [asdict(s) for s in scores]
    if as_json:
        return _print_json(rows)
    shown = [{**r, "value": f"{r['value']:.3f}", "interval": f"{r['low']:.3f} to {r['high']:.3f}"} for r in rows]
    return _print_table(("task", "metric", "value", "interval", "method", "unit", "n", "patients", "evidence"), shown)


def _print_readings(readings: Sequence[Reading], *, out: Path, as_json: bool) -> None:
    if as_json:
        from osteon.reading.files import as_json as reading_as_json

        _print_json([reading_as_json(r) for r in readings])
    for reading in () if as_json else readings:
        where = out if len(readings) == 1 else out / reading.patient
        for finding in reading.findings:
            odds = ", ".join(f"{k} {v:.2f}" for k, v in finding.probabilities.items())
            flag = "  (out of distribution: not to be believed)" if finding.out_of_distribution else ""
            where_from = f"{finding.file}: " if finding.file else ""
            print(f"{where_from}{finding.system}: {odds}{flag}")
        for refusal in reading.refused:
            print(f"not read: {refusal.file}: {refusal.why}")
        print(f"Report: {where / 'report.html'}")
    if readings and not any(r.findings for r in readings):
        why = (
            "Nothing was answered: every file was refused, each for the reason given; the report is there all the same."
        )
        _fail(why, errors.InputError.exit_code, as_json=as_json)


def _done(result: Any, text: str, *, as_json: bool) -> None:
    if as_json:
        _print_json(result)
    else:
        print(text)


def _print_json(value: Any) -> None:
    print(json.dumps(plain(value), allow_nan=False, indent=2))


def _print_table(columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*columns)
    for row in rows:
        cells = [row.get(c, "") for c in columns]
        table.add_row(*(", ".join(map(str, c)) if isinstance(c, (list, tuple)) else str(c) for c in cells))
    Console(width=None if sys.stdout.isatty() else 140).print(table)
