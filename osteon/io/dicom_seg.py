"""DICOM segmentations: what a system outlined, filed with the images it was outlined on; and read back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import highdicom as hd
import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.sr.codedict import codes
from pydicom.uid import UID, SegmentationStorage

from osteon import __version__
from osteon.errors import GeometryError, InputError, RequestError
from osteon.geometry import matrix
from osteon.io import dicom_frame, dicom_out, dicom_seg_regrid
from osteon.types import Grid, Image, Maker

ABNORMAL, ANATOMY, TISSUE = (
    codes.SCT.MorphologicallyAbnormalStructure,
    codes.SCT.AnatomicalStructure,
    codes.SCT.Tissue,
)
# Name of a structure to its property category and type.
STRUCTURES = {
    "tumour": (ABNORMAL, codes.SCT.Neoplasm),
    "tumor": (ABNORMAL, codes.SCT.Neoplasm),
    "neoplasm": (ABNORMAL, codes.SCT.Neoplasm),
    "lesion": (ABNORMAL, codes.SCT.Lesion),
    "necrosis": (ABNORMAL, codes.SCT.Necrosis),
    "bone": (ANATOMY, codes.SCT.Bone),
    "femur": (ANATOMY, codes.SCT.Femur),
    "tibia": (ANATOMY, codes.SCT.Tibia),
}
LABEL_MAP_STORAGE = UID("1.2.840.10008.5.1.4.1.1.66.7")


def write(path: Path, *, image: Image, label_map: np.ndarray, structures: Sequence[str], maker: Maker) -> str:
    """Write `label_map` as a binary DICOM SEG that carries the patient and study tags of its source.

    Args:
        path: File to write.
        image: What was outlined; its sources must be DICOM instances.
        label_map: Integers of `image.grid.shape`; i + 1 is `structures[i]`, 0 is background.
        structures: Names; those in `STRUCTURES` get their SNOMED CT codes, others one of `dicom_out.SCHEME`.
        maker: Goes into the algorithm identification of every segment.

    Returns:
        The SOP instance UID of the segmentation.

    Raises:
        RequestError: A value of the map has no structure.
        GeometryError: The map is on another grid than the image.
        InputError: The map is empty, or the sources cannot be referred to.

    """
    values = _checked(label_map, image=image, structures=structures)
    sources = dicom_out.headers(image)
    try:
        data = hd.seg.Segmentation(
            source_images=sources,
            pixel_array=values if values.ndim == 3 else values[None],
            segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
            segment_descriptions=[_segment(i, n, maker=maker) for i, n in enumerate(structures, start=1)],
            series_instance_uid=hd.UID(),
            series_number=9001,
            sop_instance_uid=hd.UID(),
            instance_number=1,
            manufacturer="osteon",
            manufacturer_model_name=maker.system[:64],
            software_versions=maker.version or __version__,
            device_serial_number="none",
            content_label="OSTEON",
            content_description="Research only, not for diagnosis",
            series_description=f"osteon {maker.system} (research only)"[:64],
            **_place(image.grid, sources=sources),
        )
    except (ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
        why = "is no source for a DICOM SEG: its header lacks or contradicts what the standard asks for; write NIfTI."
        raise InputError(why, file=image.sources[0].path.name) from error
    _mend_projection(data, image, source=sources[0])
    dicom_out.declare_scheme(data)
    dicom_out.save(data, path)
    return str(data.SOPInstanceUID)


def read(path: Path, image: Image) -> dict[str, np.ndarray]:
    """Return the masks of the DICOM SEG at `path` on the grid of `image`, by segment label.

    Binary segments are bool; fractional ones are float32, 0 to 1. Frames left out are empty. One on another grid of the
    same frame of reference is resampled: each voxel of the image takes the nearest label (`needs_resampling`).

    Raises:
        InputError: It is no readable DICOM SEG.
        GeometryError: It is of another image, or on another grid without sharing the image's frame of reference.

    """
    data = _open(path)
    number_to_name = _names(data)
    if _elsewhere(data, image):
        return _resampled(data, number_to_name, image=image, path=path)
    masks: dict[str, np.ndarray] = {}
    kind = np.float32 if data.SegmentationType == "FRACTIONAL" else bool
    top = float(data.get("MaximumFractionalValue", 1)) if kind is np.float32 else 1
    for name in number_to_name.values():
        masks[name] = np.zeros(image.grid.shape, dtype=kind)
    for number, groups, pixels in _frames(data, path):
        if number not in number_to_name or not pixels.any():
            continue
        rows, columns = np.nonzero(pixels)
        index = _where(groups, data, rows, columns, image=image, file=path.name)
        masks[number_to_name[number]][index] = pixels[rows, columns] / top if kind is np.float32 else True
    return masks


def needs_resampling(path: Path, image: Image) -> bool:
    """Return whether `read` resamples the SEG at `path` to the grid of `image`; raises as it does."""
    return _elsewhere(_open(path), image)


def _elsewhere(data: Dataset, image: Image) -> bool:
    """Return whether a SEG states the image's frame of reference but other voxels."""
    groups = data.get("PerFrameFunctionalGroupsSequence")
    if image.grid.affine is None or not groups or not dicom_frame.shared(image, str(data.get("FrameOfReferenceUID"))):
        return False
    blank = np.zeros((int(data.Rows), int(data.Columns)), bool)
    try:
        planes = [dicom_seg_regrid.plane(dicom_seg_regrid.merged(data, group), blank) for group in groups]
        return not (planes[0].fits(image.grid) and all(one.within(image.grid) for one in planes))
    except (ValueError, TypeError, AttributeError, IndexError):  # it states no place; `_by_source` may know it
        return False


