"""The latency of the systems of volumes, untrained, on noise of 64 slices of 256 x 256: as `osteon choose` times it.

    python benchmarks/latency_volumes.py [--only NAME ...] [--all] [--threads 2]

Each system as published and its small variants; `--all` times every variant.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from latency import Timed, of_volumes, row, timed
from measure import table

from osteon import systems

SHAPE = (64, 256, 256)
LIMIT_MS = 1000.0
SMALL = ("", "small", "lite0", "coarse")


def main() -> str:
    """Return the results as Markdown."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    every = [name for name in systems.names(variants=True) if of_volumes(name)]
    named = asked.only or [name for name in every if asked.all or name.partition(".")[2] in SMALL]
    found, busy = timed(named, threads=asked.threads, volume=SHAPE)
    return "\n\n".join(
        [
            "## Latency of the systems of volumes",
            "One study of noise of 64 slices of 256 x 256 (3 x 0.8 x 0.8 mm) for each input, from pixels in memory to "
            f"predictions, {asked.threads} threads of the processor; the networks untrained, the median of up to 15 "
            "runs (of a slow one, a single run). An ellipse of 0.16 of each side is outlined, which is what "
            "radiomics and crops look at; bias-field correction, resampling and radiomics are included. One second is "
            "what the project asks of an H100-class GPU: no GPU was there, so that is not measured, and the last "
            "column says what the processor alone does within it.",
            busy,
            table(
                ["system or variant", "images", "ms a study", "quartiles", "parameters", "1 s on the processor"],
                [row(one, limit_ms=LIMIT_MS) for one in found],
            ),
            _verdict(found),
        ]
    )


def _verdict(found: Sequence[Timed]) -> str:
    """Return which systems are over a second, and which were not timed."""
    said = []
    for words, names in {
        "Over 1 s": [one.name for one in found if one.latency and one.ms > LIMIT_MS],
        "Within 1 s": [one.name for one in found if one.ms <= LIMIT_MS],
        "Not timed": [one.name for one in found if one.latency is None],
    }.items():
        said += [f"{words}: {', '.join(names)}."] if names else []
    return "\n\n".join(said)


if __name__ == "__main__":
    print(main())
