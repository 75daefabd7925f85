import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from osteon.errors import InputError
from osteon.io import qupath
from osteon.io.annotation import label_map

SHAPE = (30, 40)


def ring(column, row, side):
    return [[column, row], [column + side, row], [column + side, row + side], [column, row + side], [column, row]]


def feature(kind, coordinates, *, label="Tumor", **about):
    properties = {"objectType": "annotation", "classification": {"name": label, "color": [200, 0, 0]}} | about
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}


def write(folder, said):
    path = folder / "a.geojson"
    path.write_text(json.dumps(said))
    return path


def collection(*features):
    return {"type": "FeatureCollection", "features": list(features)}


@pytest.mark.parametrize("wrap", [collection, lambda one: [one], lambda one: one], ids=["collection", "list", "one"])
def test_a_polygon_with_a_hole(tmp_path, wrap):
    path = write(tmp_path, wrap(feature("Polygon", [ring(5, 3, 20), ring(10, 8, 4)])))
    (one,) = qupath.read(path)
    drawn = label_map([[one]], shape=SHAPE)
    assert one.label == "Tumor"
    assert drawn[3:23, 5:25].sum() == drawn.sum() == 400 - 16
    assert not drawn[8:12, 10:14].any()


def test_several_areas_are_one_shape(tmp_path):
    areas = [[ring(0, 0, 4)], [ring(20, 10, 8), ring(22, 12, 2)]]
    (one,) = qupath.read(write(tmp_path, collection(feature("MultiPolygon", areas))))
    assert label_map([[one]], shape=SHAPE).sum() == 16 + 64 - 4


def test_a_collection_of_geometries(tmp_path):
    made = feature("GeometryCollection", None)
    made["geometry"]["geometries"] = [{"type": "Polygon", "coordinates": [ring(2, 2, 3)]}]
    (one,) = qupath.read(write(tmp_path, collection(made)))
    assert label_map([[one]], shape=SHAPE).sum() == 9


def test_coordinates_are_of_the_finest_level(tmp_path):
    path = write(tmp_path, collection(feature("Polygon", [ring(40, 80, 80)])))
    (one,) = qupath.read(path, scale=(1 / 8, 1 / 8))
    assert one.bounds(SHAPE) == (10, 5, 20, 15)
    assert label_map([[one]], shape=SHAPE).sum() == 100


def test_cells_lines_and_points_are_left_out(tmp_path):
    others = [
        feature("Polygon", [ring(1, 1, 3)], objectType="detection"),
        feature("Polygon", [ring(1, 1, 3)], objectType="cell"),
        feature("LineString", [[1, 1], [2, 2]]),
        feature("Point", [1, 1]),
    ]
    assert qupath.read(write(tmp_path, collection(*others))) == ()


def test_older_files_without_a_type_of_object(tmp_path):
    made = feature("Polygon", [ring(1, 1, 3)])
    made["properties"] = {"object_type": "PathAnnotationObject", "classification": {"name": "Stroma"}}
    (one,) = qupath.read(write(tmp_path, collection(made)))
    assert one.label == "Stroma"


@pytest.mark.parametrize(
    ("about", "label"),
    [
        ({"classification": {"names": ["Tumor", "viable"]}}, "Tumor: viable"),
        ({"classification": None, "name": "area 1"}, "area 1"),
        ({"classification": "Necrosis"}, "Necrosis"),
        ({"classification": None}, ""),
    ],
)
def test_the_label_is_the_class_else_the_name(tmp_path, about, label):
    (one,) = qupath.read(write(tmp_path, collection(feature("Polygon", [ring(1, 1, 3)], **about))))
    assert one.label == label


@pytest.mark.parametrize("said", [{}, [], 3, {"type": "FeatureCollection", "features": []}, [{"type": "Polygon"}]])
def test_what_is_no_geojson_is_refused(tmp_path, said):
    with pytest.raises(InputError, match=r"^a\.geojson: is no GeoJSON"):
        qupath.read(write(tmp_path, said))


@pytest.mark.parametrize("coordinates", [None, 5, [[["a", "b"]]], [5], [[[1]]]])
def test_a_damaged_geometry_is_refused(tmp_path, coordinates):
    with pytest.raises(InputError, match=r"^a\.geojson: has a"):
        qupath.read(write(tmp_path, collection(feature("Polygon", coordinates))))


JSON = st.recursive(
    st.none() | st.integers(-3, 70) | st.sampled_from(["Feature", "Polygon", "MultiPolygon", "GeometryCollection"]),
    lambda x: (
        st.lists(x, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "geometry", "coordinates", "geometries", "properties", "classification"]), x
        )
    ),
    max_leaves=12,
)


@given(st.lists(st.fixed_dictionaries({"type": st.just("Feature"), "geometry": JSON, "properties": JSON}), max_size=2))
def test_any_feature_is_shapes_or_our_error(tmp_path_factory, said):
    path = write(tmp_path_factory.mktemp("any"), said)
    try:
        found = qupath.read(path)
    except InputError:
        return
    assert np.isin(label_map([found], shape=SHAPE), [0, 1]).all()
