"""What every simulated DICOM file shares: whom it stands for, UIDs that follow from a key, and the word "simulated".

The same key gives the same UIDs and the same bytes: no clock, no chance. Days are counted from 1 January 2000.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.tag import Tag
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid
from pydicom.valuerep import format_number_as_ds

from osteon import __version__
from osteon.errors import GeometryError, RequestError
from osteon.geometry import matrix
from osteon.io import atomic
from osteon.io.simulated import MODEL
from osteon.types import Grid

MOST_SKEW = 1e-4
MOST_TILT_DEGREES = 0.1
SAID = "SIMULATED"
DAY_ZERO = datetime(2000, 1, 1)
_SEX = {"female": "F", "male": "M"}
# What is derived counts as primary in NM and PET: the standard knows no other word there.
_SECOND = {"NM": "PRIMARY", "PT": "PRIMARY"}
_OURS = ("Patient", "SOP", "ImageType", "Rows", "Columns", "Bits", "PixelData", "InstanceUID")


@dataclass(frozen=True, kw_only=True)
class SimulatedPatient:
    """Whom a simulated file stands for: nobody.

    Attributes:
        name: Pseudonym; the file's PatientID is "SIM-" and this (without a leading "simulated-").
        sex: "female", "male" or None.
        age_years, weight_kg, height_cm: None when not recorded; PET needs the weight.

    """

    name: str
    sex: str | None = None
    age_years: float | None = None
    weight_kg: float | None = None
    height_cm: float | None = None


@dataclass(frozen=True, kw_only=True)
class SimulatedSeries:
    """One series of a simulated study.

    Attributes:
        key: All UIDs follow from it, the patient's name, `exam` and `name`: the recipe and its seed.
        name: Of the series, once in its exam: "t1", "pet"; stands in SeriesDescription after "SIMULATED".
        exam: Series of one exam share study and frame of reference: "", "pre", "post".
        number: SeriesNumber.
        day: Days after 1 January 2000.
        start_s: When the acquisition starts, in seconds of that day.
        facts: Further values by DICOM keyword: BodyPartExamined, ViewPosition, EchoTime, KVP ...

    """

    key: str
    name: str
    exam: str = ""
    number: int = 1
    day: int = 0
    start_s: float = 43200.0
    facts: Mapping[str, Any] = field(default_factory=dict)

    def uid(self, *words: object) -> UID:
        """Return the UID that follows from the key and `words`."""
        return generate_uid(entropy_srcs=["osteon simulated", self.key, *map(str, words)])

    def at(self, seconds: float = 0.0) -> datetime:
        """Return the moment `seconds` after the acquisition's start."""
        return DAY_ZERO + timedelta(days=self.day, seconds=self.start_s + seconds)


def instance(
    *, patient: SimulatedPatient, series: SimulatedSeries, sop_class: UID, modality: str, number: int
) -> Dataset:
    """Return the data set of instance `number` (from 1), without pixels and without what its modality adds."""
    same_exam = (patient.name, series.exam)
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = generate_uid(entropy_srcs=["osteon simulated"])
    meta.ImplementationVersionName = "OSTEON"
    made = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    made.SpecificCharacterSet = "ISO_IR 192"
    made.SOPClassUID = meta.MediaStorageSOPClassUID = sop_class
    made.SOPInstanceUID = meta.MediaStorageSOPInstanceUID = series.uid(*same_exam, series.name, number)
    made.StudyInstanceUID = series.uid(*same_exam)
    made.SeriesInstanceUID = series.uid(*same_exam, series.name)
    made.Modality = modality
    made.ImageType = ["DERIVED", _SECOND.get(modality, "SECONDARY")]
    made.SeriesNumber, made.InstanceNumber = series.number, number
    made.StudyID, made.StudyDescription = "SIM", f"{SAID} {series.exam}".strip()
    made.SeriesDescription = f"{SAID} {series.name}"[:64]
    made.AccessionNumber = made.ReferringPhysicianName = made.Laterality = ""
    _of_patient(made, patient)
    _of_maker(made)
    date_and_time(made, series.at(), "Study", "Series", "Content", "Acquisition")
    return made


