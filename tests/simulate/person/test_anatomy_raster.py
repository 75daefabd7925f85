"""Shapes to voxels against an inside test of our own, in numpy, without the blocks and bounds that make it quick."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osteon.geometry import to_mm, volume_grid
from osteon.simulate.person.anatomy_raster import GRAIN_MM, depth_of, nearest, rasterise
from osteon.simulate.person.anatomy_shapes import BONE, GLOW, INSIDE, Part, cut, ellipsoid, flat, table, tube
from osteon.simulate.person.tissues import Tissue

unit = st.floats(-1.0, 1.0)
point = st.tuples(*[st.floats(-12.0, 12.0)] * 3)
half = st.floats(2.0, 9.0)
direction = st.tuples(unit, unit, unit).filter(lambda v: np.linalg.norm(v) > 0.3)


def grid(n: int = 24, mm: float = 1.5, *, turn: float = 0.0, stretch: float = 1.0):
    """A grid about the origin: turned about z by `turn` radians, its slices `stretch` times as far apart."""
    c, s = np.cos(turn), np.sin(turn)
    steps = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]]) @ np.array([[0, 0, mm], [0, mm, 0], [mm * stretch, 0, 0]])
    affine = np.eye(4)
    affine[:3, :3] = steps
    affine[:3, 3] = -steps @ np.full(3, (n - 1) / 2) + (0.31, -0.17, 0.23)
    return volume_grid((n, n, n), affine)


def places(where) -> np.ndarray:
    return to_mm(where, np.stack(np.indices(where.shape), axis=-1))


def frame_of(start, end, wide):
    """The axes (u, v, w) of a tube as its docstring says: w along, u to `wide` as far as that is across."""
    w = np.subtract(end, start)
    w = w / np.linalg.norm(w)
    u = np.asarray(wide, float) - np.dot(wide, w) * w
    u /= np.linalg.norm(u)
    return u, np.cross(w, u), w


def in_tube(mm, start, end, halves, wide, *, ends: str) -> np.ndarray:
    u, v, w = ((mm - np.asarray(start)) @ axis for axis in frame_of(start, end, wide))
    length = np.linalg.norm(np.subtract(end, start))
    t = np.clip(w / length, 0.0, 1.0)
    a, b = halves[0] + t * (halves[2] - halves[0]), halves[1] + t * (halves[3] - halves[1])
    beyond = w - np.clip(w, 0.0, length)
    if ends == "flat":
        return ((u / a) ** 2 + (v / b) ** 2 < 1.0) & (w > 0.0) & (w < length)
    return (u / a) ** 2 + (v / b) ** 2 + (beyond / min(halves)) ** 2 < 1.0


def painted(row, where) -> np.ndarray:
    part = Part(shapes=table([row]), shell=Tissue.MUSCLE, core=Tissue.MUSCLE)
    return rasterise([part], where).tissue == Tissue.MUSCLE


@settings(max_examples=40, deadline=None)
@given(
    start=point, end=point, halves=st.tuples(half, half, half, half), wide=direction,
    ends=st.sampled_from(("flat", "round")), turn=st.floats(-0.7, 0.7), stretch=st.sampled_from((1.0, 2.5)),
)  # fmt: skip
def test_any_tube_fills_the_voxels_whose_middles_lie_in_it(start, end, halves, wide, ends, turn, stretch):
    way = np.subtract(end, start)
    if np.linalg.norm(way) < 3.0 or np.linalg.norm(np.cross(way, wide)) < 0.2 * np.linalg.norm(way):
        return
    row = tube(start, end, halves, wide=wide)
    where = grid(turn=turn, stretch=stretch)
    found = painted(flat(row) if ends == "flat" else row, where)
    expected = in_tube(places(where), start, end, halves, wide, ends=ends)
    assert (found != expected).sum() <= 2, "but for what lies on the surface itself"


@settings(max_examples=25, deadline=None)
@given(centre=point, halves=st.tuples(half, half, half), along=direction, normal=direction, at=point)
def test_any_ellipsoid_cut_by_any_plane(centre, halves, along, normal, at):
    wide = np.cross(along, (0.37, -0.61, 0.7))
    if np.linalg.norm(wide) < 0.1:
        return
    where = grid(turn=0.3)
    mm = places(where)
    u, v, w = ((mm - np.asarray(centre)) @ axis for axis in frame_of((0, 0, 0), along, wide))
    inside = (u / halves[0]) ** 2 + (v / halves[1]) ** 2 + (w / halves[2]) ** 2 < 1.0
    kept = (mm - np.asarray(at)) @ np.asarray(normal) < 0.0
    row = cut(ellipsoid(centre, halves, wide=wide, along=np.asarray(along) / np.linalg.norm(along)), normal, at)
    assert (painted(row, where) != (inside & kept)).sum() <= 2


@settings(max_examples=30, deadline=None)
@given(start=point, end=point, halves=st.tuples(half, half, half, half), where=point)
def test_the_sign_of_the_distance_is_inside_or_outside(start, end, halves, where):
    if np.linalg.norm(np.subtract(end, start)) < 3.0:
        return
    wide = np.cross(np.subtract(end, start), (0.3, 0.8, -0.52))
    if np.linalg.norm(wide) < 1.0:
        return
    inside = in_tube(np.asarray(where), start, end, halves, wide, ends="round")
    depth = depth_of(table([tube(start, end, halves, wide=wide)]), *where)
    assert abs(depth) < 1e-6 or (depth < 0.0) == inside


def test_a_union_is_as_deep_as_its_deepest_shape_and_the_nearest_is_named():
    balls = table([ellipsoid((x, 0, 0), (r, r, r)) for x, r in ((0.0, 5.0), (20.0, 8.0), (60.0, 2.0))])
    for x, expected, which in ((0.0, -5.0, 0), (20.0, -8.0, 1), (61.0, -1.0, 2), (8.5, 3.5, 0), (50.0, 8.0, 2)):
        assert depth_of(balls, x, 0.0, 0.0) == pytest.approx(expected)
        assert nearest(balls, x, 0.0, 0.0) == which


def test_a_part_beside_the_grid_changes_nothing_and_one_slice_is_that_slice():
    ball = Part(shapes=table([ellipsoid((3, -2, 1), (9, 7, 8), shell=2.0)]), does=BONE, bone=4)
    where = grid()
    whole = rasterise([ball], where, seed=3)
    far = replace(ball, shapes=table([ellipsoid((200, 0, 0), (9, 7, 8))]))
    assert not rasterise([far], where).bone.any()
    affine = np.array(where.affine)
    affine[:3, 3] = to_mm(where, np.array([11, 0, 0]))
    one = rasterise([ball], volume_grid((1, 24, 24), affine), seed=3)
    for name in ("tissue", "bone", "density_scale", "uptake_scale"):
        assert (getattr(one, name)[0] == getattr(whole, name)[11]).all(), name


def test_what_lies_over_bone_leaves_nothing_of_it_however_large():
    """Blocks that lie wholly inside are filled at once: their density was that of the bone beneath."""
    bone = Part(shapes=table([ellipsoid((0, 0, 0), (16, 16, 16), shell=1.0)]), does=BONE, bone=2, factor=0.6)
    brain = Part(shapes=table([ellipsoid((0, 0, 0), (13, 13, 13))]), shell=Tissue.BRAIN, core=Tissue.BRAIN)
    body = rasterise([bone, brain], grid(n=40, mm=1.0))
    inside = body.tissue == Tissue.BRAIN
    assert inside.sum() == pytest.approx(4 / 3 * np.pi * 13**3, rel=0.01)
    assert (body.density_scale[inside] == 1.0).all()
    assert not body.bone[inside].any()
    assert body.density_scale[body.tissue == Tissue.TRABECULAR].mean() == pytest.approx(
        1.04 * (0.6 + 0.4 * 0.6), rel=0.03
    )


def test_tracer_goes_to_its_own_bone_alone_and_two_zones_multiply():
    one, other = (
        Part(shapes=table([ellipsoid((x, 0, 0), (6, 6, 6))]), does=BONE, bone=n) for x, n in ((-7, 1), (7, 2))
    )
    zone = table([ellipsoid((0, 0, 0), (14, 14, 14))])
    hot = Part(shapes=zone, does=GLOW, bone=2, factor=3.0)
    everywhere = Part(shapes=zone, does=GLOW, factor=2.0)
    body = rasterise([one, other, hot, everywhere], grid())
    assert set(np.unique(body.uptake_scale[body.bone == 1])) == {2.0}
    assert set(np.unique(body.uptake_scale[body.bone == 2])) == {6.0}
    assert (body.uptake_scale[body.bone == 0] == 1.0).all()


def test_a_plate_of_another_bone_is_not_painted():
    bone = Part(shapes=table([ellipsoid((0, 0, 0), (10, 10, 10))]), does=BONE, bone=1)
    plate = Part(
        shapes=table([flat(tube((0, 0, -2), (0, 0, 2), (30, 30, 30, 30)))]), does=INSIDE, bone=2,
        shell=Tissue.CARTILAGE, core=Tissue.CARTILAGE,
    )  # fmt: skip
    assert not (rasterise([bone, plate], grid()).tissue == Tissue.CARTILAGE).any()
    own = rasterise([bone, replace(plate, bone=1)], grid())
    heights = places(grid())[own.tissue == Tissue.CARTILAGE][:, 2]
    assert len(heights) > 100
    assert np.abs(heights).max() <= 2.0


def test_the_grain_of_the_trabeculae_averages_out_in_coarse_voxels_and_is_the_seeds():
    part = Part(shapes=table([ellipsoid((0, 0, 0), (14, 14, 14))]), does=BONE, bone=1)

    def spread(mm: float) -> float:
        body = rasterise([part], grid(n=int(30 / mm), mm=mm))
        return float(body.density_scale[body.tissue == Tissue.TRABECULAR].std())

    fine, at_grain, coarse = spread(1.0), spread(GRAIN_MM), spread(4.0 * GRAIN_MM)
    assert fine > 0.05
    assert at_grain == pytest.approx(fine, rel=0.25)
    assert coarse == pytest.approx(fine / 4.0, rel=0.35)
    one, again, other = (rasterise([part], grid(), seed=s).density_scale for s in (1, 1, 2))
    assert (one == again).all()
    assert (one != other).any()


@pytest.mark.parametrize("factor", [1.0, 0.5])
def test_loss_of_bone_takes_more_from_the_trabeculae_than_from_the_cortex(factor):
    part = Part(shapes=table([ellipsoid((0, 0, 0), (14, 14, 14), shell=3.0)]), does=BONE, bone=1, factor=factor)
    body = rasterise([part], grid(n=30, mm=1.0))
    cortex, spongy = (body.density_scale[body.tissue == t] for t in (Tissue.CORTICAL, Tissue.TRABECULAR))
    assert cortex == pytest.approx(0.5 + 0.5 * factor)
    assert spongy.mean() == pytest.approx(1.04 * (0.6 + 0.4 * factor), rel=0.02)
