"""The figure of the sanity check."""

import re

from osteon.report import explain_figures


def test_a_line_for_each_method_and_a_tick_for_each_layer():
    layers = ("head", "stage 2", "stem")
    curves = {"grad-cam": (layers, (0.6, 0.3, 0.1)), "evidence": (layers, (0.2, 0.1, -0.1))}
    text = explain_figures.sanity(curves)
    assert text.startswith("<svg")
    for word in ("none", *layers, "grad-cam", "evidence", "A map worth believing falls"):
        assert re.search(rf">\s*{word}\s*<", text)
    assert text == explain_figures.sanity(curves)


def test_a_stage_that_could_not_be_compared_leaves_a_gap():
    whole = explain_figures.sanity({"evidence": (("head", "stem"), (0.6, 0.1))})
    cut = explain_figures.sanity({"evidence": (("head", "stem"), (0.6, None))})
    assert cut.startswith("<svg")
    assert cut.count("<use") < whole.count("<use")
