"""Time several ways of doing one work, turn by turn, so that a busy moment hits them all."""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")


def interleaved(
    ways: Mapping[str, Callable[[], Result]], *, rounds: int
) -> tuple[dict[str, list[float]], dict[str, Result]]:
    """Return the seconds of each way in each round, and what each returned last."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    results: dict[str, Result] = {}
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            results[name] = way()
            seconds[name].append(time.perf_counter() - start)
    return seconds, results


def medians(seconds: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Return the median of each way."""
    return {name: statistics.median(times) for name, times in seconds.items()}


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def machine() -> str:
    """Return the date and what the machine is, in words."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    cpu = f"{len(names)} cores of {names[0]}" if names else platform.processor() or "unknown processor"
    load = Path("/proc/loadavg")
    busy = f", load {load.read_text(encoding='utf-8').split()[0]} at the start" if load.exists() else ""
    return f"{datetime.now(UTC):%Y-%m-%d}, {cpu}{busy}, Python {platform.python_version()}"
