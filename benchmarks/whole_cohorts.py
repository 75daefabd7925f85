"""Whole cohorts of simulated patients, made as a user asks for them: minutes by the clock against what is wanted.

    python benchmarks/whole_cohorts.py [--only "bone-scans method=monte-carlo" ...] [--workers 2] [--seed 3]

Each is one `osteon simulate` from an empty folder, start of the process included. All three take half an hour of two
calm cores; a machine that does other work too takes longer.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import table

OSTEON = Path(sys.executable).with_name("osteon")
MONTE_CARLO = "bone-scans method=monte-carlo"
WANTED = {"knee-radiographs": (200, 12.0), "bone-scans": (1000, 20.0), MONTE_CARLO: (100, 30.0)}
"""Patients of a recipe with its options, and the minutes that they may take on two cores."""


def main() -> str:
    """Return the results as Markdown."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="*", default=[], choices=WANTED)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=3)
    asked = parser.parse_args()
    rows = [_row(name, workers=asked.workers, seed=asked.seed) for name in asked.only or WANTED]
    return "\n\n".join(
        [
            "## Whole cohorts of simulated patients",
            f"At full size, `osteon simulate RECIPE --patients N --seed {asked.seed} --workers {asked.workers}` into "
            f"an empty place; load of the machine at the end {os.getloadavg()[1]:.1f} (mean of five minutes). On the "
            "CPU; no GPU was tested.",
            table(["recipe", "patients", "minutes", "wanted", "MB on disk"], rows),
        ]
    )


def _row(recipe: str, *, workers: int, seed: int) -> list[str]:
    patients, wanted = WANTED[recipe]
    with tempfile.TemporaryDirectory() as here:
        out = Path(here, "cohort")
        name, *options = recipe.split()
        chosen = [word for one in options for word in ("--set", one)]
        words = ["simulate", name, *chosen, "--patients", patients, "--seed", seed, "--workers", workers, "--out", out]
        began = time.perf_counter()
        subprocess.run([OSTEON, *map(str, words)], stdout=subprocess.PIPE, check=True)
        minutes = (time.perf_counter() - began) / 60
        made = _patients(out)
        size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) / 1e6
    said = "reached" if minutes <= wanted and made == patients else "missed"
    print(recipe, f"{minutes:.1f}", file=sys.stderr)
    return [recipe, f"{made:,}", f"{minutes:.1f}", f"{wanted:g} ({said})", f"{size:,.0f}"]


def _patients(cohort: Path) -> int:
    with (cohort / "cohort.csv").open(encoding="utf-8", newline="") as file:
        return len({row["patient"] for row in csv.DictReader(file)})


if __name__ == "__main__":
    print(main())
