"""The model card: what a trained system is, what it was trained on, how good it is, what it must not be used for.

Mitchell M. et al., Model cards for model reporting, FAT* 2019.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from osteon.contract import System
from osteon.errors import WeightsError
from osteon.io.plain import plain
from osteon.metrics import words
from osteon.report import html
from osteon.types import Claim, Evidence, Score

NOT_FOR = (
    "Diagnosis, triage or treatment of patients: it is a research tool and not a medical device.",
    "Images of another kind than those it was trained on, named below.",
    "Replacing a biopsy or the reading of a tumour board.",
)


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a reader must know of a trained system.

    Attributes:
        name: System and variant, as in `osteon systems`.
        summary: One line on what it answers.
        paper: The publication it follows, as one line.
        licence: Of the weights.
        data: What it was trained on: set, size, licence, citation, one sentence each.
        evidence: Real, surrogate or simulated data.
        not_for: What it must not be used for.
        scores: Measured, each with its interval.
        claims: Published, shown beside.
        calibration: How its probabilities and its out-of-distribution flag were set, one sentence each.
        reconstructed: What the paper does not say and osteon chose.
        notes: Anything else: costs, seeds, what is weaker than published.
        weights_sha256, version: Which weights, made by which osteon.

    """

    name: str
    summary: str
    paper: str = ""
    licence: str = "not stated"
    data: tuple[str, ...] = ()
    evidence: Evidence | None = None
    not_for: tuple[str, ...] = NOT_FOR
    scores: tuple[Score, ...] = ()
    claims: tuple[Claim, ...] = ()
    calibration: tuple[str, ...] = ()
    reconstructed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    weights_sha256: str = ""
    version: str = ""


def describe(system: System, *, run: Mapping[str, Any], scores: Sequence[Score] = (), **more: Any) -> Card:
    """Return the card of a trained `system`.

    Args:
        system: The recipe.
        run: What `run.json` holds; of it `cohort`, `weights_sha256`, `versions`, `allowed` and `notes` are used.
        scores: Measured on data that no choice was made on.
        **more: Further fields of `Card`, which win.

    """
    paper, cohort = system.paper, run.get("cohort") or {}
    allowed = [f"The audit found {name}, which was passed over." for name in run.get("allowed", ())]
    stated: dict[str, Any] = {
        "name": system.name,
        "summary": system.summary,
        "paper": f"{paper.authors} {paper.year}, {paper.title}, doi {paper.doi}",
        "evidence": _evidence(cohort.get("evidence")),
        "data": tuple(str(cohort[key]) for key in ("name", "licence", "citation") if cohort.get(key)),
        "licence": str(cohort.get("licence") or "not stated"),
        "scores": tuple(scores),
        "claims": system.claims,
        "reconstructed": system.reconstructed,
        "notes": (*cohort.get("notes", ()), *run.get("notes", ()), *allowed),
        "weights_sha256": str(run.get("weights_sha256", "")),
        "version": str((run.get("versions") or {}).get("osteon", "")),
    }
    return Card(**{**stated, **more})


def as_json(card: Card) -> dict[str, Any]:
    """Return `card` as JSON takes it, for `card.json`; a figure that is undefined becomes None."""
    return plain(card)


def load(folder: Path) -> Card | None:
    """Return the card in a weights or run folder; None when it has none.

    Raises:
        WeightsError: When `card.json` is there and cannot be read.

    """
    path = folder / "card.json"
    if not path.is_file():
        return None
    try:
        stated = json.loads(path.read_text(encoding="utf-8"))
        known = {f.name: stated[f.name] for f in fields(Card) if f.name in stated}
        for key, value in known.items():
            if isinstance(value, list):
                known[key] = tuple(value)
        known["scores"] = tuple(_score(s) for s in known.get("scores", ()))
        known["claims"] = tuple(Claim(**c) for c in known.get("claims", ()))
        known["evidence"] = _evidence(known.get("evidence"))
        return Card(**known)
    except (ValueError, TypeError, KeyError) as error:
        msg = "the model card cannot be read; take the folder anew from its source."
        raise WeightsError(msg, file="card.json") from error


def markdown(card: Card) -> str:
    """Return `card` as Markdown, for `card.md`.

    >>> markdown(Card(name="a-system.tag", summary="Says what it sees.")).splitlines()[0]
    '# a-system.tag'

    """
    parts = [
        f"# {card.name}\n\n{card.summary}",
        f"**{html.NOTICE}**",
        _lines("Stands for", (card.paper,) if card.paper else ()),
        f"## Licence of the weights\n\n{card.licence}",
        _lines("Trained on", (*card.data, *((f"Evidence: {card.evidence} data.",) if card.evidence else ()))),
        _lines("Must not be used for", card.not_for),
        _scores(card.scores),
        _lines("Published", [f"{c.metric} {c.value:g} ({c.data}; {c.source})" for c in card.claims]),
        _lines("Calibration", card.calibration),
        _lines("Reconstructed, since the paper does not say", card.reconstructed),
        _lines("Notes", card.notes),
        f"osteon {card.version or 'version not stated'}, weights sha256 {card.weights_sha256 or 'not stated'}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _score(stated: dict[str, Any]) -> Score:
    whole: dict[str, Any] = {**stated, "evidence": Evidence(stated["evidence"])}
    for name in ("value", "low", "high"):
        whole[name] = math.nan if stated[name] is None else stated[name]
    return Score(**whole)


def _evidence(word: Any) -> Evidence | None:
    return Evidence(word) if word else None


def _lines(title: str, lines: Sequence[str]) -> str:
    return f"## {title}\n\n" + "\n".join(f"- {_one_line(line)}" for line in lines) if lines else ""


def _scores(scores: Sequence[Score]) -> str:
    if not scores:
        return ""
    head = "| metric | value | interval | on | n | patients | data |\n|---|---|---|---|---|---|---|"
    return "## Measured\n\n" + "\n".join([head, *map(_row, scores)])


def _row(s: Score) -> str:
    cells = (
        f"{s.task} {s.metric}", words.number(s.value), f"{words.interval(s)} ({s.method})", f"{s.cohort} {s.split}",
        f"{s.n} {words.several(s.unit)}", f"{s.patients}", f"{s.evidence}{'; ' + s.note if s.note else ''}",
    )  # fmt: skip
    return "| " + " | ".join(_one_line(cell).replace("|", "\\|") for cell in cells) + " |"


def _one_line(text: str) -> str:
    return " ".join(text.split())
