import base64
import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Picture

from osteon.errors import InputError
from osteon.io import labelme
from osteon.io.annotation import label_map

SHAPE = (40, 20)


def write(folder, *shapes, **values):
    path = folder / "a.json"
    path.write_text(json.dumps({"shapes": list(shapes)} | values))
    return path


def shape(kind, points, label="tumour", **values):
    return {"shape_type": kind, "points": points, "label": label} | values


def drawn(path):
    return label_map([labelme.read(path, shape=SHAPE)], shape=SHAPE)


def png(mask):
    buffer = io.BytesIO()
    Picture.fromarray(mask.astype(np.uint8) * 255).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def test_a_polygon_of_whole_pixels(tmp_path):
    path = write(tmp_path, shape("polygon", [[2, 10], [8, 10], [8, 30], [2, 30]]))
    expected = np.zeros(SHAPE, int)
    expected[10:30, 2:8] = 1
    assert np.array_equal(drawn(path), expected)


def test_points_scale_with_the_picture(tmp_path):
    polygon = shape("polygon", [[0, 0], [20, 0], [20, 40], [0, 40]])
    path = write(tmp_path, polygon, imageHeight=80, imageWidth=40)
    expected = np.zeros(SHAPE, int)
    expected[:20, :10] = 1
    assert np.array_equal(drawn(path), expected)


def test_rectangles_are_boxes_whichever_corner_came_first(tmp_path):
    path = write(tmp_path, shape("rectangle", [[12, 30], [5, 3]]))
    (one,) = labelme.read(path, shape=SHAPE)
    assert one.bounds(SHAPE) == (3, 5, 30, 12)
    assert not one.fills


def test_a_circle(tmp_path):
    path = write(tmp_path, shape("circle", [[10, 20], [10, 26]]))
    assert drawn(path).sum() == pytest.approx(np.pi * 36, rel=0.05)


def test_a_painted_mask(tmp_path):
    mask = np.random.default_rng(0).random((6, 5)) > 0.5
    path = write(tmp_path, shape("mask", [[3, 7], [7, 12]], mask=png(mask)))
    assert np.array_equal(drawn(path)[7:13, 3:8], mask)
    assert drawn(path).sum() == mask.sum()


@pytest.mark.parametrize(
    "values",
    [{"mask": "no PNG"}, {}, {"mask": png(np.ones((90, 90), bool))}, {"mask": base64.b64encode(b"x").decode()}],
)
def test_a_damaged_painted_mask_is_refused(tmp_path, values):
    with pytest.raises(InputError, match=r"a\.json: has a painted mask"):
        labelme.read(write(tmp_path, shape("mask", [[3, 7], [7, 12]], **values)), shape=SHAPE)


def test_a_painted_mask_of_a_smaller_picture_is_refused(tmp_path):
    mask = png(np.ones((4, 4), bool))
    path = write(tmp_path, shape("mask", [[0, 0], [3, 3]], mask=mask), imageHeight=20, imageWidth=10)
    with pytest.raises(InputError, match=r"a\.json: was painted"):
        labelme.read(path, shape=SHAPE)


def test_lines_and_points_have_no_inside(tmp_path):
    shapes = [shape(kind, [[1, 1], [9, 9], [3, 8]]) for kind in ("line", "linestrip", "point", "new kind")]
    assert labelme.read(write(tmp_path, *shapes, shape("polygon", [[1, 1], [2, 2]])), shape=SHAPE) == ()


@pytest.mark.parametrize("text", ["{}", "[]", '{"shapes": 3}', '{"shapes": [3]}', '{"shapes": [{"label": "x"}]}'])
def test_what_is_not_labelme_is_refused(tmp_path, text):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"a\.json"):
        labelme.read(path, shape=SHAPE)


@given(
    st.recursive(
        st.none() | st.integers() | st.floats() | st.text(max_size=3),
        lambda x: (
            st.lists(x, max_size=3)
            | st.dictionaries(st.sampled_from(["shapes", "points", "shape_type", "imageWidth", "mask"]), x, max_size=3)
        ),
    )
)
def test_any_json_is_a_mask_or_our_error(tmp_path_factory, said):
    path = tmp_path_factory.mktemp("any") / "any.json"
    path.write_text(json.dumps(said))
    try:
        found = drawn(path)
    except InputError:
        return
    assert np.isin(found, [0, 1]).all()
