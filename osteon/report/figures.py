"""Figures of a report as SVG text, for a screen and for a printer without colour.

Each function returns one `<svg>` element. Two hues that colour-blind readers tell apart, told apart by dash and
marker as well; text stays text, so that it can be searched and read aloud.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from io import StringIO
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from osteon.metrics import bootstrap, catalogue, lesions
from osteon.metrics import roc as roc_metric
from osteon.metrics.agreement import bland_altman as limits_of_agreement
from osteon.metrics.calibration import reliability as reliability_curve
from osteon.metrics.lesions import Marks
from osteon.metrics.proportion import wilson
from osteon.metrics.words import several
from osteon.types import Score

BLUE, ORANGE, GREY, PALE = "#0072B2", "#B84A00", "#5F5F5F", "#BFD9EA"
STYLE: Any = {
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    "svg.fonttype": "none",
    "svg.hashsalt": "osteon",
    "text.parse_math": False,  # a class, a site or a run may have a dollar sign in its name
}


def roc(truth: np.ndarray, scores: np.ndarray, *, patients: Sequence[str], auc: Score, seed: int = 0) -> str:
    """Return the ROC curve with its bootstrap band; the legend has the area, its interval and the numbers.

    Args:
        truth: (rows,), 1 or True where positive.
        scores: (rows,).
        patients: Of each row.
        auc: The area as it was scored.
        seed: Of the band's draws.

    """
    curve = roc_metric.curve(truth, scores)
    band = roc_metric.band(truth, scores, patients=np.asarray(patients), rng=np.random.default_rng(seed))
    with mpl.rc_context(STYLE):
        figure, axes = _square(auc.metric)
        axes.fill_between(
            band.false_positive_rate, band.low, band.high, color=PALE, lw=0, label="95 % band, patients resampled"
        )
        axes.plot([0, 1], [0, 1], ":", color=GREY, lw=1.2, label="chance")
        axes.plot(
            curve.false_positive_rate, curve.true_positive_rate, color=BLUE, lw=2, label=_with_interval("AUC", auc)
        )
        axes.set_xlabel("1 \N{MINUS SIGN} specificity")
        axes.set_ylabel("sensitivity")
        axes.set_title(
            f"{catalogue.title(auc.metric)}: {auc.events} of {auc.n} {several(auc.unit)} positive", loc="left"
        )
        handles, labels = axes.get_legend_handles_labels()
        axes.legend([handles[i] for i in (2, 0, 1)], [labels[i] for i in (2, 0, 1)], loc="lower right")
        return svg(figure)


def reliability(
    outcome: np.ndarray, probability: np.ndarray, *, patients: Sequence[str], ece: Score, about: str = "the answer"
) -> str:
    """Return how often `about` came true against how probable it was said to be, with the counts below.

    Args:
        outcome: (rows,), whether it came true.
        probability: (rows,).
        patients: Of each row; an interval is as wide as its patients are few (Wilson).
        ece: The calibration error of this outcome as it was scored.
        about: What the probability is of, for the axis.

    """
    curve = reliability_curve(outcome, probability, patients=np.asarray(patients))
    seen = zip(curve.observed, curve.patients, strict=True)
    ends = np.array([wilson(float(share) * int(n), int(n)) for share, n in seen]).T
    reach = np.clip([curve.observed - ends[0], ends[1] - curve.observed], 0, None)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(4.8, 5.6), layout="constrained")
        axes, below = figure.subplots(2, 1, sharex=True, height_ratios=[4, 1.1])
        axes.plot([0, 1], [0, 1], ":", color=GREY, lw=1.2, label="perfectly calibrated")
        axes.errorbar(
            curve.predicted,
            curve.observed,
            reach,
            fmt="o-",
            color=BLUE,
            ms=5,
            capsize=3,
            label="observed, 95 % interval",
        )
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), ylabel="share that came true")
        axes.set_title(_with_interval("Calibration error", ece), loc="left")
        axes.legend(loc="upper left")
        below.bar(curve.predicted, curve.counts, width=0.06, color=PALE, edgecolor=BLUE)
        for x, n in zip(curve.predicted, curve.counts, strict=True):
            below.annotate(str(n), (x, n), (0, 2), textcoords="offset points", ha="center", fontsize=8)
        below.set(ylim=(0, 1.3 * curve.counts.max()), xlabel=f"probability of {about}", ylabel=several(ece.unit))
        return svg(figure)


def confusion(counts: np.ndarray, *, classes: Sequence[str], unit: str = "patient") -> str:
    """Return the confusion matrix: counts, and the share of each row in per cent.

    Args:
        counts: (classes, classes), truth along the rows.
        classes: Their names, in order.
        unit: What was counted.

    """
    counts = np.asarray(counts)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    k = len(classes)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(2.6 + 0.95 * k, 2.0 + 0.8 * k), layout="constrained")
        axes = figure.subplots()
        axes.imshow(share, cmap="Blues", vmin=0, vmax=1.15, aspect="auto")
        for row, column in np.ndindex(counts.shape):
            dark = "white" if share[row, column] > 0.75 else "black"
            text = f"{counts[row, column]:,}\n{100 * share[row, column]:.0f} %"
            axes.text(column, row, text, ha="center", va="center", color=dark)
        names = [_wrapped(name) for name in classes]
        axes.set_xticks(range(k), names, rotation=30 if max(map(len, names)) > 11 else 0)
        axes.set_yticks(range(k), [f"{name}\n(n = {n:,})" for name, n in zip(names, counts.sum(axis=1), strict=True)])
        axes.set(xlabel="predicted", ylabel="truth")
        axes.set_title(f"{counts.sum():,} {several(unit)}; per cent of each row", loc="left")
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        return svg(figure)


def forest(rows: Sequence[tuple[str, Score]]) -> str:
    """Return one metric at several sites (or of several systems) with intervals, one line each, in order given.

    Args:
        rows: A label and its score; all of one metric.

    """
    fact = catalogue.fact(rows[0][1].metric)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.2, 1.3 + 0.38 * len(rows)), layout="constrained")
        axes = figure.subplots()
        for y, (_, score) in enumerate(rows):
            axes.plot([score.low, score.high], [y, y], color=BLUE, lw=1.8, solid_capstyle="butt")
            axes.plot(score.value, y, "s", color=BLUE, ms=6)
        axes.set_yticks(range(len(rows)), [f"{_wrapped(label)}  (n = {s.patients:,})" for label, s in rows])
        axes.set(
            ylim=(len(rows) - 0.4, -0.6), xlabel=f"{catalogue.title(rows[0][1].metric)}, 95 % interval (n: patients)"
        )
        if np.isfinite([fact.low, fact.high]).all() and rows[0][1].metric.startswith("auc"):
            axes.axvline(0.5, ls=":", color=GREY, lw=1.2)
        right = axes.secondary_yaxis("right")
        right.set_yticks(
            range(len(rows)), [f"{_number(s.value)} ({_number(s.low)} to {_number(s.high)})" for _, s in rows]
        )
        for side in (axes, right):
            side.tick_params(axis="y", length=0)
            side.spines[:].set_visible(False)
        axes.spines["bottom"].set_visible(True)
        axes.grid(axis="x", color="#DDDDDD", lw=0.8)
        axes.set_axisbelow(True)
        return svg(figure)


def bland_altman(measured: np.ndarray, truth: np.ndarray, *, quantity: str, unit: str) -> str:
    """Return measured - truth over their mean, with bias, limits of agreement and their intervals.

    Args:
        measured: (rows,), one row a patient.
        truth: (rows,).
        quantity: What was measured ("volume").
        unit: Of both arrays ("ml").

    """
    measured, truth = np.asarray(measured, float), np.asarray(truth, float)
    found = limits_of_agreement(measured, truth)
    lines = (
        ("upper limit", found.upper, found.upper_interval, "--", ORANGE),
        ("bias", found.bias, found.bias_interval, "-", BLUE),
        ("lower limit", found.lower, found.lower_interval, "--", ORANGE),
    )
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(6.6, 4.2), layout="constrained")
        axes = figure.subplots()
        axes.axhline(0, color=GREY, lw=0.8)
        axes.plot((measured + truth) / 2, measured - truth, "o", mfc="none", mec="black", ms=5, alpha=0.75)
        for name, value, ends, dash, hue in lines:
            axes.axhline(value, ls=dash, color=hue, lw=1.6)
            axes.axhspan(*ends, color=hue, alpha=0.12, lw=0)
            text = f"{name}\n{_number(value)} ({_number(ends[0])} to {_number(ends[1])})"
            axes.annotate(text, (1.01, value), xycoords=("axes fraction", "data"), va="center", annotation_clip=False)
        axes.set(
            xlabel=f"mean of measured and true {quantity} ({unit})", ylabel=f"measured \N{MINUS SIGN} true ({unit})"
        )
        axes.set_title(f"{quantity.capitalize()}: agreement in {found.n} cases", loc="left")
        return svg(figure)


def froc(images: Sequence[Marks], *, patients: Sequence[str], mean: Score, seed: int = 0) -> str:
    """Return the FROC curve with intervals where it is read, at 1/8 to 8 false marks an image.

    Args:
        images: From `metrics.lesions`.
        patients: Of each image.
        mean: The mean sensitivity ("froc") as it was scored.
        seed: Of the intervals' draws.

    """
    curve, at = lesions.froc(images), np.array(lesions.FALSE_MARKS)
    statistic = lesions.froc_statistic(images)
    values = statistic(np.ones((len(images), 1)))[:-1, 0]
    draws = bootstrap.resample(statistic, np.asarray(patients), rng=np.random.default_rng(seed))
    ends = np.array([(i.low, i.high) for i in map(bootstrap.percentile, draws[:-1])]).T
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(5.6, 4.2), layout="constrained")
        axes = figure.subplots()
        marks, share = np.append(curve.false_marks, 99.0), np.append(curve.sensitivity, curve.sensitivity[-1])
        axes.step(np.maximum(marks, 0.05), share, where="post", color=BLUE, lw=2, label="curve of the threshold")
        reach = np.clip([values - ends[0], ends[1] - values], 0, None)
        axes.errorbar(
            at, values, reach, fmt="o", color=ORANGE, ms=5, capsize=3, label="95 % interval, patients resampled"
        )
        axes.legend(loc="lower right" if share[-1] > 0.4 else "upper left")
        axes.set_xscale("log", base=2)
        axes.set_xticks(at, ["1/8", "1/4", "1/2", *(f"{v:g}" for v in at[3:])])
        axes.set(xlim=(0.1, 10), ylim=(-0.02, 1.02), xlabel="false marks an image", ylabel="share of lesions found")
        axes.set_title(_with_interval("Mean sensitivity", mean), loc="left")
        axes.grid(color="#DDDDDD", lw=0.8)
        return svg(figure)


def _square(title: str) -> tuple[Figure, Axes]:
    """Return a figure with one square pair of axes from 0 to 1."""
    figure = Figure(figsize=(4.8, 5.0), layout="constrained")
    axes = figure.subplots()
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal", label=title)
    return figure, axes


def _wrapped(name: str) -> str:
    """Return a name in lines short enough to leave room for what it names."""
    return "\n".join(textwrap.wrap(name, 20)[:4])


def _with_interval(name: str, score: Score) -> str:
    """Return a name with value and interval."""
    return f"{name} {_number(score.value)} ({_number(score.low)} to {_number(score.high)})"


def _number(value: float) -> str:
    """Return a figure with three digits, and a dash where it is undefined."""
    if not np.isfinite(value):
        return "-"
    digits = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    return f"{value:,.{digits}f}".replace("-", "\N{MINUS SIGN}")


def svg(figure: Figure) -> str:
    """Return the figure as an `<svg>` element, without the XML head and the date."""
    text = StringIO()
    FigureCanvasSVG(figure).print_svg(text, metadata={"Date": None})
    whole = text.getvalue()
    return whole[whole.index("<svg") :]
