from __future__ import annotations

import numpy as np
import pytest

from osteon.geometry import volume_grid
from osteon.simulate.person.anatomy_raster import depth_of, nearest, rasterise
from osteon.simulate.person.anatomy_shapes import (
    BONE,
    INSIDE,
    Part,
    boxes,
    chain,
    cut,
    ellipsoid,
    flat,
    grown,
    table,
    tube,
)
from osteon.simulate.person.tissues import Tissue


def grid(n: int = 60, mm: float = 1.0, *, off: float = 0.0):
    start = -n * mm / 2
    affine = [[0, 0, mm, start + off], [0, mm, 0, start + 0.6 * off], [mm, 0, 0, start + 0.3 * off], [0, 0, 0, 1.0]]
    return volume_grid((n, n, n), np.array(affine))


@pytest.mark.parametrize(
    ("row", "volume"),
    [(ellipsoid((0, 0, 0), (20, 20, 20)), 4 / 3 * np.pi * 20**3),
     (ellipsoid((0, 0, 0), (25, 10, 15), wide=(1, 1, 0)), 4 / 3 * np.pi * 25 * 10 * 15),
     (tube((0, 0, -10), (0, 0, 10), (12, 12, 12, 12)), np.pi * 144 * 20 + 4 / 3 * np.pi * 12**3),
     (flat(tube((-8, 0, -8), (8, 0, 8), (10, 6, 10, 6), wide=(0, 1, 0))), np.pi * 60 * 16 * 2**0.5),
     (flat(tube((0, 0, -10.5), (0, 0, 9.5), (20, 20, 10, 10))), np.pi * 20 / 3 * (400 + 200 + 100)),
     (cut(ellipsoid((0, 0, 0.5), (20, 20, 20)), (0, 0, 1), (0, 0, 0.5)), 2 / 3 * np.pi * 20**3)],
)  # fmt: skip
def test_shapes_have_their_volume(row, volume):
    part = Part(shapes=table([row]), shell=Tissue.MUSCLE, core=Tissue.MUSCLE)
    assert (rasterise([part], grid(off=0.37)).tissue == Tissue.MUSCLE).sum() == pytest.approx(volume, rel=0.01)


def test_distance_is_exact_for_balls_and_tubes():
    ball, pipe = ellipsoid((1, 2, 3), (10, 10, 10)), tube((0, 0, 0), (0, 0, 50), (5, 5, 5, 5))
    assert depth_of(table([ball]), 1, 2, 18) == pytest.approx(5.0)
    assert depth_of(table([pipe]), 8, 0, 25) == pytest.approx(3.0)
    assert depth_of(table([pipe]), 0, 0, 57) == pytest.approx(2.0)
    assert depth_of(table([ball, pipe]), 1, 2, 3) == pytest.approx(-10.0)
    assert nearest(table([ball, pipe]), 0, 0, 45) == 1


def test_the_shell_is_as_thick_as_it_says_and_carving_leaves_one_too():
    thick = Part(shapes=table([ellipsoid((0, 0, 0), (20, 20, 20), shell=4.0)]), does=BONE, bone=7)
    body = rasterise([thick], grid())
    assert (body.tissue == Tissue.CORTICAL).sum() == pytest.approx(4 / 3 * np.pi * (20**3 - 16**3), rel=0.02)
    assert (body.bone == 7).sum() == pytest.approx(4 / 3 * np.pi * 20**3, rel=0.01)
    hollow = Part(shapes=thick.shapes, carved=table([ellipsoid((0, 0, 0), (10, 10, 10))]), does=BONE, bone=7)
    body = rasterise([hollow], grid())
    assert body.tissue[30, 30, 30] == Tissue.AIR
    assert body.tissue[30, 30, 30 + 12] == Tissue.CORTICAL


def test_later_parts_lie_over_earlier_ones_and_inside_stays_inside():
    outer = Part(shapes=table([ellipsoid((0, 0, 0), (20, 20, 20))]), shell=Tissue.FAT, core=Tissue.FAT)
    bone = Part(shapes=table([ellipsoid((0, 0, 0), (9, 9, 9), shell=1.0)]), does=BONE, bone=3)
    plate = Part(
        shapes=table([flat(tube((0, 0, -1), (0, 0, 1), (30, 30, 30, 30)))]), does=INSIDE, bone=3,
        shell=Tissue.CARTILAGE, core=Tissue.CARTILAGE,
    )  # fmt: skip
    body = rasterise([outer, bone, plate], grid())
    assert body.tissue[30, 30, 30] == Tissue.CARTILAGE
    assert body.tissue[30, 30, 30 + 15] == Tissue.FAT
    assert ((body.tissue == Tissue.CARTILAGE) <= (body.bone == 3)).all()


def test_a_shaft_turns_into_marrow_where_it_is_not_spongy():
    rows = chain([(0, 0, -25), (0, 0, 25)], [12, 12], shell=3.0, spongy=(0.0, 1.0))
    body = rasterise([Part(shapes=table(rows), does=BONE, bone=1)], grid())
    assert body.tissue[10, 30, 30] == Tissue.YELLOW_MARROW
    assert body.tissue[50, 30, 30] == Tissue.TRABECULAR
    assert body.tissue[30, 30, 30 + 11] == Tissue.CORTICAL


def test_boxes_hold_and_growing_grows():
    rows = table([tube((0, 0, -10), (0, 0, 10), (5, 4, 3, 2)), ellipsoid((20, 0, 0), (3, 3, 6))])
    lows, highs = boxes(rows)
    assert (lows <= [(-5, -4, -13), (17, -3, -6)]).all()
    assert (highs >= [(5, 4, 12), (23, 3, 6)]).all()
    assert depth_of(grown(rows, 2.0), 0, 7, -10) == pytest.approx(depth_of(rows, 0, 5, -10), abs=0.5)


def test_flat_ends_and_cuts_grow_too():
    disc = grown(table([flat(tube((0, 0, 0), (0, 0, 4), (9, 9, 9, 9)))]), 2.0)
    assert [depth_of(disc, 0, 0, z) for z in (-2.0, 6.0)] == pytest.approx([0.0, 0.0])
    halved = cut(tube((0, 0, -10), (0, 0, 10), (5, 5, 5, 5)), (0, 0, 1), (0, 0, 0))
    assert depth_of(grown(table([halved]), 2.0), 0, 0, 2.0) == pytest.approx(0.0)
