"""An image knows the instance it came from; a header that states little makes no more of it."""

from pathlib import Path

import numpy as np
import pytest

from osteon.io import dicom_item
from osteon.io.dicom_header import Header
from osteon.types import Grid, Image

IMAGE = Image(grid=Grid(shape=(2, 2)), modality="DX", load=lambda: np.zeros((2, 2)))


def header(**values):
    return Header(path=Path("in/a.dcm"), name="a.dcm", size=1, syntax="", pixels=None, data=values)


@pytest.mark.parametrize(("frame", "stated"), [(None, None), (0, 1), (7, 8)])
def test_the_instance_and_its_frame_counted_from_one(frame, stated):
    found = dicom_item.source(header(SOPInstanceUID="1.2", SOPClassUID="1.3"), frame=frame)
    assert (found.path, found.sop_instance_uid, found.sop_class_uid) == (Path("in/a.dcm"), "1.2", "1.3")
    assert found.frame == stated


def test_whose_the_image_is_and_what_it_is_called():
    stated = header(PatientID="P", StudyInstanceUID="1.4")
    found = dicom_item.item(IMAGE, stated, about="DX, 2x2")
    assert (found.datum, found.file, found.about) == (IMAGE, "a.dcm", "DX, 2x2")
    assert (found.patient_id, found.study_uid) == ("P", "1.4")
    assert dicom_item.item(IMAGE, stated, about="", file="series/").file == "series/"


def test_what_a_header_does_not_state_is_none():
    found = dicom_item.item(IMAGE, header(), about="DX")
    assert found.patient_id is None
    assert found.study_uid is None
    assert dicom_item.source(header()).sop_instance_uid is None
