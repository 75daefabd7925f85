"""Shapes, whatever program drew them: masks, boxes, lesions, and which label is meant."""

import json
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from osteon.errors import InputError
from osteon.io import annotation
from osteon.io.annotation import Shape, chosen, label_map, lesions, parsed, points


def square(label, row, column, side=4.0):
    corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0]]) * side
    return Shape(label=label, polygons=(corners + np.array([row - 0.5, column - 0.5]),))


def frame(label, row0, column0, row1, column1):
    return Shape(label=label, box=(row0 - 0.5, column0 - 0.5, row1 - 0.5, column1 - 0.5))


def test_corners_of_programs_are_half_a_pixel_off_ours():
    assert points([[3, 7], [0, 0]], file="a").tolist() == [[6.5, 2.5], [-0.5, -0.5]]


@pytest.mark.parametrize("bad", [[[1, 2], [3]], [["a", "b"]], [[np.nan, 1]], [[1e9, 1]], {"x": 1}, [1, 2, 3]])
def test_points_that_are_none_are_refused(bad):
    with pytest.raises(InputError, match=r"a\.json: .*pairs of numbers"):
        points(bad, file="a.json")


def test_a_square_of_whole_pixels_is_just_these():
    drawn = label_map([[square("x", 2, 3)]], shape=(10, 10))
    assert drawn[2:6, 3:7].all()
    assert drawn.sum() == 16
    assert square("x", 2, 3).bounds((10, 10)) == (2, 3, 6, 7)


def test_groups_are_values_and_the_last_lies_on_top():
    drawn = label_map([[square("a", 0, 0)], [square("b", 2, 2)]], shape=(8, 8))
    assert drawn[1, 1] == 1
    assert drawn[3, 3] == drawn[5, 5] == 2
    assert drawn.dtype == np.int32


@pytest.mark.parametrize(
    ("row", "column", "box"), [(-2, -2, (0, 0, 2, 2)), (7, 7, (7, 7, 10, 10)), (20, 0, None), (0, -9, None)]
)
def test_boxes_end_at_the_picture(row, column, box):
    assert square("x", row, column).bounds((10, 10)) == box


def test_a_painted_mask_has_the_box_of_its_pixels():
    pixels = np.zeros((9, 9), bool)
    pixels[2:5, 3] = True
    assert Shape(label="", pixels=pixels).bounds((9, 9)) == (2, 3, 5, 4)
    assert Shape(label="", pixels=np.zeros((9, 9), bool)).bounds((9, 9)) is None


@pytest.mark.parametrize("times", [0.5, 2.0, 3.0])
def test_scaled_shapes_cover_the_scaled_pixels(times):
    whole = square("x", 2, 4, side=4).scaled((times, times))
    drawn = label_map([[whole]], shape=(int(12 * times), int(12 * times)))
    assert whole.bounds(drawn.shape) == tuple(int(v * times) for v in (2, 4, 6, 8))
    assert drawn.sum() == 16 * times**2
    assert frame("x", 2, 4, 6, 8).scaled((times, 1.0)).bounds(drawn.shape) == (
        2 * times,
        4,
        6 * times,
        min(8, 12 * times),
    )


def test_a_painted_mask_cannot_be_scaled():
    with pytest.raises(InputError, match="another size"):
        Shape(label="", pixels=np.ones((2, 2), bool)).scaled((2.0, 2.0))


def test_the_only_label_needs_no_name():
    shapes = [square("Tumour", 0, 0), square(" tumour", 5, 5)]
    assert chosen(shapes, "", file="a") == (tuple(shapes),)


def test_several_labels_need_one():
    shapes = [square("tumour", 0, 0), square("bone", 5, 5), square("tumour", 9, 9)]
    with pytest.raises(InputError, match=r"2 labels.*after a #"):
        chosen(shapes, "", file="a")
    assert chosen(shapes, "TUMOUR", file="a") == ((shapes[0], shapes[2]),)
    assert chosen(shapes, "bone,tumour", file="a") == ((shapes[1],), (shapes[0], shapes[2]))
    assert chosen(shapes, "*", file="a") == (tuple(shapes),)


def test_a_label_may_hold_a_comma():
    shapes = [square("tumour, soft part", 0, 0), square("bone", 5, 5)]
    assert chosen(shapes, "tumour, soft part", file="a") == ((shapes[0],),)


def test_a_label_that_is_not_there_is_refused_and_not_repeated():
    with pytest.raises(InputError, match="check the word") as caught:
        chosen([square("Mrs Example", 0, 0)], "necrosis", file="a")
    assert "Example" not in str(caught.value)


def test_each_shape_is_a_lesion():
    found = lesions([[square("tumour", 1, 2), square("tumour", 8, 8)]], shape=(20, 20))
    assert [one.box_px for one in found] == [(1, 2, 5, 6), (8, 8, 12, 12)]
    assert {(one.label, one.mask_value) for one in found} == {("tumour", 1)}


def test_a_rectangle_around_a_polygon_is_the_box_of_the_same_lesion():
    group = [square("tumour", 2, 2), frame("tumour", 1, 1, 7, 8)]
    (one,) = lesions([group], shape=(20, 20))
    assert (one.box_px, one.mask_value) == ((1, 1, 7, 8), 1)


def test_a_rectangle_of_another_label_or_place_is_its_own_lesion():
    for other in (frame("marker", 1, 1, 7, 8), frame("tumour", 10, 10, 15, 15)):
        found = lesions([[square("tumour", 2, 2), other]], shape=(20, 20))
        assert [one.mask_value for one in found] == [1, None]


def test_shapes_outside_the_picture_are_no_lesions():
    assert lesions([[square("x", 50, 50)]], shape=(20, 20)) == ()


def test_json_is_read_once(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("[1]")
    assert parsed(path) is parsed(path)
    path.write_text("[1, 2]")
    os.utime(path, ns=(1, 1))
    assert parsed(path) == [1, 2]


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "\x00"])
def test_what_is_no_json_is_refused(tmp_path, text):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"a\.json: is no JSON"):
        parsed(path)


def test_a_file_that_is_not_there_or_too_large(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="cannot be opened"):
        parsed(tmp_path / "none.json")
    (tmp_path / "big.json").write_text(json.dumps(list(range(99))))
    monkeypatch.setattr(annotation, "MAX_BYTES", 50)
    with pytest.raises(InputError, match="larger than"):
        parsed(tmp_path / "big.json")


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50)), min_size=3, max_size=8))
def test_a_mask_lies_within_its_box(corners):
    one = Shape(label="", polygons=(np.array(corners),))
    at = np.argwhere(label_map([[one]], shape=(24, 20)))
    if not len(at):
        return
    row0, column0, row1, column1 = one.bounds((24, 20))
    assert (at >= (row0, column0)).all()
    assert (at < (row1, column1)).all()
