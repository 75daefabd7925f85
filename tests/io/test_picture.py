import struct
import zlib

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image as Pillow

from osteon.errors import InputError
from osteon.io import picture


@pytest.fixture
def grey16(rng):
    return rng.integers(0, 65536, (5, 7), dtype=np.uint16)


@pytest.fixture
def colour16(rng):
    return rng.integers(0, 65536, (5, 7, 3), dtype=np.uint16)


def test_grey_and_colour_of_eight_bits(tmp_path, rng):
    grey, colour = rng.integers(0, 256, (5, 7), dtype=np.uint8), rng.integers(0, 256, (5, 7, 3), dtype=np.uint8)
    for name in ("a.png", "a.tif"):
        for pixels in (grey, colour):
            Pillow.fromarray(pixels).save(tmp_path / name, dpi=(300, 300))
            image = picture.read(tmp_path / name)
            assert image.read().dtype == np.float32
            assert np.array_equal(image.read(), pixels)
            assert image.grid.shape == (5, 7)
            assert image.grid.spacing_mm is None
    Pillow.fromarray(grey).save(tmp_path / "a.jpg", quality=100)
    assert np.abs(picture.read(tmp_path / "a.jpg").read() - grey).max() < 20


def test_sixteen_bits_are_kept(tmp_path, grey16, colour16):
    Pillow.fromarray(grey16).save(tmp_path / "g.png")
    (tmp_path / "c.png").write_bytes(imagecodecs.png_encode(colour16))
    tifffile.imwrite(tmp_path / "g.tif", grey16, compression="zlib")
    tifffile.imwrite(tmp_path / "c.tif", colour16, photometric="rgb", compression="lzw")
    tifffile.imwrite(tmp_path / "p.tif", np.moveaxis(colour16, -1, 0), photometric="rgb", planarconfig="separate")
    for name, pixels in {
        "g.png": grey16,
        "c.png": colour16,
        "g.tif": grey16,
        "c.tif": colour16,
        "p.tif": colour16,
    }.items():
        assert np.array_equal(picture.read(tmp_path / name).read(), pixels), name


def test_white_that_is_stored_low_is_flipped(tmp_path, grey16):
    tifffile.imwrite(tmp_path / "a.tif", grey16, photometric="miniswhite")
    assert np.array_equal(picture.read(tmp_path / "a.tif").read(), 65535 - grey16)


@pytest.mark.parametrize("turn", range(1, 9))
def test_exif_orientation(tmp_path, turn):
    pixels = np.zeros((16, 24), np.uint8)
    pixels[:8, :8] = 255
    exif = Pillow.Exif()
    exif[274] = turn
    Pillow.fromarray(pixels).save(tmp_path / "a.jpg", exif=exif, quality=95)
    from PIL import ImageOps

    with Pillow.open(tmp_path / "a.jpg") as opened:
        upright = np.asarray(ImageOps.exif_transpose(opened))
    image = picture.read(tmp_path / "a.jpg")
    assert image.grid.shape == upright.shape
    assert np.array_equal(image.read(), upright)


def test_palettes_opacity_and_bits(tmp_path, rng):
    colour = rng.integers(0, 256, (6, 6, 4), dtype=np.uint8)
    Pillow.fromarray(colour).save(tmp_path / "a.png")
    assert np.array_equal(picture.read(tmp_path / "a.png").read(), colour[..., :3])
    Pillow.fromarray(colour[..., :3]).convert("P").save(tmp_path / "p.png")
    assert picture.read(tmp_path / "p.png").read().shape == (6, 6, 3)
    mask = colour[..., 0] > 99
    Pillow.fromarray(mask).save(tmp_path / "m.png")
    assert np.array_equal(picture.read(tmp_path / "m.png", labels=True).read() > 0, mask)


def test_labels_are_whole_numbers(tmp_path, rng):
    mask = rng.integers(0, 4, (5, 6), dtype=np.uint8)
    Pillow.fromarray(mask).save(tmp_path / "m.png")
    image = picture.read(tmp_path / "m.png", labels=True)
    assert (image.unit, image.read().dtype) == ("label", np.int32)
    assert np.array_equal(image.read(), mask)
    Pillow.new("RGB", (4, 4)).save(tmp_path / "c.png")
    with pytest.raises(InputError, match="colour"):
        picture.read(tmp_path / "c.png", labels=True).read()


def png_header(columns, rows):
    head = struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [9_600, 60_000])
def test_decompression_bomb(tmp_path, side):
    (tmp_path / "Bombe ü.png").write_bytes(png_header(side, side))
    with pytest.raises(InputError, match=r"Bombe ü\.png: unpacks to more than"):
        picture.read(tmp_path / "Bombe ü.png")


def test_bomb_of_a_tiff_that_pillow_does_not_know(tmp_path, colour16, monkeypatch):
    tifffile.imwrite(tmp_path / "a.tif", colour16, photometric="rgb", compression="lzw")
    monkeypatch.setattr(picture, "MOST_PIXELS", 34)
    with pytest.raises(InputError, match="unpacks to more than"):
        picture.read(tmp_path / "a.tif")


def test_damaged_pictures(tmp_path, rng):
    Pillow.fromarray(rng.integers(0, 256, (64, 64), dtype=np.uint8)).save(tmp_path / "whole.png")
    Pillow.fromarray(rng.integers(0, 256, (64, 64), dtype=np.uint8)).save(tmp_path / "whole.jpg")
    tifffile.imwrite(tmp_path / "whole.tif", rng.integers(0, 256, (64, 64), dtype=np.uint8))
    for name in ("whole.png", "whole.jpg", "whole.tif"):
        data = (tmp_path / name).read_bytes()
        for cut in (12, len(data) // 2):
            path = tmp_path / f"cut{cut}-{name}"
            path.write_bytes(data[:cut])
            with pytest.raises(InputError, match=r"damaged|no PNG"):
                picture.read(path).read()


def test_nan_in_a_tiff(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.full((4, 4), np.nan, np.float32))
    with pytest.raises(InputError, match="NaN"):
        picture.read(tmp_path / "a.tif").read()


def test_several_pages_are_said(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((3, 8, 8), np.uint8), photometric="minisblack")
    image = picture.read(tmp_path / "a.tif")
    assert "3 pictures" in image.notes[0]
    assert image.read().shape == (8, 8)
