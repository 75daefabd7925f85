"""The simulated patients of a row of the evidence: made once, and kept for the rows that share them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from osteon.engine import progress
from osteon.engine.evidence_row import Made
from osteon.simulate.recipe import Order

COHORT = "osteon.simulate.cohort"  # loaded with the first patients: the anatomy and its compiler take seconds


def patients(wanted: Made, folder: Path) -> Path:
    """Return the cohort of simulated patients in `folder`; it is made, or taken up where it was stopped, if need be.

    Args:
        wanted: Which patients. Their folder is named after all of it, so that other patients never stand in.
        folder: Where cohorts of simulated patients lie.

    Raises:
        OsteonError: As `osteon simulate` raises.

    """
    root = folder / wanted.name
    if (root / "cohort.csv").is_file():
        return root
    folder.mkdir(parents=True, exist_ok=True)
    order = Order(
        recipe=wanted.recipe, patients=wanted.patients, seed=wanted.seed, size=wanted.size, like=wanted.like or None
    )
    with progress.bar() as bar:
        bar.begin(f"simulating {wanted.recipe}", wanted.patients)
        return import_module(COHORT).cohort(order, out=root, report=bar.at)
