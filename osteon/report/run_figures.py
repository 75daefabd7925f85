"""Figures of several runs together: how the score grows with patients, and what speed costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter

from osteon.metrics import catalogue, words
from osteon.report.figures import BLUE, GREY, ORANGE, STYLE, svg
from osteon.types import Score


def learning_curve(curves: Mapping[str, Sequence[tuple[int, Score]]]) -> str:
    """Return the score against the number of training patients, a line with intervals for each of `curves`.

    Args:
        curves: What the training started from, to (patients, score) with patients rising.

    """
    every = [score for points in curves.values() for _, score in points]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(5.6, 4.2), layout="constrained")
        axes = figure.subplots()
        looks = zip(curves.items(), (("o-", BLUE), ("s--", ORANGE), ("^:", GREY)), strict=False)
        for number, ((name, points), (form, colour)) in enumerate(looks):
            patients = [n * (1 + 0.012 * number) for n, _ in points]  # side by side, so that no interval hides another
            values = [s.value for _, s in points]
            reach = [[max(s.value - s.low, 0) for _, s in points], [max(s.high - s.value, 0) for _, s in points]]
            axes.errorbar(patients, values, reach, fmt=form, color=colour, ms=5, capsize=3, label=name)
        axes.set(xlabel="training patients", ylabel=catalogue.title(every[0].metric))
        axes.set_xscale("log")
        ticks = sorted({n for points in curves.values() for n, _ in points})
        axes.set_xticks(ticks, [str(n) for n in ticks], minor=False)
        axes.minorticks_off()
        axes.set_title(f"{every[0].n} {words.several(every[0].unit)} judged, 95 % interval", loc="left")
        axes.legend(loc="best")
        return svg(figure)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A model on the trade-off: its name, milliseconds a study, score, and whether it was chosen."""

    name: str
    ms: float
    score: Score
    chosen: bool = False


def trade_off(candidates: Sequence[Candidate], *, limit_ms: float) -> str:
    """Return score against latency, the limit as a line; the chosen one is filled, one that is too slow is crossed."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(5.6, 4.2), layout="constrained")
        axes = figure.subplots()
        axes.axvline(limit_ms, ls=":", color=GREY, lw=1.4)
        beside: Any = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points", "fontsize": 9}
        axes.annotate(f"limit {limit_ms:g} ms", (limit_ms, 0.03), (-4, 0), rotation=90, ha="right", **beside)
        for one in candidates:
            late = one.ms > limit_ms
            score = one.score
            reach = [[max(score.value - score.low, 0)], [max(score.high - score.value, 0)]]
            look: Any = {"fmt": "x" if late else "o", "color": ORANGE if late else BLUE, "capsize": 3, "ms": 8}
            axes.errorbar([one.ms], [score.value], reach, mfc=BLUE if one.chosen else "white", **look)
            axes.annotate(one.name, (one.ms, score.value), (7, 5), textcoords="offset points", fontsize=9)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_formatter(LogFormatter(minor_thresholds=(2, 0.5)))
        axes.set(xlabel="milliseconds a study", ylabel=catalogue.title(candidates[0].score.metric))
        axes.set_title("Filled: chosen. Crossed: over the limit", loc="left")
        return svg(figure)
