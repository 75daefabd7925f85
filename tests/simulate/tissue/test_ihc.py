import numpy as np
import pytest

from osteon.simulate.tissue import ihc
from osteon.simulate.tumour.entity import ENTITIES


def column(entity, grade, rng, name, n=300):
    return np.array([ihc.row(entity, grade=grade, rng=rng).values[name] for _ in range(n)])


def test_h_score_by_hand():
    assert ihc.Intensities(none=0, weak=0, moderate=0, strong=7).h_score == 300.0
    some = ihc.Intensities(none=50, weak=25, moderate=15, strong=10)
    assert some.percent == 50.0
    assert some.h_score == 25 + 2 * 15 + 3 * 10


def test_ki67_rises_with_grade_and_overlaps(rng):
    low, high = (column("osteosarcoma", grade, rng, "ki67_percent") for grade in (1, 3))
    assert np.median(high) > 2.5 * np.median(low)
    assert 0.8 < (low[:, None] < high[None]).mean() < 0.99


def test_markers_mark_what_they_are_known_for(rng):
    satb2 = {name: np.median(column(name, 2, rng, "satb2_h_score")) for name in ("osteosarcoma", "Ewing sarcoma")}
    assert satb2["osteosarcoma"] > 150 > 30 > satb2["Ewing sarcoma"]
    mdm2 = {grade: np.median(column("osteosarcoma", grade, rng, "mdm2_percent")) for grade in (1, 3)}
    assert mdm2[1] > 50 > 20 > mdm2[3]


def test_counting_is_unbiased_and_as_sure_as_its_cells(rng):
    shares = np.array([ihc.count(0.3, rng=rng).percent for _ in range(2000)])
    assert shares.mean() == pytest.approx(30.0, abs=0.2)
    assert shares.std() == pytest.approx(100 * np.sqrt(0.3 * 0.7 / ihc.COUNTED), rel=0.06)


@pytest.mark.parametrize("entity", [*ENTITIES, "adamantinoma"])
def test_every_kind_gives_a_row_in_range(entity, rng):
    for grade in range(4):
        values = ihc.row(entity, grade=grade, rng=rng).values
        assert 0 <= values["ki67_percent"] <= 100
        assert 0 <= values["satb2_h_score"] <= 300
        assert 0 <= values["mdm2_h_score"] <= 3 * values["mdm2_percent"] + 0.2


def test_every_kind_has_shares_of_its_own():
    assert all(name in ihc.KINDS or name.endswith("metastasis") for name in ENTITIES)
    assert ihc.mean_shares("lung metastasis", grade=1) == ihc.mean_shares("metastasis", grade=1)
