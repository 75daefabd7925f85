"""What any DICOM image says of where it came from: the file and frame behind its pixels, and whose they are."""

from __future__ import annotations

from osteon.io.dicom_header import Header
from osteon.types import Image, Item, Source


def source(header: Header, *, frame: int | None = None) -> Source:
    """Return the instance behind an image; `frame` (zero-based) where it is one of several, else None."""
    return Source(
        path=header.path,
        sop_instance_uid=header.text("SOPInstanceUID"),
        sop_class_uid=header.text("SOPClassUID"),
        frame=None if frame is None else frame + 1,
    )


def item(image: Image, header: Header, *, about: str, file: str | None = None) -> Item:
    """Return what was found: `image`, whose patient and study `header` names; `file` is that of `header` when None."""
    return Item(
        datum=image,
        file=header.name if file is None else file,
        patient_id=header.text("PatientID"),
        study_uid=header.text("StudyInstanceUID"),
        about=about,
    )
