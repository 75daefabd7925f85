import pickle

import numpy as np
import openslide
import pytest
import tifffile

from osteon.errors import InputError
from osteon.io import slide, slide_dicom


@pytest.fixture
def slides(data_dir):
    return data_dir / "slides"


def test_levels_and_size_of_pixels(slides):
    small = slide.read(slides / "CMU-1-Small-Region.svs")
    assert small.levels == ((2220, 2967),)
    assert small.um_per_pixel == (0.499, 0.499)
    assert small.vendor == "aperio"
    assert slide.read(slides / "tcga-cr-7395-01a-01-ts1.svs").um_per_pixel is None  # it states none


def test_region_is_in_pixels_of_its_own_level(slides):
    path = slides / "tcga-cr-7395-01a-01-ts1.svs"
    one = slide.read(path)
    assert one.levels == ((4443, 3567), (2221, 1783))
    with openslide.OpenSlide(str(path)) as theirs:
        whole = np.asarray(theirs.read_region((0, 0), 1, theirs.level_dimensions[1]).convert("RGB"))
    tile = one.read_region(700, 500, 300, 200, 1)
    assert (tile.shape, tile.dtype) == ((200, 300, 3), np.uint8)
    apart = np.abs(tile.astype(int) - whole[500:700, 700:1000])
    shifted = np.abs(tile.astype(int) - whole[501:701, 701:1001])
    assert apart.mean() < 0.6 * shifted.mean()  # the level's corner falls between two pixels of the finest


def test_outside_is_white_and_the_reader_pickles(slides):
    one = slide.read(slides / "CMU-1-Small-Region.svs")
    tile = pickle.loads(pickle.dumps(one.read_region))(-50, -50, 100, 100, 0)
    assert (tile[:49, :49] == 255).all()
    assert (tile[60:, 60:] < 255).any()


def test_broken_slide_ends_in_a_sentence(slides):
    with pytest.raises(InputError, match=r"broken\.svs: is no slide"):
        slide.read(slides / "broken.svs")


def test_cut_off_slide(slides, tmp_path):
    data = (slides / "CMU-1-Small-Region.svs").read_bytes()
    (tmp_path / "a.svs").write_bytes(data[:400_000])
    with pytest.raises(InputError, match=r"a\.svs"):
        slide.read(tmp_path / "a.svs").read_region(1000, 2000, 512, 512, 0)


def pyramid(path, rng, **options):
    finest = rng.integers(0, 256, (300, 400, 3), dtype=np.uint8)
    with tifffile.TiffWriter(path, ome=options.pop("ome", False)) as tiff:
        tiff.write(finest, subifds=1, photometric="rgb", **options)
        tiff.write(finest[::2, ::2], subfiletype=1, photometric="rgb")
    return finest


def test_plain_pyramid_without_tiles(tmp_path, rng):
    finest = pyramid(tmp_path / "a.tif", rng, resolution=(20000, 20000), resolutionunit="CENTIMETER")
    one = slide.read(tmp_path / "a.tif")
    assert one.levels == ((400, 300), (200, 150))
    assert one.um_per_pixel is None  # dots per centimetre are no size of the tissue
    assert np.array_equal(one.read_region(30, 20, 50, 40, 0), finest[20:60, 30:80])
    assert np.array_equal(one.read_region(190, 10, 20, 10, 1)[:, :10], finest[::2, ::2][10:20, 190:])
    assert (one.read_region(190, 10, 20, 10, 1)[:, 10:] == 255).all()


def test_ome_states_its_pixels(tmp_path, rng):
    pyramid(tmp_path / "a.ome.tif", rng, ome=True, metadata={"PhysicalSizeX": 0.25, "PhysicalSizeY": 0.26})
    assert slide.read(tmp_path / "a.ome.tif").um_per_pixel == (0.25, 0.26)


def test_sixteen_bit_picture_is_no_slide(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((64, 64), np.uint16))
    with pytest.raises(InputError, match="8-bit RGB"):
        slide.read(tmp_path / "a.tif")


def test_dicom_slide_with_a_poor_header(slides):
    one = slide_dicom.read([slides / "dicom_wsi.dcm"])
    assert one.levels == ((3236, 2638),)
    assert one.um_per_pixel is None  # 15 mm over 3236 and over 2638 pixels would not make square ones
    assert "by columns" in one.notes[1]
    across = one.read_region(490, 900, 20, 1200, 0).astype(int)
    steps = np.abs(np.diff(across, axis=1)).mean(axis=(0, 2))
    assert steps[9] < 2 * np.median(steps)  # tiles meet at column 500 without a seam
    part = one.read_region(450, 480, 120, 90, 0)
    assert np.array_equal(part[30:, 70:], one.read_region(520, 510, 50, 60, 0))
    assert (one.read_region(3200, 2600, 100, 100, 0)[:, 36:] == 255).all()


def test_dicom_slide_that_wsidicom_reads(tmp_path, rng):
    from filed_slide import tiled

    pixels = tiled(tmp_path / "a.dcm", rng)
    one = slide_dicom.read([tmp_path / "a.dcm"])
    assert one.notes == ()
    assert one.levels == ((70, 50),)
    assert one.um_per_pixel == pytest.approx((0.5, 0.25))
    assert np.array_equal(one.read_region(25, 10, 30, 35, 0), pixels[10:45, 25:55])
    assert (one.read_region(60, -5, 20, 10, 0)[:5] == 255).all()


def test_dicom_that_is_no_slide(data_dir):
    with pytest.raises(InputError, match="no readable DICOM slide"):
        slide_dicom.read([data_dir / "dicom" / "good" / "CT_small.dcm"])
    with pytest.raises(InputError, match="no DICOM slide"):
        slide_dicom.read([])
