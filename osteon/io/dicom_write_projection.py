"""Simulated projections to DICOM: a radiograph (CR or DX), a whole-body bone scan, and the SPECT beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.uid import (
    ComputedRadiographyImageStorage,
    DigitalXRayImageStorageForPresentation,
    NuclearMedicineImageStorage,
)

from osteon.errors import GeometryError, RequestError
from osteon.io.dicom_simulated import (
    SimulatedPatient,
    SimulatedSeries,
    add_facts,
    ds,
    instance,
    place,
    save,
    set_pixels,
    straight,
)
from osteon.types import Grid

VIEWS = {"AP": ["L", "F"], "PA": ["L", "F"], "LL": ["A", "F"], "RL": ["P", "F"]}
FACING = {"anterior": [1, 0, 0, 0, 0, -1], "posterior": [-1, 0, 0, 0, 0, -1]}
START_DEGREES = {"anterior": 180.0, "posterior": 0.0}
_CLASSES = {"CR": ComputedRadiographyImageStorage, "DX": DigitalXRayImageStorageForPresentation}
_CODES = {
    "anterior": ("399348003", "SCT", "Antero-posterior projection"),
    "posterior": ("272461004", "SCT", "Postero-anterior projection"),
    "technetium": ("72454004", "SCT", "^99m^Technetium"),
    "body": ("38266002", "SCT", "Entire body"),
    "recumbent": ("102538003", "SCT", "Recumbent"),
    "supine": ("40199007", "SCT", "Supine"),
    "headfirst": ("102540008", "SCT", "Headfirst"),
}


def film(
    path: Path,
    *,
    pixels: np.ndarray,
    grid: Grid,
    patient: SimulatedPatient,
    series: SimulatedSeries,
    modality: str = "DX",
) -> Path:
    """Write one radiograph with bone bright, the whole range of 16 bits as its window.

    Args:
        path: File to write, whole or not at all.
        pixels: uint16, (rows, columns); reads back as pixels / 65535.
        grid: `spacing_mm` (or None) and where it holds: "detector" becomes ImagerPixelSpacing, "patient" a
            calibrated PixelSpacing.
        patient: Whom it stands for.
        series: `facts` may give ViewPosition, ImageLaterality, BodyPartExamined, KVP ...
        modality: "CR" or "DX".

    Raises:
        RequestError: Other pixels, another modality, a spacing that does not say where it holds, an impossible fact.

    """
    pixels = np.asarray(pixels)
    if pixels.dtype != np.uint16 or pixels.shape != grid.shape or modality not in _CLASSES:
        msg = (
            f"A simulated film is uint16 of its grid's shape, CR or DX; got {pixels.dtype} of {pixels.shape} on "
            f"{grid.shape}, {modality}."
        )
        raise RequestError(msg)
    made = instance(patient=patient, series=series, sop_class=_CLASSES[modality], modality=modality, number=1)
    made.WindowCenter, made.WindowWidth = "32768", "65536"
    made.PatientOrientation = VIEWS.get(series.facts.get("ViewPosition", ""), ["L", "F"])
    made.KVP, made.ViewPosition, made.BodyPartExamined = "60", "", ""
    _space(made, grid)
    if modality == "DX":
        _add_dx(made, grid)
    set_pixels(made, pixels)
    add_facts(made, series)
    save(made, path)
    return Path(path)


def _space(made: Dataset, grid: Grid) -> None:
    if grid.spacing_mm is None:
        return
    spacing = [ds(v) for v in grid.spacing_mm]
    if grid.spacing_at == "detector":
        made.ImagerPixelSpacing = spacing
    elif grid.spacing_at == "patient":
        made.PixelSpacing, made.PixelSpacingCalibrationType = spacing, "GEOMETRY"
        made.PixelSpacingCalibrationDescription = "Simulated geometry, at the patient"
    else:
        msg = f"A film's spacing holds at the detector or at the patient; this grid says {grid.spacing_at!r}."
        raise RequestError(msg)


def _add_dx(made: Dataset, grid: Grid) -> None:
    made.PresentationIntentType, made.PresentationLUTShape = "FOR PRESENTATION", "IDENTITY"
    made.ImageType = [*made.ImageType, ""]
    made.PixelIntensityRelationship, made.PixelIntensityRelationshipSign = "LOG", -1
    made.RescaleIntercept, made.RescaleSlope, made.RescaleType = "0", "1", "US"
    made.AcquisitionDeviceProcessingDescription = "Simulated"
    made.DetectorType, made.PositionerType = "DIRECT", ""
    made.pop("Laterality")
    made.ImageLaterality, made.AcquisitionContextSequence = "U", []
    made.AnatomicRegionSequence = [_code("body")]
    made.WindowCenterWidthExplanation = "whole range"
    if grid.spacing_mm is None:
        msg = "A DX must state its detector's spacing; give the grid one, or write a CR."
        raise RequestError(msg)
    made.ImagerPixelSpacing = [
        ds(v) for v in grid.spacing_mm
    ]  # where the patient's holds, a fact may say the detector's


def bone_scan(
    path: Path,
    *,
    views: Mapping[str, np.ndarray],
    spacing_mm: tuple[float, float],
    patient: SimulatedPatient,
    series: SimulatedSeries,
) -> Path:
    """Write a whole-body bone scan: the anterior and the posterior view as the frames of one NM file, or one of them.

    Args:
        path: File to write, whole or not at all.
        views: "anterior", "posterior" or both to counts, whole numbers below 65536, (rows, columns), the head up. The
            patient's left is on the right of the anterior view, and on the left of the posterior one.
        spacing_mm: Between rows, between columns.
        patient: Whom it stands for.
        series: `facts` may give BodyPartExamined ...

    Raises:
        RequestError: Another view, counts that are no whole numbers of 16 bits, or of two shapes.

    """
    if not views or not FACING.keys() >= views.keys():
        msg = f"A bone scan has the views {' and '.join(FACING)}, or one of them; got {', '.join(views) or 'none'}."
        raise RequestError(msg)
    counts = _counts(*views.values())
    made = _nuclear(patient, series, kind="WHOLE BODY")
    made.PixelSpacing = [ds(v) for v in spacing_mm]
    _add_frames(made, counts, vectors=("EnergyWindowVector", "DetectorVector"))
    made.EnergyWindowVector, made.DetectorVector = [1] * len(counts), list(range(1, len(counts) + 1))
    made.NumberOfDetectors = len(counts)
    made.WholeBodyTechnique, made.ScanLength = "1PS", round(counts.shape[1] * spacing_mm[0])
    made.ScanVelocity, made.ActualFrameDuration = "", 900_000
    made.DetectorInformationSequence = [_detector(view, angle=START_DEGREES[view]) for view in views]
    add_facts(made, series)
    save(made, path)
    return Path(path)


def spect(path: Path, *, counts: np.ndarray, grid: Grid, patient: SimulatedPatient, series: SimulatedSeries) -> Path:
    """Write a reconstructed SPECT: one NM file, a frame a slice, placed in the patient in mm.

    Args:
        path: File to write, whole or not at all.
        counts: Whole numbers of 0 to 65535, (slices, rows, columns) of `grid`.
        grid: As of `dicom_write_slices.ct`.
        patient: Whom it stands for.
        series: `facts` may give BodyPartExamined ...

    Raises:
        RequestError: Counts that are no whole numbers of 16 bits.
        GeometryError: The shape is not the grid's, or its axes are not at right angles.

    """
    frames = _counts(*np.asarray(counts))
    if frames.shape != grid.shape:
        msg = f"The counts have the shape {frames.shape}, their grid {grid.shape}; give them on one grid."
        raise GeometryError(msg)
    made = _nuclear(patient, series, kind="RECON TOMO")
    affine = straight(grid)
    against = np.linalg.det(affine[:3, :3]) > 0  # a SPECT's slices can only run along row x column
    frames = frames[::-1] if against else frames
    place(
        made, affine, index=len(frames) - 1 if against else 0, frame_uid=series.uid(patient.name, series.exam, "frame")
    )
    detector = _detector("", angle=0)
    detector.ImagePositionPatient = made.pop("ImagePositionPatient").value
    detector.ImageOrientationPatient = made.pop("ImageOrientationPatient").value
    _add_frames(made, frames, vectors=("SliceVector",))
    made.SliceVector, made.NumberOfSlices = list(range(1, len(frames) + 1)), len(frames)
    made.DetectorInformationSequence, made.RotationInformationSequence = [detector], []
    made.NumberOfRotations = 1
    add_facts(made, series)
    save(made, path)
    return Path(path)


def _nuclear(patient: SimulatedPatient, series: SimulatedSeries, *, kind: str) -> Dataset:
    made = instance(patient=patient, series=series, sop_class=NuclearMedicineImageStorage, modality="NM", number=1)
    made.ImageType = [*made.ImageType, kind, "EMISSION"]
    made.NumberOfEnergyWindows, made.NumberOfDetectors = 1, 1
    made.EnergyWindowInformationSequence = [_energy_window()]
    given = Dataset()
    given.RadionuclideCodeSequence, given.Radiopharmaceutical = [_code("technetium")], "Medronate"
    made.RadiopharmaceuticalInformationSequence = [given]
    lying = _code("recumbent")
    lying.PatientOrientationModifierCodeSequence = [_code("supine")]
    made.PatientOrientationCodeSequence = [lying]
    made.PatientGantryRelationshipCodeSequence = [_code("headfirst")]
    made.AcquisitionTerminationCondition = "TIME"
    return made


def _add_frames(made: Dataset, counts: np.ndarray, *, vectors: tuple[str, ...]) -> None:
    made.NumberOfFrames = len(counts)
    made.FrameIncrementPointer = [tag_for_keyword(name) for name in vectors]
    made.CountsAccumulated = min(int(counts.sum()), 2**31 - 1)
    set_pixels(made, counts)


def _energy_window() -> Dataset:
    limits = Dataset()
    limits.EnergyWindowLowerLimit, limits.EnergyWindowUpperLimit = "126", "154"
    window = Dataset()
    window.EnergyWindowName, window.EnergyWindowRangeSequence = "99mTc", [limits]
    return window


def _detector(view: str, *, angle: float) -> Dataset:
    detector = Dataset()
    detector.CollimatorType, detector.StartAngle = "PARA", ds(angle)
    if view:
        seen = _code(view)
        seen.ViewModifierCodeSequence = []
        detector.ViewCodeSequence = [seen]
        detector.ImageOrientationPatient, detector.ImagePositionPatient = FACING[view], ""
    return detector


def _code(name: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = _CODES[name]
    return item


def _counts(*frames: np.ndarray) -> np.ndarray:
    if len({np.shape(frame) for frame in frames}) != 1 or np.ndim(frames[0]) != 2:
        msg = f"The frames have the shapes {sorted({np.shape(frame) for frame in frames})}; one of two axes is needed."
        raise RequestError(msg)
    counts = np.stack([np.asarray(frame) for frame in frames])
    if not ((counts == np.rint(counts)) & (counts >= 0) & (counts < 2**16)).all():
        msg = "Counts must be whole numbers of 0 to 65535; draw them, or round them, first."
        raise RequestError(msg)
    return counts.astype(np.uint16)
