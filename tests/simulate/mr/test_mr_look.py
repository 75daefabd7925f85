import numpy as np
import pytest

from osteon.models.tofts import Kinetics
from osteon.simulate.mr import mr_look
from osteon.simulate.person.tissues import TABLE, Tissue


def test_every_tissue_has_its_row():
    table = mr_look.by_tissue()
    for tissue, row in TABLE.items():
        assert table.t1_ms[tissue] == pytest.approx(row.t1_ms)
        assert table.adc_um2_per_ms[tissue] == pytest.approx(row.adc_um2_per_ms)
    assert table.fat[Tissue.FAT] > table.fat[Tissue.RED_MARROW] > table.fat[Tissue.MUSCLE] == 0
    assert not table.contrast_mmol.any()
    late = mr_look.by_tissue(after_s=240.0).contrast_mmol
    assert late[Tissue.TUMOUR] > 2 * late[Tissue.MUSCLE] > 2 * late[Tissue.FAT]


def test_the_same_seed_is_the_same_tumour():
    one, same, other = (repr(mr_look.look_of("osteosarcoma", grade=2, seed=s)) for s in (4, 4, 5))
    assert one == same != other


def test_grade_shows_and_overlaps():
    looks = {g: [mr_look.look_of("osteosarcoma", grade=g, seed=s) for s in range(400)] for g in (1, 3)}
    low, high = (np.array([look.adc for look in looks[g]]) for g in (1, 3))
    assert np.median(high) == pytest.approx(0.81 * np.median(low), rel=0.05)
    better = (low[:, None] > high[None]).mean()
    assert 0.7 < better < 0.9
    spread = {g: np.median([look.spread for look in looks[g]]) for g in looks}
    assert spread[3] > 2 * spread[1]


def test_a_lesions_voxels_take_its_look():
    part = mr_look.Living(
        where=np.arange(2), tissue=np.array([Tissue.TUMOUR, Tissue.CHONDROID], np.uint8), field=np.array([0.0, 1.0])
    )
    look = mr_look.Look(t1=2.0, spread=0.1, kinetics=Kinetics(ktrans_per_min=0.5, ve=0.4, vp=0.0))
    found = mr_look.of_lesion(part, look, table=mr_look.by_tissue(after_s=200.0), after_s=200.0)
    expected = [2 * TABLE[Tissue.TUMOUR].t1_ms, 2 * TABLE[Tissue.CHONDROID].t1_ms * np.exp(0.1)]
    assert found.t1_ms == pytest.approx(expected, rel=1e-5)
    assert found.contrast_mmol[0] > 3 * found.contrast_mmol[1] > 0
