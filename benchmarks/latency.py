"""The latency of systems without volumes, untrained, on a study of noise of a usual size: as `osteon choose` times it.

    python benchmarks/latency.py [--only NAME ...] [--threads 2]

Those of volumes are in `latency_volumes.py`. A yardstick (a product of two matrices) before each system says how busy
the machine was.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch
from measure import table
from torch import nn

from osteon import systems
from osteon.contract import Part, System
from osteon.engine.apply import Fitted, features
from osteon.engine.latency import Latency, latency
from osteon.engine.machine import channels_last
from osteon.engine.noise import FILM, VOLUME, study_of_noise
from osteon.engine.predictor import Predictor
from osteon.errors import OsteonError
from osteon.types import Maker, Output, Study

Found = TypeVar("Found")
LIMIT_MS = 100.0
ROWS = 60
LONGEST_S = 2.0


@dataclass(frozen=True, kw_only=True)
class Timed:
    """A system's time, or why there is none."""

    name: str
    kinds: tuple[str, ...]
    parameters: int
    latency: Latency | None
    why: str = ""

    @property
    def ms(self) -> float:
        """The median; infinite where it was not timed."""
        return self.latency.ms if self.latency else math.inf

    @property
    def flat(self) -> bool:
        """Whether its images are two-dimensional."""
        return any(kind in FILM for kind in self.kinds)


def main() -> str:
    """Return the results as Markdown."""
    asked = options().parse_args()
    named = asked.only or [name for name in systems.names(variants=True) if not of_volumes(name)]
    found, busy = each(named, _timed, threads=asked.threads)
    return "\n\n".join(
        [
            "## Latency of the systems",
            f"One study of noise, from pixels in memory to predictions, {asked.threads} threads; the networks "
            "untrained, the median of up to 15 runs after up to three that do not count (fewer of a slow one). "
            "Noise: films 2,000 x 1,600, tiles 512 x 512, spectra 1,600; an outlined ellipse of 0.16 of each side. "
            "The numbers are those of a file as it is read, resampling and radiomics included.",
            busy,
            table(
                ["system or variant", "images", "ms a study", "quartiles", "parameters", f"{LIMIT_MS:g} ms"],
                [_row(one) for one in found],
            ),
            _verdict(found),
        ]
    )


def of_volumes(name: str) -> bool:
    """Return whether the system takes a volume."""
    return any(i.kind in VOLUME for i in systems.get(name).inputs)


