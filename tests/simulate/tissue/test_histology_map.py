"""Shares of a tissue map are the ones asked for, to one cell."""

import numpy as np
import pytest

from osteon.errors import RequestError
from osteon.simulate.tissue.histology_map import (
    Composition,
    Region,
    TissueMap,
    bordered_map,
    counts,
    necrosis_percent,
    tissue_map,
    uniform_map,
)


@pytest.mark.parametrize("percent", [0.0, 12.5, 37.0, 90.0, 100.0])
def test_the_necrosis_is_exact(rng, percent):
    found = counts(tissue_map(Composition(necrosis_percent=percent), rng=rng, size_um=(2400, 1600)).cells)
    tumour = found[Region.VIABLE] + found[Region.NECROSIS]
    assert abs(found[Region.NECROSIS] - tumour * percent / 100) <= 0.5
    assert necrosis_percent(found) == pytest.approx(percent, abs=100 / tumour)


def test_every_share_is_exact(rng):
    wanted = Composition(necrosis_percent=40, tissue=0.5, bone=0.2, tumour=0.7, cartilage=0.25, fat=0.3)
    cells = tissue_map(wanted, rng=rng, size_um=(2400, 2400)).cells
    found = counts(cells)
    tissue = cells.size - found[Region.GLASS]
    rest = tissue - found[Region.BONE]
    tumour = found[Region.VIABLE] + found[Region.NECROSIS]
    assert abs(tissue - 0.5 * cells.size) <= 0.5
    assert abs(found[Region.BONE] - 0.2 * tissue) <= 0.5
    assert abs(tumour - 0.7 * rest) <= 0.5
    assert abs(found[Region.CARTILAGE] - 0.25 * (rest - tumour)) <= 0.5
    assert abs(found[Region.FAT] - 0.3 * (rest - tumour - found[Region.CARTILAGE])) <= 0.5


def test_the_section_lies_on_the_glass_in_few_pieces(rng):
    from scipy import ndimage

    cells = tissue_map(Composition(necrosis_percent=40, tissue=0.5), rng=rng, size_um=(4000, 4000)).cells
    edge = np.concatenate([cells[0], cells[-1], cells[:, 0], cells[:, -1]])
    assert (edge == Region.GLASS).mean() > 0.9
    assert ndimage.label(cells > 0)[1] <= 3
    assert ndimage.label(cells == Region.NECROSIS)[1] < 60  # geographic, not salt and pepper


def test_the_same_generator_gives_the_same_map():
    one, other, third = (
        tissue_map(Composition(necrosis_percent=30), rng=np.random.default_rng(s), size_um=(800, 800))
        for s in (1, 1, 2)
    )
    assert np.array_equal(one.cells, other.cells)
    assert not np.array_equal(one.cells, third.cells)


def test_no_tumour_has_no_necrosis():
    assert necrosis_percent(counts(np.full((4, 4), Region.FAT, np.uint8))) is None


def test_a_uniform_map_has_its_size():
    assert uniform_map(Region.BONE, size_um=(512, 512)).size_um == (512, 512)
    oblong = uniform_map(Region.BONE, size_um=(600, 400))
    assert oblong.size_um == (600, 400)
    assert (oblong.cells == Region.BONE).all()
    assert TissueMap(cells=np.zeros((4, 6), np.uint8), um_per_cell=8).size_um == (48, 32)


@pytest.mark.parametrize("wrong", [{"tissue": 1.2}, {"necrosis_percent": -1}, {"fat": float("nan")}])
def test_a_share_that_is_none_is_refused(rng, wrong):
    with pytest.raises(RequestError, match="between 0 and 1"):
        tissue_map(Composition(**({"necrosis_percent": 10} | wrong)), rng=rng, size_um=(400, 400))


def test_a_slide_without_cells_is_refused(rng):
    with pytest.raises(RequestError, match="at least 4 cells"):
        tissue_map(Composition(necrosis_percent=10), rng=rng, size_um=(10, 400))


@pytest.mark.parametrize("share", [0.0, 0.08, 1.0])
def test_a_border_has_its_share_and_lies_at_the_edge(share):
    made = bordered_map(Region.FAT, Region.STROMA, share=share, rng=np.random.default_rng(1), size_um=(1024, 512))
    assert made.size_um == (1024, 512)
    beside = made.cells == Region.STROMA
    assert beside.sum() == round(share * beside.size)
    assert set(np.unique(made.cells)) <= {Region.FAT, Region.STROMA}
    inner = beside[beside.shape[0] // 3 : -beside.shape[0] // 3, beside.shape[1] // 3 : -beside.shape[1] // 3]
    assert share == 1.0 or not inner.any()


def test_borders_lie_at_every_side():
    rng = np.random.default_rng(2)
    maps = [bordered_map(Region.VIABLE, Region.STROMA, share=0.1, rng=rng, size_um=(256, 256)) for _ in range(40)]
    where = np.mean([made.cells == Region.STROMA for made in maps], axis=0)
    quarters = [where[:16, :16], where[:16, 16:], where[16:, :16], where[16:, 16:]]
    assert min(q.mean() for q in quarters) > 0.05


@pytest.mark.parametrize(("share", "side"), [(-0.1, 256), (1.1, 256), (float("nan"), 256), (0.1, 16)])
def test_a_border_that_cannot_be_is_refused(share, side):
    with pytest.raises(RequestError, match="cannot be drawn"):
        bordered_map(
            Region.BONE, Region.STROMA, share=share, rng=np.random.default_rng(0), size_um=(float(side), float(side))
        )