def _resampled(data: Dataset, names: Mapping[int, str], *, image: Image, path: Path) -> dict[str, np.ndarray]:
    top = float(data.get("MaximumFractionalValue", 1)) if data.SegmentationType == "FRACTIONAL" else None
    kept: dict[str, list[dicom_seg_regrid.Plane]] = {name: [] for name in names.values()}
    for number, groups, pixels in _frames(data, path):
        if number in names:
            values = pixels > 0 if top is None else (pixels / top).astype(np.float32)
            kept[names[number]].append(dicom_seg_regrid.plane(groups, values))
    every = [one for planes in kept.values() for one in planes]
    return {
        name: dicom_seg_regrid.resampled(planes, every=every, target=image.grid, file=path.name)
        for name, planes in kept.items()
    }


def _checked(label_map: np.ndarray, *, image: Image, structures: Sequence[str]) -> np.ndarray:
    values = np.asarray(label_map)
    if values.shape != tuple(image.grid.shape):
        why = f"The label map has shape {values.shape}, its image {tuple(image.grid.shape)}; map it back to the image."
        raise GeometryError(why)
    found = np.unique(values)
    if not np.isin(found, np.arange(len(structures) + 1)).all():
        msg = f"The label map holds {found.tolist()}, but {len(structures)} structures are named; name one a label."
        raise RequestError(msg)
    if not found.any():
        why = "The label map is empty: nothing was outlined, so there is no segmentation to write."
        raise InputError(why)
    return values.astype(np.uint8 if len(structures) < 256 else np.uint16)


def _segment(number: int, name: str, *, maker: Maker) -> hd.seg.SegmentDescription:
    category, kind = STRUCTURES.get(name.lower(), (TISSUE, dicom_out.code(name)))
    return hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=name[:64],
        segmented_property_category=category,
        segmented_property_type=kind,
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=dicom_out.algorithm(maker),
        tracking_uid=hd.UID(),
        tracking_id=f"osteon {name}"[:64],
    )


def _place(grid: Grid, *, sources: Sequence[Dataset]) -> dict[str, Any]:
    """Return where the planes of a volume lie, for highdicom; nothing for a projection."""
    if grid.affine is None:
        return {}
    if grid.spacing_mm is None:
        raise GeometryError("The volume states a place but no spacing; read it anew.")
    affine = matrix(grid)
    cosines = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    if abs(cosines[:, 1] @ cosines[:, 2]) > 1e-4:
        raise GeometryError("The rows and columns of the image are not at right angles; resample it first.")
    slices = grid.shape[0] if len(grid.shape) == 3 else 1
    thickness = sources[0].get("SliceThickness") or grid.spacing_mm[0]
    positions = [affine[:3, 3] + i * affine[:3, 0] for i in range(slices)]
    return {
        "plane_positions": [hd.PlanePositionSequence("PATIENT", image_position=p.tolist()) for p in positions],
        "plane_orientation": hd.PlaneOrientationSequence("PATIENT", [*cosines[:, 2].tolist(), *cosines[:, 1].tolist()]),
        "pixel_measures": hd.PixelMeasuresSequence(
            pixel_spacing=[float(s) for s in grid.spacing_mm[-2:]],
            slice_thickness=float(thickness),
            spacing_between_slices=float(grid.spacing_mm[0]),
        ),
    }


def _mend_projection(data: Dataset, image: Image, *, source: Dataset) -> None:
    """Add what highdicom leaves out of a projection: which way is up, and which frame was meant."""
    if image.grid.affine is not None:
        return
    data.PatientOrientation = source.get("PatientOrientation")
    if not dicom_out.states_spacing(source):
        data.SharedFunctionalGroupsSequence[0].pop("PixelMeasuresSequence", None)
    frame = dicom_out.frame_of(image)
    if frame is None:
        return
    for groups in data.PerFrameFunctionalGroupsSequence:
        for derivation in groups.get("DerivationImageSequence", []):
            for item in derivation.SourceImageSequence:
                item.ReferencedFrameNumber = frame


