"""`osteon systems`: what there is."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from osteon.cli._app import app
from osteon.cli._options import AsJson
from osteon.cli._printing import print_json, print_table


@app.command()
def systems(
    name: Annotated[str | None, typer.Argument(help="Show one system whole.")] = None, *, as_json: AsJson = False
) -> None:
    """List the published systems, or show one."""
    from osteon import systems as room

    rows = [_row(room.get(n)) for n in ([name] if name else room.names())]
    if as_json:
        return print_json(rows)
    if name:
        return _print_whole(rows[0])
    return print_table(("name", "task", "inputs", "evidence"), rows)


def _row(system: Any) -> dict[str, Any]:
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


def _print_whole(row: dict[str, Any]) -> None:
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
