from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from osteon.io import files
from osteon.simulate import recipes, recipes_radiograph
from osteon.simulate.person import anatomy_sites, bones, fields
from osteon.simulate.recipe import Order
from osteon.simulate.recipes_radiograph import LIMBS, sites
from osteon.simulate.xray.film import Film
from osteon.simulate.xray.view import box_mm

KNEE = recipes.get("knee-radiographs")
LIMB = recipes.get("limb-radiographs-clinical")


def order(name: str, **more) -> Order:
    return Order(recipe=name, patients=12, seed=8, size="small", **more)


def test_a_knee_film_shows_the_tumour_where_its_mask_is(tmp_path):
    asked = order("knee-radiographs")
    case = next(c for i in range(30) if (c := KNEE.draw(asked, i)).labels["film"] == "malignant")
    (row,) = KNEE.make(case, asked, tmp_path)
    film, mask = (files.open_image(tmp_path / name).read() for name in (row.path, row.mask))
    assert film.shape == mask.shape == (128, 128)
    assert 0.0 <= film.min() < film.max() <= 1.0
    row0, column0, row1, column1 = row.lesions[0].box_px
    inside = mask[row0:row1, column0:column1] > 0
    assert inside.sum() == (mask > 0).sum() > 20
    assert row.lesions[0].label == "malignant"


def test_the_header_says_simulated_and_names_nobody(tmp_path):
    import pydicom

    asked = order("knee-radiographs")
    case = KNEE.draw(asked, 0)
    (row,) = KNEE.make(case, asked, tmp_path)
    header = pydicom.dcmread(tmp_path / row.path)
    assert "SIMULATED" in str(header.PatientName)
    assert header.PatientID == "SIM-000001"
    assert case.labels["film"] not in str(header).lower().replace("normalized", "")


def test_tumours_lie_where_the_field_shows_them():
    asked = order("limb-radiographs-clinical")
    for i in range(25):
        case = LIMB.draw(asked, i)
        site = anatomy_sites.SITES[case.drawn.words["site"]]
        assert set(site.fields) & set(LIMBS)
        assert bones.side(case.patient.lesions[0].bone)
    assert not [s for s in sites(LIMBS) if "soft tissue" in s]
    assert "sacrum" not in sites(LIMBS)


def test_the_row_has_what_the_system_asks_for():
    asked = order("limb-radiographs-clinical")
    rows = [LIMB.draw(asked, i).clinical for i in range(20)]
    assert {k for row in rows for k in row} == {"age_years", "sex", "location", "pain", "swelling"}
    assert {row["location"] for row in rows} <= {
        "femur", "tibia", "fibula", "humerus", "radius", "ulna", "hand", "foot", "pelvis", "scapula", "clavicle",
    }  # fmt: skip
    assert Counter(row["pain"] for row in rows)[1] > 4


@pytest.mark.slow
def test_a_patient_may_have_several_films_each_a_study(tmp_path):
    asked = Order(recipe="limb-radiographs", patients=6, seed=1, size="small")
    recipe = recipes.get("limb-radiographs")
    films = []
    for i in range(6):
        folder = tmp_path / str(i)
        folder.mkdir()
        rows = recipe.make(recipe.draw(asked, i), asked, folder)
        assert len({row.study for row in rows}) == len(rows)
        pixels = [files.open_image(folder / row.path).read() for row in rows]
        assert all(not np.array_equal(pixels[0], other) for other in pixels[1:])
        films.append(len(rows))
    assert 1 <= min(films) < max(films) <= 3


