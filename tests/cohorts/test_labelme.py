import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from osteon.cohorts import labelme
from osteon.errors import InputError
from osteon.types import Grid


def test_points_scale_with_the_picture(tmp_path):
    path = tmp_path / "a.json"
    shapes = [{"shape_type": "polygon", "points": [[0, 0], [20, 0], [20, 40], [0, 40]]}]
    path.write_text(json.dumps({"imageHeight": 80, "imageWidth": 40, "shapes": shapes}))
    drawn = labelme.mask(path, grid=Grid(shape=(40, 20))).read()
    assert drawn[:20, :10].all()
    assert drawn[22:].sum() == drawn[:, 12:].sum() == 0


def test_boxes_stay_within_the_picture(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(
        json.dumps({"shapes": [{"label": "x", "shape_type": "rectangle", "points": [[-5, 3], [500, 900]]}]})
    )
    found = labelme.lesions(path, grid=Grid(shape=(40, 20)), input="radiograph")
    assert (found[0].box_px, found[0].label) == ((3, 0, 40, 20), "x")


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=3),
        lambda x: (
            st.lists(x, max_size=3)
            | st.dictionaries(st.sampled_from(["shapes", "points", "shape_type", "imageWidth"]), x, max_size=3)
        ),
    )
)
def test_any_json_is_a_mask_or_our_error(tmp_path_factory, said):
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps(said))
    try:
        drawn = labelme.mask(path, grid=Grid(shape=(8, 8))).read()
    except InputError:
        return
    assert drawn.shape == (8, 8)
    assert np.isin(drawn, [0, 1]).all()
