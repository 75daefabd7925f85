"""The rows on radiographs: arms of one comparison differ in one thing and draw equally many crops."""

from osteon import systems
from osteon.contract import Classify
from osteon.engine.evidence_films import FILMS, PACKAGED, STEPS
from osteon.engine.options import TrainOptions, configured

ROWS = {row.name: row for row in FILMS}
SHORT = ROWS["xray-triage-he2020.lite0-btxrd-short"]
TAKEN = 1096
"""Crops of centre 1 that train: 861 benign, 196 malignant, 39 giant cell tumours."""


def _epochs(row, part="lesion"):
    parts = configured(systems.get(row.system), TrainOptions(overrides=row.overrides)).parts
    return next(p.fit.epochs for p in parts if p.name == part)


def _compared():
    return [row for row in FILMS if SHORT.name in row.against]


def test_every_row_but_the_packaged_ones_is_trained_by_the_command_and_says_what_is_less():
    trained = [row for row in FILMS if not row.packaged]
    assert len(trained) == len(FILMS) - 2
    for row in trained:
        assert "epochs" in row.reduced or (row.reduced, row.overrides) == ("", ())
        assert (row.cohort, row.split) == ("btxrd", PACKAGED.split)
        more = {"corner"} if row.extra and row.extra.kind == "gan" else set()
        assert set(row.allow) == {*PACKAGED.allow, *more}
        assert row.role in {"ablation", "result"}


def test_arms_draw_equally_many_crops():
    assert len(_compared()) == 7
    assert STEPS == TAKEN // 32
    for row in _compared():
        assert _epochs(row) == _epochs(SHORT), row.name
        assert (f"fit.steps_per_epoch={STEPS}" in row.overrides) == (row.extra is not None), row.name


def test_arms_differ_from_the_plain_one_in_one_thing():
    for row in _compared():
        same_system, settings = row.system == SHORT.system, set(row.overrides) - set(SHORT.overrides)
        assert sum((not same_system, "augment=None" in settings, row.extra is not None)) == 1, row.name


def test_what_is_drawn_has_classes_that_the_crop_is_asked_for():
    task = next(t for t in systems.get(SHORT.system).tasks if isinstance(t, Classify))
    labels = [row.extra.label for row in FILMS if row.extra and row.extra.label]
    assert labels == [(task.name, "malignant")]
    assert {row.extra.kind for row in FILMS if row.extra} == {"simulated", "drr", "gan"}


def test_boxing_first_is_compared_with_the_whole_film_region_by_region():
    boxed = ROWS["xray-triage-he2020.lite0-btxrd-detected"]
    (whole,) = (ROWS[name] for name in boxed.against)
    assert whole.system == "xray-triage-he2020.lite0-whole"
    assert _epochs(boxed) == _epochs(SHORT)
    assert _epochs(whole) > _epochs(boxed) > _epochs(boxed, "detector")
