import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osteon.cohorts.paths import brief, inside, unnamed
from osteon.errors import InputError


@pytest.fixture
def root(tmp_path):
    (tmp_path / "in" / "Bilder Köln").mkdir(parents=True)
    (tmp_path / "in" / "Bilder Köln" / "Müller 1.png").write_text("x")
    (tmp_path / "out.png").write_text("x")
    return tmp_path / "in"


def test_spaces_umlauts_and_backslashes_work(root):
    assert inside(root, "Bilder Köln/Müller 1.png").is_file()
    assert inside(root, r"Bilder Köln\Müller 1.png").is_file()
    assert inside(root, "./Bilder Köln/../Bilder Köln/Müller 1.png").is_file()


@pytest.mark.parametrize("name", ["../out.png", "Bilder Köln/../../out.png", r"..\out.png"])
def test_a_way_out_is_refused(root, name):
    with pytest.raises(InputError, match="leads out"):
        inside(root, name)


def test_absolute_paths_are_refused_even_into_the_folder(root):
    for name in (str(root / "Bilder Köln" / "Müller 1.png"), "C:\\x.png", "/etc/passwd"):
        with pytest.raises(InputError, match="leads out"):
            inside(root, name)


@pytest.mark.skipif(os.name != "posix", reason="links need rights elsewhere")
def test_symlinks_within_are_fine_and_out_are_refused(root):
    (root / "within.png").symlink_to(root / "Bilder Köln" / "Müller 1.png")
    (root / "away.png").symlink_to(root.parent / "out.png")
    (root / "folder").symlink_to(root.parent)
    (root / "loop").symlink_to(root / "loop")
    assert inside(root, "within.png").is_file()
    for name in ("away.png", "folder/out.png"):
        with pytest.raises(InputError, match="leads out"):
            inside(root, name)
    with pytest.raises(InputError):
        inside(root, "loop")


@pytest.mark.parametrize("name", ["", "  ", "a\0b", "no such.png", "x" * 5000])
def test_what_is_not_there_is_a_sentence(root, name):
    with pytest.raises(InputError):
        inside(root, name)


@given(st.text(max_size=40))
def test_whatever_is_written_ends_inside_or_in_our_error(tmp_path_factory, name):
    root = tmp_path_factory.getbasetemp()
    try:
        found = inside(root, name)
    except InputError:
        return
    assert found.resolve().is_relative_to(root.resolve())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("none Zebrowski-99177.png", "none ….png"),
        ("films/zebrowski_99177_1.png", "films/…_1.png"),
        ("films/99177/1.png", "films/99177/1.png"),
        ("21/1.png", "…/1.png"),  # a bare number is an id only where it is a whole part of the path
        ("scan 21 ap.png", "scan 21 ap.png"),
        ("roe roe/12roe.png", "… …/12….png"),
        ("heroes.png", "heroes.png"),
        ("", ""),
    ],
)
def test_ids_of_other_patients_are_blotted_out_however_they_are_written(text, said):
    assert unnamed(text, "", others={"zebrowski99177", "roe", "21"}) == said


@given(st.text(alphabet="ab1_-/. é", max_size=30), st.sampled_from(["ab", "a1", "a b", "abab"]))
def test_blotting_drops_the_id_and_nothing_where_there_is_none(text, raw_id):
    said = unnamed(text, raw_id)
    assert raw_id != "abab" or raw_id not in said.lower()
    assert unnamed(text, "") == text
    assert unnamed(text, "", others={"zz"}) == text


@pytest.mark.parametrize("length", [2, 119, 120, 121, 5000])
def test_a_long_path_is_shown_by_its_ends(length):
    said = brief("a" + "x" * (length - 2) + "z")
    assert len(said) == min(length, 121)
    assert (said[0], said[-1]) == ("a", "z")


def test_ids_are_blotted_out():
    assert unnamed("a/Erika/ERIKA.png", "Erika") == "a/…/….png"
    assert unnamed("scan12/12_ap.png", "12") == "scan12/…_ap.png"
    assert unnamed("a.png", "") == "a.png"
