import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from osteon.errors import InputError
from osteon.io import coco
from osteon.io.annotation import label_map

pycoco = pytest.importorskip("pycocotools.mask", reason="pip install pycocotools")
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
SHAPE = (60, 48)
POLYGON = [3.2, 5.1, 40.7, 9.9, 30.3, 50.8, 8.1, 44.4]


def write(folder, *annotations, images=None, **values):
    path = folder / "coco.json"
    images = images or [{"id": 7, "file_name": "films/a.png", "height": 60, "width": 48}]
    said = {"images": images, "categories": [{"id": 1, "name": "tumour"}, {"id": 2, "name": "bone"}]} | values
    path.write_text(
        json.dumps(said | {"annotations": [{"image_id": 7, "category_id": 1} | one for one in annotations]})
    )
    return path


def shapes(path, picture="a.png", shape=SHAPE):
    return coco.read(path, shape=shape, picture=picture)


def mask(path):
    return label_map([shapes(path)], shape=SHAPE)


def test_a_polygon_is_that_of_pycocotools_but_for_its_edge(tmp_path):
    ours = mask(write(tmp_path, {"segmentation": [POLYGON]})) > 0
    theirs = pycoco.decode(pycoco.frPyObjects([POLYGON], *SHAPE))[..., 0] > 0
    assert (ours != theirs).sum() <= 0.02 * theirs.sum()  # pycocotools samples the edge on a grid of fifths


def test_runs_are_those_of_pycocotools(tmp_path):
    drawn = np.random.default_rng(0).random(SHAPE) > 0.5
    said = pycoco.encode(np.asfortranarray(drawn, dtype=np.uint8))
    packed = {"size": list(SHAPE), "counts": said["counts"].decode()}
    assert np.array_equal(mask(write(tmp_path, {"segmentation": packed})), drawn)
    flat = drawn.T.ravel().astype(int)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flat]))).tolist()
    runs = {"size": list(SHAPE), "counts": np.diff([0, *edges, flat.size]).tolist()}
    assert np.array_equal(mask(write(tmp_path, {"segmentation": runs, "iscrowd": 1})), drawn)


def test_boxes_and_labels(tmp_path):
    path = write(tmp_path, {"bbox": [3, 5, 10, 20]}, {"bbox": [0, 0, 4, 4], "category_id": 2, "segmentation": []})
    one, other = shapes(path)
    assert (one.bounds(SHAPE), one.label) == ((5, 3, 25, 13), "tumour")
    assert (other.bounds(SHAPE), other.label) == ((0, 0, 4, 4), "bone")
    assert not one.fills


def test_several_parts_are_one_shape(tmp_path):
    square = [0, 0, 4, 0, 4, 4, 0, 4]
    (one,) = shapes(write(tmp_path, {"segmentation": [square, [v + 10 for v in square]]}))
    assert label_map([[one]], shape=SHAPE).sum() == 32


def test_scaled_to_the_image(tmp_path):
    path = write(tmp_path, {"segmentation": [[0, 0, 20, 0, 20, 40, 0, 40]]})
    drawn = label_map([shapes(path, shape=(30, 24))], shape=(30, 24))
    assert drawn[:20, :10].all()
    assert drawn.sum() == 200


IMAGES = [{"id": 7, "file_name": "films/a.png"}, {"id": 8, "file_name": "other\\b.jpg"}]


@pytest.mark.parametrize(("name", "count"), [("a.png", 1), ("a.dcm", 1), ("b.jpg", 0), ("b.dcm", 0)])
def test_the_picture_is_found_by_its_name(tmp_path, name, count):
    path = write(tmp_path, {"bbox": [3, 5, 10, 20]}, images=IMAGES)
    assert len(shapes(path, picture=name)) == count


def test_a_picture_that_is_not_named_is_refused(tmp_path):
    with pytest.raises(InputError, match="2 pictures"):
        shapes(write(tmp_path, images=IMAGES), picture="c.png")


def test_the_only_picture_needs_no_name(tmp_path):
    assert len(shapes(write(tmp_path, {"bbox": [3, 5, 10, 20]}), picture="c.png")) == 1


@pytest.mark.parametrize(
    "bad",
    [
        {"segmentation": {"size": [3, 3], "counts": "x"}},
        {"segmentation": {"size": list(SHAPE), "counts": [1]}},
        {"segmentation": {"counts": [1]}},
        {"segmentation": 5},
        {"segmentation": [["a"]]},
        {"bbox": [1, 2]},
        {"bbox": "abc"},
    ],
)
def test_damaged_annotations_are_refused(tmp_path, bad):
    with pytest.raises(InputError, match=r"^coco\.json: "):
        shapes(write(tmp_path, bad))


@pytest.mark.parametrize("text", ["{}", "[]", '{"images": [], "annotations": {}}', '{"images": [], "annotations": []}'])
def test_what_is_not_coco_is_refused(tmp_path, text):
    (tmp_path / "c.json").write_text(text)
    with pytest.raises(InputError, match=r"^c\.json: is (no )?COCO"):
        shapes(tmp_path / "c.json")


JSON = st.recursive(
    st.none() | st.integers(-3, 70) | st.text(max_size=3),
    lambda x: (
        st.lists(x, max_size=5)
        | st.dictionaries(st.sampled_from(["id", "image_id", "bbox", "segmentation", "size", "counts", "height"]), x)
    ),
    max_leaves=12,
)


@given(images=st.lists(JSON, max_size=2), annotations=st.lists(JSON, max_size=3), categories=JSON)
def test_any_json_is_shapes_or_our_error(tmp_path_factory, images, annotations, categories):
    path = tmp_path_factory.mktemp("any") / "any.json"
    path.write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))
    try:
        found = shapes(path)
    except InputError:
        return
    assert label_map([found], shape=SHAPE).shape == SHAPE
