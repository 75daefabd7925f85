import warnings
from pathlib import Path

import data_store
import numpy as np
import pydicom
import pytest
from dicom_maker import SECRET, instance, item, save
from pydicom.pixels import apply_modality_lut, apply_voi_lut
from pydicom.uid import ComputedRadiographyImageStorage

from osteon.errors import InputError
from osteon.io import dicom

PACKAGE = Path(data_store.__file__).parent / "data"


def film(pixels, **values):
    stated = {"modality": "DX", "sop_class": ComputedRadiographyImageStorage} | values
    return instance(pixels, **stated)


@pytest.fixture
def ramp():
    return np.arange(4096, dtype=np.uint16).reshape(64, 64)


def read(made, tmp_path):
    return dicom.read(save(made, tmp_path / "film.dcm"))


def theirs(path):
    made = pydicom.dcmread(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return apply_voi_lut(apply_modality_lut(made.pixel_array, made), made).astype(float)


@pytest.mark.parametrize("name", ["RG1_UNCR", "RG3_UNCR", "mlut_18", "vlut_04"])
def test_values_are_linear_in_what_pydicom_shows(name):
    path = PACKAGE / f"{name}.dcm"
    image, other = dicom.read(path), theirs(path)
    sign = -1 if pydicom.dcmread(path).PhotometricInterpretation == "MONOCHROME1" else 1
    assert np.corrcoef(image.read().ravel(), sign * other.ravel())[0, 1] > 0.999999
    assert image.read().dtype == np.float32
    assert 0 <= image.read().min() < image.read().max() <= 1


def test_the_same_film_in_five_transfer_syntaxes_is_the_same():
    one, other = (dicom.read(PACKAGE / f"RG3_{kind}.dcm").read() for kind in ("UNCR", "J2KR"))
    assert np.array_equal(one, other)


def test_bone_is_bright_whatever_the_polarity(ramp, tmp_path):
    plain = read(film(ramp, BitsStored=12, HighBit=11), tmp_path).read()
    turned = read(
        film(4095 - ramp, BitsStored=12, HighBit=11, PhotometricInterpretation="MONOCHROME1"), tmp_path
    ).read()
    shaped = read(film(4095 - ramp, BitsStored=12, HighBit=11, PresentationLUTShape="INVERSE"), tmp_path).read()
    assert plain[0, 0] == 0
    assert plain[-1, -1] == 1
    assert np.allclose(plain, turned, atol=1e-6)
    assert np.allclose(plain, shaped, atol=1e-6)


@pytest.mark.parametrize(("sign", "first"), [(1, 1.0), (-1, 0.0), (None, 0.0)])
def test_raw_detector_data_go_by_their_sign(sign, first, ramp, tmp_path):
    made = film(
        ramp, BitsStored=12, HighBit=11, PresentationIntentType="FOR PROCESSING", PixelIntensityRelationshipSign=sign
    )
    image = read(made, tmp_path)
    assert image.read()[0, 0] == first
    assert any("FOR PROCESSING" in note for note in image.notes)


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_windows_follow_the_standard(function, ramp, tmp_path):
    made = film(ramp, WindowCenter=2000, WindowWidth=1000, VOILUTFunction=function, RescaleSlope=1, RescaleIntercept=0)
    path = save(made, tmp_path / "film.dcm")
    made = pydicom.dcmread(path)
    other = apply_voi_lut(made.pixel_array, made, prefer_lut=False)
    assert np.allclose(dicom.read(path).read(), other / 65535, atol=1e-5)


def test_of_several_windows_the_first_holds(ramp, tmp_path):
    image = read(film(ramp, WindowCenter=[1000, 3000], WindowWidth=[100, 10]), tmp_path)
    assert np.array_equal(image.read(), read(film(ramp, WindowCenter=1000, WindowWidth=100), tmp_path).read())
    assert any("the first is used" in note for note in image.notes)


def test_a_window_without_width_is_not_used(ramp, tmp_path):
    image = read(film(ramp, WindowCenter=1000, WindowWidth=0), tmp_path)
    assert image.read().max() == pytest.approx(4095 / 65535)
    assert any("no width" in note for note in image.notes)


@pytest.mark.parametrize(
    ("values", "spacing", "at"),
    [
        ({}, None, None),
        ({"ImagerPixelSpacing": [0.14, 0.15]}, (0.14, 0.15), "detector"),
        ({"PixelSpacing": [0.14, 0.15]}, (0.14, 0.15), None),
        ({"PixelSpacing": [0.14, 0.15], "ImagerPixelSpacing": [0.14, 0.15]}, (0.14, 0.15), "detector"),
        ({"PixelSpacing": [0.1, 0.1], "ImagerPixelSpacing": [0.14, 0.15]}, (0.1, 0.1), "patient"),
        ({"PixelSpacing": [0.1, 0.1], "PixelSpacingCalibrationType": "FIDUCIAL"}, (0.1, 0.1), "patient"),
        ({"PixelSpacing": [0, 0.1]}, None, None),
    ],
)
def test_spacing_says_where_it_holds(values, spacing, at, ramp, tmp_path):
    grid = read(film(ramp, **values), tmp_path).grid
    assert (grid.spacing_mm, grid.spacing_at) == (spacing, at)
    assert grid.affine is None


def test_facts_and_notes_tell_what_a_reader_must_know(ramp, tmp_path):
    made = film(
        ramp, BurnedInAnnotation="YES", ImageLaterality="L", ViewPosition="LL", BodyPartExamined="KNEE",
        EstimatedRadiographicMagnificationFactor=1.2, ImagerPixelSpacing=[0.1, 0.1],
        SeriesDescription=f"{SECRET} Knie seitlich", StudyDescription="Osteosarcoma",
    )  # fmt: skip
    image = read(made, tmp_path)
    assert image.facts["Laterality"] == "L"
    assert (image.facts["ViewPosition"], image.facts["BodyPartExamined"]) == ("LL", "KNEE")
    assert image.facts["EstimatedRadiographicMagnificationFactor"] == 1.2
    assert any("burnt" in note for note in image.notes)
    assert any("magnification of 1.2" in note for note in image.notes)
    assert SECRET not in f"{image.facts} {image.notes}"
    assert "sarcoma" not in f"{image.facts} {image.notes}"


def test_colour_keeps_its_three_samples(tmp_path):
    image = dicom.read(PACKAGE / "SC_rgb.dcm")
    assert image.read().shape == (100, 100, 3)
    assert image.grid.shape == (100, 100)
    assert image.read().max() == 255


@pytest.mark.parametrize(
    ("values", "match"),
    [
        (
            {"ModalityLUTSequence": [item(LUTDescriptor=[4, 0, 16], LUTData=b"\0\0")]},
            "ModalityLUTSequence of 1 entries",
        ),
        ({"VOILUTSequence": [item(LUTDescriptor=[4, 0, 99], LUTData=b"\0" * 8)]}, "VOILUTSequence"),
    ],
)
def test_damaged_tables_are_refused(values, match, ramp, tmp_path):
    for sequence in values.values():
        sequence[0]["LUTDescriptor"].VR = "US"
        sequence[0]["LUTData"].VR = "OW"
    with pytest.raises(InputError, match=match):
        read(film(ramp, **values), tmp_path)


@pytest.mark.parametrize(
    ("values", "times"),
    [
        ({"FrameTime": 40}, (0, 0.04, 0.08)),
        ({"CineRate": 10}, (0, 0.1, 0.2)),
        ({"RecommendedDisplayFrameRate": 4}, (0, 0.25, 0.5)),
        ({"FrameTimeVector": [0, 100, 300], "FrameTime": 7}, (0, 0.1, 0.4)),
    ],
)
def test_a_run_of_frames_is_one_image_over_time(values, times, ramp, tmp_path):
    frames = np.stack([ramp, ramp[::-1], ramp.T])
    found = dicom.read_files([save(film(frames, modality="XA", **values), tmp_path / "run.dcm")], root=tmp_path)
    image = found.items[0].datum
    assert image.times_s == pytest.approx(times)
    assert (image.grid.shape, found.items[0].about) == ((64, 64), "XA, 64x64, 3 frames")
    for index, frame in enumerate(frames):
        assert np.array_equal(image.read()[index], read(film(frame, modality="XA"), tmp_path).read())


@pytest.mark.parametrize("values", [{}, {"FrameTime": 0}, {"CineRate": -5}, {"FrameTimeVector": [0, 100]}])
def test_frames_without_times_may_be_pages_and_are_refused(values, ramp, tmp_path):
    with pytest.raises(InputError, match="holds 3 frames and does not say when"):
        read(film(np.stack([ramp] * 3), modality="XA", **values), tmp_path)


def test_the_demo_film_is_bright_where_the_bone_is(data_dir):
    image = dicom.read(data_dir / "dicom" / "good" / "RG3_J2KR.dcm")
    assert image.grid.shape == (1760, 1760)
    assert image.grid.spacing_mm is None
    assert (image.facts["Laterality"], image.facts["ViewPosition"]) == ("R", "AP")
    pixels = image.read()
    shaft, air = pixels[400:600, 830:870], pixels[400:600, 500:560]
    assert np.median(shaft) > np.median(air) + 0.3
