"""What every simulated file shares: it says so, it is nobody's, and it follows from its key alone."""

import numpy as np
import pydicom
import pytest
from pydicom.uid import CTImageStorage

from osteon.errors import GeometryError, InputError, RequestError
from osteon.geometry import volume_grid
from osteon.io import dicom_simulated
from osteon.io.dicom_simulated import SimulatedPatient, SimulatedSeries
from osteon.types import Grid

PATIENT = SimulatedPatient(name="simulated-000007", sex="female", age_years=34.9, weight_kg=61.5, height_cm=168.0)
SERIES = SimulatedSeries(key="knee/seed 1", name="ct", exam="pre", day=40, start_s=36000.5)


def made(patient=PATIENT, series=SERIES, number=1):
    return dicom_simulated.instance(
        patient=patient, series=series, sop_class=CTImageStorage, modality="CT", number=number
    )


def test_every_file_says_that_it_is_simulated():
    data = made()
    assert str(data.PatientName) == "SIMULATED"
    assert data.PatientID == "SIM-000007"
    assert data.SeriesDescription == "SIMULATED ct"
    assert data.StudyDescription == "SIMULATED pre"
    assert list(data.ImageType)[:2] == ["DERIVED", "SECONDARY"]
    assert "no patient was imaged" in data.DerivationDescription


def test_facts_of_the_patient_in_dicom_words():
    data = made()
    assert (data.PatientSex, data.PatientAge, data.PatientBirthDate) == ("F", "034Y", "")
    assert (float(data.PatientWeight), float(data.PatientSize)) == (61.5, 1.68)


def test_unknown_facts_are_left_out():
    data = made(patient=SimulatedPatient(name="x"))
    assert data.PatientSex == ""
    assert not any(word in data for word in ("PatientAge", "PatientWeight", "PatientSize"))


def test_dates_count_from_the_first_of_2000():
    data = made()
    assert (data.StudyDate, data.AcquisitionDate, data.AcquisitionTime) == ("20000210", "20000210", "100000.500000")


def test_uids_follow_from_key_patient_exam_and_name():
    one = made()
    assert one.SOPInstanceUID == made().SOPInstanceUID
    assert made(number=2).SOPInstanceUID != one.SOPInstanceUID
    assert made(number=2).SeriesInstanceUID == one.SeriesInstanceUID
    same_exam = made(series=SimulatedSeries(key=SERIES.key, name="t1", exam="pre"))
    assert same_exam.StudyInstanceUID == one.StudyInstanceUID
    assert same_exam.SeriesInstanceUID != one.SeriesInstanceUID
    for other in (
        made(series=SimulatedSeries(key=SERIES.key, name="ct", exam="post")),
        made(series=SimulatedSeries(key="knee/seed 2", name="ct", exam="pre")),
        made(patient=SimulatedPatient(name="simulated-000008")),
    ):
        assert other.StudyInstanceUID != one.StudyInstanceUID


@pytest.mark.parametrize(
    "keyword", ["NoSuchWord", "PatientID", "PatientName", "StudyInstanceUID", "ImageType", "Rows", "SOPClassUID"]
)
def test_a_fact_that_may_not_be_set_is_refused(keyword):
    series = SimulatedSeries(key="k", name="ct", facts={keyword: "x"})
    with pytest.raises(RequestError, match=keyword):
        dicom_simulated.add_facts(made(series=series), series)


def test_the_side_of_an_image_replaces_that_of_the_series():
    series = SimulatedSeries(key="k", name="ct", facts={"ImageLaterality": "L"})
    data = made(series=series)
    dicom_simulated.add_facts(data, series)
    assert data.ImageLaterality == "L"
    assert "Laterality" not in data


@pytest.mark.parametrize("value", [0.1 + 0.2, -1234.56789012345678, 1e-9, 2e8, -1 / 3])
def test_decimal_strings_keep_what_16_characters_hold(value):
    text = dicom_simulated.ds(value)
    assert len(text) <= 16
    assert float(text) == pytest.approx(value, rel=1e-8)


@pytest.mark.parametrize("kind", ["uint16", "int16"])
def test_pixels_are_stored_as_they_are(kind):
    pixels = np.array([[0, 1, 30000], [7, 8, 32767]], kind)
    data = made()
    dicom_simulated.set_pixels(data, pixels)
    assert np.array_equal(np.frombuffer(data.PixelData, kind).reshape(2, 3), pixels)
    assert (data.Rows, data.Columns, data.PixelRepresentation) == (2, 3, int(kind == "int16"))


def test_slices_lie_along_the_first_axis():
    affine = np.array([[0, 0, 0.5, 1], [0, 0.7, 0, 2], [3, 0, 0, 3], [0, 0, 0, 1.0]])
    data = made()
    dicom_simulated.place(data, affine, index=2, frame_uid=SERIES.uid("frame"))
    assert [float(v) for v in data.ImagePositionPatient] == [1, 2, 9]
    assert [float(v) for v in data.ImageOrientationPatient] == [1, 0, 0, 0, 1, 0]
    assert ([float(v) for v in data.PixelSpacing], float(data.SliceThickness)) == ([0.7, 0.5], 3)


@pytest.mark.parametrize("shear", [(0, 1), (1, 2)])
def test_a_sheared_grid_is_refused(shear):
    affine = np.eye(4)[[2, 1, 0, 3]]
    affine[:3, shear[0]] += 0.01 * affine[:3, shear[1]]
    with pytest.raises(GeometryError, match="right angles"):
        dicom_simulated.straight(volume_grid((2, 3, 4), affine))


def test_a_grid_without_a_place_is_refused():
    with pytest.raises(GeometryError, match="position"):
        dicom_simulated.straight(Grid(shape=(2, 3, 4)))


def test_saved_whole_or_not_at_all(tmp_path):
    data = made()
    dicom_simulated.set_pixels(data, np.zeros((2, 2), np.uint16))
    dicom_simulated.save(data, tmp_path / "a.dcm")
    assert pydicom.dcmread(tmp_path / "a.dcm").SOPInstanceUID == data.SOPInstanceUID
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError):
        dicom_simulated.save(data, tmp_path / "file" / "a.dcm")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.dcm", "file"]
