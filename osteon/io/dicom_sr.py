"""DICOM structured reports (TID 1500): what a system measured and believes, filed with the images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import highdicom as hd
import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.sr.codedict import Code, codes
from pydicom.uid import generate_uid

from osteon import __version__
from osteon.errors import GeometryError, InputError, RequestError
from osteon.io import dicom_out
from osteon.io.outline import outlines
from osteon.types import Finding, Image

PIXELS = Code("{pixels}", "UCUM", "pixels")
VOXELS = Code("{voxels}", "UCUM", "voxels")
LARGEST = codes.SCT.Maximum
# Key of `Finding.measurements` (those of osteon.metrics.size) to name, unit and derivation.
QUANTITIES = {
    "area_mm2": (codes.SCT.Area, codes.UCUM.SquareMillimeter, None),
    "area_px": (codes.SCT.Area, PIXELS, None),
    "volume_ml": (codes.SCT.Volume, Code("ml", "UCUM", "milliliter"), None),
    "volume_voxels": (codes.SCT.Volume, VOXELS, None),
    "longest_diameter_mm": (codes.SCT.Diameter, codes.UCUM.Millimeter, LARGEST),
    "longest_diameter_px": (codes.SCT.Diameter, PIXELS, LARGEST),
    "longest_slice_diameter_mm": (codes.SCT.LongAxis, codes.UCUM.Millimeter, LARGEST),
    "parts": (dicom_out.code("Number of separate parts"), Code("{parts}", "UCUM", "parts"), None),
}
CLASSES = {
    "benign": codes.SCT.Benign,
    "malignant": codes.SCT.Malignant,
    "intermediate": codes.SCT.Intermediate,
    "normal": codes.SCT.Normal,
    "abnormal": codes.SCT.Abnormal,
    "necrosis": codes.SCT.Necrosis,
}
IMAGING_PROCEDURE = Code("363679005", "SCT", "Imaging procedure")


@dataclass(frozen=True, kw_only=True, eq=False)
class _Segment:
    """One segment of a DICOM SEG: its object, its number, and the frames that hold it."""

    data: Dataset
    number: int
    frames: list[int]


def write(
    path: Path,
    *,
    image: Image,
    finding: Finding,
    label_map: np.ndarray | None = None,
    seg_path: Path | None = None,
) -> str:
    """Write `finding` as a TID 1500 measurement report that carries the tags of its source.

    It holds each class's probability, the most probable class, the measurements, the algorithm,
    and where the lesion is: the segment of `seg_path`; else the outline of `label_map`; else the
    finding's box; else the image as a whole.

    Args:
        path: File to write.
        image: What was read; its sources must be DICOM instances.
        finding: `measurements` may hold the keys of `QUANTITIES`.
        label_map: Integers of `image.grid.shape`; the lowest label in it is the one reported.
        seg_path: The DICOM SEG that `dicom_seg.write` made of `label_map`.

    Returns:
        The SOP instance UID of the report.

    Raises:
        RequestError: A measurement has no code.
        GeometryError: The label map is on another grid, or mm are given where the image states none.
        InputError: The sources or the segmentation cannot be referred to.

    """
    _check(finding, image=image, label_map=label_map)
    sources = dicom_out.headers(image)
    segment = _segment(seg_path, label_map=label_map) if seg_path is not None else None
    try:
        group = _group(finding, image, sources, label_map=label_map, segment=segment)
        data = _report(group, finding, evidence=[*sources, *([segment.data] if segment else [])], image=image)
    except (ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
        why = "is no source for a DICOM SR: its header lacks or contradicts what the standard asks for."
        raise InputError(why, file=image.sources[0].path.name) from error
    dicom_out.declare_scheme(data)
    dicom_out.save(data, path)
    return str(data.SOPInstanceUID)


def _report(group: Any, finding: Finding, *, evidence: Sequence[Dataset], image: Image) -> Dataset:
    """Return the document around one measurement group."""
    report = hd.sr.MeasurementReport(
        observation_context=_observer(finding),
        procedure_reported=IMAGING_PROCEDURE,
        imaging_measurements=[group],
    )
    for text in _comments(finding, image):
        report[0].ContentSequence.append(_comment(text))
    data = hd.sr.ComprehensiveSR(
        evidence=evidence,
        content=report,
        series_instance_uid=hd.UID(),
        series_number=9002,
        sop_instance_uid=hd.UID(),
        instance_number=1,
        manufacturer="osteon",
        is_complete=True,
        is_final=False,
        is_verified=False,
        series_description=f"osteon {finding.system} (research only)"[:64],
    )
    data.ManufacturerModelName = finding.system[:64]
    data.SoftwareVersions = finding.maker.version or __version__
    return data


def _check(finding: Finding, *, image: Image, label_map: np.ndarray | None) -> None:
    unknown = sorted(set(finding.measurements) - set(QUANTITIES))
    if unknown:
        msg = f"No code is known for the measurement {unknown[0]!r}; use one of {', '.join(QUANTITIES)}."
        raise RequestError(msg)
    metric = [name for name in finding.measurements if name.endswith(("_mm", "_mm2", "_ml"))]
    if metric and image.grid.spacing_mm is None:
        raise GeometryError(f"{metric[0]} is given, but the image states no pixel spacing; measure in pixels.")
    if label_map is not None and np.shape(label_map) != tuple(image.grid.shape):
        why = f"The label map has shape {np.shape(label_map)}, its image {tuple(image.grid.shape)}; map it back."
        raise GeometryError(why)


def _segment(path: Path, *, label_map: np.ndarray | None) -> _Segment:
    data = pydicom.dcmread(path)
    frames: dict[int, list[int]] = {}
    shared = data.SharedFunctionalGroupsSequence[0]
    for i, groups in enumerate(data.PerFrameFunctionalGroupsSequence, start=1):
        of = groups if "SegmentIdentificationSequence" in groups else shared
        frames.setdefault(int(of.SegmentIdentificationSequence[0].ReferencedSegmentNumber), []).append(i)
    number = _lowest(label_map) if label_map is not None else min(frames, default=0)
    if number not in frames:
        why = f"holds the segments {sorted(frames)}, not {number or 'one of an empty map'}; give the SEG of this map."
        raise InputError(why, file=path.name)
    return _Segment(data=data, number=number, frames=frames[number])


def _observer(finding: Finding) -> hd.sr.ObservationContext:
    device = hd.sr.DeviceObserverIdentifyingAttributes(
        uid=generate_uid(entropy_srcs=["osteon", finding.system, finding.maker.weights_sha256]),
        name="osteon",
        manufacturer_name="osteon",
        model_name=finding.system,
    )
    context = hd.sr.ObserverContext(observer_type=codes.DCM.Device, observer_identifying_attributes=device)
    return hd.sr.ObservationContext(observer_device_context=context)


def _group(
    finding: Finding,
    image: Image,
    sources: Sequence[Dataset],
    *,
    label_map: np.ndarray | None,
    segment: _Segment | None,
) -> Any:
    """Return the measurement group: planar, volumetric, or of the whole image."""
    common: dict[str, Any] = {
        "tracking_identifier": hd.sr.TrackingIdentifier(uid=hd.UID(), identifier=f"{finding.system} {finding.task}"),
        "algorithm_id": hd.sr.AlgorithmIdentification(
            name=finding.maker.system,
            version=finding.maker.version or __version__,
            parameters=dicom_out.parameters(finding.maker) or None,
        ),
        "measurements": [*_probabilities(finding), *_measurements(finding)],
        "qualitative_evaluations": _evaluations(finding),
    }
    frame = dicom_out.frame_of(image)
    if len(image.grid.shape) == 3 and (segment is not None or label_map is not None):
        where = _segment_of(sources[0], segment) if segment is not None else _regions(sources, np.asarray(label_map))
        return hd.sr.VolumetricROIMeasurementsAndQualitativeEvaluations(
            **where, finding_type=codes.SCT.Lesion, **common
        )
    region = _region(finding, label_map)
    if segment is not None or region is not None:
        where = _planar(sources[0], region, segment=segment, frame=frame)
        return hd.sr.PlanarROIMeasurementsAndQualitativeEvaluations(**where, finding_type=codes.SCT.Lesion, **common)
    whole = [_refer(hd.sr.SourceImageForMeasurementGroup, s, frame) for s in sources]
    return hd.sr.MeasurementsAndQualitativeEvaluations(source_images=whole, **common)


def _planar(source: Dataset, region: np.ndarray | None, *, segment: _Segment | None, frame: int | None) -> dict:
    if segment is None:
        return {"referenced_region": _polyline(np.asarray(region), source, frame=frame)}
    reference = hd.sr.ReferencedSegmentationFrame(
        sop_class_uid=segment.data.SOPClassUID,
        sop_instance_uid=segment.data.SOPInstanceUID,
        frame_number=segment.frames[0],
        segment_number=segment.number,
        source_image=_refer(hd.sr.SourceImageForSegmentation, source, frame),
    )
    # The standard allows one of the two, and the frame of a binary SEG belongs to one segment.
    del reference[0].ReferencedSOPSequence[0].ReferencedSegmentNumber
    return {"referenced_segment": reference}


def _segment_of(source: Dataset, segment: _Segment) -> dict:
    reference = hd.sr.ReferencedSegment(
        sop_class_uid=segment.data.SOPClassUID,
        sop_instance_uid=segment.data.SOPInstanceUID,
        segment_number=segment.number,
        source_series=hd.sr.SourceSeriesForSegmentation(source.SeriesInstanceUID),
    )
    return {"referenced_segment": reference}


def _regions(sources: Sequence[Dataset], label_map: np.ndarray) -> dict:
    """Return the outlines in each slice, on the slice's own instance or on its frame of the one instance."""
    lowest, several = _lowest(label_map), len(sources) > 1
    regions = []
    for i, plane in enumerate(label_map):
        frame = None if several or len(label_map) == 1 else i + 1
        regions += [_polyline(x, sources[i if several else 0], frame=frame) for x in outlines(plane == lowest)]
    return {"referenced_regions": regions}


