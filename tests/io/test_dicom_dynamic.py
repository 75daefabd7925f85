"""Dynamic series become one image over time; what merely looks like one stays apart."""

import numpy as np
import pytest
from dicom_maker import ct_slices, instance, item, save, save_all, volume_of
from filed import MAKER
from test_dicom_write_slices import PATIENT, oblique, series
from test_dicom_write_slices import SHAPE as WRITTEN

from osteon.errors import GeometryError
from osteon.geometry import same_place
from osteon.io import dicom, dicom_seg, dicom_write

SHAPE = (4, 5, 6)


def volumes(rng, count):
    return rng.permutation(np.arange(count * np.prod(SHAPE), dtype=np.int16)).reshape(count, *SHAPE)


def save_series(folder, values, *, modality="MR", of=lambda time, index: {}):
    """Write (times, slices, rows, columns) as one shuffled series; `of` gives each slice its own values."""
    made = []
    for time, volume in enumerate(values):
        planes, _ = ct_slices(volume, modality=modality, RescaleIntercept=0)
        for index, plane in enumerate(planes):
            for keyword, value in of(time, index).items():
                setattr(plane, keyword, value)
        made += planes
    save_all(made, folder)
    return folder


def clock(seconds):
    return f"12{int(seconds) // 60:02d}{seconds % 60:06.3f}"


WAYS = {
    "position and time": lambda t, i: {"TemporalPositionIdentifier": t + 1, "AcquisitionTime": clock(10 * t)},
    "acquisition": lambda t, i: {"AcquisitionNumber": t + 1, "AcquisitionTime": clock(10 * t + 0.1 * i)},
    "time alone": lambda t, i: {"AcquisitionTime": clock(10 * t + 0.1 * i)},
    "trigger, slice by slice": lambda t, i: {"TriggerTime": 10_000 * t + 100 * i, "AcquisitionTime": "120000"},
    "content": lambda t, i: {"AcquisitionNumber": t + 1, "ContentTime": clock(10 * t), "ContentDate": "20200101"},
}


@pytest.mark.parametrize("way", WAYS)
def test_a_dynamic_series_is_one_image(tmp_path, rng, way):
    values = volumes(rng, 5)

    def of(time, index):
        return {"SeriesDate": "20200101", "AcquisitionDate": "20200101"} | WAYS[way](time, index)

    image = dicom.read(save_series(tmp_path, values, of=of))
    assert image.grid.shape == SHAPE
    assert image.times_s == pytest.approx((0, 10, 20, 30, 40))
    assert np.array_equal(image.read(), values)
    assert image.notes == ()
    assert len(image.sources) == 5 * SHAPE[0]


def test_over_midnight(tmp_path, rng):
    starts = [("20200101", "235950"), ("20200102", "000000"), ("20200102", "000010")]
    of = lambda t, i: dict(zip(("AcquisitionDate", "AcquisitionTime"), starts[t], strict=True))  # noqa: E731
    assert dicom.read(save_series(tmp_path, volumes(rng, 3), of=of)).times_s == (0, 10, 20)


def test_as_osteon_writes_it(tmp_path, rng):
    values = rng.integers(0, 4000, (6, *WRITTEN))
    times = (0.0, 8.5, 17.0, 30.0, 60.25, 119.5)
    folder = dicom_write.mr(
        tmp_path / "dce", values=values, grid=oblique(), patient=PATIENT, series=series("dce"), times_s=times
    )
    found = dicom.read_files(sorted(folder.iterdir()), root=tmp_path)
    (one,) = found.items
    assert one.about == "dynamic MR series, 6 times of 4 slices"
    assert one.datum.times_s == times
    assert same_place(one.datum.grid, oblique(), tolerance_mm=1e-6)
    assert np.array_equal(one.datum.read(), values)


def test_a_before_and_an_after_stay_two_images(tmp_path, rng):
    def of(time, _index):
        return {"AcquisitionNumber": time + 1, "AcquisitionDate": "20200101", "AcquisitionTime": clock(60 * time)}

    found = dicom.read_files(sorted(save_series(tmp_path, volumes(rng, 2), of=of).iterdir()), root=tmp_path)
    assert [one.datum.times_s for one in found.items] == [None, None]


@pytest.mark.parametrize("keyword", ["DiffusionBValue", "EchoTime", "InversionTime", "FlipAngle"])
def test_what_differs_in_more_than_time_stays_apart(tmp_path, rng, keyword):
    def of(time, _index):
        return {keyword: 10.0 * time, "AcquisitionDate": "20200101", "AcquisitionTime": clock(60 * time)}

    found = dicom.read_files(sorted(save_series(tmp_path, volumes(rng, 4), of=of).iterdir()), root=tmp_path)
    assert [one.datum.times_s for one in found.items] == [None] * 4


