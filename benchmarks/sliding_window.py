"""Overlapping windows over a volume of 256^3, ours and MONAI's, with one network that costs next to nothing.

Each way in a process of its own, turn by turn: a process that has freed large blocks finds them again, and one that has
changed glibc's settings keeps them, so ways that share a process measure each other. Ours keeps freed blocks while it
runs (`models/kept_memory.py`); MONAI is measured as it comes, and with its blocks kept in the same way.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from measure import table

SIDE, SIZE, OVERLAP, ROUNDS = 256, 64, 0.5, 2
OURS, PEER, LABELS = "osteon logits", "MONAI logits", ("osteon label map", "MONAI label map")
KEPT = "MONAI logits, its blocks kept"
WAYS = (LABELS[0], OURS, PEER, KEPT, LABELS[1])


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one way took: on the clock, of the processor (of it in the kernel), and MB above the empty process."""

    seconds: float
    processor: float
    kernel: float
    mb: float


def ways(channels: int, *, side: int = SIDE) -> dict[str, Callable]:
    """Return each way as a call without arguments, on a volume of this side."""
    import torch
    from torch import nn

    from osteon.models.kept_memory import kept_memory
    from osteon.models.sliding_window import Windows, label_map, logits

    torch.set_num_threads(1)  # two that wait for each other on a shared machine measure the neighbours
    torch.manual_seed(0)
    network = nn.Conv3d(1, channels, 1).eval()
    volume = torch.rand(1, side, side, side)
    windows = Windows(size=(SIZE,) * 3, overlap=OVERLAP)

    def monai() -> torch.Tensor:
        from monai.inferers import sliding_window_inference

        with torch.inference_mode():
            return sliding_window_inference(volume[None], windows.size, 1, network, OVERLAP, mode="gaussian")[0]

    def kept() -> torch.Tensor:
        with kept_memory():
            return monai()

    return {
        OURS: lambda: logits(volume, network, windows=windows),
        LABELS[0]: lambda: label_map(volume, network, windows=windows),
        PEER: monai,
        KEPT: kept,
        LABELS[1]: lambda: monai().argmax(0).byte(),
    }


def peak_mb() -> float:
    """Return the most memory that this process has held; `ru_maxrss` would be that of its parent at the fork, too."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(float(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def cost(way: str, channels: int) -> Cost:
    """Return what one way takes in this process, once it has run on a small volume."""
    ways(channels, side=SIZE)[way]()
    call, held = ways(channels)[way], peak_mb()
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    call()
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
    user, kernel = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
    return Cost(seconds=seconds, processor=user + kernel, kernel=kernel, mb=peak_mb() - held)


def alone(way: str, channels: int) -> Cost:
    """Return what one way takes in a process of its own."""
    done = subprocess.run([sys.executable, __file__, way, str(channels)], stdout=subprocess.PIPE, text=True, check=True)
    return Cost(**json.loads(done.stdout))


def median(costs: list[Cost]) -> Cost:
    """Return the median of each figure."""
    return Cost(**{name: statistics.median(getattr(each, name) for each in costs) for name in asdict(costs[0])})


def apart(channels: int) -> tuple[float, float]:
    """Return how far the logits of both lie apart at most, and the share of labels that differ."""
    calls = ways(channels)
    ours, peers = calls[OURS](), calls[PEER]()
    far = max(float((one - other).abs().max()) for one, other in zip(ours, peers, strict=True))
    return far, float((calls[LABELS[0]]() != peers.argmax(0)).float().mean())


def verdict(channels: int, took: dict[str, Cost]) -> str:
    """Return in words what was wanted and what was found."""
    far, differ = apart(channels)
    times = {way: took[way].processor / took[OURS].processor for way in (PEER, KEPT)}
    labels = took[LABELS[1]].processor / took[LABELS[0]].processor
    memory = took[LABELS[0]].mb / took[LABELS[1]].mb
    return (
        f"{channels} channels: logits {times[PEER]:.2f} times as fast as MONAI ({_reached(times[PEER] >= 1.5)}), "
        f"{times[KEPT]:.2f} times with its blocks kept as well ({_reached(times[KEPT] >= 1.5)}), at most {far:.0e} "
        f"apart ({_reached(far <= 1e-4)}); a label map {labels:.2f} times as fast, with {memory:.2f} of its memory; "
        f"{differ:.0e} of the labels differ (ties)."
    )


def _reached(yes: bool) -> str:  # noqa: FBT001 - a word for it is all there is to say
    return "reached" if yes else "not reached"


def main() -> str:
    """Return the results as Markdown."""
    rows, verdicts = [], []
    for channels in (2, 32):
        turns = [{way: alone(way, channels) for way in WAYS} for _ in range(ROUNDS)]
        took = {way: median([turn[way] for turn in turns]) for way in WAYS}
        rows += [
            [channels, way, f"{c.processor:.2f}", f"{c.kernel:.2f}", f"{c.seconds:.2f}", f"{c.mb:,.0f}"]
            for way, c in took.items()
        ]
        verdicts.append(verdict(channels, took))
    head = (
        "## Sliding window\n\n"
        f"A volume of {SIDE}^3, windows of {SIZE}^3 that overlap by {OVERLAP}, Gaussian blending, one thread, a "
        f"network of one 1x1x1 convolution; each way in a process of its own, turn by turn, means of {ROUNDS}. "
        "Wanted: 1.5 times MONAI's speed within 1e-4, at 32 channels a label map in a quarter of its memory. Speed is "
        "by seconds of the processor: what neighbours on the machine leave of the clock is in the column beside.\n\n"
    )
    names = ["channels", "way", "processor s", "of it in the kernel", "clock s", "peak MB"]
    return head + table(names, rows) + "\n\n" + "\n\n".join(verdicts)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(asdict(cost(sys.argv[1], int(sys.argv[2])))))
    else:
        print(main())
