"""`osteon cohort check` and `osteon cohort pack`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from osteon import errors
from osteon.cli._app import app, group
from osteon.cli._options import Allow, AsJson, CohortDir, Out
from osteon.cli._printing import print_done, print_json, print_table

cohort_app = group("Look at a cohort before trusting it.")
app.add_typer(cohort_app, name="cohort")


@cohort_app.command("check")
def cohort_check(cohort: CohortDir, *, allow: Allow = None, as_json: AsJson = False) -> None:
    """Audit a cohort: what would make its scores worth nothing."""
    from osteon import cohorts

    found = cohorts.load(cohort)
    audit = cohorts.audit(found, allow=tuple(allow or ()), targets=_targets())
    if as_json:
        print_json({**cohorts.as_json(audit), "evidence": found.evidence})
    else:
        print_done({}, f"{len(found.studies)} studies; the data are {found.evidence}.", as_json=False)
        _print_findings(audit)
    if audit.refused:
        raise typer.Exit(errors.CohortError.exit_code)


@cohort_app.command("pack")
def cohort_pack(
    cohort: CohortDir,
    *,
    out: Out,
    trim_mm: Annotated[
        float | None, typer.Option(help="Trim every side of every volume by up to this much, by chance, first.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a cohort as plain arrays, so that a machine without file readers can train on it."""
    from osteon import cohorts

    found = cohorts.load(cohort)
    path = cohorts.pack(found if trim_mm is None else cohorts.trimmed(found, up_to_mm=trim_mm), out)
    lost = len(cohorts.load(path).refused)
    words = f"; what could not be read is left out ({lost}), pack.json says which" if lost else ""
    print_done({"packed": str(path), "left_out": lost}, f"Packed: {path}{words}", as_json=as_json)


def _targets() -> set[str]:
    """Return the names of all tasks with classes: label columns that some system would learn."""
    from osteon import systems
    from osteon.contract import Classify

    return {t.name for name in systems.names() for t in systems.get(name).tasks if isinstance(t, Classify)}


def _print_findings(audit: Any) -> None:
    if audit.findings:
        print_table(("name", "severity", "text", "rows"), [_row(finding) for finding in audit.findings])
    else:
        print_done({}, "Nothing was found.", as_json=False)


def _row(finding: Any) -> dict[str, Any]:
    from osteon.cohorts.checks.findings import listed

    return {"name": finding.name, "severity": finding.severity, "text": finding.text, "rows": listed(finding.rows)}
