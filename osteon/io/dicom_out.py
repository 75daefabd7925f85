"""What every DICOM object that osteon writes shares: its sources' headers, its maker, its coded words."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import highdicom as hd
import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.sr.codedict import Code, codes
from pydicom.uid import generate_uid

from osteon import __version__
from osteon.errors import InputError
from osteon.io import atomic
from osteon.types import Image, Maker

SCHEME = "99OSTEON"
RESEARCH_ONLY = "Made by research software for research only; not a medical device, not for diagnosis."

# Type 2 in the composite modules, so it may be empty but must be there; real files leave them out.
EXPECTED = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
)
IDENTIFYING = ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID")

# What a projection may carry without being placed in the patient; highdicom would take it for a place.
UNPLACED = (
    "FrameOfReferenceUID",
    "PositionReferenceIndicator",
    "NumberOfFrames",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
)


def headers(image: Image) -> list[Dataset]:
    """Return the headers of the instances `image` was read from, one each, in its slice order.

    They are fit for highdicom: absent type 2 attributes are empty, and what only claims a frame of
    reference without stating a position loses the claim.

    Raises:
        InputError: The image is not from DICOM, or a source cannot be read any more.

    """
    if not image.sources or any(s.sop_instance_uid is None for s in image.sources):
        why = "A DICOM result must refer to DICOM images, and this image was not read from DICOM; write NIfTI instead."
        raise InputError(why)
    still = max(
        len(image.sources) // len(image.times_s or (0,)), 1
    )  # of a dynamic series, the first volume stands for all
    paths = dict.fromkeys(source.path for source in image.sources[:still])
    return [_header(path, placed=image.grid.affine is not None) for path in paths]


def _header(path: Path, *, placed: bool) -> Dataset:
    try:
        data = pydicom.dcmread(path, stop_before_pixels=True, force=True)
    except (OSError, InvalidDicomError) as error:
        why = "was read before but cannot be read any more; put it back and run again."
        raise InputError(why, file=path.name) from error
    _name(data, file=path.name)
    for keyword in EXPECTED:
        if keyword not in data:
            setattr(data, keyword, "")
    if placed:
        _complete(data)
    else:
        _flatten(data)
    return data


def _flatten(data: Dataset) -> None:
    """Make one picture of a projection: without a place, and of one frame, as highdicom wants them.

    For a multi-frame class highdicom insists on a spacing; where there is none it gets 1, which must
    not stay in the result (`states_spacing`).
    """
    for keyword in UNPLACED:
        data.pop(keyword, None)
    shared = Dataset()
    spacing = data.PixelSpacing if states_spacing(data) else [1.0, 1.0]
    shared.PixelMeasuresSequence = hd.PixelMeasuresSequence(spacing, slice_thickness=None)
    data.NumberOfFrames = 1
    data.SharedFunctionalGroupsSequence = [shared]


def states_spacing(header: Dataset) -> bool:
    """Return whether the source of a projection states a spacing of its pixels."""
    return bool(header.get("PixelSpacing"))


def _complete(data: Dataset) -> None:
    """Add what highdicom asks of a placed image: its slices share a frame of reference even where none is stated."""
    if not data.get("FrameOfReferenceUID"):
        data.FrameOfReferenceUID = generate_uid(entropy_srcs=["frame of reference", data.SeriesInstanceUID])
    if "SliceThickness" not in data:
        data.SliceThickness = None


def _name(data: Dataset, *, file: str) -> None:
    """Make sure that `data` says what it is; anonymisers empty its UIDs and forget those of the file's own header."""
    for keyword in ("SOPClassUID", "SOPInstanceUID"):
        if not data.get(keyword):
            setattr(data, keyword, data.file_meta.get(f"MediaStorage{keyword}", ""))
    absent = [keyword for keyword in IDENTIFYING if not data.get(keyword)]
    if absent:
        why = f"states no {', '.join(absent)}, so a DICOM result cannot be filed with it; write NIfTI instead."
        raise InputError(why, file=file)


def frame_of(image: Image) -> int | None:
    """Return the frame a projection was read from, where its instance has several; else None."""
    source = image.sources[0]
    if image.grid.affine is not None or source.frame is None:
        return None
    count = pydicom.dcmread(source.path, stop_before_pixels=True, force=True, specific_tags=["NumberOfFrames"])
    return source.frame if int(count.get("NumberOfFrames") or 1) > 1 else None


def code(word: str, *, known: Mapping[str, Code] | None = None) -> hd.sr.CodedConcept:
    """Return the standard code of `word` where `known` has one, else one of our own scheme (`SCHEME`)."""
    standard = (known or {}).get(word.lower())
    if standard is not None:
        return hd.sr.CodedConcept.from_code(standard)
    value = "".join(c if c.isascii() and c.isalnum() else "-" for c in word.lower())
    if len(value) > 16 or not word.isascii():  # of a code value; the digest keeps apart what is cut or replaced
        value = f"{value[:9]}-{hashlib.sha256(word.lower().encode()).hexdigest()[:6]}"
    return hd.sr.CodedConcept(value=value, scheme_designator=SCHEME, meaning=word[:64])


def algorithm(maker: Maker) -> hd.AlgorithmIdentificationSequence:
    """Return the identification of the algorithm behind a segment."""
    return hd.AlgorithmIdentificationSequence(
        name=maker.system,
        family=codes.DCM.ArtificialIntelligence,
        version=maker.version or __version__,
        source="osteon",
        parameters=dict(p.split("=", 1) for p in parameters(maker)),
    )


def parameters(maker: Maker) -> list[str]:
    """Return what else identifies the run, as "name=value": the weights and the seed."""
    known = [("weights_sha256", maker.weights_sha256), ("seed", maker.seed), ("device", maker.device)]
    return [f"{name}={value}" for name, value in known if value not in ("", None)]


def declare_scheme(data: Dataset) -> None:
    """Say in `data` what our coding scheme is, as the standard asks of private ones."""
    item = Dataset()
    item.CodingSchemeDesignator = SCHEME
    item.CodingSchemeName = "osteon: words that no standard codes"
    item.CodingSchemeResponsibleOrganization = "The osteon authors"
    data.CodingSchemeIdentificationSequence = [item]


def save(data: Dataset, path: Path) -> None:
    """Write `data` to `path` in UTF-8, whole or not at all; raises as `atomic.file` does."""
    data.decode()
    data.SpecificCharacterSet = "ISO_IR 192"
    with atomic.file(path) as aside:
        data.save_as(aside, enforce_file_format=True)