def _region(finding: Finding, label_map: np.ndarray | None) -> np.ndarray | None:
    """Return the largest outline of a flat label map, or the finding's box; None when it has neither."""
    if label_map is not None and label_map.ndim == 2 and np.any(label_map):
        return outlines(label_map == _lowest(label_map))[0]
    if finding.box_px is not None:
        top, left, bottom, right = finding.box_px
        return np.array([[left, top], [right, top], [right, bottom], [left, bottom], [left, top]], dtype=float)
    return None


def _lowest(label_map: np.ndarray) -> int:
    return int(label_map[label_map > 0].min()) if np.any(label_map > 0) else 0


def _polyline(line: np.ndarray, source: Dataset, *, frame: int | None) -> hd.sr.ImageRegion:
    return hd.sr.ImageRegion(
        graphic_type=hd.sr.GraphicTypeValues.POLYLINE,
        graphic_data=np.clip(line, 0, [float(source.Columns), float(source.Rows)]),
        source_image=_refer(hd.sr.SourceImageForRegion, source, frame),
    )


def _refer(kind: type, source: Dataset, frame: int | None) -> Any:
    return kind(source.SOPClassUID, source.SOPInstanceUID, referenced_frame_numbers=[frame] if frame else None)


def _probabilities(finding: Finding) -> list[hd.sr.Measurement]:
    rows = {f"Probability of {name}": value for name, value in finding.probabilities.items()}
    if finding.uncertainty is not None:
        rows["Uncertainty (normalised entropy of the probabilities)"] = finding.uncertainty
    unit = codes.UCUM.NoUnits
    return [hd.sr.Measurement(name=dicom_out.code(name), value=float(p), unit=unit) for name, p in rows.items()]