def test_gradient_directions_are_no_times(tmp_path, rng):
    def of(time, _index):
        direction = [[1, 0, 0], [0, 1, 0], [0, 0, 1]][time]
        return {"DiffusionGradientOrientation": direction, "AcquisitionTime": clock(time), "SeriesDate": "20200101"}

    found = dicom.read_files(sorted(save_series(tmp_path, volumes(rng, 3), of=of).iterdir()), root=tmp_path)
    assert len(found.items) == 3


def test_phases_of_a_ct_stay_apart_unless_numbered(tmp_path, rng):
    def of(time, _index):
        return {"AcquisitionNumber": time + 1, "AcquisitionDate": "20200101", "AcquisitionTime": clock(30 * time)}

    def numbered(time, index):
        return of(time, index) | {"TemporalPositionIdentifier": time + 1}

    phases = save_series(tmp_path / "a", volumes(rng, 3), modality="CT", of=of)
    assert len(dicom.read_files(sorted(phases.iterdir()), root=tmp_path).items) == 3
    perfusion = save_series(tmp_path / "b", volumes(rng, 3), modality="CT", of=numbered)
    assert dicom.read(perfusion).times_s == (0, 30, 60)


def test_without_any_time_they_stay_apart(tmp_path, rng):
    folder = save_series(tmp_path, volumes(rng, 3), of=lambda t, _: {"TemporalPositionIdentifier": t + 1})
    assert len(dicom.read_files(sorted(folder.iterdir()), root=tmp_path).items) == 3


def test_a_volume_short_of_a_slice_is_still_refused(tmp_path, rng):
    def of(time, index):
        return {"AcquisitionDate": "20200101", "AcquisitionTime": clock(10 * time + index)}

    folder = save_series(tmp_path, volumes(rng, 3), of=of)
    sorted(folder.iterdir())[0].unlink()
    with pytest.raises(GeometryError):
        dicom.read(folder)


def test_dynamic_pet_is_decayed_to_one_start(tmp_path, rng):
    values = volumes(rng, 3)
    given = item(RadiopharmaceuticalStartTime="110000", RadionuclideTotalDose=3e8, RadionuclideHalfLife=6586.2)

    def of(time, _index):
        return {
            "Units": "BQML",
            "DecayCorrection": "START",
            "CorrectedImage": ["ATTN", "DECY"],
            "PatientWeight": 70,
            "SeriesDate": "20200101",
            "SeriesTime": "120000",
            "AcquisitionDate": "20200101",
            "AcquisitionTime": clock(60 * time),
            "FrameReferenceTime": 60_000 * time + 30_000,
            "RadiopharmaceuticalInformationSequence": [given],
        }

    image = dicom.read(save_series(tmp_path, values, modality="PT", of=of))
    assert image.times_s == (0, 60, 120)
    assert np.allclose(image.read(), values * 70e3 / (3e8 * 2 ** (-3600 / 6586.2)), rtol=1e-6)


def test_enhanced_frames_with_times_of_their_own(tmp_path, rng):
    values = volumes(rng, 3)
    made = instance(values.reshape(-1, *SHAPE[1:]), modality="MR")
    shared = item(
        PixelMeasuresSequence=[item(PixelSpacing=[1, 1], SliceThickness=2)],
        PlaneOrientationSequence=[item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])],
    )
    made.SharedFunctionalGroupsSequence = [shared]
    made.PerFrameFunctionalGroupsSequence = [
        item(
            PlanePositionSequence=[item(ImagePositionPatient=[0, 0, 2.0 * index])],
            FrameContentSequence=[
                item(TemporalPositionIndex=time + 1, FrameAcquisitionDateTime=f"202001011200{5 * time:02d}")
            ],
        )
        for time in range(3)
        for index in range(SHAPE[0])
    ]
    image = dicom.read(save(made, tmp_path / "enhanced.dcm"))
    assert image.times_s == (0, 5, 10)
    assert np.array_equal(image.read(), values)


def test_a_segmentation_of_a_dynamic_series_refers_to_its_first_volume(tmp_path, rng):
    def of(time, index):
        return {"TemporalPositionIdentifier": time + 1, "AcquisitionTime": clock(time), "SeriesDate": "20200101"}

    image = dicom.read(save_series(tmp_path / "dce", volumes(rng, 3), of=of))
    outlined = (volume_of(rng, SHAPE) % 2).astype(np.uint8)
    dicom_seg.write(tmp_path / "seg.dcm", image=image, label_map=outlined, structures=("tumour",), maker=MAKER)
    assert np.array_equal(dicom_seg.read(tmp_path / "seg.dcm", image)["tumour"], outlined > 0)
