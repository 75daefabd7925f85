"""Why a cell of the results page's overview has no figure: a reason a cell, kept here once.

A row that is listed and not run says so by itself, so that only what no row asks needs a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from osteon.engine.evidence_row import Row
from osteon.engine.results_simulated import THOUSAND, columns

TITLE = "What has no figure, and why"
LINK = "#what-has-no-figure-and-why"
TITLES = {
    "published": "published",
    "people": "people",
    "as the paper": "simulated, the paper's number or fewer",
    "thousand": f"simulated, {THOUSAND:,}",
}
"""The columns of the overview, as the list of reasons names them."""

OTHERWISE = {
    "published": "the paper's figures were not to be had",
    "people": "no set of people that answers its question, or a near one, is at hand",
    "as the paper": "no row asks for it yet",
    "thousand": f"no row asks for it yet: making {THOUSAND:,} patients and training on them is hours of two cores",
}
"""Of a column, where a system has no reason of its own."""

REASONS = {
    ("mri-necrosis-huang2020", "published"): "its scores are not on the pages that were read",
    (
        "pet-response-delta",
        "published",
    ): "it is osteon's own, for section 4.1.4 of the review; no paper measured it",
    ("mri-necrosis-huang2020", "people"): (
        "it reads an ADC map, T2 and T1 before and after contrast, made after chemotherapy, and learns from samples of "
        "tissue outlined on T2 that a pathologist called viable or not. The sarcomas at hand have T1, CT and PET and "
        "no such samples, so not even a surrogate can be had of them. The paper's 12 patients are not public, and no "
        "public set with such samples is known to us. For its last step alone, the response, breast tumours would "
        "stand in: ACRIN 6698 (diffusion and contrast MRI before, during and after chemotherapy, with the response)"
    ),
    ("pet-response-delta", "people"): (
        "it reads PET before and after chemotherapy and needs the necrosis found at surgery; the sarcomas at hand have "
        "one PET a patient, made before treatment, and no such finding"
    ),
}
"""System and column to the reason, a sentence without its full stop."""


def why(system: str, column: str, rows: Iterable[Row]) -> str:
    """Return why `system` has no figure in `column`: a row that was not run, else the reason kept here.

    Args:
        system: Its name, without a variant.
        column: A key of `TITLES`.
        rows: Of the evidence, measured or not.

    """
    for row in rows:
        if row.role == "result" and row.system.partition(".")[0] == system and column in columns(row):
            return f"listed and not run yet (`osteon bench {'--simulated ' if row.made else ''}{row.name}`)"
    return REASONS.get((system, column), OTHERWISE[column])


def cell(column: str) -> str:
    """Return what stands in `column` where there is no figure."""
    return f"[{'none' if column == 'published' else 'not measured'}]({LINK})"


def told(cells: Sequence[tuple[str, str]], rows: Sequence[Row]) -> list[str]:
    """Return the Markdown list of reasons for `cells` (system, column), those that share one in one line."""
    reasons = sorted(((list(TITLES).index(column), why(system, column, rows), system) for system, column in cells))
    lines = ["", f"### {TITLE}", ""]
    for (place, reason), group in groupby(reasons, key=lambda found: found[:2]):
        names = ", ".join(f"`{system}`" for *_, system in group)
        lines.append(f"- {list(TITLES.values())[place]}; {names}: {reason}.")
    return lines if cells else []
