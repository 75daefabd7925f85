"""The figure of the sanity check: how alike a map stays while the network is shuffled from the top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from osteon.report.figures import BLUE, GREY, ORANGE, STYLE, svg


def sanity(curves: Mapping[str, tuple[Sequence[str], Sequence[float | None]]]) -> str:
    """Return the rank correlation with the whole network's map against the lowest layer shuffled.

    Args:
        curves: Method to (layers from the output to the input, correlations; None leaves a gap).

    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(5.6, 4.2), layout="constrained")
        axes = figure.subplots()
        axes.axhline(0, ls=":", color=GREY, lw=1.2)
        looks = (("o-", BLUE), ("s--", ORANGE), ("^:", GREY))
        for (name, (_, values)), (form, colour) in zip(curves.items(), looks, strict=False):
            drawn = [1.0, *(np.nan if value is None else value for value in values)]
            axes.plot(drawn, form, color=colour, ms=5, label=name)
        layers = next(iter(curves.values()))[0]
        axes.set_xticks(range(len(layers) + 1), ["none", *layers], rotation=45, ha="right", fontsize=8)
        axes.set(ylim=(-0.55, 1.05), xlabel="weights shuffled down to", ylabel="rank correlation with the map")
        axes.set_title("A map worth believing falls", loc="left")
        axes.legend(loc="best")
        return svg(figure)
