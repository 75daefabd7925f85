"""Overlapping windows over a volume of 256^3, ours and MONAI's, with one network that costs next to nothing.

Time: interleaved in one process, the same windows, both to whole logits, and ours to a label map as well.
Memory: each way in a process of its own, its peak above that of the same process before the volume is made.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from measure import interleaved, medians, table

SIDE, SIZE, OVERLAP, ROUNDS = 256, 64, 0.5, 2
WAYS = ("osteon label map", "osteon logits", "MONAI logits", "MONAI label map")


def ways(channels: int) -> dict[str, Callable]:
    """Return each way as a call without arguments."""
    import torch
    from monai.inferers import sliding_window_inference
    from torch import nn

    from osteon.models.sliding_window import Windows, label_map, logits

    torch.set_num_threads(1)  # two that wait for each other on a shared machine measure the neighbours
    torch.manual_seed(0)
    network = nn.Conv3d(1, channels, 1).eval()
    volume = torch.rand(1, SIDE, SIDE, SIDE)
    windows = Windows(size=(SIZE,) * 3, overlap=OVERLAP)

    def monai() -> torch.Tensor:
        with torch.inference_mode():
            return sliding_window_inference(volume[None], windows.size, 1, network, OVERLAP, mode="gaussian")[0]

    return {
        "osteon label map": lambda: label_map(volume, network, windows=windows),
        "osteon logits": lambda: logits(volume, network, windows=windows),
        "MONAI logits": monai,
        "MONAI label map": lambda: monai().argmax(0).byte(),
    }


def peak_mb() -> float:
    """Return the most memory that this process has held; `ru_maxrss` would be that of its parent at the fork, too."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(float(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def alone(way: str, channels: int) -> float:
    """Return the MB above the empty process that one way needs, measured in a process of its own."""
    done = subprocess.run([sys.executable, __file__, way, str(channels)], stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout)


def _reached(yes: bool) -> str:  # noqa: FBT001 - a word for it is all there is to say
    return "reached" if yes else "not reached"


def main() -> str:
    """Return the results as Markdown."""
    rows, verdicts = [], []
    for channels in (2, 32):
        made = ways(channels)
        seconds, results = interleaved(made, rounds=ROUNDS)
        took = medians(seconds)
        apart = float((results["osteon logits"] - results["MONAI logits"]).abs().max())
        differ = float((results["osteon label map"] != results["MONAI logits"].argmax(0)).float().mean())
        del results
        memory = {way: alone(way, channels) for way in WAYS}
        rows += [[channels, way, f"{took[way]:.2f}", f"{memory[way]:,.0f}"] for way in WAYS]
        whole, labels = (took[f"MONAI {kind}"] / took[f"osteon {kind}"] for kind in ("logits", "label map"))
        verdicts.append(
            f"{channels} channels: logits in 1/{whole:.2f} of MONAI's time ({_reached(whole >= 1.5)}), at most "
            f"{apart:.0e} apart; a label map in 1/{labels:.2f} ({_reached(labels >= 1.5)}), with "
            f"{memory['osteon label map'] / memory['MONAI label map']:.2f} of its memory; {differ:.0e} of the labels "
            "differ (ties)."
        )
    head = (
        "## Sliding window\n\n"
        f"A volume of {SIDE}^3, windows of {SIZE}^3 that overlap by {OVERLAP}, Gaussian blending, one thread, a "
        "network of one 1x1x1 convolution. Wanted: 1.5 times MONAI's speed within 1e-4, at 32 channels a quarter of "
        "its memory.\n\n"
    )
    return head + table(["channels", "way", "s", "peak MB"], rows) + "\n\n" + "\n\n".join(verdicts)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        calls = ways(int(sys.argv[2]))
        before = peak_mb()
        calls[sys.argv[1]]()
        print(peak_mb() - before)
    else:
        print(main())
