"""The latency of the systems of volumes, untrained, on noise of 64 slices of 256 x 256.

    python benchmarks/latency_volumes.py [--only NAME ...] [--all] [--threads 2]

Each system as published and its small variants; `--all` times every variant. Beside the clock stand the seconds of the
processor, which a busy machine changes less; with `--threads 1` they are what a calm machine's clock would say.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from latency import each, of_volumes, options, parameters, untrained
from measure import table

from osteon import systems
from osteon.engine.latency import runs
from osteon.engine.noise import study_of_noise
from osteon.errors import OsteonError

SHAPE = (64, 256, 256)
LIMIT_S = 1.0
SMALL = ("", "small", "lite0", "coarse")
MOST, LONGEST_S = 5, 2.0


@dataclass(frozen=True, kw_only=True)
class Timed:
    """A system's seconds for one study, on the clock and of the processor, or why there are none."""

    name: str
    kinds: str
    parameters: int = 0
    clock_s: float | None = None
    processor_s: float | None = None
    why: str = ""

    def within(self, *, threads: int) -> bool:
        """Whether it keeps to the limit, were all of the processor's seconds shared by the threads."""
        return self.processor_s is not None and self.processor_s / threads <= LIMIT_S


def main() -> str:
    """Return the results as Markdown."""
    parser = options()
    parser.add_argument("--all", action="store_true")
    asked = parser.parse_args()
    every = [name for name in systems.names(variants=True) if of_volumes(name)]
    named = asked.only or [name for name in every if asked.all or name.partition(".")[2] in SMALL]
    found, busy = each(named, timed, threads=asked.threads)
    over = [one.name for one in found if one.processor_s is not None and not one.within(threads=asked.threads)]
    return "\n\n".join(
        [
            "## Latency of the systems of volumes",
            "One study of noise of 64 slices of 256 x 256 (3 x 0.8 x 0.8 mm) for each input, from pixels in memory to "
            f"predictions, threads of the processor: {asked.threads}; the networks untrained, the median of up to "
            f"{MOST} runs (of a slow one, a single run). An ellipse of 0.16 of each side is outlined, which is what "
            "radiomics and crops look at; bias-field correction, resampling and radiomics are included. One second is "
            "what is asked of an H100-class GPU: there was none, so that is not measured, and the last column says "
            "whether the processor's seconds, shared by the threads, keep to it.",
            f"{busy} That holds for the clock; the processor's seconds grow less.",
            table(
                ["system or variant", "images", "clock s", "processor s", "parameters", "1 s"],
                [row(one, threads=asked.threads) for one in found],
            ),
            f"Over 1 s on the processor: {', '.join(over) or 'none'}.",
        ]
    )


def timed(name: str) -> Timed:
    """Return how long a system takes."""
    system = systems.get(name)
    kinds, study = ", ".join(dict.fromkeys(i.kind for i in system.inputs)), study_of_noise(system, volume=SHAPE)
    try:
        predictor = untrained(system, study)
        took = runs(predictor, study, most=MOST, longest_s=LONGEST_S)
    except OsteonError as error:
        return Timed(name=name, kinds=kinds, why=str(error))
    return Timed(
        name=name, kinds=kinds, parameters=parameters(predictor), clock_s=statistics.median(took.clock_s),
        processor_s=statistics.median(took.processor_s),
    )  # fmt: skip


def row(one: Timed, *, threads: int) -> list[str]:
    """Return the table's row of a system."""
    if one.clock_s is None or one.processor_s is None:
        return [one.name, one.kinds, one.why, "", "", ""]
    networks = f"{one.parameters:,}" if one.parameters else "no network"
    within = "within" if one.within(threads=threads) else "over"
    return [one.name, one.kinds, f"{one.clock_s:.2f}", f"{one.processor_s:.2f}", networks, within]


if __name__ == "__main__":
    print(main())
