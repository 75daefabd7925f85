"""What a DICOM header says of an image that a system may want to know, and nothing that identifies anyone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from osteon.io.dicom_header import Header

_CODED = (
    "BodyPartExamined",
    "ViewPosition",
    "BurnedInAnnotation",
    "PresentationIntentType",
    "PhotometricInterpretation",
    "PixelSpacingCalibrationType",
    "LossyImageCompression",
    "ScanningSequence",
    "SequenceVariant",
    "ScanOptions",
)
_NUMBERS = (
    "EstimatedRadiographicMagnificationFactor",
    "KVP",
    "MagneticFieldStrength",
    "EchoTime",
    "RepetitionTime",
    "InversionTime",
    "FlipAngle",
    "SliceThickness",
    "DiffusionBValue",
    "TemporalPositionIdentifier",
    "AcquisitionNumber",
)
# Free text may name the patient; only these words of it are let through.
_SEQUENCE = re.compile(
    r"(?<![a-z0-9])(t1w?i?|t2w?i?|t2\*|pdw?|stir|tirm|flair|dwi|adc|dixon|vibe|flash|tse|fse|mprage|spair"
    r"|fs|fatsat|fat sat|ce|gd|gad|contrast|post|pre|water|fat|bone|soft|lung)(?![a-z0-9])"
)


def facts(header: Header) -> dict[str, object]:
    """Return the header's facts by DICOM keyword: coded text, numbers, and `sequence_words` of its descriptions."""
    found: dict[str, object] = {}
    for keyword in _CODED:
        word = coded(header, keyword)
        if word:
            found[keyword] = word
    for keyword in _NUMBERS:
        number = header.number(keyword)
        if number is not None:
            found[keyword] = number
    side = coded(header, "ImageLaterality") or coded(header, "Laterality")
    if side in ("L", "R", "B", "U"):
        found["Laterality"] = side
    kinds = [word for word in header.words("ImageType") if re.fullmatch(r"[A-Z0-9_ ]{1,16}", word)]
    if kinds:
        found["ImageType"] = tuple(kinds)
    if "ContrastBolusAgent" in header:
        found["contrast_given"] = bool(header.text("ContrastBolusAgent"))
    words = sequence_words(header)
    return found | ({"sequence_words": words} if words else {})


def coded(header: Header, keyword: str) -> str | None:
    """Return a coded word (capitals, digits, space, at most 32) and nothing else of the kind."""
    word = (header.text(keyword) or "").upper()
    return word if re.fullmatch(r"[A-Z0-9_ /.-]{1,32}", word) else None


def sequence_words(header: Header) -> tuple[str, ...]:
    """Return the words of a closed list (t1, t2, stir, fs, post ...) that the series' descriptions hold."""
    text = " ".join(header.text(k) or "" for k in ("SeriesDescription", "ProtocolName", "SequenceName"))
    return tuple(dict.fromkeys(_SEQUENCE.findall(text.lower().replace("_", " "))))


def series_name(headers: Sequence[Header]) -> str:
    """Return what to call a series in messages: its one file, or the folder its files share."""
    if len(headers) == 1:
        return headers[0].name
    folders = [PurePosixPath(header.name).parent.parts for header in headers]
    shared = []
    for parts in zip(*folders, strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    return str(PurePosixPath(*shared)) if shared else "."
