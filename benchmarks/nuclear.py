"""Bone scans of whole bodies by the full Monte Carlo and by its kernels: time, noise, and how far they agree.

    python benchmarks/nuclear.py --scans 2 --fast 8

Bodies are those of the bone scan recipe, drawn and voxelised here as well, 4 mm a voxel. Times for 100 and 1,000 scans
are those of the scans made here, multiplied: no GPU is used, and none was tested.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from measure import table

from osteon.simulate.nuclear import bone_scan, pet, spect
from osteon.simulate.person import fields
from osteon.simulate.person.body import Body
from osteon.simulate.person.patient import Patient

WANTED_FULL_MIN, WANTED_FAST_MIN, WANTED_APART = 30.0, 20.0, 0.02
CORES = 2
CELL_PX = 64
CELL_COUNTS = 5000
Timed = tuple[object, float, float]


def main() -> str:
    """Return the results as Markdown."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--scans", type=int, default=2)
    parser.add_argument("--fast", type=int, default=8)
    asked = parser.parse_args()
    settings = bone_scan.Settings()
    return "\n\n".join(
        [
            "## Nuclear medicine",
            f"Whole bodies at 4 mm, both views of 256 x 1024 pixels, {settings.histories:,} histories a full scan, one "
            "core a scan. Seconds are of the processor (and by the clock, on a machine that others use too). No GPU was"
            " tested.",
            *_bone_scans(settings, asked.scans, asked.fast),
            _tomography(),
        ]
    )


def _patient(index: int) -> Patient:
    return Patient(index=index, age_years=45.0 + 5 * index % 40, degeneration=0.1 * (index % 8), weight_kg=76.0)


def _timed(work: Callable[[], object]) -> Timed:
    clock, processor = time.perf_counter(), time.process_time()
    made = work()
    return made, time.process_time() - processor, time.perf_counter() - clock


def _body(index: int) -> Body:
    return fields.body(_patient(index), field="whole", spacing_mm=4.0)


def _bone_scans(settings: bone_scan.Settings, scans: int, fast: int) -> list[str]:
    """Return the table of times and what was found of noise and agreement."""
    kernels = replace(settings, method="kernels")
    for warm in (replace(settings, histories=1000), kernels):
        bone_scan.scan(_body(99), warm, np.random.default_rng(0))
    bodies = [_timed(lambda index=index: _body(index)) for index in range(max(scans, fast))]
    full = [_expected(bodies[i][0], settings, seed=i) for i in range(scans)]
    again = _expected(bodies[0][0], settings, seed=1000)
    quick = [_timed(lambda b=b: bone_scan.scan(b[0], kernels, np.random.default_rng(0))) for b in bodies[:fast]]
    drawn = statistics.median(b[1] for b in bodies)
    rows = [
        _row("full Monte Carlo", full, 100, drawn, WANTED_FULL_MIN),
        _row("kernels", quick, 1000, drawn, WANTED_FAST_MIN),
    ]
    a_second = settings.histories / statistics.median(one[1] for one in full)
    head = ["way", "s a scan", "by the clock", "s to draw a body", "scans", f"minutes on {CORES} cores", "wanted"]
    return [
        table(head, rows),
        f"{a_second:,.0f} histories a second and core, each followed to both heads.",
        _noise(full[0][0], again[0]),
        _agreement(full, [_expected(bodies[i][0], kernels, seed=i) for i in range(scans)]),
    ]


def _expected(body: object, settings: bone_scan.Settings, *, seed: int) -> Timed:
    return _timed(lambda: bone_scan.expected(body, settings, np.random.default_rng(seed)))


def _row(name: str, timed: list[Timed], scans: int, body_s: float, wanted: float) -> list[str]:
    seconds, clock = (statistics.median(one[i] for one in timed) for i in (1, 2))
    minutes = scans * (seconds + body_s) / CORES / 60
    reached = "reached" if minutes <= wanted else "missed"
    return [
        name,
        f"{seconds:.2f}",
        f"{clock:.2f}",
        f"{body_s:.2f}",
        f"{scans:,}",
        f"{minutes:.1f}",
        f"{wanted:g} ({reached})",
    ]


def _noise(one: np.ndarray, other: np.ndarray) -> str:
    inside = one > 1
    share = ((one - other)[inside] ** 2).sum() / 2 / one[inside].sum()
    counts = ", ".join(f"{view.sum() / 1e6:.2f}" for view in one)
    return (
        f"A scan has {counts} million counts (anterior, posterior); the chance of the transport adds "
        f"{100 * share:.1f} % to the variance of its Poisson noise."
    )


def _agreement(full: list[Timed], fast: list[Timed]) -> str:
    """Return how far the two ways are apart in squares of 15 cm."""
    ratios, totals = [], []
    for one, other in zip((f[0] for f in full), (f[0] for f in fast), strict=True):
        a, b = (_cells(image) for image in (one, other))
        kept = a > CELL_COUNTS
        ratios.append((b / np.maximum(a, 1))[kept])
        totals.append(other.sum() / one.sum())
    apart = np.abs(np.concatenate(ratios) - 1)
    reached = "reached" if apart.max() <= WANTED_APART else "missed"
    return (
        f"Kernels against the full Monte Carlo, {len(apart)} squares of 15 cm with over {CELL_COUNTS:,} counts: root "
        f"mean square {100 * np.sqrt((apart**2).mean()):.2f} %, largest {100 * apart.max():.2f} % (wanted: "
        f"{100 * WANTED_APART:g} %, {reached}); whole images {100 * max(abs(t - 1) for t in totals):.2f} % at most."
    )


def _cells(image: np.ndarray) -> np.ndarray:
    views, rows, columns = image.shape
    return image.reshape(views, rows // CELL_PX, CELL_PX, columns // CELL_PX, CELL_PX).sum(axis=(2, 4))


def _tomography() -> str:
    """Return the times of SPECT and PET of a thorax."""
    body = fields.body(_patient(1), field="thorax", spacing_mm=3.0)
    ways: dict[str, Callable[[], object]] = {
        "SPECT, 60 views, OSEM": lambda: spect.scan(body, spect.Settings(), np.random.default_rng(0)),
        "SPECT, 60 views, FBP": lambda: spect.scan(body, spect.Settings(method="fbp"), np.random.default_rng(0)),
        "FDG-PET, OSEM": lambda: pet.scan(body, pet.Settings(), np.random.default_rng(0)),
    }
    rows = []
    for name, way in ways.items():
        way()
        made, seconds, clock = _timed(way)
        rows.append([name, " x ".join(map(str, made.grid.shape)), f"{seconds:.1f}", f"{clock:.1f}"])
    return table(["thorax", "voxels", "s", "by the clock"], rows)


if __name__ == "__main__":
    print(main())
