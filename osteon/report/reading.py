"""The report of one patient's reading: one HTML file, offline, made to be printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from osteon.io.names import called
from osteon.report import html as pages
from osteon.report.card import Card
from osteon.report.picture import Plate
from osteon.types import Finding, Reading

DOUBTFUL = 0.6
"""A finding of the same image with a higher uncertainty than this is told in the headline."""

UNITS = {
    "area_mm2": ("Area", "mm²"),
    "area_px": ("Area", "pixels"),
    "volume_ml": ("Volume", "ml"),
    "volume_voxels": ("Volume", "voxels"),
    "longest_diameter_mm": ("Longest diameter", "mm"),
    "longest_diameter_px": ("Longest diameter", "pixels"),
    "longest_slice_diameter_mm": ("Longest diameter in a slice", "mm"),
    "parts": ("Separate parts", ""),
}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A finding with its picture, and how sure the calibration films make it.

    Attributes:
        finding: As in `reading.json`.
        plate: The image it is located on; None for a table or a spectrum.
        ranges: Class to the range in which the true share lay among held-out studies of like probability.
        answers: What the finding answers, for people: "Is there a tumour on this film, and of what kind?".

    """

    finding: Finding
    plate: Plate | None = None
    ranges: dict[str, tuple[float, float]] | None = None
    answers: str = ""


def html(reading: Reading, *, shown: Sequence[Shown], cards: Sequence[Card] = (), made_at: str = "") -> str:
    """Return the report of `reading` as one HTML page.

    Args:
        reading: What was found, missing and refused.
        shown: Its findings with their pictures, in the order of `reading.findings`.
        cards: Of the systems that spoke.
        made_at: Date and time, as it shall be printed.

    """
    groups = [(file, tuple(of_file)) for file, of_file in groupby(_by_file(shown), key=lambda s: s.finding.file)]
    return pages.page(
        "reading.html.j2",
        reading=reading,
        groups=groups,
        headline=headline(reading.findings),
        cards=cards,
        made_at=made_at,
        called=called,
        measured=measured,
        sure=sure,
        leading=leading,
    )


def headline(findings: Sequence[Finding]) -> str:
    """Return the reading in one sentence, as plainly as it can be said."""
    trusted = [f for f in findings if not f.out_of_distribution and f.probabilities]
    if not trusted:
        outside = any(f.out_of_distribution for f in findings)
        return (
            "Nothing here looks like what the systems were trained on, so none of them gives an answer."
            if outside
            else "No trained system applies to what was given."
        )
    first = trusted[0]
    word, share = leading(first)
    located = "A region is outlined." if first.mask else "No region is outlined."
    said = f"The most believed finding: {word}, {pages.percent(share)}, {sure(first.uncertainty)}. {located}"
    return " ".join([said, *_otherwise(first, others=[f for f in trusted[1:] if f.file == first.file])])


def leading(finding: Finding) -> tuple[str, float]:
    """Return the most probable class of `finding` and its probability."""
    return max(finding.probabilities.items(), key=lambda pair: pair[1])


def sure(uncertainty: float | None) -> str:
    """Return a word for an uncertainty of 0 to 1.

    >>> sure(0.1), sure(0.5), sure(0.95), sure(None)
    ('fairly sure', 'unsure', 'hardly better than guessing', 'uncertainty not stated')

    """
    if uncertainty is None:
        return "uncertainty not stated"
    for limit, word in ((0.35, "fairly sure"), (0.7, "unsure"), (0.9, "very unsure")):
        if uncertainty < limit:
            return word
    return "hardly better than guessing"


def measured(finding: Finding) -> list[tuple[str, str]]:
    """Return the measurements of `finding` as (name, value with unit)."""
    several = finding.measurements.get("parts", 1) > 1
    rows = []
    for key, value in finding.measurements.items():
        name, unit = UNITS.get(key, (key.replace("_", " "), ""))
        if several and key != "parts":
            name += " within one part" if "diameter" in key else " of all parts"
        rows.append((name, f"{pages.figure(value, 0 if key == 'parts' else 1)} {unit}".strip()))
    return rows


def _otherwise(first: Finding, *, others: Sequence[Finding]) -> list[str]:
    """Return one sentence for each system that does not agree with `first` on its image, or is unsure of it."""
    told: dict[str, Finding] = {}
    for other in sorted(others, key=lambda f: (not _differ(first, f), -(f.uncertainty or 0.0))):
        if _differ(first, other) or (other.uncertainty or 0.0) > DOUBTFUL:
            told.setdefault(other.system, other)
    return [_voice(first, other) for other in told.values()]


def _voice(first: Finding, other: Finding) -> str:
    begin = "The systems do not agree:" if _differ(first, other) else "On the same image"
    odds = sorted(other.probabilities.items(), key=lambda pair: -pair[1])[:2]
    said = " and ".join(f"{word} {pages.percent(share)}" for word, share in odds)
    return f"{begin} {other.system} gives {said}, {sure(other.uncertainty)}."


def _differ(one: Finding, other: Finding) -> bool:
    """Return whether two findings that have a class in common name different ones."""
    return leading(one)[0] != leading(other)[0] and not set(one.probabilities).isdisjoint(other.probabilities)


def _by_file(shown: Sequence[Shown]) -> list[Shown]:
    """Return `shown` with those of one file together, files in the order of their most believed finding."""
    order: dict[str | None, int] = {}
    for one in shown:
        order.setdefault(one.finding.file, len(order))
    return sorted(shown, key=lambda one: order[one.finding.file])
