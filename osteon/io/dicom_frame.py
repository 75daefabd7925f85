"""The frame of reference of an image: what says that millimetres of two DICOM objects are the same place."""

from __future__ import annotations

from osteon.errors import InputError
from osteon.io.dicom_header import read_header
from osteon.types import Image


def of_image(image: Image) -> str | None:
    """Return the frame of reference that the image's first source states; None where it states none, or is no DICOM."""
    if not image.sources or image.sources[0].sop_instance_uid is None:
        return None
    path = image.sources[0].path
    try:
        return read_header(path, name=path.name).text("FrameOfReferenceUID")
    except InputError:  # it was read before; whoever needs its pixels says that they are gone
        return None


def shared(image: Image, frame: str | None) -> bool:
    """Return whether the image states the frame of reference `frame`: both must say so."""
    return frame is not None and of_image(image) == frame
