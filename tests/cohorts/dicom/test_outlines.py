import numpy as np
import pytest

from osteon.cohorts.dicom.outlines import open_outline
from osteon.cohorts.mask import open_mask
from osteon.errors import GeometryError, InputError
from osteon.io import dicom, dicom_seg
from osteon.types import Maker

# The source's own StudyID and name are not quite as DICOM wants them, and a SEG carries them on.
pytestmark = pytest.mark.filterwarnings("ignore:The value length", "ignore:The string")


@pytest.fixture(scope="module")
def series(data_dir):
    return dicom.read(data_dir / "sts" / "dicom" / "STS_001" / "CT" / "image")


@pytest.fixture
def seg(series, tmp_path):
    """Write a SEG with two structures on the real series and return its path and label map."""
    labels = np.zeros(series.grid.shape, np.uint8)
    labels[2:5, 10:30, 20:40] = 1
    labels[6:8, 50:60, 20:40] = 2
    path = tmp_path / "seg.dcm"
    maker = Maker(system="test", weights_sha256="0" * 64, version="0")
    dicom_seg.write(path, image=series, label_map=labels, structures=("Tumour", "Oedema"), maker=maker)
    return path, labels


def test_a_segment_by_name(series, seg):
    path, labels = seg
    for number, name in enumerate(("Tumour", "Oedema"), start=1):
        mask = open_mask(path, image=series, region=name)
        assert mask.grid == series.grid
        assert np.array_equal(mask.read(), (labels == number).astype(int))


def test_several_segments_and_none_named(series, seg):
    with pytest.raises(InputError, match="2 segments; say which is the lesion after a #"):
        open_mask(seg[0], image=series).read()
    with pytest.raises(InputError, match="2 segments"):
        open_mask(seg[0], image=series, region="Bone").read()


def test_contours_of_another_image_are_refused(series, data_dir):
    path = data_dir / "sts" / "dicom" / "STS_001" / "CT" / "mask" / "RS.dcm"
    assert open_outline(path, image=series).read().any()
    with pytest.raises(InputError, match="no region of that name"):
        open_outline(path, image=series, region="none")
    with pytest.raises(GeometryError, match="another image"):
        open_outline(path, image=dicom.read(data_dir / "dicom" / "good" / "ct_series_20_slices")).read()


def test_pixels_are_no_outline(series, data_dir):
    assert open_outline(data_dir / "dicom" / "good" / "CT_small.dcm", image=series) is None