def options() -> argparse.ArgumentParser:
    """Return the parser of what both benchmarks of latency can be asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--threads", type=int, default=2)
    return parser


def each(names: Sequence[str], timed: Callable[[str], Found], *, threads: int) -> tuple[list[Found], str]:
    """Return what `timed` finds of each system, and in words how busy the machine was meanwhile."""
    torch.set_num_threads(threads)
    before, ruler, found = os.getloadavg()[0], [], []
    for name in names:
        ruler.append(yardstick())
        found.append(timed(name))
        print(found[-1], file=sys.stderr, flush=True)
    return found, (
        f"Load {before:.1f} before and {os.getloadavg()[0]:.1f} after (this benchmark alone makes up to {threads}). "
        f"A product of matrices timed before each system took {min(ruler):.1f} ms at best and "
        f"{np.median(ruler):.1f} in the median: on a calm machine the two are alike, and on a busy one all that "
        "stands below is about as many times too long."
    )


def _row(one: Timed) -> list[str]:
    what = ", ".join(one.kinds)
    if one.latency is None:
        return [one.name, what, one.why, "", f"{one.parameters:,}", ""]
    took = one.latency
    return [
        one.name, what, f"{took.ms:,.1f}", f"{took.low_ms:,.1f} to {took.high_ms:,.1f}",
        f"{one.parameters:,}" if one.parameters else "no network", "within" if took.ms <= LIMIT_MS else "over",
    ]  # fmt: skip


def _verdict(found: Sequence[Timed]) -> str:
    """Return, for each system of two-dimensional images, its fastest form, and which forms are over the limit."""
    lines = []
    for base in dict.fromkeys(one.name.partition(".")[0] for one in found if one.flat):
        forms = [one for one in found if one.name.partition(".")[0] == base and one.latency]
        if not forms:
            lines.append(f"- {base}: not timed.")
            continue
        best = min(forms, key=lambda one: one.ms)
        slow = [one.name for one in forms if one.ms > LIMIT_MS]
        verdict = "reached" if best.ms <= LIMIT_MS else "missed"
        over = f"; over the limit: {', '.join(slow)}" if slow else ""
        lines.append(f"- {base}: fastest {best.name}, {best.ms:.0f} ms ({verdict}){over}.")
    head = f"Wanted: each two-dimensional system has a form under {LIMIT_MS:g} ms on two cores."
    return "\n".join([head, "", *lines])


def _timed(name: str) -> Timed:
    system = systems.get(name)
    kinds, count = tuple(dict.fromkeys(i.kind for i in system.inputs)), 0
    try:
        study = study_of_noise(system)
        predictor = untrained(system, study)
        count = parameters(predictor)
        return Timed(name=name, kinds=kinds, parameters=count, latency=latency(predictor, [study], longest_s=LONGEST_S))
    except OsteonError as error:
        return Timed(name=name, kinds=kinds, parameters=count, latency=None, why=str(error))


def parameters(predictor: Predictor) -> int:
    """Return how many parameters its networks have."""
    networks = [fitted.model for fitted in predictor.parts.values() if isinstance(fitted.model, nn.Module)]
    return sum(p.numel() for network in networks for p in network.parameters())


def untrained(system: System, study: Study) -> Predictor:
    """Return a predictor of networks as they are built, and of estimators fitted to the study's jittered numbers."""
    parts: dict[str, Fitted] = {}
    found: dict[str, tuple[Output, ...]] = {}
    torch.manual_seed(0)
    for part in system.parts:
        parts[part.name] = _fitted(part, system, study, found)
        if part is not system.parts[-1]:
            found[part.name] = parts[part.name].run(part.prepare(study, found))
    return Predictor(system=system, parts=parts, temperatures={}, maker=Maker(system=system.name, device="cpu"))


def _fitted(part: Part, system: System, study: Study, found: dict[str, tuple[Output, ...]]) -> Fitted:
    samples = list(part.prepare(study, found))
    shapes = {name: array.shape for sample in samples[:1] for name, array in sample.inputs.items()}
    model, classes = part.build(), 0
    if isinstance(model, nn.Module):
        model = channels_last(model).eval()
    elif samples:
        tasks = {task.name: len(getattr(task, "classes", ())) for task in system.tasks}
        classes = next((tasks[name] for name in samples[0].targets if tasks.get(name)), 2)
        model = _learnt(model, features(samples[:1], shapes)[0], classes)
    return Fitted(part=part, model=model, shapes=shapes, device=torch.device("cpu"), classes=classes)


def _learnt(model: Any, row: np.ndarray, classes: int) -> Any:
    """Return the estimator fitted to rows about `row`, their classes in turn."""
    rng = np.random.default_rng(0)
    row = np.nan_to_num(row, posinf=0, neginf=0)
    rows = row + (1e-3 + 0.1 * np.abs(row)) * rng.standard_normal((ROWS, row.size))
    return model.fit(rows.astype(np.float32), np.arange(ROWS) % classes)


def yardstick() -> float:
    """Return the milliseconds of a product of two matrices, the best of three."""
    left = torch.ones(768, 768)
    taken = []
    for _ in range(3):
        start = time.perf_counter()
        left @ left
        taken.append(1000 * (time.perf_counter() - start))
    return min(taken)


if __name__ == "__main__":
    print(main())