def _measurements(finding: Finding) -> list[hd.sr.Measurement]:
    return [
        hd.sr.Measurement(
            name=QUANTITIES[key][0], value=float(value), unit=QUANTITIES[key][1], derivation=QUANTITIES[key][2]
        )
        for key, value in finding.measurements.items()
    ]


def _evaluations(finding: Finding) -> list[hd.sr.QualitativeEvaluation]:
    if not finding.probabilities:
        return []
    likeliest = max(finding.probabilities, key=lambda name: finding.probabilities[name])
    name = dicom_out.code(f"Most probable class: {finding.task}")
    return [hd.sr.QualitativeEvaluation(name=name, value=dicom_out.code(likeliest, known=CLASSES))]


def _comments(finding: Finding, image: Image) -> list[str]:
    said = [dicom_out.RESEARCH_ONLY]
    if finding.out_of_distribution:
        said.append("The image is unlike those the system was trained on; do not rely on its answer.")
    if image.grid.spacing_mm is None and finding.measurements:
        said.append("The image states no pixel spacing: lengths and areas are in pixels of the source image.")
    elif image.grid.spacing_at == "detector" and finding.measurements:
        said.append("Spacing is that of the detector: lengths are magnified against those in the patient.")
    return [*said, *finding.notes]


def _comment(text: str) -> hd.sr.TextContentItem:
    return hd.sr.TextContentItem(
        name=codes.DCM.Comment, value=text, relationship_type=hd.sr.RelationshipTypeValues.CONTAINS
    )
