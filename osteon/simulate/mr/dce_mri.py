"""Dynamic contrast-enhanced MRI: a spoiled gradient echo while contrast agent passes by the extended Tofts model.

The bolus is Parker's arterial input function. Contrast agent acts on T1 alone: at these echo times its effect on
T2* is a few percent in vessels and less elsewhere, and is left out, as is motion.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from osteon.errors import RequestError
from osteon.models import mr_signal
from osteon.models.tofts import concentration
from osteon.simulate.mr.enhancement import tissue_kinetics
from osteon.simulate.mr.mr_look import Living, Look, Tissues, by_tissue, living, of_lesion, tissue_share
from osteon.simulate.mr.mri import NOTE, R1, Scanner, measure
from osteon.simulate.mr.slices import Stack, average, majority, stack_grid
from osteon.simulate.person.body import Body
from osteon.simulate.scan import Scan, imaged

SCANNER = Scanner(noise=0.001)
"""Its noise is a 25th of a tumour's signal before contrast: a fast gradient echo gives a tenth of a spin echo's."""


@dataclass(frozen=True, kw_only=True)
class Dynamic:
    """How the series is measured.

    Attributes:
        frames: How many.
        frame_s: Time of one.
        arrival_s: When the bolus reaches the vessels that feed the tumour.
        tr_ms, te_ms, flip_degrees: Of the spoiled gradient echo.
        stack: Where its slices lie.

    """

    frames: int = 12
    frame_s: float = 15.0
    arrival_s: float = 20.0
    tr_ms: float = 5.0
    te_ms: float = 1.5
    flip_degrees: float = 15.0
    stack: Stack = field(default_factory=lambda: Stack(slice_mm=5.0, gap_mm=0.0, pixel_mm=1.2))

    @property
    def times_s(self) -> tuple[float, ...]:
        """The middle of each frame, from the start of the series."""
        return tuple((i + 0.5) * self.frame_s for i in range(self.frames))


def dynamic(
    body: Body,
    *,
    settings: Dynamic | None = None,
    looks: Mapping[int, Look] | None = None,
    scanner: Scanner | None = None,
    rng: np.random.Generator | None = None,
) -> Scan:
    """Return a dynamic series of a body and the lesions on its grid.

    Args:
        body: What is imaged.
        settings: How; `Dynamic()` when None.
        looks: Lesion number to its look, with its kinetics.
        scanner: The machine; `SCANNER` when None.
        rng: For the noise.

    Returns:
        An image whose pixels are (frames, slices, rows, columns), with `times_s`.

    Raises:
        RequestError: No frame before the bolus, fewer than two after, or noise without a generator.

    """
    settings, scanner = settings or Dynamic(), scanner or SCANNER
    _check(settings)
    stack = settings.stack
    grid = stack_grid(stack, cover=body.grid)
    parts = [(living(body, number, look), look) for number, look in (looks or {}).items()]
    frames = np.empty((settings.frames, *grid.shape), np.float32)
    for i, signal in enumerate(_signals(body, settings, parts)):
        pixels = average(signal, source=body.grid, target=grid, stack=stack)
        frames[i] = measure(pixels, grid=grid, body=body, scanner=scanner, rng=rng)
    mask = majority(body.lesion, source=body.grid, target=grid, stack=stack)
    image = imaged(frames, grid, modality="MR", facts=_facts(settings, scanner), notes=(NOTE, *body.notes))
    labels = imaged(mask, grid, modality="MR", unit="label", notes=(NOTE,))
    return Scan(name="dce", image=replace(image, times_s=settings.times_s), mask=labels)


def concentration_of(frames: np.ndarray, *, settings: Dynamic, t1_ms: np.ndarray | float) -> np.ndarray:
    """Return contrast agent in mmol/l from a dynamic series, for `models.tofts.fit`.

    Args:
        frames: (frames, ...), as `dynamic` gives them.
        settings: How they were measured.
        t1_ms: T1 before contrast, (...) or a number.

    Returns:
        (..., frames); 0 where there is no signal.

    """
    after = np.array(settings.times_s) >= settings.arrival_s
    before = frames[~after].mean(axis=0)
    ratio = np.divide(frames, before, out=np.ones_like(frames), where=before > 0)
    t1 = np.asarray(t1_ms)
    found = mr_signal.t1_of_ratio(ratio, t1, tr_ms=settings.tr_ms, flip_degrees=settings.flip_degrees)
    return np.moveaxis((1.0 / found - 1.0 / t1) * 1e3 / R1, 0, -1)


def _signals(body: Body, settings: Dynamic, parts: list[tuple[Living, Look]]) -> Iterator[np.ndarray]:
    """Yield the signal of each voxel of `body` at each frame, float32."""
    times = np.array(settings.times_s)
    table = by_tissue()
    contrast = concentration(times, tissue_kinetics(), arrival_s=settings.arrival_s)
    lesions = []
    for part, look in parts:
        kinetics = look.kinetics
        uptake = (
            contrast[part.tissue]
            if kinetics is None
            else (tissue_share(part.tissue)[:, None] * concentration(times, kinetics, arrival_s=settings.arrival_s))
        )
        lesions.append((part, of_lesion(part, look, table=table), uptake))
    for frame in range(settings.frames):
        values = _echo(table, contrast[:, frame], settings).astype(np.float32)
        out = np.ascontiguousarray(values[body.tissue])
        for part, tissues, uptake in lesions:
            out.ravel()[part.where] = _echo(tissues, uptake[:, frame], settings)
        yield out


def _echo(tissues: Tissues, contrast_mmol: np.ndarray, settings: Dynamic) -> np.ndarray:
    t1 = mr_signal.enhanced_t1(tissues.t1_ms, contrast_mmol, relaxivity_per_s_mmol=R1)
    t2_star = 1.0 / (1.0 / tissues.t2_ms + 1e-3 * tissues.dephasing_per_s)
    return mr_signal.spoiled_gradient_echo(
        tissues.proton_density,
        t1,
        t2_star,
        tr_ms=settings.tr_ms,
        te_ms=settings.te_ms,
        flip_degrees=settings.flip_degrees,
    )


def _check(settings: Dynamic) -> None:
    times = np.array(settings.times_s)
    if not (times < settings.arrival_s).any() or (times > settings.arrival_s).sum() < 2:
        msg = (
            f"A dynamic series needs a frame before the bolus and two after; {settings.frames} frames of "
            f"{settings.frame_s:g} s with a bolus at {settings.arrival_s:g} s have not. Change one of these."
        )
        raise RequestError(msg)


def _facts(settings: Dynamic, scanner: Scanner) -> dict[str, object]:
    """Return the header facts, named as DICOM keywords."""
    return {
        "SeriesDescription": f"simulated dce {settings.stack.plane}",
        "ImageComments": NOTE,
        "ScanningSequence": "GR",
        "RepetitionTime": settings.tr_ms,
        "EchoTime": settings.te_ms,
        "FlipAngle": settings.flip_degrees,
        "SliceThickness": settings.stack.slice_mm,
        "SpacingBetweenSlices": settings.stack.slice_mm + settings.stack.gap_mm,
        "MagneticFieldStrength": scanner.tesla,
        "ContrastBolusAgent": "gadolinium",
        "NumberOfTemporalPositions": settings.frames,
        "TemporalResolution": settings.frame_s * 1e3,
    }
