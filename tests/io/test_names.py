from pathlib import Path

import pytest

from osteon.io.names import UNKNOWN, legible, shown


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
