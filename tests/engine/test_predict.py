"""Which file fits which input, and what is said of the others."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image as Picture

from osteon import engine
from osteon.contract import Input
from osteon.engine import stored
from osteon.engine.predict import _write_mask, fits
from osteon.errors import InputError
from osteon.geometry import volume_grid
from osteon.io import picture
from osteon.io.files import open_image
from osteon.io.simulated import NOTE, SAYS, is_simulated
from osteon.types import Expression, Grid, Image, Prediction, Record, Spectrum, Study
from tests.engine import tiny

OPTIONS = engine.TrainOptions(threads=1, device="cpu", workers=0, allow=("few-patients",))
SYSTEM = tiny.system(tiny.PART)


def image(modality, *shape, unit=None):
    return Image(grid=Grid(shape=shape), modality=modality, unit=unit, load=lambda: np.zeros(shape))


@pytest.mark.parametrize(
    ("kind", "datum", "fit"),
    [
        ("radiograph", image("DX", 8, 8), True),
        ("radiograph", image("OT", 8, 8), True),
        ("radiograph", image("CT", 4, 8, 8), False),
        ("radiograph", image("NM", 8, 8), False),
        ("ct", image("CT", 4, 8, 8), True),
        ("ct", image("CT", 8, 8), False),
        ("ct", image("MR", 4, 8, 8), False),
        ("ct", image("CT", 4, 8, 8, unit="label"), False),
        ("mri", image("MR", 4, 8, 8), True),
        ("pet", image("PT", 4, 8, 8), True),
        ("scintigram", image("NM", 8, 8), True),
        ("scintigram", image("NM", 4, 8, 8), True),
        ("spectrum", Spectrum(shift_per_cm=np.arange(3.0), counts=np.arange(3.0)), True),
        ("table", Record(values={"age_years": 3.0}), True),
        ("expression", Expression(genes=("A",), values=np.ones(1)), True),
        ("table", image("DX", 8, 8), False),
        ("radiograph", Record(values={}), False),
    ],
)
def test_a_datum_fits_an_input_of_its_kind(kind, datum, fit):
    assert fits(datum, Input(name="x", kind=kind)) is fit


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    part = replace(tiny.PART, fit=replace(tiny.FIT, epochs=1))
    return engine.train(tiny.system(part), tiny.cohort(), tmp_path_factory.mktemp("run") / "run", options=OPTIONS)


@pytest.fixture
def films(tmp_path):
    folder = tmp_path / "films of ü"
    folder.mkdir()
    for number in range(3):
        pixels = np.random.default_rng(number).integers(0, 255, (tiny.SIDE, tiny.SIDE)).astype(np.uint8)
        Picture.fromarray(pixels).save(folder / f"film {number}.png")
    (folder / "notes.txt").write_text("not a film")
    (folder / "empty.png").write_bytes(b"")
    return folder


def test_every_film_is_a_study_and_the_rest_is_refused_with_a_reason(trained, films, tmp_path):
    out = engine.predict(trained, [films], tmp_path / "out", system=SYSTEM, device="cpu")
    table = pd.read_parquet(out / "predictions.parquet")
    assert table["study"].nunique() == 3
    odds = table[[c for c in table if c.startswith(stored.ODDS)]]
    assert odds.shape[1] == len(tiny.CLASSES)
    assert np.allclose(odds.sum(axis=1), 1, atol=1e-5)
    refused = {row["file"]: row["why"] for row in json.loads((out / "refused.json").read_text())}
    assert "empty.png" in " ".join(refused)
    assert all(why for why in refused.values())


def test_names_of_files_are_not_names_of_studies(trained, films, tmp_path):
    out = engine.predict(trained, [films], tmp_path / "out", system=SYSTEM, device="cpu")
    told = (out / "predictions.parquet").read_bytes()
    assert b"film 1" not in told


def test_nothing_that_fits_is_a_sentence_and_leaves_no_folder(trained, films, tmp_path):
    for film in films.glob("*.png"):
        film.unlink()
    with pytest.raises(InputError, match="Nothing was predicted"):
        engine.predict(trained, [films], tmp_path / "out", system=SYSTEM, device="cpu")
    assert not (tmp_path / "out").exists()


def test_predictions_of_simulated_films_say_so_row_by_row(trained, films, tmp_path):
    pixels = np.random.default_rng(9).integers(0, 255, (tiny.SIDE, tiny.SIDE)).astype(np.uint8)
    picture.write(films / "made.png", pixels, note=SAYS)
    out = engine.predict(trained, [films], tmp_path / "out", system=SYSTEM, device="cpu")
    table = pd.read_parquet(out / "predictions.parquet")
    assert sorted(table.groupby("study")["simulated"].first()) == [False, False, False, True]


@pytest.mark.parametrize("notes", [(), (NOTE,)])
@pytest.mark.parametrize("placed", [False, True], ids=["film", "volume"])
def test_a_mask_of_a_simulated_image_says_so(tmp_path, notes, placed):
    shape = (2, 6, 5) if placed else (6, 5)
    grid = volume_grid(shape, np.eye(4)) if placed else Grid(shape=shape)
    datum = Image(grid=grid, modality="OT", load=lambda: np.zeros(shape), notes=notes)
    study = Study(name="s", patient="p", data={"x": datum})
    labels = np.ones(shape, np.uint8)
    _write_mask(tmp_path, Prediction(study="s", patient="p", task="t", input="x", label_map=labels), study)
    (path,) = tmp_path.iterdir()
    mask = open_image(path)
    assert (mask.unit, is_simulated(mask)) == ("label", bool(notes))
    assert np.array_equal(mask.read(), labels)
