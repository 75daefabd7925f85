from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osteon.io.names import UNKNOWN, file_stem, legible, shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Röntgen 1.png", "Röntgen 1.png"),
        ("a\nb.png", f"a{UNKNOWN}b.png"),
        ("\x1b[31mred", f"{UNKNOWN}[31mred"),
        ("\udcff.png", f"{UNKNOWN}.png"),  # a byte that is no UTF-8, as Python hands it out
        ("", ""),
    ],
)
def test_what_is_no_character_of_a_name_is_replaced(text, said):
    assert legible(text) == said
    legible(text).encode("utf-8")


@pytest.mark.parametrize(
    ("path", "root", "said"),
    [("/a/b/c.dcm", "/a", "b/c.dcm"), ("/a/c.dcm", "/b", "c.dcm"), ("/a/b", "/a/b", "b"), ("x/y.png", "x", "y.png")],
)
def test_a_file_is_named_from_the_folder_that_was_named(path, root, said):
    assert shown(Path(path), root=Path(root)) == said


@pytest.mark.parametrize(
    ("words", "stem"),
    [
        (("p1-abc", "lesion", "lesion 1"), "p1-abc-lesion-lesion1"),
        (("s", "", "grade", ""), "s-grade"),
        (("Jürgen", "骨"), "Jürgen-骨"),
        (("../../../home/me/.bashrc",), "_.._.._home_me_.bashrc"),
        (("a\\b", "C:x", "what?"), "a_b-C_x-what_"),
        (("a\nb\x00c\x1b[31m",), "a_b_c_[31m"),
        ((".hidden",), "hidden"),
    ],
)
def test_a_files_name_stays_in_its_folder_whatever_a_study_is_called(words, stem, tmp_path):
    assert file_stem(*words) == stem
    (tmp_path / f"{stem}.png").write_bytes(b"")
    assert [p.name for p in tmp_path.iterdir()] == [f"{stem}.png"]


@given(st.lists(st.text(), max_size=4))
def test_no_words_make_a_path(words):
    stem = file_stem(*words)
    assert Path("folder", f"{stem}x").parent == Path("folder")
    assert not stem.startswith(".")
