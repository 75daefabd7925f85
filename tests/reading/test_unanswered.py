from dataclasses import replace

import numpy as np
import pytest
from PIL import Image as Pillow

from osteon import reading
from osteon.contract import Input
from osteon.reading import unanswered
from osteon.reading.voices import Voice
from osteon.types import Expression, Grid, Image, Item, Record, Spectrum
from tests.reading.conftest import TINY

FILM = Image(grid=Grid(shape=(4, 4)), modality="CR", load=lambda: np.zeros((4, 4)))
SCAN = replace(FILM, modality="NM")
GENES = Expression(genes=("SATB2",), values=np.ones(1))


def item(datum, *, named=None):
    return Item(datum=datum, file="a", input=named)


def voice(name, **changes):
    return Voice(name=name, folder=None, system=replace(TINY["tiny-film"], name=name, **changes))


def test_a_system_of_lesions_alone_says_that_it_needs_a_box_and_from_where(tiny, made, rng, tmp_path):
    Pillow.fromarray(made.film(rng)).save(tmp_path / "a.png")
    (found,) = reading.read([tmp_path / "a.png"], out=tmp_path / "out", systems=["tiny-lesion"])
    (refusal,) = found.refused
    assert "no trained system" not in refusal.why
    assert refusal.why.startswith("tiny-lesion reads it, but it needs a box or an outline")
    for place in (
        "osteon read --run tiny-film --run tiny-lesion",
        "column mask of cohort.csv",
        "lesions.csv",
        "osteon predict",
    ):
        assert place in refusal.why


@pytest.mark.parametrize(("datum", "word"), [(SCAN, "bone scan"), (GENES, "expression")])
def test_a_kind_that_no_system_of_osteon_reads_is_not_sent_to_training(datum, word):
    said = unanswered.why(item(datum), [])
    assert said.startswith(f"no system of osteon reads {word} data yet")
    assert "train one" not in said


@pytest.mark.parametrize(
    ("datum", "word"),
    [
        (FILM, "radiograph"),
        (replace(FILM, modality="MR", grid=Grid(shape=(4, 4, 4))), "MR"),
        (replace(FILM, modality="PT", grid=Grid(shape=(4, 4, 4))), "PET"),
        (Spectrum(shift_per_cm=np.arange(2), counts=np.ones(2)), "spectrum"),
        (Record(values={"age_years": 31.0}), "table"),
    ],
)
def test_a_kind_that_a_system_reads_once_trained_is(datum, word):
    said = unanswered.why(item(datum), [])
    assert said.startswith(f"no trained system for {word} data is at hand; train one")


def test_an_input_by_a_name_that_no_system_has_is_named():
    said = unanswered.why(item(FILM, named="anterior"), [])
    assert said.startswith("no system of osteon reads radiograph data that cohort.csv calls anterior yet")


def test_a_system_of_several_inputs_names_them():
    both = (Input(name="radiograph", kind="radiograph"), Input(name="clinical", kind="table"))
    said = unanswered.why(item(FILM), [voice("both", inputs=both)])
    assert said.startswith("both reads it only with its other inputs (radiograph, clinical)")
    beside = (both[0], replace(both[1], required=False))
    said = unanswered.why(item(Record(values={})), [voice("beside", inputs=beside)])
    assert said.startswith("beside reads it only with its other inputs (radiograph, clinical)")


def test_an_image_that_could_be_either_input_is_asked_for_by_name():
    either = tuple(Input(name=name, kind="radiograph", required=False) for name in ("ap", "lateral"))
    said = unanswered.why(item(FILM), [voice("views", inputs=either)])
    assert said.startswith("views cannot tell whether it is ap or lateral; say so in the column input of a cohort.csv")
