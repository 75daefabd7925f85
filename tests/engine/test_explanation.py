"""Maps as files: in the study's own grid, under names that stay in the folder, in numbers a program can read."""

import json
import math
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest
import tiny
from PIL import Image as Picture

from osteon.engine import explanation
from osteon.engine.explanation import Explanation, Shown
from osteon.engine.maps import Mapped
from osteon.explain.sanity import Sanity
from osteon.geometry import volume_grid
from osteon.metrics.pointing import Pointed
from osteon.types import Evidence, Image, Prediction, Score

AFFINE = np.array([[0, 0, 0.8, -10], [0, 0.8, 0, 5], [3, 0, 0, 20], [0, 0, 0, 1]], dtype=float)


def mapped(heat, **more):
    said = Prediction(study="s", patient="p", task="malignancy", input="radiograph", heat_map=heat, **more)
    return Mapped(prediction=said, field=np.ones(heat.shape, bool))


def film(pixels=None, *, name="s000"):
    study = tiny.cohort(2, strength=1).studies[0]
    pixels = np.zeros((8, 6), np.float32) if pixels is None else pixels
    return replace(study, name=name, data={"radiograph": tiny.picture(pixels)}, truth=None)


def volume(shape=(4, 8, 6)):
    image = Image(grid=volume_grid(shape, AFFINE), modality="CT", load=lambda: np.zeros(shape, np.float32))
    return replace(film(), data={"radiograph": image})


def test_a_films_map_is_a_grey_picture_of_its_rows_and_columns(tmp_path: Path) -> None:
    heat = np.linspace(-0.5, 1.5, 48).reshape(8, 6)
    file = explanation.write_map(tmp_path, film(), mapped(heat, item="lesion 1"), "grad-cam")
    assert file == "maps/s000-malignancy-lesion1-grad-cam.png"
    found = np.asarray(Picture.open(tmp_path / file))
    np.testing.assert_array_equal(found, np.rint(255 * heat.clip(0, 1)).astype(np.uint8))


def test_a_volumes_map_lies_where_the_volume_lies(tmp_path: Path) -> None:
    heat = np.random.default_rng(0).random((4, 8, 6)).astype(np.float32)
    file = explanation.write_map(tmp_path, volume(), mapped(heat), "evidence")
    found = nibabel.load(tmp_path / file)
    np.testing.assert_allclose(np.asarray(found.dataobj).transpose(2, 1, 0), heat, atol=1e-6)
    ras = np.diag([-1, -1, 1, 1]) @ AFFINE @ [1, 2, 3, 1]  # slice 1, row 2, column 3 in the patient, LPS to RAS
    np.testing.assert_allclose(found.affine @ [3, 2, 1, 1], ras, atol=1e-4)


@pytest.mark.parametrize("name", ["../../outside", "/etc/passwd", "a\\b:c", "line\nend"])
def test_a_study_called_like_a_path_is_written_inside(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "a" / "b" / "out"
    file = explanation.write_map(folder, film(name=name), mapped(np.ones((8, 6))), "evidence")
    assert (folder / file).is_file()
    assert [p for p in tmp_path.rglob("*.png") if not p.is_relative_to(folder / "maps")] == []


def test_of_a_volume_the_slice_with_most_heat_is_shown() -> None:
    pixels = np.arange(4.0)[:, None, None] * np.ones((4, 8, 6))
    pixels[:, 0, 0] += 10  # so that no slice is of one value
    heat = np.zeros((4, 8, 6))
    heat[2, 3:5, 2:4] = 1
    heat[1] = 0.05
    study = volume()
    image = replace(study.data["radiograph"], load=lambda: pixels)
    mask = np.zeros((4, 8, 6), np.int32)
    mask[2, 3:5, 2:4] = 7
    truth = tiny.Truth(masks={"radiograph": replace(image, load=lambda: mask)})
    shot = explanation.plate(replace(study, data={"radiograph": image}, truth=truth), mapped(heat), "evidence")
    assert (shot.plate.width, shot.plate.height) == (6, 8)
    assert shot.plate.outline is not None, "slice 2, which alone is outlined"


def test_colour_pictures_have_maps_too(tmp_path: Path) -> None:
    study = film(np.random.default_rng(0).random((8, 6, 3)).astype(np.float32) * 255)
    heat = np.random.default_rng(1).random((8, 6))
    assert explanation.plate(study, mapped(heat), "grad-cam").plate.veil
    assert explanation.write_map(tmp_path, study, mapped(heat), "grad-cam").endswith(".png")


def test_the_title_says_whose_map_and_what_was_answered() -> None:
    shot = explanation.plate(film(), mapped(np.ones((8, 6)), item="lesion 2", probabilities={"a": 0.256}), "evidence")
    assert shot.title == "s000 lesion 2, evidence: a 0.26"


@pytest.fixture
def done() -> Explanation:
    score = Score(metric="pointing_game[evidence]", value=math.nan, low=math.nan, high=math.nan, method="none",
                  unit="image", n=0, patients=0, task="malignancy", evidence=Evidence.SIMULATED)  # fmt: skip
    pointed = Pointed(hit=1.0, energy=math.nan, chance=0.25, patient="p")
    check = Sanity(layers=("head", "stem"), correlations=(0.9, 0.1), limit=0.5)
    shown = (
        Shown(study="s", task="malignancy", item="", method="evidence", pointed=pointed, file="maps/s.png"),
        Shown(study="t", task="malignancy", item="", method="evidence", pointed=None, file="maps/t.png"),
    )
    return Explanation(scores=(score,), sanity={"evidence": check}, shown=shown, notes=("Read <me>.",))


def test_the_numbers_are_plain_json_with_null_for_what_is_undefined(done: Explanation) -> None:
    told = json.loads(json.dumps(explanation.as_plain(done), allow_nan=False))
    assert told["scores"][0]["value"] is None
    assert told["scores"][0]["evidence"] == "simulated"
    assert told["sanity"]["evidence"]["passed"] is True
    assert told["sanity"]["evidence"]["verdict"] == "hangs on the weights"
    assert [m["pointed"] is None for m in told["maps"]] == [False, True]


def test_the_folder_is_whole_and_its_page_escapes_what_it_is_told(done: Explanation, tmp_path: Path) -> None:
    explanation.write(tmp_path, done, [], system="own <system>")
    assert {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()} == {
        "explain.json", "explain.html", "figures/sanity.svg",
    }  # fmt: skip
    page = (tmp_path / "explain.html").read_text()
    assert "own &lt;system&gt;" in page
    assert "Read &lt;me&gt;." in page
    figure = (tmp_path / "figures" / "sanity.svg").read_text()
    assert figure in page
    assert "<desc>Read &lt;me&gt;.</desc>" in figure, "copied out of its folder, the figure says it too"
    assert explanation._saying("<svg></svg>", ()) == "<svg></svg>"


def test_a_sanity_check_that_could_not_be_made_is_told_as_that(done: Explanation, tmp_path: Path) -> None:
    check = Sanity(layers=("head", "stem"), correlations=(0.9, None), flat=1, why="the map is the same everywhere")
    untested = replace(done, sanity={"evidence": check})
    told = json.loads(json.dumps(explanation.as_plain(untested), allow_nan=False))["sanity"]["evidence"]
    assert (told["correlations"], told["passed"]) == ([0.9, None], None)
    assert told["verdict"] == "not tested: the map is the same everywhere"
    explanation.write(tmp_path, untested, [], system="x")
    assert "not tested: the map is the same everywhere" in (tmp_path / "explain.html").read_text()
