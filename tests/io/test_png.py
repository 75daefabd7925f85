"""PNG as it is written: every pixel comes back, in other readers too, and the file says what it holds."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image as Pillow

from osteon.errors import InputError
from osteon.io import picture, png


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 3), (1, 1), (300, 2)])
@pytest.mark.parametrize("layout", [lambda a: a, lambda a: a[::-1], lambda a: np.asfortranarray(a)])
def test_what_is_written_comes_back(tmp_path, kind, shape, layout):
    pixels = layout(np.random.default_rng(0).integers(0, np.iinfo(kind).max, shape).astype(kind))
    png.write(tmp_path / "a.png", pixels)
    assert np.array_equal(picture.read(tmp_path / "a.png").read(), pixels.astype(np.float32))


@pytest.mark.parametrize(("kind", "mode"), [(np.uint8, "L"), (np.uint16, "I;16")])
def test_another_reader_sees_the_same(tmp_path, kind, mode):
    pixels = np.random.default_rng(0).integers(0, np.iinfo(kind).max, (40, 30)).astype(kind)
    png.write(tmp_path / "a.png", pixels)
    with Pillow.open(tmp_path / "a.png") as opened:
        assert opened.mode == mode
        np.testing.assert_array_equal(np.asarray(opened), pixels)


@pytest.mark.parametrize("pixels", [np.zeros((3, 3)), np.zeros((3, 3, 4), np.uint8), np.zeros(3, np.uint8)])
def test_other_pixels_are_not_written(tmp_path, pixels):
    with pytest.raises(InputError, match="a picture is uint8 or uint16"):
        png.write(tmp_path / "a.png", pixels)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 3)])
def test_a_note_stands_in_the_file_and_changes_no_pixel(tmp_path, shape):
    pixels = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    png.write(tmp_path / "a.png", pixels, note="Simulated; no one's \xb5m.")
    with Pillow.open(tmp_path / "a.png") as opened:
        opened.verify()
        assert opened.info["Description"] == "Simulated; no one's \xb5m."
    np.testing.assert_array_equal(picture.read(tmp_path / "a.png").read(), pixels)
    png.write(tmp_path / "b.png", pixels)
    assert b"tEXt" not in (tmp_path / "b.png").read_bytes()


def test_a_picture_of_labels_says_so(tmp_path):
    labels = np.array([[0, 1], [2, 3]], np.uint8)
    png.write(tmp_path / "a.png", labels, note="x" * 400, labels=True)
    png.write(tmp_path / "b.png", labels, note="drawn")
    marked, plain = (picture.read(tmp_path / name) for name in ("a.png", "b.png"))
    assert (marked.unit, plain.unit) == ("label", None)
    assert np.array_equal(marked.read(), plain.read())
    with Pillow.open(tmp_path / "a.png") as other:
        assert other.info == {"Description": "x" * 400, "Intent": "label"}


def test_a_mask_is_a_few_bytes(tmp_path):
    mask = np.zeros((2000, 1600), np.uint8)
    mask[700:900, 500:800] = 1
    png.write(tmp_path / "a.png", mask, labels=True)
    assert (tmp_path / "a.png").stat().st_size < 20_000


def test_writing_needs_no_codec():
    """A film that is read waits for what is imported."""
    words = "import sys, osteon.io.png; print(sorted({'imagecodecs', 'tifffile', 'PIL'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
