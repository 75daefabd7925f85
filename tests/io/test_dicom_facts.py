from pathlib import Path

import pytest

from osteon.io.dicom_facts import coded, facts, sequence_words, series_name
from osteon.io.dicom_header import Header


def header(name="a.dcm", **values):
    return Header(path=Path(name), name=name, size=1, syntax="", pixels=None, data=values)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("t1_tse_fs post GD", ("t1", "tse", "fs", "post", "gd")),
        ("STIR cor", ("stir",)),
        ("T2W T2W", ("t2w",)),
        ("Zweitname Anna 1950", ()),
        ("postman", ()),  # a word of the list within another word is no word
        ("", ()),
    ],
)
def test_of_free_text_only_words_of_the_list_come_through(text, words):
    assert sequence_words(header(SeriesDescription=text)) == words


@pytest.mark.parametrize(
    ("text", "word"),
    [("knee", "KNEE"), ("L SPINE", "L SPINE"), ("Zweitname^Anna", None), ("x" * 33, None), ("", None), ("a\n", None)],
)
def test_a_coded_word_is_short_and_plain(text, word):
    assert coded(header(BodyPartExamined=text), "BodyPartExamined") == word


def test_facts_are_coded_words_and_numbers_alone():
    found = facts(
        header(
            BodyPartExamined="knee", Laterality="l", EchoTime="12.5", KVP="x", ImageType="ORIGINAL\\Zweitname^Anna",
            SeriesDescription="t1 Zweitname", ContrastBolusAgent="Gadovist Zweitname", PatientName="Zweitname",
        )
    )  # fmt: skip
    assert found == {
        "BodyPartExamined": "KNEE",
        "Laterality": "L",
        "EchoTime": 12.5,
        "ImageType": ("ORIGINAL",),
        "contrast_given": True,
        "sequence_words": ("t1",),
    }


@pytest.mark.parametrize(("stated", "side"), [("L", "L"), ("b", "B"), ("X", None), ("Left", None)])
def test_sides(stated, side):
    assert facts(header(ImageLaterality=stated)).get("Laterality") == side


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["a/1.dcm"], "a/1.dcm"),
        (["a/1", "a/2"], "a"),
        (["a/b/1", "a/c/2"], "a"),
        (["a/1", "b/2"], "."),
        (["1", "2"], "."),
    ],
)
def test_a_series_is_called_after_what_its_files_share(names, said):
    assert series_name([header(name) for name in names]) == said