def _open(path: Path) -> Dataset:
    try:
        data = pydicom.dcmread(path)
        wanted = data.get("SOPClassUID") in {SegmentationStorage, LABEL_MAP_STORAGE}
    except (OSError, InvalidDicomError, ValueError, EOFError, AttributeError) as error:
        why = "cannot be read as DICOM; copy it again from where it came from."
        raise InputError(why, file=path.name) from error
    if not wanted:
        raise InputError("is DICOM but no segmentation; give a DICOM SEG.", file=path.name)
    if any(keyword not in data for keyword in ("SegmentSequence", "SegmentationType", "Rows", "Columns")):
        raise InputError("is a DICOM SEG without its segments or its size; copy it again.", file=path.name)
    return data


def _names(data: Dataset) -> dict[int, str]:
    """Return segment numbers and labels; labels that occur twice get their number behind them."""
    labels = {
        int(s.SegmentNumber): str(s.get("SegmentLabel", f"segment {s.SegmentNumber}")) for s in data.SegmentSequence
    }
    twice = {name for name in labels.values() if list(labels.values()).count(name) > 1}
    return {n: f"{name} {n}" if name in twice else name for n, name in labels.items()}


def _frames(data: Dataset, path: Path) -> Iterator[tuple[int, Dataset, np.ndarray]]:
    """Yield segment number, functional groups and pixels of every frame."""
    try:
        pixels = data.pixel_array
        groups = data.PerFrameFunctionalGroupsSequence
    except Exception as error:  # a decoder's own exceptions know no common root
        raise InputError("is a DICOM SEG whose pixels cannot be decoded; copy it again.", file=path.name) from error
    pixels = pixels if pixels.ndim == 3 else pixels[None]
    if len(pixels) != len(groups):
        raise InputError(f"has {len(pixels)} frames but describes {len(groups)}; copy it again.", file=path.name)
    for group, frame in zip(groups, pixels, strict=True):
        both = dicom_seg_regrid.merged(data, group)
        if data.SegmentationType == "LABELMAP":
            for number in np.unique(frame[frame > 0]):
                yield int(number), both, frame == number
        else:
            yield int(both.SegmentIdentificationSequence[0].ReferencedSegmentNumber), both, frame


def _where(
    groups: Dataset, data: Dataset, rows: np.ndarray, columns: np.ndarray, *, image: Image, file: str
) -> tuple[np.ndarray, ...]:
    """Return the index into the image's grid of pixels of a frame, by millimetres or else by the source named."""
    if image.grid.affine is not None and "PlanePositionSequence" in groups:
        return _by_millimetres(groups, rows, columns, grid=image.grid, file=file)
    return _by_source(groups, data, rows, columns, image=image, file=file)


def _by_millimetres(
    groups: Dataset, rows: np.ndarray, columns: np.ndarray, *, grid: Grid, file: str
) -> tuple[np.ndarray, ...]:
    plane = dicom_seg_regrid.plane(groups, np.zeros((int(rows.max()) + 1, int(columns.max()) + 1), bool))
    whole = np.rint(plane.index(grid, rows, columns)).astype(int)
    if not plane.fits(grid) or (whole < 0).any() or (whole >= grid.shape).any():
        why = "is on another grid than the image; resample it to the image, or give the image it was drawn on."
        raise GeometryError(why, file=file)
    return tuple(whole.T)


def _by_source(
    groups: Dataset, data: Dataset, rows: np.ndarray, columns: np.ndarray, *, image: Image, file: str
) -> tuple[np.ndarray, ...]:
    if (int(data.Rows), int(data.Columns)) != tuple(image.grid.shape[-2:]):
        why = f"has {data.Rows} x {data.Columns} pixels, the image {image.grid.shape[-2]} x {image.grid.shape[-1]}."
        raise GeometryError(f"{why} Give the image it was drawn on.", file=file)
    named = [(s.ReferencedSOPInstanceUID, s.get("ReferencedFrameNumber")) for s in _sources(groups, data)]
    for index, source in enumerate(image.sources):
        if any(uid == source.sop_instance_uid and frame in (None, source.frame) for uid, frame in named):
            flat = len(image.grid.shape) == 2
            return (rows, columns) if flat else (np.full_like(rows, index % image.grid.shape[0]), rows, columns)
    raise GeometryError("refers to other images than this one; give the image it was drawn on.", file=file)


def _sources(groups: Dataset, data: Dataset) -> list[Dataset]:
    derived = [s for d in groups.get("DerivationImageSequence", []) for s in d.get("SourceImageSequence", [])]
    return derived or list(data.get("SourceImageSequence", []))
