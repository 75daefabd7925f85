"""The planes of one file: where each lies, what tells it from others, and what is refused."""

import numpy as np
import pytest
from dicom_maker import ct_slices, instance, item, save

from osteon.errors import GeometryError, InputError
from osteon.io.dicom_header import read_header
from osteon.io.dicom_slices import SPLIT_KEYS, TIME_KEYS, is_localizer, slices

SHARED = {
    "PixelMeasuresSequence": [item(PixelSpacing=[0.8, 0.7], SliceThickness=3, SpacingBetweenSlices=2.5)],
    "PlaneOrientationSequence": [item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])],
}


def header(made, folder):
    return read_header(save(made, folder / "a.dcm"), name="a.dcm")


def single(folder, **values):
    made, _ = ct_slices(np.zeros((1, 4, 5), np.int16), **values)
    return slices(header(made[0], folder))


def enhanced(folder, frames, *, count=None, **shared):
    made = instance(np.zeros((count or len(frames), 4, 5), np.int16), modality="MR", EchoTime=7)
    made.SharedFunctionalGroupsSequence = [item(**(SHARED | shared))]
    made.PerFrameFunctionalGroupsSequence = frames
    return slices(header(made, folder))


def at(z, **groups):
    return item(PlanePositionSequence=[item(ImagePositionPatient=[1, 2, z])], **groups)


def test_a_single_slice(tmp_path):
    (one,) = single(tmp_path, EchoTime=12.5, AcquisitionNumber=3)
    assert one.position == pytest.approx((-10, 5, 30))
    assert one.spacing == pytest.approx((0.7, 0.9))
    assert (one.slope, one.intercept, one.rescaled, one.when, one.tile) == (1, -1024, True, None, None)
    assert (one.rows, one.columns) == (4, 5)
    assert (float(one.keys["EchoTime"]), float(one.keys["AcquisitionNumber"])) == (12.5, 3)


def test_directions_are_of_length_one(tmp_path):
    (one,) = single(tmp_path, ImageOrientationPatient=[0.6004, 0.8, 0, -0.8, 0.6003, 0])
    assert np.linalg.norm(one.orientation[:3]) == pytest.approx(1, abs=1e-12)
    assert np.linalg.norm(one.orientation[3:]) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ({"PixelSpacing": None}, "no usable PixelSpacing"),
        ({"PixelSpacing": [0, 1]}, "no usable PixelSpacing"),
        ({"ImagePositionPatient": None}, "no usable ImagePositionPatient"),
        ({"ImageOrientationPatient": None}, "no usable ImageOrientationPatient"),
        ({"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]}, "not of length 1 and at right angles"),
        ({"ImageOrientationPatient": [2, 0, 0, 0, 1, 0]}, "not of length 1 and at right angles"),
        ({"RescaleSlope": 0}, "impossible RescaleSlope"),
    ],
)
def test_a_slice_that_does_not_say_where_it_lies_is_refused(values, match, tmp_path):
    with pytest.raises(InputError, match=rf"^a\.dcm: .*{match}"):
        single(tmp_path, **values)


@pytest.mark.parametrize("word", ["LOCALIZER", "SCOUT", "TOPOGRAM"])
def test_scouts_are_known(word, tmp_path):
    made, _ = ct_slices(np.zeros((1, 4, 5), np.int16), ImageType=["ORIGINAL", "PRIMARY", word])
    assert is_localizer(header(made[0], tmp_path))


def test_frames_take_their_own_values_before_the_shared_ones(tmp_path):
    own = {"PixelMeasuresSequence": [item(PixelSpacing=[0.5, 0.4], SliceThickness=1)]}
    first, second = enhanced(tmp_path, [at(0), at(5, **own)])
    assert (first.spacing, first.thickness) == ((0.8, 0.7), 2.5)
    assert (second.spacing, second.thickness) == ((0.5, 0.4), 1)
    assert [one.position for one in (first, second)] == [(1, 2, 0), (1, 2, 5)]
    assert [one.frame for one in (first, second)] == [0, 1]


def test_what_tells_frames_apart(tmp_path):
    frame = at(
        0,
        FrameContentSequence=[item(StackID="2", TemporalPositionIndex=4, FrameAcquisitionNumber=6)],
        MREchoSequence=[item(EffectiveEchoTime=33.0)],
        MRDiffusionSequence=[
            item(
                DiffusionBValue=800.0,
                DiffusionGradientDirectionSequence=[item(DiffusionGradientOrientation=[0.0, 1.0, 0.0])],
            )
        ],
        PixelValueTransformationSequence=[item(RescaleSlope=2, RescaleIntercept=-5)],
    )
    (one,) = enhanced(tmp_path, [frame])
    assert [float(one.keys[k]) for k in ("StackID", "TemporalPositionIdentifier", "AcquisitionNumber")] == [2, 4, 6]
    assert (float(one.keys["EchoTime"]), float(one.keys["DiffusionBValue"])) == (33, 800)
    assert [float(v) for v in one.keys["DiffusionGradientOrientation"].split("\\")] == [0, 1, 0]
    assert (one.slope, one.intercept, one.rescaled) == (2, -5, True)


@pytest.mark.parametrize(
    ("groups", "when"),
    [
        ({"FrameContentSequence": [item(FrameAcquisitionDateTime="19700102000001.5")]}, 86_401.5),
        (
            {
                "FrameContentSequence": [item(StackID="1")],
                "TemporalPositionSequence": [item(TemporalPositionTimeOffset=12.25)],
            },
            12.25,
        ),
        ({"FrameContentSequence": [item(StackID="1")]}, None),
        ({}, None),
    ],
)
def test_when_a_frame_was_taken(groups, when, tmp_path):
    (one,) = enhanced(tmp_path, [at(0, **groups)])
    assert one.when == when


def test_descriptions_that_do_not_fit_the_frames_are_refused(tmp_path):
    with pytest.raises(GeometryError, match="states 3 frames but describes 2"):
        enhanced(tmp_path, [at(0), at(1)], count=3)


def test_frames_without_places_are_refused(tmp_path):
    with pytest.raises(GeometryError, match="2 frames without saying where each lies"):
        slices(header(instance(np.zeros((2, 4, 5), np.int16)), tmp_path))


def test_time_is_one_of_the_things_that_tell_volumes_apart():
    assert set(SPLIT_KEYS) > TIME_KEYS
    assert "DiffusionBValue" not in TIME_KEYS
