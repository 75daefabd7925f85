"""The first minutes of a three-phase bone scan: one image over time for each view."""

import numpy as np
import pytest
from dicom_maker import item
from test_dicom_nm import detectors, scan

KIND = ["ORIGINAL", "PRIMARY", "DYNAMIC", "EMISSION"]
FACING = detectors(StartAngle=[180, 0])


def phases(*pairs, **values):
    return [item(ActualFrameDuration=lasts, NumberOfFramesInPhase=count, **values) for count, lasts in pairs]


def test_each_view_is_an_image_over_time(tmp_path):
    found, pixels = scan(
        8, tmp_path, ImageType=KIND, DetectorVector=[1] * 4 + [2] * 4, DetectorInformationSequence=FACING,
        PhaseVector=[1, 1, 1, 1] * 2, PhaseInformationSequence=phases((4, 2000)),
    )  # fmt: skip
    front, back = (one.datum for one in found.items)
    assert (front.facts["view"], back.facts["view"]) == ("anterior", "posterior")
    assert front.times_s == back.times_s == (0, 2, 4, 6)
    assert np.array_equal(front.read(), pixels[:4])
    assert np.array_equal(back.read(), pixels[4:])
    assert [source.frame for source in back.sources] == [5, 6, 7, 8]
    assert found.items[0].about == "bone scan, anterior view, 4 times"
    assert (front.grid.shape, front.unit) == ((8, 6), "counts")


def test_phases_of_different_length_with_delays_and_pauses(tmp_path):
    found, _ = scan(
        5, tmp_path, ImageType=KIND, PhaseVector=[1, 1, 1, 2, 2],
        PhaseInformationSequence=[
            item(ActualFrameDuration=1000, PauseBetweenFrames=500),
            item(ActualFrameDuration=10_000, PhaseDelay=4000),
        ],
    )  # fmt: skip
    assert found.items[0].datum.times_s == (0, 1.5, 3, 8.5, 18.5)


def test_one_duration_for_all(tmp_path):
    found, _ = scan(3, tmp_path, ImageType=KIND, ActualFrameDuration=3000)
    assert found.items[0].datum.times_s == (0, 3, 6)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({}, "how long its frames last"),
        ({"ActualFrameDuration": 0}, "how long its frames last"),
        ({"ActualFrameDuration": 100, "DetectorVector": [1, 1]}, "do not fit its frames"),
    ],
)
def test_without_times_it_is_refused(values, why, tmp_path):
    found, _ = scan(3, tmp_path, ImageType=KIND, **values)
    assert not found.items
    assert why in found.refused[0].why
