"""Bone scans: planar nuclear medicine frames as counts, each with the side of the patient it was seen from."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from osteon.errors import GeometryError, InputError
from osteon.io import dicom_item, dicom_nm_dynamic
from osteon.io.dicom_facts import facts
from osteon.io.dicom_header import Header, rescale
from osteon.io.dicom_layout import Layout, layout
from osteon.io.dicom_pixels import stored_frames
from osteon.io.dicom_series import spatial_item
from osteon.io.dicom_slices import Slice
from osteon.io.dicom_stack import stack
from osteon.io.dicom_values import Values
from osteon.types import Grid, Image, Item

PLANAR = frozenset({"STATIC", "WHOLE BODY"})
_ANTERIOR = re.compile(r"(?<![a-z])(ant|anterior|antero.?posterior|ap|vorne|ventral|front)(?![a-z])")
_POSTERIOR = re.compile(r"(?<![a-z])(post|posterior|postero.?anterior|pa|hinten|dorsal|back)(?![a-z])")
# SNOMED codes of the projections (CID 26), by their code alone: meanings may be in any language.
_CODES = {"R-10206": "anterior", "R-10214": "posterior", "R-102C1": "anterior", "R-102C2": "posterior",
          "399348003": "anterior", "272460003": "anterior", "272461004": "posterior"}  # fmt: skip


def nuclear(header: Header) -> list[Item]:
    """Return what one NM file holds: an item a planar frame, one a view of a dynamic, or the volume of a SPECT.

    A planar item's `facts["view"]` is "anterior" or "posterior" where the file tells: by view code, image id or
    description, the frame's orientation, or the detector's start angle (0 degrees is at the back). Where it does not,
    there is no such fact and a note says so.

    Raises:
        InputError: Pixels cannot be read; a gated or raw tomographic acquisition; a dynamic one without times.
        GeometryError: A SPECT volume that does not say where it lies.

    """
    found = layout(header)
    if found.coloured:
        why = "is a colour picture of a bone scan, not counts; export the original acquisition."
        raise InputError(why, file=header.name)
    kind = (*header.words("ImageType"), "", "", "")[2].upper()
    if kind == "RECON TOMO":
        return [_spect(header, found)]
    if kind == "DYNAMIC":
        return [
            _planar(header, found, frames=run, times_s=times) for run, times in dicom_nm_dynamic.runs(header, found)
        ]
    if kind not in PLANAR and (kind or found.frames > 2):
        why = "is a gated or raw tomographic acquisition; planar, whole-body, dynamic and reconstructed SPECT are read."
        raise InputError(why, file=header.name)
    return [_planar(header, found, frames=(frame,)) for frame in range(found.frames)]


def _planar(
    header: Header, found: Layout, *, frames: tuple[int, ...], times_s: tuple[float, ...] | None = None
) -> Item:
    """Return one view: a still one of one frame, or a dynamic one of `frames` (zero-based) at `times_s`."""
    view = seen_from(header, frame=frames[0])
    notes: tuple[str, ...] = ()
    if view is None:
        notes = ("The file does not tell whether this is the anterior or the posterior view.",)
    spacing = header.numbers("PixelSpacing", count=2)
    known = facts(header) | ({"view": view} if view else {})
    image = Image(
        grid=Grid(
            shape=(found.rows, found.columns),
            spacing_mm=spacing if spacing and min(spacing) > 0 else None,
            spacing_at="detector" if spacing else None,
        ),
        modality="NM",
        unit="counts",
        load=_loader(header, found, frames, still=times_s is None),
        times_s=times_s,
        sources=tuple(dicom_item.source(header, frame=frame if found.frames > 1 else None) for frame in frames),
        facts=known,
        notes=notes,
    )
    about = f"bone scan, {view or 'unknown'} view" + (f", {len(frames)} times" if times_s else "")
    return dicom_item.item(image, header, about=about)


def _loader(header: Header, found: Layout, frames: tuple[int, ...], *, still: bool) -> Callable[[], np.ndarray]:
    slope, intercept = rescale(header, name=header.name)

    def read() -> np.ndarray:
        stored = np.stack(list(stored_frames(header, found, frames=frames)))
        counts = stored.astype(np.float32) * np.float32(slope) + np.float32(intercept)
        return counts[0] if still else counts

    return read


def seen_from(header: Header, *, frame: int) -> str | None:
    """Return "anterior" or "posterior" for a zero-based planar frame; None where the file does not tell."""
    detectors = header.items("DetectorInformationSequence")
    vector = header.all_numbers("DetectorVector") or ()
    which = int(vector[frame]) - 1 if frame < len(vector) else (frame if len(detectors) > 1 else 0)
    detector = detectors[which] if 0 <= which < len(detectors) else Values()
    one_frame = (header.count("NumberOfFrames") or 1) == 1
    top = header if one_frame else Values()
    for place in (detector, top):
        view = _coded(place) or _facing(place)
        if view:
            return view
    view = _angle(detector)
    if view:
        return view
    ids = header.words("ImageID")
    return _worded((ids[frame],) if frame < len(ids) and not one_frame else _texts(top))


def _texts(header: Values) -> tuple[str, ...]:
    keywords = ("ImageID", "ViewPosition", "SeriesDescription")
    return tuple(header.text(keyword) or "" for keyword in keywords)


def _worded(texts: Sequence[str]) -> str | None:
    for text in texts:
        words = text.lower().replace("_", " ")
        ahead, behind = bool(_ANTERIOR.search(words)), bool(_POSTERIOR.search(words))
        if ahead != behind:
            return "anterior" if ahead else "posterior"
    return None


def _coded(place: Values) -> str | None:
    code = place.item("ViewCodeSequence")
    value = code.text("CodeValue")
    return _CODES.get(value or "") or _worded((code.text("CodeMeaning") or "",))


def _facing(place: Values) -> str | None:
    """Tell by the direction the camera looks: rows x columns points to the back in an anterior view."""
    cosines = place.numbers("ImageOrientationPatient", count=6)
    if cosines is not None:
        toward_back = float(np.cross(cosines[:3], cosines[3:])[1])
        if abs(toward_back) > 0.9:
            return "anterior" if toward_back > 0 else "posterior"
    directions = place.words("PatientOrientation")
    if len(directions) == 2 and directions[1].startswith("F"):
        return {"L": "anterior", "R": "posterior"}.get(directions[0][:1])
    return None


def _angle(detector: Values) -> str | None:
    angle = detector.number("StartAngle")
    if angle is None:
        return None
    turned = angle % 360
    if abs(turned - 180) <= 20:
        return "anterior"
    return "posterior" if min(turned, 360 - turned) <= 20 else None


def _spect(header: Header, found: Layout) -> Item:
    where = header.item("DetectorInformationSequence")
    position = where.numbers("ImagePositionPatient", count=3)
    cosines = where.numbers("ImageOrientationPatient", count=6)
    spacing = header.numbers("PixelSpacing", count=2)
    apart = header.number("SpacingBetweenSlices") or header.number("SliceThickness")
    if position is None or cosines is None or spacing is None or not apart or min(spacing) <= 0:
        why = "is a SPECT volume that does not state its position, orientation and spacing; export it again."
        raise GeometryError(why, file=header.name)
    normal = np.cross(cosines[:3], cosines[3:])
    vector = header.all_numbers("SliceVector") or tuple(range(1, found.frames + 1))
    slope, intercept = rescale(header, name=header.name)
    planes = [
        Slice(
            header=header,
            layout=found,
            frame=frame,
            position=tuple(np.array(position) + normal * apart * (index - 1)),
            orientation=cosines,
            spacing=(spacing[0], spacing[1]),
            thickness=abs(apart),
            slope=slope,
            intercept=intercept,
        )
        for frame, index in zip(range(found.frames), vector, strict=False)
    ]
    one = stack(planes, name=header.name)
    return spatial_item(one, name=header.name, unit="counts")
