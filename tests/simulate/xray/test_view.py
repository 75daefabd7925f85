from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osteon.errors import GeometryError, RequestError
from osteon.geometry import volume_grid
from osteon.simulate.xray.view import POSES, Pose, box_mm, view, view_of

CENTRE = np.array([10.0, -20.0, 30.0])


def _view(pose, shape=(101, 81), pixel_mm=0.5):
    return view(CENTRE, pose=pose, shape=shape, pixel_mm=pixel_mm)


@pytest.mark.parametrize(
    ("name", "right", "down", "toward"),
    [
        ("AP", "L", "F", (0, 1, 0)),
        ("PA", "L", "F", (0, -1, 0)),  # hung as if the patient faced the reader
        ("LL", "A", "F", (1, 0, 0)),
        ("RL", "P", "F", (-1, 0, 0)),
    ],
)
def test_the_named_positions(name, right, down, toward):
    found = _view(POSES[name])
    assert found.orientation == (right, down)
    assert found.position == name
    beam = CENTRE - found.source_mm
    np.testing.assert_allclose(beam / np.linalg.norm(beam), toward, atol=1e-12)


@pytest.mark.parametrize("pose", [*POSES.values(), Pose(turn_degrees=20, tilt_degrees=-15, roll_degrees=33)])
def test_the_centre_falls_on_the_middle_and_distances_hold(pose):
    found = _view(pose)
    np.testing.assert_allclose(found.project(CENTRE), [50.0, 40.0], atol=1e-9)
    assert found.source_to_detector_mm == pytest.approx(1150.0)
    assert np.linalg.norm(CENTRE - found.source_mm) == pytest.approx(1000.0)
    assert found.pixel_mm == pytest.approx((0.5, 0.5))
    assert abs(found.down_mm @ found.right_mm) < 1e-12
    assert pose.magnification == pytest.approx(1.15)


def test_what_lies_nearer_to_the_source_is_magnified():
    found = _view(Pose())
    shift = np.array([5.0, 0.0, 0.0])
    at_centre = found.project(CENTRE + shift)[1] - 40.0
    nearer = found.project(CENTRE + shift - [0, 500.0, 0])[1] - 40.0
    assert at_centre == pytest.approx(5.0 * 1.15 / 0.5)
    assert nearer == pytest.approx(2 * at_centre)


def test_pixels_project_onto_themselves_and_strips_are_the_same_view():
    found = _view(Pose(turn_degrees=30, tilt_degrees=10, roll_degrees=5), shape=(7, 5))
    rows, columns = np.meshgrid(range(7), range(5), indexing="ij")
    np.testing.assert_allclose(found.project(found.pixels()), np.stack([rows, columns], -1), atol=1e-9)
    np.testing.assert_allclose(found.rows(2, 5).pixels(), found.pixels()[2:5], atol=1e-12)


def test_a_caudad_tilt_looks_down():
    found = _view(Pose(tilt_degrees=20))
    assert found.source_mm[2] > CENTRE[2]


def test_roll_turns_the_detector_clockwise():
    plain, rolled = (_view(Pose(roll_degrees=angle)) for angle in (0, 10))
    up = CENTRE + np.array([0.0, 0.0, 10.0])  # straight up on the plain film, to the left when turned
    assert plain.project(up)[1] == pytest.approx(40.0)
    assert rolled.project(up)[1] < 40.0


def test_a_view_of_a_volume_just_holds_it():
    affine = np.array([[0, 0, 0.8, -30], [0, 1.5, 0.1, 5], [2.0, 0, 0, -60], [0, 0, 0, 1]])
    grid = volume_grid((40, 50, 60), affine)
    found = view_of(grid, pose=Pose(turn_degrees=25), shape=(120, 100))
    shadow = found.project(box_mm(grid)) - (np.array(found.shape) - 1) / 2
    share = np.abs(shadow).max(axis=0) / (np.array(found.shape) / 2)
    assert share.max() == pytest.approx(1.0)
    closer = view_of(grid, pose=Pose(turn_degrees=25), shape=(120, 100), cover=0.5)
    assert closer.pixel_mm[0] == pytest.approx(found.pixel_mm[0] / 2)


