"""PET in body-weight SUV: g/ml, from what the scanner stored and when the dose was given.

SUVbw = activity concentration (Bq/ml) x body weight (g) / dose (Bq), both at one time. With DecayCorrection START the
pixels are corrected to the start of the scan, so the dose is decayed from injection to then; with ADMIN both are
at injection; with NONE the dose is decayed to the middle of each slice's own acquisition. Units GML of type BW are
SUVbw already; Philips' CNTS are scaled by its private factors (7053,1000) to SUV or (7053,1009) to Bq/ml.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydicom.uid import EnhancedPETImageStorage, LegacyConvertedEnhancedPETImageStorage

from osteon.errors import InputError
from osteon.io.dicom_header import Header
from osteon.io.dicom_series import Values
from osteon.io.dicom_slices import Slice
from osteon.io.dicom_tags import GE_SCAN_TIME, PHILIPS_BQML, PHILIPS_SUV
from osteon.io.dicom_times import moment, time_of_day

UNIT = "SUVbw"
ENHANCED = (EnhancedPETImageStorage, LegacyConvertedEnhancedPETImageStorage)
MAX_HALF_LIVES = 12
_DOSE_BQ = (1e5, 1e12)
_WEIGHT_KG = (0.3, 500.0)


@dataclass(frozen=True, kw_only=True)
class Dose:
    """What was given: activity in Bq at injection, half-life in s, body weight in g."""

    activity_bq: float
    half_life_s: float
    weight_g: float

    def factor(self, *, seconds: float) -> float:
        """Return SUVbw per Bq/ml when the dose has decayed for `seconds`."""
        return self.weight_g / (self.activity_bq * 2 ** (-seconds / self.half_life_s))


def suv(planes: Sequence[Slice]) -> Values:
    """Return the slices rescaled to SUVbw.

    Raises:
        InputError: The unit is none that leads to SUVbw, the scan is not corrected for attenuation, or the weight,
            the dose, its time or its half-life is missing or impossible.

    """
    first = planes[0].header
    _check_corrected(first)
    units = (first.text("Units") or "").upper()
    if units == "GML":
        return _already(planes)
    if units == "CNTS":
        return _philips(planes)
    if units != "BQML":
        raise InputError(_no_suv(first, units))
    return _from_activity(planes)


def _no_suv(header: Header, units: str) -> str:
    """Return why a PET of such `units` has no SUV by body weight."""
    if units:
        return "is PET in a unit that is not read; BQML, GML (SUVbw) and Philips' CNTS are. Export it in BQML."
    if header.text("SOPClassUID") in ENHANCED:
        return "is enhanced multi-frame PET, whose units are not read; export it as a series of single slices."
    return "is PET that states no Units; BQML, GML or CNTS is needed. Export it again."


def _check_corrected(header: Header) -> None:
    corrections = [word.upper() for word in header.words("CorrectedImage")]
    if corrections and "ATTN" not in corrections:
        why = "is PET without attenuation correction, which has no SUV; use the corrected series."
        raise InputError(why)


def _already(planes: Sequence[Slice]) -> Values:
    kind = (planes[0].header.text("SUVType") or "BW").upper()
    if kind != "BW":
        why = "is PET in an SUV by lean mass, surface or ideal weight; SUV by body weight (BW) is needed."
        raise InputError(why)
    return Values(slices=tuple(planes), unit=UNIT)


def _philips(planes: Sequence[Slice]) -> Values:
    header = planes[0].header
    if header.number(PHILIPS_SUV):
        return _scaled(planes, [_own(plane, PHILIPS_SUV) for plane in planes])
    if header.number(PHILIPS_BQML):
        activity = _scaled(planes, [_own(plane, PHILIPS_BQML) for plane in planes])
        return _from_activity(activity.slices)
    why = (
        "is PET in counts (CNTS) without Philips' factors to SUV (7053,1000) or to Bq/ml (7053,1009); "
        "export it with its private elements, or in BQML."
    )
    raise InputError(why)


def _own(plane: Slice, keyword: str) -> float:
    factor = plane.header.number(keyword)
    if not factor or factor <= 0:
        why = "is PET whose slices do not all state Philips' private factor; export it again."
        raise InputError(why)
    return factor


def _scaled(planes: Sequence[Slice], factors: Sequence[float], *, notes: tuple[str, ...] = ()) -> Values:
    scaled = (
        replace(plane, slope=plane.slope * factor, intercept=plane.intercept * factor)
        for plane, factor in zip(planes, factors, strict=True)
    )
    return Values(slices=tuple(scaled), unit=UNIT, notes=notes)


def _from_activity(planes: Sequence[Slice]) -> Values:
    header = planes[0].header
    dose = _dose(header)
    correction = (header.text("DecayCorrection") or "").upper()
    if correction == "ADMIN":
        return _scaled(planes, [dose.factor(seconds=0)] * len(planes))
    if correction == "START":
        start = _scan_start(planes)
        seconds, notes = _since_injection(header, start, dose=dose)
        return _scaled(planes, [dose.factor(seconds=seconds)] * len(planes), notes=notes)
    if correction == "NONE":
        middles = [_middle(plane.header) for plane in planes]
        pairs = [_since_injection(header, middle, dose=dose) for middle in middles]
        return _scaled(planes, [dose.factor(seconds=seconds) for seconds, _ in pairs], notes=pairs[0][1])
    why = "is PET that does not state its DecayCorrection (START, ADMIN or NONE); export it again."
    raise InputError(why)


def _dose(header: Header) -> Dose:
    given = header.item("RadiopharmaceuticalInformationSequence")
    activity = _within(given.number("RadionuclideTotalDose"), "injected dose in Bq", _DOSE_BQ)
    half_life = _within(given.number("RadionuclideHalfLife"), "half-life in s", (1.0, 1e8))
    weight = _within(header.number("PatientWeight"), "body weight in kg", _WEIGHT_KG)
    return Dose(activity_bq=activity, half_life_s=half_life, weight_g=weight * 1000)


def _within(value: float | None, what: str, limits: tuple[float, float]) -> float:
    if value is None:
        why = f"is PET that does not state the {what}, so it has no SUV; have it added, or export it in GML."
        raise InputError(why)
    if not limits[0] <= value <= limits[1]:
        why = f"is PET whose {what} cannot be ({value:g}; {limits[0]:g} to {limits[1]:g} is possible); have it mended."
        raise InputError(why)
    return value


def _scan_start(planes: Sequence[Slice]) -> datetime:
    """Return the time that START corrects to.

    It is the series' time, unless a later processing moved that past the acquisition: then GE's own scan time, or
    the earliest acquisition.
    """
    header = planes[0].header
    acquired = [time for plane in planes if (time := _acquired(plane.header))]
    series = moment(header, "SeriesDate", "SeriesTime")
    if series and (not acquired or series <= min(acquired)):
        return series
    private = time_of_day(header.text(GE_SCAN_TIME) or "", header=header)
    if isinstance(private, datetime):
        return private
    if acquired:
        return min(acquired)
    why = "is PET that states neither a series nor an acquisition time, so its decay is unknown; export it again."
    raise InputError(why)


def _acquired(header: Header) -> datetime | None:
    whole = time_of_day(header.text("AcquisitionDateTime") or "", header=header)
    if isinstance(whole, datetime):
        return whole
    return moment(header, "AcquisitionDate", "AcquisitionTime") or moment(header, "SeriesDate", "AcquisitionTime")


def _middle(header: Header) -> datetime:
    start = _acquired(header)
    if start is None:
        why = "is PET without decay correction and without an acquisition time in every slice; export it again."
        raise InputError(why)
    return start + timedelta(milliseconds=(header.number("ActualFrameDuration") or 0) / 2)


def _since_injection(header: Header, at: datetime, *, dose: Dose) -> tuple[float, tuple[str, ...]]:
    """Return the seconds from injection to `at`, over midnight where need be, and what was assumed."""
    given = header.item("RadiopharmaceuticalInformationSequence")
    limit = MAX_HALF_LIVES * dose.half_life_s
    whole = time_of_day(given.text("RadiopharmaceuticalStartDateTime") or "", header=header)
    if isinstance(whole, datetime) and 0 <= (at - whole).total_seconds() <= limit:
        return (at - whole).total_seconds(), ()
    clock = time_of_day(given.text("RadiopharmaceuticalStartTime") or "", header=header)
    if isinstance(clock, timedelta):
        injected = datetime(at.year, at.month, at.day) + clock
        if injected > at:
            injected -= timedelta(days=1)
        seconds = (at - injected).total_seconds()
        if seconds <= limit:
            note = "The injection's date does not fit the scan's; the time of day alone is used."
            return seconds, (note,) if isinstance(whole, datetime) else ()
    why = (
        "is PET whose injection time is missing, after the scan, or more than "
        f"{MAX_HALF_LIVES} half-lives before it, so it has no SUV; have it mended."
    )
    raise InputError(why)
