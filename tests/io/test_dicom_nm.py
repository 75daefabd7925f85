import numpy as np
import pytest
from dicom_maker import ct_slices, instance, item, save
from pydicom.uid import NuclearMedicineImageStorage

from osteon.errors import InputError
from osteon.io import dicom


def scan(frames, tmp_path, **values):
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 300, (frames, 8, 6)).astype(np.uint16)
    stated = {
        "ImageType": ["ORIGINAL", "PRIMARY", "WHOLE BODY", "EMISSION"],
        "PixelSpacing": [2.2, 2.2],
        "modality": "NM",
        "sop_class": NuclearMedicineImageStorage,
    } | values
    path = save(instance(pixels, **stated), tmp_path / "scan.dcm")
    return dicom.read_files([path], root=tmp_path), pixels


def views(found):
    return [item.datum.facts.get("view") for item in found.items]


def detectors(**lists):
    return [item(**dict(zip(lists, values, strict=True))) for values in zip(*lists.values(), strict=True)]


def code(value, meaning):
    return [item(CodeValue=value, CodingSchemeDesignator="SRT", CodeMeaning=meaning)]


LOOKS_BACK, LOOKS_AHEAD = [1, 0, 0, 0, 0, -1], [-1, 0, 0, 0, 0, -1]


@pytest.mark.parametrize(
    "values",
    [
        {"DetectorInformationSequence": detectors(ViewCodeSequence=[code("X", "Anterior"), code("X", "Posterior")])},
        {"DetectorInformationSequence": detectors(ViewCodeSequence=[code("R-10206", "?"), code("R-10214", "?")])},
        {"DetectorInformationSequence": detectors(ImageOrientationPatient=[LOOKS_BACK, LOOKS_AHEAD])},
        {"DetectorInformationSequence": detectors(StartAngle=[180, 0])},
        {"DetectorInformationSequence": detectors(StartAngle=[-180, 360])},
        {"ImageID": ["WB_ANT", "WB_POST"]},
    ],
)
def test_two_frames_are_two_views(values, tmp_path):
    found, pixels = scan(2, tmp_path, **values)
    assert views(found) == ["anterior", "posterior"]
    for one, expected in zip(found.items, pixels, strict=True):
        assert np.array_equal(one.datum.read(), expected)
        assert one.datum.unit == "counts"
        assert one.datum.grid.shape == (8, 6)
    assert [one.datum.sources[0].frame for one in found.items] == [1, 2]


def test_the_detector_vector_says_which_detector_made_a_frame(tmp_path):
    found, _ = scan(
        2,
        tmp_path,
        DetectorInformationSequence=detectors(StartAngle=[180, 0]),
        DetectorVector=[2, 1],
        NumberOfDetectors=2,
    )
    assert views(found) == ["posterior", "anterior"]


@pytest.mark.parametrize(
    ("values", "view"),
    [
        ({"ImageID": "Anterior"}, "anterior"),
        ({"SeriesDescription": "Ganzkoerper posterior"}, "posterior"),
        ({"ViewPosition": "PA"}, "posterior"),
        ({"PatientOrientation": ["L", "F"]}, "anterior"),
        ({"PatientOrientation": ["R", "F"]}, "posterior"),
        ({"ImageID": "WHOLE BODY_E"}, None),
        ({"ImageID": "ANT POST"}, None),
        ({"DetectorInformationSequence": detectors(StartAngle=[90])}, None),
    ],
)
def test_one_frame_a_file(values, view, tmp_path):
    found, _ = scan(1, tmp_path, **values)
    assert views(found) == [view]
    assert any("does not tell" in note for note in found.items[0].datum.notes) == (view is None)


def test_what_cannot_be_told_is_said(tmp_path):
    found, _ = scan(2, tmp_path)
    assert views(found) == [None, None]
    assert all("does not tell" in one.datum.notes[0] for one in found.items)


@pytest.mark.parametrize("kind", ["GATED", "TOMO", "GATED TOMO"])
def test_other_acquisitions_are_refused(kind, tmp_path):
    found, _ = scan(4, tmp_path, ImageType=["ORIGINAL", "PRIMARY", kind])
    assert not found.items
    assert "gated or raw tomographic" in found.refused[0].why


def test_a_reconstructed_spect_is_a_volume(tmp_path, rng):
    volume = rng.integers(0, 300, (5, 8, 6)).astype(np.uint16)
    made, affine = ct_slices(volume.astype(np.int16))
    first = made[0]
    spect = instance(
        volume, modality="NM", sop_class=NuclearMedicineImageStorage, ImageType=["ORIGINAL", "PRIMARY", "RECON TOMO"],
        PixelSpacing=first.PixelSpacing, SpacingBetweenSlices=2.5, SliceThickness=2.5,
        DetectorInformationSequence=[
            item(ImagePositionPatient=first.ImagePositionPatient, ImageOrientationPatient=first.ImageOrientationPatient)
        ],
    )  # fmt: skip
    image = dicom.read(save(spect, tmp_path / "s.dcm"))
    assert np.allclose(np.array(image.grid.affine), affine)
    assert np.array_equal(image.read(), volume)
    del spect.DetectorInformationSequence
    with pytest.raises(InputError, match="does not state its position"):
        dicom.read(save(spect, tmp_path / "s.dcm"))


def test_the_real_bone_scan_says_that_its_view_is_unknown(data_dir):
    good = data_dir / "dicom" / "good"
    images = [dicom.read(good / name) for name in ("NM1_J2KR", "NM1_JPLL", "JPEG2000.dcm")]
    assert all(image.grid.shape == (1024, 256) for image in images)
    assert np.array_equal(images[0].read(), images[1].read())
    assert "view" not in images[0].facts