def _of_patient(made: Dataset, patient: SimulatedPatient) -> None:
    made.PatientName, made.PatientID = SAID, f"SIM-{patient.name.removeprefix('simulated-')}"
    made.PatientBirthDate, made.PatientSex = "", _SEX.get(patient.sex or "", "")
    if patient.age_years is not None:
        made.PatientAge = f"{int(patient.age_years):03d}Y"
    if patient.weight_kg is not None:
        made.PatientWeight = ds(patient.weight_kg)
    if patient.height_cm is not None:
        made.PatientSize = ds(patient.height_cm / 100)


def _of_maker(made: Dataset) -> None:
    made.Manufacturer, made.ManufacturerModelName = "osteon", MODEL
    made.DeviceSerialNumber, made.SoftwareVersions = "none", __version__
    made.DerivationDescription = "Simulated by osteon: no patient was imaged; not for diagnosis."
    made.ImageComments = "SIMULATED by osteon"
    made.BurnedInAnnotation, made.LossyImageCompression = "NO", "00"


def date_and_time(made: Dataset, moment: datetime, *of: str) -> None:
    """Set the pair of date and time of each of `of` ("Study", "Acquisition" ...)."""
    for name in of:
        setattr(made, f"{name}Date", f"{moment:%Y%m%d}")
        setattr(made, f"{name}Time", f"{moment:%H%M%S.%f}")


def ds(value: float) -> str:
    """Return a number as DICOM's decimal string: as many digits as 16 characters hold."""
    return format_number_as_ds(float(value))


def set_pixels(made: Dataset, pixels: np.ndarray) -> None:
    """Put uint16 or int16 `pixels`, ([frames,] rows, columns), into the data set, as they are."""
    made.Rows, made.Columns = pixels.shape[-2:]
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.BitsAllocated = made.BitsStored = 16
    made.HighBit, made.PixelRepresentation = 15, int(pixels.dtype.kind == "i")
    made.PixelData = np.ascontiguousarray(pixels, dtype=pixels.dtype.newbyteorder("<")).tobytes()
    made["PixelData"].VR = "OW"


def straight(grid: Grid) -> np.ndarray:
    """Return the 4x4 affine of a grid whose axes are at right angles, as DICOM wants them.

    Raises:
        GeometryError: The grid has no place, or its axes are sheared.

    """
    affine = matrix(grid)
    axes = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    skew = np.abs(axes.T @ axes - np.eye(3))
    if skew[1, 2] > MOST_SKEW or skew[0].max() > np.sin(np.radians(MOST_TILT_DEGREES)):
        msg = "The axes of this grid are not at right angles, which a DICOM series cannot say; resample it first."
        raise GeometryError(msg)
    return affine


def place(made: Dataset, affine: np.ndarray, *, index: int, frame_uid: UID) -> None:
    """Say in the data set where slice `index` of a grid lies."""
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    row, column = affine[:3, 2] / spacing[2], affine[:3, 1] / spacing[1]
    made.FrameOfReferenceUID, made.PositionReferenceIndicator = frame_uid, ""
    made.ImagePositionPatient = [ds(v) for v in affine[:3, 3] + index * affine[:3, 0]]
    made.ImageOrientationPatient = [ds(v) for v in (*row, *column)]
    made.PixelSpacing, made.SliceThickness = [ds(spacing[1]), ds(spacing[2])], ds(spacing[0])
    made.SpacingBetweenSlices = ds(spacing[0])


def add_facts(made: Dataset, series: SimulatedSeries) -> None:
    """Add the series' facts to the data set, over what stands there.

    Raises:
        RequestError: A fact is no DICOM keyword, or one that only the writer may set.

    """
    for keyword, value in series.facts.items():
        try:
            known = Tag(keyword)
        except ValueError:
            known = None
        if known is None or keyword.startswith(_OURS) or keyword.endswith("InstanceUID"):
            msg = f"{keyword} is no DICOM keyword that a simulated series can be given; leave it out."
            raise RequestError(msg)
        setattr(made, keyword, value)
    if "ImageLaterality" in made:
        made.pop("Laterality", None)


def save(made: Dataset, path: Path) -> None:
    """Write the data set, whole or not at all; raises as `atomic.file` does."""
    with atomic.file(path) as aside:
        made.save_as(aside, enforce_file_format=True)
