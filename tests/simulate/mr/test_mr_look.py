from dataclasses import replace

import numpy as np
import pytest

from osteon.geometry import volume_grid
from osteon.models.tofts import Kinetics
from osteon.simulate.mr import mr_look
from osteon.simulate.person.body import Body
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


def block(n=24, mm=2.0, *, tissue=Tissue.TUMOUR, turned=False):
    """A cube of one lesion; `turned` holds the same places with the axes in another order."""
    steps = np.diag([mm, mm, mm, 1.0])
    if turned:
        steps[:3, :3] = steps[:3, [2, 0, 1]]
    labels = np.full((n, n, n), tissue, np.uint8)
    return Body(grid=volume_grid(labels.shape, steps), tissue=labels, bone=labels * 0, lesion=labels * 0 + 1)


def test_the_texture_has_mean_0_and_deviation_1_and_its_length():
    part = mr_look.living(block(48), 1, mr_look.Look(length_mm=7.0, seed=5))
    assert part.field.mean() == pytest.approx(0.0, abs=0.12)
    assert part.field.std() == pytest.approx(1.0, abs=0.12)
    field = part.field.reshape(48, 48, 48)
    alike = [np.corrcoef(field[k:].ravel(), field[: 48 - k].ravel())[0, 1] for k in (1, 2, 5)]
    assert alike[0] > 0.75
    assert alike[0] > alike[1] > 0.2
    assert abs(alike[2]) < 0.15, "10 mm apart, patches of 7 mm are strangers"


def test_the_texture_lies_in_mm_not_in_voxels():
    look = mr_look.Look(seed=8)
    one, other = (mr_look.living(block(turned=t), 1, look).field.reshape(24, 24, 24) for t in (False, True))
    np.testing.assert_allclose(other, one.transpose(2, 0, 1), atol=1e-9)
    assert np.abs(one - mr_look.living(block(), 1, mr_look.Look(seed=9)).field.reshape(24, 24, 24)).max() > 0.5


@pytest.mark.parametrize("tissue", [t for t in Tissue if t not in mr_look.LIVING])
def test_what_is_dead_fluid_or_mineral_keeps_its_own_signal(tissue):
    assert mr_look.living(block(4, tissue=tissue), 1, mr_look.Look()).where.size == 0


def test_a_lesion_that_is_not_there_changes_nothing():
    part = mr_look.living(block(4), 7, mr_look.Look())
    assert part.where.size == part.field.size == 0
    assert mr_look.of_lesion(part, mr_look.Look(), table=mr_look.by_tissue()).t1_ms.shape == (0,)


def test_where_counts_as_the_arrays_do():
    body = block(6)
    lesion = np.zeros_like(body.lesion)
    lesion[1, 2, 3] = lesion[4, 0, 5] = 2
    part = mr_look.living(replace(body, lesion=np.asfortranarray(lesion)), 2, mr_look.Look())
    assert part.where.tolist() == [1 * 36 + 2 * 6 + 3, 4 * 36 + 5]


def test_contrast_follows_the_look_and_matrix_takes_less():
    tissue = np.array([Tissue.TUMOUR, Tissue.OSTEOID, Tissue.FIBROUS], np.uint8)
    part = mr_look.Living(where=np.arange(3), tissue=tissue, field=np.zeros(3))
    table = mr_look.by_tissue(after_s=240.0)
    with_kinetics = mr_look.Look(kinetics=Kinetics(ktrans_per_min=0.3, ve=0.3, vp=0.05))
    given = mr_look.of_lesion(part, with_kinetics, table=table, after_s=240.0).contrast_mmol
    assert given[0] == pytest.approx(table.contrast_mmol[Tissue.TUMOUR]), "the mean tumour's own kinetics"
    assert given[1] / given[0] == pytest.approx(2.0 / 3.0)
    assert given[2] == given[0]
    own = mr_look.of_lesion(part, mr_look.Look(), table=table, after_s=240.0).contrast_mmol
    np.testing.assert_allclose(own, table.contrast_mmol[tissue])
    before = mr_look.of_lesion(part, with_kinetics, table=mr_look.by_tissue()).contrast_mmol
    assert not before.any(), "no contrast agent, none taken up"
