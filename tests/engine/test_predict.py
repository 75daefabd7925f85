"""Which file fits which input, and what is said of the others."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image as Picture

from osteon import engine
from osteon.contract import Input
from osteon.engine import stored
from osteon.engine.ood.gate import Describer
from osteon.engine.predict import _write_mask, fits
from osteon.errors import InputError
from osteon.geometry import volume_grid
from osteon.io import png
from osteon.io.files import open_image, scan
from osteon.io.simulated import NOTE, SAYS, is_simulated
from osteon.reading import chain
from osteon.reading.voices import Voice, speaker
from osteon.types import (
    Cohort,
    Evidence,
    Expression,
    Grid,
    Image,
    Prediction,
    Record,
    Refusal,
    Spectrum,
    Study,
)  # fmt: skip
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
    out = engine.predict(trained, [films], tmp_path / "out", system=SYSTEM, device="cpu").folder
    table = pd.read_parquet(out / "predictions.parquet")
    assert table["study"].nunique() == 3
    odds = table[[c for c in table if c.startswith(stored.ODDS)]]
    assert odds.shape[1] == len(tiny.CLASSES)
    assert np.allclose(odds.sum(axis=1), 1, atol=1e-5)
    rows = json.loads((out / "refused.json").read_text())
    assert {row["simulated"] for row in rows} == {False}
    refused = {row["file"]: row["why"] for row in rows}
    assert "empty.png" in " ".join(refused)
    assert all(why for why in refused.values())


@pytest.fixture(scope="module")
def wary(tmp_path_factory):
    """A run on films large enough to be judged, which keeps the features of its training."""
    part = replace(tiny.PART, fit=replace(tiny.FIT, epochs=1), augment=None)
    folder = engine.train(tiny.system(part), LARGE, tmp_path_factory.mktemp("wary") / "run", options=OPTIONS)
    assert (folder / "ood.safetensors").is_file()
    return folder


def _large(study):
    """Return the study with its picture as a film of 72 x 72 grey levels."""
    small = study.data["radiograph"].read()
    pixels = np.kron((100 + 20 * small).clip(0, 255).round(), np.ones((9, 9), np.float32))
    return replace(study, data={"radiograph": tiny.picture(pixels)}, truth=replace(study.truth, masks={}))


LARGE = replace(tiny.cohort(), studies=tuple(_large(s) for s in tiny.cohort().studies))


def test_a_stranger_is_answered_all_the_same_and_flagged(wary, tmp_path):
    own = LARGE.studies[0].data["radiograph"].read().astype(np.uint8)
    stranger = np.full((72, 72), 250, np.uint8)
    stranger[::2] = 0
    strip = own[:9]
    films = tmp_path / "films"
    films.mkdir()
    for name, pixels in (("own", own), ("stranger", stranger), ("strip", strip)):
        Picture.fromarray(pixels).save(films / f"{name}.png")
    done = engine.predict(wary, [films], tmp_path / "out", system=SYSTEM, device="cpu")
    table = pd.read_parquet(done.folder / "predictions.parquet")
    assert len(table) == done.studies == 3
    assert (done.strangers, done.checked) == (2, True)
    assert table["out_of_distribution"].sum() == 2
    flagged = table[table["out_of_distribution"]]
    assert (flagged["ood_score"].isna() | (flagged["ood_score"] > 1)).all()
    assert {"too small" in why or "times as far" in why for why in flagged["why_out_of_distribution"]} == {True}
    assert table.loc[~table["out_of_distribution"], "ood_score"].le(1).all()
    odds = table[[c for c in table if c.startswith(stored.ODDS)]]
    assert np.allclose(odds.sum(axis=1), 1, atol=1e-5), "the answer is given all the same"


def test_predict_flags_what_read_withholds(wary, tmp_path, rng):
    """The same film, the same run, the same verdict and the same words."""
    Picture.fromarray(rng.integers(0, 255, (90, 80)).astype(np.uint8)).save(tmp_path / "a.png")
    done = engine.predict(wary, [tmp_path / "a.png"], tmp_path / "out", system=SYSTEM, device="cpu")
    (row,) = pd.read_parquet(done.folder / "predictions.parquet").to_dict("records")
    voice = Voice(name="tiny", folder=wary, system=SYSTEM)
    (item,) = scan([tmp_path / "a.png"]).items
    (draft,) = chain.read(chain.Case(item=item, patient="p", describer=Describer()), [speaker(voice, device="cpu")])
    assert row["out_of_distribution"] == draft.finding.out_of_distribution
    assert row["ood_score"] == pytest.approx(draft.finding.ood_score)
    assert row["why_out_of_distribution"] == draft.finding.why_out_of_distribution


def test_a_run_that_keeps_nothing_to_tell_strangers_by_says_so(trained, films, tmp_path):
    shutil.copytree(trained, tmp_path / "run")
    (tmp_path / "run" / "ood.safetensors").unlink()
    done = engine.predict(tmp_path / "run", [films], tmp_path / "out", system=SYSTEM, device="cpu")
    assert not done.checked


def test_what_is_refused_of_a_simulated_cohort_says_that_it_is_simulated(trained, tmp_path, monkeypatch, rng):
    studies = tiny.cohort(4).studies
    bare = replace(studies[0], name="bare", data={"radiograph": broken(notes=(NOTE,))})
    refused = (Refusal(file="a.png", why="is cut short."),)
    made = Cohort(name="made", studies=(*studies[1:], bare), evidence=Evidence.SIMULATED, refused=refused)
    monkeypatch.setattr("osteon.cohorts.load", lambda _: made)
    (tmp_path / "cohort.csv").touch()
    done = engine.predict(trained, [tmp_path], tmp_path / "out", system=SYSTEM, device="cpu")
    rows = json.loads((done.folder / "refused.json").read_text())
    assert [(row["file"], row["simulated"]) for row in rows] == [("a.png", True), ("bare", True)]
    assert done.refused == 2
    assert "simulated" in " ".join(done.notes)


def broken(**more):
    def load():
        raise InputError("is cut short.")

    return Image(grid=Grid(shape=(8, 8)), modality="DX", load=load, **more)


def test_names_of_files_are_not_names_of_studies(trained, films, tmp_path):
    out = engine.predict(trained, [films], tmp_path / "out", system=SYSTEM, device="cpu").folder
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
    png.write(films / "made.png", pixels, note=SAYS)
    out = engine.predict(trained, [films], tmp_path / "out", system=SYSTEM, device="cpu").folder
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
