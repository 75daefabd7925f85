from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from osteon.contract import Input
from osteon.errors import RequestError
from osteon.reading.voices import Voice, speaker, voices
from osteon.types import Grid, Image, Item, Record
from tests.engine import tiny as small


def test_all_that_is_packaged_may_speak_and_says_what_it_needs(tiny):
    found = {voice.name: voice for voice in voices()}
    assert set(found) == set(tiny)
    assert [i.kind for i in found["tiny-ct"].needs] == ["ct"]
    assert {name: (v.outlines, v.asks_for_lesion) for name, v in found.items()} == {
        "tiny-film": (True, False),
        "tiny-lesion": (False, True),
        "tiny-ct": (True, False),
    }
    assert found["tiny-lesion"].classify().classes == ("benign", "intermediate", "malignant")


def test_a_speaker_without_a_card_is_described_by_its_run(tiny):
    (voice,) = voices(["tiny-film"])
    made = speaker(voice, device="cpu")
    assert made.card.licence == "CC0"
    assert made.card.evidence == "simulated"
    assert made.predictor.maker.weights_sha256
    assert made.reach.stats == {}


@pytest.mark.parametrize("name", ["no-such", "", "../.."])
def test_what_is_neither_weights_nor_a_run_is_a_bad_request(tiny, tmp_path, name):
    with pytest.raises(RequestError, match=r"there are: tiny-ct, tiny-film, tiny-lesion"):
        voices([tmp_path / name if name else tmp_path])


def test_a_run_speaks_under_the_name_of_its_system(tiny, made, tmp_path):
    (voice,) = voices([made.save("tiny-lesion", tmp_path / "mine")])
    assert (voice.name, voice.folder) == ("tiny-lesion", tmp_path / "mine")


MR, COLOUR, TABLE = (
    Item(datum=datum, file="f")
    for datum in (
        Image(grid=Grid(shape=(9, 9, 9)), modality="MR", load=lambda: np.zeros((9, 9, 9))),
        Image(grid=Grid(shape=(9, 9)), modality="OT", load=lambda: np.zeros((9, 9, 3))),
        Record(values={}),
    )
)


@pytest.mark.parametrize(
    ("inputs", "item", "named", "asked"),
    [
        ("t1 (t2)", MR, None, "t1"),
        ("t1 (t2)", MR, "t1", "t1"),
        ("t1 (t2)", MR, "t2", None),
        ("t1 t2", MR, "t1", None),  # it needs the other one too
        ("(t1) (t2)", MR, None, None),  # which of the two cannot be told
        ("(t1) (t2)", MR, "t2", "t2"),
        ("(tile) (clinical)", COLOUR, "tile", "tile"),
        ("(tile) (clinical)", COLOUR, None, None),
        ("(tile) (clinical)", TABLE, None, None),
    ],
)
def test_one_item_is_asked_about_where_it_is_enough_and_it_is_clear_which_input_it_is(inputs, item, named, asked):
    kinds = {"tile": "tile", "clinical": "table"}
    given = tuple(
        Input(name=word.strip("()"), kind=kinds.get(word.strip("()"), "mri"), required=word[0] != "(")
        for word in inputs.split()
    )
    voice = Voice(name="a", folder=Path(), system=replace(small.system(), inputs=given))
    found = voice.input_of(replace(item, input=named))
    assert (found.name if found else None) == asked
