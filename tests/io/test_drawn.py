"""The one door to drawn labels: the format is told by content, the result lies on the image's grid."""

import json

import numpy as np
import pytest
from test_coco import POLYGON
from test_qupath import collection, feature, ring
from test_slicer import NAMES, image, painted
from test_slicer import write as write_segments

from osteon.errors import GeometryError, InputError
from osteon.io import drawn
from osteon.types import Grid, Image, Slide, Source

FILM = Grid(shape=(60, 48), spacing_mm=(0.2, 0.1), spacing_at="detector")


def film(folder, name="film.png"):
    return Image(grid=FILM, modality="DX", load=lambda: np.zeros(FILM.shape), sources=(Source(path=folder / name),))


def slide(folder):
    levels = ((40_000, 20_000), (10_000, 5_000), (2_500, 1_250), (625, 312))
    return Slide(path=folder / "s.svs", levels=levels, um_per_pixel=(0.25, 0.5), read_region=lambda *_: np.zeros(0))


def save(folder, said, name="drawn.json"):
    path = folder / name
    path.write_text(json.dumps(said))
    return path


SQUARE = [[4, 2], [14, 2], [14, 22], [4, 22]]
SAME = {
    "LabelMe": {"shapes": [{"label": "tumour", "shape_type": "polygon", "points": SQUARE}]},
    "COCO": {
        "images": [{"id": 1, "file_name": "film.png"}],
        "annotations": [{"image_id": 1, "category_id": 3, "segmentation": [sum(SQUARE, [])]}],  # noqa: RUF017
        "categories": [{"id": 3, "name": "tumour"}],
    },
    "QuPath": collection(feature("Polygon", [[*SQUARE, SQUARE[0]]], label="tumour")),
}


@pytest.mark.parametrize("program", SAME)
def test_the_same_square_from_each_program(tmp_path, program):
    found = drawn.read(save(tmp_path, SAME[program]), image=film(tmp_path))
    expected = np.zeros(FILM.shape, int)
    expected[2:22, 4:14] = 1
    assert np.array_equal(found.mask.read(), expected)
    assert (found.mask.grid, found.mask.unit, found.mask.notes) == (FILM, "label", ())
    (lesion,) = found.lesions
    assert (lesion.label, lesion.box_px, lesion.mask_value) == ("tumour", (2, 4, 22, 14), 1)


def test_mere_boxes_are_lesions_without_a_mask(tmp_path):
    shapes = [{"label": "x", "shape_type": "rectangle", "points": [[3, 5], [9, 8]]}]
    found = drawn.read(save(tmp_path, {"shapes": shapes}), image=film(tmp_path))
    assert found.mask is None
    assert [(one.box_px, one.mask_value) for one in found.lesions] == [((5, 3, 8, 9), None)]


def test_labels_named_become_values(tmp_path):
    said = collection(
        feature("Polygon", [ring(0, 0, 10)], label="tumour"), feature("Polygon", [ring(20, 20, 5)], label="Necrosis")
    )
    path = save(tmp_path, said)
    found = drawn.read(path, image=film(tmp_path), wanted="necrosis,tumour")
    assert np.bincount(found.mask.read().ravel()).tolist() == [60 * 48 - 125, 25, 100]
    assert [(one.label, one.mask_value) for one in found.lesions] == [("Necrosis", 1), ("tumour", 2)]
    with pytest.raises(InputError, match="after a #"):
        drawn.read(path, image=film(tmp_path))


def test_a_slide_is_drawn_on_a_level_that_fits_memory(tmp_path):
    path = save(tmp_path, collection(feature("Polygon", [ring(1600, 3200, 8000)])), "s.geojson")
    found = drawn.read(path, image=slide(tmp_path))
    assert found.mask.grid.shape == (1250, 2500)
    assert found.mask.grid.spacing_mm == pytest.approx((0.008, 0.004))
    assert "16 times coarser" in found.mask.notes[0]
    assert np.array_equal(np.argwhere(found.mask.read())[[0, -1]], [[200, 100], [699, 599]])
    assert found.lesions[0].box_px == (200, 100, 700, 600)


def test_shapes_need_a_picture(tmp_path):
    with pytest.raises(GeometryError, match="3D Slicer"):
        drawn.read(save(tmp_path, SAME["LabelMe"]), image=image())


def test_segments_need_a_volume(tmp_path):
    path = write_segments(tmp_path / "a.seg.nrrd", painted(), image().grid, NAMES)
    assert drawn.read(path, image=image(), wanted="bone").mask.grid == image().grid
    with pytest.raises(GeometryError):
        drawn.read(path, image=slide(tmp_path), wanted="bone")


@pytest.mark.parametrize("said", [{}, [], 1, "text", {"polygon": POLYGON}])
def test_other_json_is_refused(tmp_path, said):
    with pytest.raises(InputError, match="neither LabelMe's, COCO's nor QuPath's"):
        drawn.read(save(tmp_path, said), image=film(tmp_path))


def test_what_is_an_annotation(tmp_path):
    segments = write_segments(tmp_path / "a.seg.nrrd", painted(), image().grid, NAMES)
    plain = write_segments(tmp_path / "b.nrrd", painted(), image().grid, ())
    assert drawn.is_annotation(segments)
    assert not drawn.is_annotation(plain)
    assert drawn.is_annotation(tmp_path / "x.GeoJSON")
    assert not drawn.is_annotation(tmp_path / "x.png")