@pytest.mark.parametrize("name", ["knee-radiographs", "limb-radiographs"])
def test_no_film_shows_where_the_body_ends(name):
    """What is open of a film lies between the shadows of the body's first and last slice."""
    recipe, asked = recipes.get(name), order(name)
    rng = np.random.default_rng(3)
    for i in range(40):
        case = recipe.draw(asked, i)
        field = f"{'knee' if name.startswith('knee') else 'leg'}_left"
        place = fields.grid_of(case.patient, field=field, spacing_mm=4.0)
        longer = recipes_radiograph._longer(place, by_mm=50.0)
        assert longer.shape[1:] == place.shape[1:]
        np.testing.assert_allclose(box_mm(longer)[0] - box_mm(place)[0], (0, 0, -48.0), atol=1e-6)
        seen = recipes_radiograph._view(place, case, "AP", rng, side=128, towards=0.3)
        film = recipes_radiograph._collimated(Film(), seen, longer)
        rows = seen.project(box_mm(longer))[:, 0]
        half = film.field[0] * 128 / 2
        if film.field[0] > recipes_radiograph.LEAST_OPEN:
            assert 63.5 + half <= rows[:4].min() + 1.0
            assert 63.5 - half >= rows[4:].max() - 1.0
        assert film.field[1] == 1.0


def test_a_film_that_is_collimated_already_is_left_alone():
    case = KNEE.draw(order("knee-radiographs"), 0)
    place = fields.grid_of(case.patient, field="knee_left", spacing_mm=4.0)
    seen = recipes_radiograph._view(place, case, "AP", np.random.default_rng(0), side=128, towards=0.0)
    film = Film(field=(0.2, 0.5))
    assert recipes_radiograph._collimated(film, seen, recipes_radiograph._longer(place, by_mm=50.0)) == film


@pytest.mark.parametrize(
    ("letter", "marked"), [("none", {None}), ("L", {"L"}), ("R", {"R"}), ("drawn", {None, "L", "R"})]
)
def test_the_letter_beside_the_limb_is_the_one_that_was_asked_for(letter, marked):
    drawn = [recipes_radiograph._film(np.random.default_rng(seed)) for seed in range(40)]
    asked = [recipes_radiograph._asked(film, {"marker": letter}) for film in drawn]
    assert {film.marker for film in asked} == marked
    assert [replace(film, marker=None) for film in asked] == [replace(film, marker=None) for film in drawn]


def test_without_a_collimator_the_whole_film_shows_the_body():
    """Also of limbs whose field is short: the body goes on far enough for an open film."""
    options = {"collimator": "none"}
    for name in ("knee-radiographs", "limb-radiographs"):
        recipe, asked = recipes.get(name), replace(order(name), options=options)
        films = recipes_radiograph.Films(
            task=recipes_radiograph._LIMB, fields=("knee",) if name.startswith("knee") else recipes_radiograph.LIMBS
        )
        for i in range(30):
            case = recipe.draw(asked, i)
            rng = case.patient.chance("radiographs")
            field = recipes_radiograph._field_of(films, case, rng)
            place = fields.grid_of(case.patient, field=field, spacing_mm=4.0)
            seen = recipes_radiograph._view(place, case, "AP", rng, side=64, towards=0.6)
            film = recipes_radiograph._asked(recipes_radiograph._film(rng), options)
            longer = recipes_radiograph._longer(place, by_mm=recipes_radiograph.BEYOND_MM["none"])
            assert recipes_radiograph._collimated(film, seen, longer).field == (1.0, 1.0)


def test_options_of_a_film_reach_the_picture_and_not_the_truth(tmp_path):
    case = next(c for i in range(20) if (c := KNEE.draw(order("knee-radiographs"), i)).patient.lesions)
    made = {}
    for name, options in (("plain", {}), ("open", {"marker": "none", "collimator": "none"})):
        (tmp_path / name).mkdir()
        (row,) = KNEE.make(case, replace(order("knee-radiographs"), options=options), tmp_path / name)
        made[name] = [files.open_image(tmp_path / name / path).read() for path in (row.path, row.mask)]
    assert np.array_equal(made["plain"][1], made["open"][1])
    assert not np.array_equal(made["plain"][0], made["open"][0])
