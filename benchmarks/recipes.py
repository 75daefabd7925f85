"""One patient of every recipe at full size: seconds, peak memory, megabytes on disk against what the recipe says.

    python benchmarks/recipes.py [--only "RECIPE [NAME=VALUE ...]" ...] [--seed 1]

Those of `COSTLY` are made with the options that ask most of the machine, too.

Each recipe runs in a process of its own, which makes a small patient first, so that nothing is compiled in the time.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from measure import table

from osteon.simulate import recipes
from osteon.simulate.cohort import cohort
from osteon.simulate.recipe import Order

WANTED_GB = 4.0
COSTLY = (
    "bone-scans method=monte-carlo",
    "knee-radiographs collimator=none",
    "limb-radiographs collimator=none",
    "osteosarcoma-ct dose_percent=10 metal=plate",
    "osteosarcoma-slides pens=3 folds=3",
)
PEAK = Path("/proc/self/status")


def main() -> str:
    """Return the results as Markdown."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", default="")
    asked = parser.parse_args()
    if asked.child:
        return json.dumps(_cost(asked.child, asked.seed))
    found = {name: _in_child(name, asked.seed) for name in asked.only or sorted((*recipes.everything(), *COSTLY))}
    rows = [
        [name, f"{one['seconds']:.1f}", f"{one['cpu']:.1f}", f"{one['gb']:.2f}", f"{one['mb']:.1f}", f"{one['told']:g}"]
        for name, one in found.items()
    ]
    worst = max(one["gb"] for one in found.values())
    return "\n\n".join(
        [
            "## Recipes of simulated patients",
            f"One patient of each at full size, seed {asked.seed}, one process. Wanted: under {WANTED_GB:g} GB of "
            f"memory. The largest is {worst:.2f} GB ({'reached' if worst < WANTED_GB else 'missed'}).",
            table(["recipe and options", "s", "s of the processor", "peak GB", "MB on disk", "MB it says"], rows),
        ]
    )


def _in_child(name: str, seed: int) -> dict[str, float]:
    words = [sys.executable, __file__, "--child", name, "--seed", str(seed)]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    print(name, done.stdout.strip(), file=sys.stderr)
    return json.loads(done.stdout)


def _cost(words: str, seed: int) -> dict[str, float]:
    """Return what one patient of a recipe with its options costs."""
    name, *asked = words.split()
    order = Order(recipe=name, patients=1, seed=seed, options=dict(one.split("=") for one in asked))
    with tempfile.TemporaryDirectory() as here:
        cohort(replace(order, size="small"), out=Path(here, "small"))
        clock, processor = time.perf_counter(), time.process_time()
        made = cohort(order, out=Path(here, "full"))
        return {
            "seconds": time.perf_counter() - clock,
            "cpu": time.process_time() - processor,
            "gb": _peak_gb(),
            "mb": sum(p.stat().st_size for p in made.rglob("*") if p.is_file()) / 1e6,
            "told": recipes.get(name).megabytes[0],
        }


def _peak_gb() -> float:
    """Return the most memory that this process has held."""
    said = dict(line.split(":", 1) for line in PEAK.read_text(encoding="utf-8").splitlines())
    return int(said["VmHWM"].split()[0]) * 1024 / 1e9


if __name__ == "__main__":
    print(main())