def test_the_grid_says_where_its_spacing_holds():
    grid = _view(Pose()).grid()
    assert (grid.shape, grid.spacing_at, grid.affine) == ((101, 81), "detector", None)


def test_points_behind_the_source_are_refused():
    found = _view(Pose())
    with pytest.raises(GeometryError, match="behind the X-ray source"):
        found.project(found.source_mm - [0, 1.0, 0])


@pytest.mark.parametrize(
    "change",
    [
        {"pose": Pose(centre_to_detector_mm=1200)},
        {"pose": Pose(tilt_degrees=95)},
        {"shape": (0, 5)},
        {"pixel_mm": 0.0},
    ],
)
def test_impossible_views_are_refused(change):
    asked = {"pose": Pose(), "shape": (8, 8), "pixel_mm": 1.0} | change
    with pytest.raises(RequestError, match="A view needs"):
        view(CENTRE, **asked)


poses = st.builds(
    Pose, turn_degrees=st.floats(-180.0, 360.0), tilt_degrees=st.floats(-60.0, 60.0), roll_degrees=st.floats(-180, 180),
    source_to_detector_mm=st.floats(800.0, 2000.0), centre_to_detector_mm=st.floats(0.0, 400.0),
)  # fmt: skip
spot = st.tuples(*[st.floats(-150.0, 150.0)] * 3).map(np.array)


@settings(max_examples=60, deadline=None)
@given(pose=poses, at=spot)
def test_source_point_and_its_pixel_lie_on_one_line(pose, at):
    found = _view(pose)
    row, column = found.project(CENTRE + at)
    pixel = found.corner_mm + row * found.down_mm + column * found.right_mm
    one, other = (v / np.linalg.norm(v) for v in (CENTRE + at - found.source_mm, pixel - found.source_mm))
    np.testing.assert_allclose(one, other, atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(pose=poses, at=spot)
def test_a_roll_turns_the_picture_about_its_middle(pose, at):
    """The detector turned clockwise turns the picture anticlockwise, from in front and from behind alike."""
    plain, rolled = (_view(replace(pose, roll_degrees=r)).project(CENTRE + at) - (50, 40) for r in (0.0, 30.0))
    c, s = np.cos(np.radians(30.0)), np.sin(np.radians(30.0))
    np.testing.assert_allclose(rolled, (c * plain[0] - s * plain[1], s * plain[0] + c * plain[1]), atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(pose=poses)
def test_the_head_is_up_and_ap_and_pa_hang_alike(pose):
    upright = replace(pose, roll_degrees=0.0)
    found = _view(upright)
    head = found.project(CENTRE + np.array([0.0, 0.0, 40.0]))
    assert head[0] < 50.0
    assert head[1] == pytest.approx(40.0, abs=1e-6)
    if abs(np.cos(np.radians(pose.turn_degrees))) > 0.05:
        left = found.project(CENTRE + np.array([40.0, 0.0, 0.0]))
        assert left[1] > 40.0, "the patient's left is on the right of the film"


@pytest.mark.parametrize(
    ("turn", "name"),
    [(-9.0, "AP"), (9.0, "AP"), (351.0, "AP"), (369.0, "AP"), (-90.0, "RL"), (270.0, "RL"), (-180.0, "PA"),
     (20.0, None), (50.0, "LPO"), (315.0, "RPO"), (-135.0, "RAO"), (140.0, "LAO"), (112.0, None)],
)  # fmt: skip
def test_a_position_has_its_name_however_the_turn_is_written(turn, name):
    assert _view(Pose(turn_degrees=turn)).position == name


def test_a_side_at_the_detector_is_the_less_magnified_one():
    """A left lateral has the left side at the film; a right posterior oblique the right and the back."""
    for name, near in (("LL", (60, 0, 0)), ("RL", (-60, 0, 0)), ("AP", (0, 60, 0)), ("PA", (0, -60, 0)),
                       ("RPO", (-42, 42, 0)), ("LAO", (42, -42, 0))):  # fmt: skip
        found = _view(POSES[name])
        spread = []
        for sign in (1.0, -1.0):
            middle = CENTRE + sign * np.array(near, float)
            high, low = (found.project(middle + np.array([0.0, 0.0, z]))[0] for z in (10.0, -10.0))
            spread.append(low - high)
        assert spread[0] < spread[1], name
