"""Simulated CT, MR and PET volumes to DICOM series: one file a slice, placed in the patient in millimetres."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import UID, CTImageStorage, MRImageStorage, PositronEmissionTomographyImageStorage

from osteon.errors import GeometryError, RequestError
from osteon.io import atomic
from osteon.io.dicom_simulated import (
    SimulatedPatient,
    SimulatedSeries,
    add_facts,
    date_and_time,
    ds,
    instance,
    place,
    set_pixels,
    straight,
)
from osteon.types import Grid

HU_BELOW = -1024
_FLUORINE = ("77004003", "SCT", "^18^Fluorine")


@dataclass(frozen=True, kw_only=True)
class Dose:
    """The tracer of a PET: given activity in Bq, when (seconds before the scan), half-life in s (18F's), its name."""

    injected_bq: float
    uptake_s: float = 3600.0
    half_life_s: float = 6586.2
    tracer: str = "Fluorodeoxyglucose"


@dataclass(frozen=True, kw_only=True, eq=False)
class _Kind:
    """What tells one modality's slices from another's."""

    sop_class: UID
    modality: str
    add: Callable[[Dataset, int], None]


def ct(folder: Path, *, hu: np.ndarray, grid: Grid, patient: SimulatedPatient, series: SimulatedSeries) -> Path:
    """Write a CT as one file a slice into `folder`, rounded to whole Hounsfield units.

    Args:
        folder: Made anew, whole or not at all; one with files in it is refused.
        hu: (slices, rows, columns) of `grid`, -33792 to 31743 HU.
        grid: Where it lies. Slices that run against row x column come back in the other order, in the same place.
        patient: Whom it stands for.
        series: `facts` may give KVP, ConvolutionKernel, BodyPartExamined ...

    Returns:
        The folder.

    Raises:
        RequestError: Values that are not finite or do not fit 16 bits; a fact that cannot be.
        GeometryError: The shape is not the grid's, or the grid is sheared.

    """
    stored = np.rint(_finite(hu)) - HU_BELOW
    if stored.min() < -(2**15) or stored.max() >= 2**15:
        msg = (
            f"CT values of {stored.min() + HU_BELOW:g} to {stored.max() + HU_BELOW:g} HU do not fit 16 bits; clip them."
        )
        raise RequestError(msg)

    kind = _Kind(sop_class=CTImageStorage, modality="CT", add=_add_ct)
    return _write(folder, stored.astype(np.int16)[None], grid=grid, patient=patient, series=series, kind=kind)


def mr(
    folder: Path,
    *,
    values: np.ndarray,
    grid: Grid,
    patient: SimulatedPatient,
    series: SimulatedSeries,
    times_s: Sequence[float] | None = None,
) -> Path:
    """Write an MR series as one file a slice (and time) into `folder`.

    Whole numbers of 0 to 65535 are kept; others are stored in 65535 steps of one slope for the whole series.

    Args:
        folder: As of `ct`.
        values: (slices, rows, columns), or (times, slices, rows, columns) with `times_s`; none below 0.
        grid: As of `ct`.
        patient: Whom it stands for.
        series: `facts` may give EchoTime and RepetitionTime (ms), FlipAngle, DiffusionBValue, ScanningSequence ...
        times_s: Seconds after the series' start of each volume of a dynamic series.

    Raises:
        RequestError: Values that are not finite or below 0; times that do not fit them or do not rise.
        GeometryError: As of `ct`.

    """
    stored, slope = _in_steps(_finite(values), top=2**16 - 1, dtype=np.uint16)
    times = _times(stored, times_s)
    stored = stored if times else stored[None]
    slices = stored.shape[1]

    def add(made: Dataset, number: int) -> None:
        _add_mr(made, slope)
        if times:
            position = (number - 1) // slices
            made.TemporalPositionIdentifier, made.NumberOfTemporalPositions = position + 1, len(times)
            made.AcquisitionNumber = position + 1
            date_and_time(made, series.at(times[position]), "Acquisition", "Content")

    kind = _Kind(sop_class=MRImageStorage, modality="MR", add=add)
    return _write(folder, stored, grid=grid, patient=patient, series=series, kind=kind)


def pet(
    folder: Path,
    *,
    bq_per_ml: np.ndarray,
    grid: Grid,
    patient: SimulatedPatient,
    series: SimulatedSeries,
    dose: Dose,
) -> Path:
    """Write a PET as one file a slice into `folder`, in BQML, decay-corrected to the start of the scan.

    SUVbw = Bq/ml x weight in g / (`dose.injected_bq` x 2 ** (-`dose.uptake_s` / `dose.half_life_s`)). Values are
    stored in 32767 steps to either side of 0, of one slope for the whole series.

    Raises:
        RequestError: Values that are not finite; a patient without weight.
        GeometryError: As of `ct`.

    """
    if patient.weight_kg is None:
        msg = "A PET without the patient's weight has no SUV; give the simulated patient a weight_kg."
        raise RequestError(msg)
    stored, slope = _in_steps(_finite(bq_per_ml), top=2**15 - 1, dtype=np.int16)

    def add(made: Dataset, number: int) -> None:
        made.ImageType = [*made.ImageType, "TRANSVERSE"]
        made.RescaleSlope, made.RescaleIntercept = ds(slope), "0"
        made.NumberOfSlices, made.ImageIndex = len(stored), number
        _add_pet(made, dose, series)

    kind = _Kind(sop_class=PositronEmissionTomographyImageStorage, modality="PT", add=add)
    return _write(folder, stored[None], grid=grid, patient=patient, series=series, kind=kind)


def _add_ct(made: Dataset, _number: int) -> None:
    made.ImageType = [*made.ImageType, "AXIAL"]
    made.RescaleSlope, made.RescaleIntercept, made.RescaleType = "1", str(HU_BELOW), "HU"
    made.KVP, made.AcquisitionNumber, made.PatientPosition = "120", 1, "HFS"


def _add_mr(made: Dataset, slope: float) -> None:
    made.ImageType = [*made.ImageType, "OTHER"]
    made.ScanningSequence, made.SequenceVariant, made.ScanOptions = "SE", "NONE", ""
    made.PatientPosition = "HFS"
    made.MRAcquisitionType, made.EchoTime, made.RepetitionTime = "2D", "", ""
    made.EchoTrainLength, made.AcquisitionNumber = "", 1
    if slope != 1:
        made.RescaleSlope, made.RescaleIntercept, made.RescaleType = ds(slope), "0", "US"


def _add_pet(made: Dataset, dose: Dose, series: SimulatedSeries) -> None:
    made.Units, made.CountsSource, made.SeriesType = "BQML", "EMISSION", ["STATIC", "IMAGE"]
    made.CorrectedImage, made.DecayCorrection = ["ATTN", "SCAT", "DECY"], "START"
    made.CollimatorType, made.FrameReferenceTime = "NONE", "0"
    made.ActualFrameDuration, made.DecayFactor = 120000, "1"
    made.PatientOrientationCodeSequence = made.PatientGantryRelationshipCodeSequence = []
    given = Dataset()
    injected = series.at(-dose.uptake_s)
    given.Radiopharmaceutical = dose.tracer
    given.RadiopharmaceuticalStartTime = f"{injected:%H%M%S.%f}"
    given.RadiopharmaceuticalStartDateTime = f"{injected:%Y%m%d%H%M%S.%f}"
    given.RadionuclideTotalDose, given.RadionuclideHalfLife = ds(dose.injected_bq), ds(dose.half_life_s)
    nuclide = Dataset()
    nuclide.CodeValue, nuclide.CodingSchemeDesignator, nuclide.CodeMeaning = _FLUORINE
    given.RadionuclideCodeSequence = [nuclide]
    made.RadiopharmaceuticalInformationSequence = [given]


def _write(
    folder: Path,
    stored: np.ndarray,
    *,
    grid: Grid,
    patient: SimulatedPatient,
    series: SimulatedSeries,
    kind: _Kind,
) -> Path:
    """Write `stored`, (times, slices, rows, columns), as files 0001.dcm, 0002.dcm ... of `folder`."""
    if stored.shape[1:] != grid.shape:
        msg = f"The values have the shape {stored.shape[1:]}, their grid {grid.shape}; give them on one grid."
        raise GeometryError(msg)
    affine = straight(grid)
    planes = stored.reshape(-1, *grid.shape[1:])
    with atomic.folder(Path(folder)) as aside:
        for index, plane in enumerate(planes):
            made = instance(
                patient=patient, series=series, sop_class=kind.sop_class, modality=kind.modality, number=index + 1
            )
            place(made, affine, index=index % grid.shape[0], frame_uid=series.uid(patient.name, series.exam, "frame"))
            kind.add(made, index + 1)
            set_pixels(made, plane)
            add_facts(made, series)
            made.save_as(aside / f"{index + 1:04d}.dcm", enforce_file_format=True)
    return Path(folder)


def _finite(values: np.ndarray) -> np.ndarray:
    values = np.asarray(values)
    if values.size == 0 or not np.isfinite(values).all():
        msg = "The values are none, or some are NaN or infinite; simulate them anew."
        raise RequestError(msg)
    return values


def _in_steps(values: np.ndarray, *, top: int, dtype: type[np.generic]) -> tuple[np.ndarray, float]:
    """Return `values` as whole numbers up to `top`, and the slope that gives them back."""
    if dtype is np.uint16 and values.min() < 0:
        msg = f"These values go down to {values.min():g}; none may lie below 0."
        raise RequestError(msg)
    most = float(np.abs(values).max())
    if most <= top and (values == np.rint(values)).all():
        return values.astype(dtype), 1.0
    slope = float(ds(most / top * (1 + 1e-9)))
    return np.rint(values / slope).astype(dtype), slope


def _times(stored: np.ndarray, times_s: Sequence[float] | None) -> tuple[float, ...]:
    times = tuple(float(t) for t in times_s) if times_s is not None else ()
    wanted = stored.shape[0] if stored.ndim == 4 else 0
    if len(times) != wanted or stored.ndim not in (3, 4) or any(b <= a for a, b in pairwise(times)):
        msg = f"A series of shape {stored.shape} needs {wanted} rising times in seconds; {len(times)} are given."
        raise RequestError(msg)
    return times
