"""MRI: signal equations over tissues, thick slices in any direction, bias field, Rician noise.

The magnetisation of each voxel of the body follows from its tissue's T1, T2, proton density, diffusion and contrast
agent (`models.mr_signal`); a voxel of the image is the mean over its slice profile. Left out: chemical shift,
motion, flow, wrap-around, ringing and distortion by susceptibility.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from osteon import geometry
from osteon.errors import RequestError
from osteon.models import mr_signal
from osteon.simulate.mr.mr_look import Living, Look, Tissues, by_tissue, living, of_lesion
from osteon.simulate.mr.slices import Stack, average, majority, stack_grid
from osteon.simulate.person.body import Body
from osteon.simulate.person.tissues import Tissue
from osteon.simulate.scan import Scan, imaged
from osteon.types import Grid

NOTE = "Simulated: no patient was imaged."
R1, R2 = 4.5, 5.5
"""Relaxivities of a gadolinium chelate at 1.5 T in l/(mmol s)."""


@dataclass(frozen=True, kw_only=True)
class Sequence:
    """How the signal is made.

    Attributes:
        name: The input it becomes: "t1", "t2", "t1fsgd", "adc" ...
        echo: "spin" or "gradient".
        tr_ms, te_ms: Repetition and echo time.
        flip_degrees: Of a gradient echo.
        inversion_ms: Of an inversion recovery (spin echo); 180 ms nulls fat.
        fat_saturation: Share of the fat's signal that is taken away.
        contrast_s: Seconds from the bolus's arrival to the image; None without contrast agent.
        b_s_per_mm2: With it the image is an ADC map, from b = 0 and this b.

    """

    name: str
    echo: str = "spin"
    tr_ms: float = 550.0
    te_ms: float = 12.0
    flip_degrees: float = 90.0
    inversion_ms: float | None = None
    fat_saturation: float = 0.0
    contrast_s: float | None = None
    b_s_per_mm2: float | None = None


T1 = Sequence(name="t1")
T2_FAT_SATURATED = Sequence(name="t2", tr_ms=4000.0, te_ms=70.0, fat_saturation=0.95)
T1_CONTRAST = replace(T1, name="t1gd", contrast_s=240.0)
T1_FAT_SATURATED = replace(T1, name="t1fs", fat_saturation=0.95)
T1_FAT_SATURATED_CONTRAST = replace(T1_FAT_SATURATED, name="t1fsgd", contrast_s=240.0)
ADC = Sequence(name="adc", tr_ms=5000.0, te_ms=75.0, fat_saturation=0.98, b_s_per_mm2=800.0)
PROTOCOL = (T1, T2_FAT_SATURATED, T1_FAT_SATURATED, T1_FAT_SATURATED_CONTRAST, ADC)


@dataclass(frozen=True, kw_only=True)
class Scanner:
    """What is the machine's, not the patient's.

    Attributes:
        gain: Value of the full magnetisation of water.
        noise: Standard deviation of each of the two channels, over `gain`; None for none.
        coil: Logarithm of the coil's sensitivity: factors of x, y, z, xx, yy, zz, xy, yz, zx, each in units of
            200 mm from the middle of what is imaged; empty for an even one.
        tesla: Stated in the header; the tissues are those of 1.5 T.

    """

    gain: float = 1000.0
    noise: float | None = 0.01
    coil: tuple[float, ...] = ()
    tesla: float = 1.5


def draw_coil(rng: np.random.Generator, *, strength: float = 0.25) -> tuple[float, ...]:
    """Return a coil for `Scanner`: smooth, falling by about `strength` over 200 mm."""
    return tuple(float(v) for v in rng.normal(0.0, strength, 9))


def scan(
    body: Body,
    *,
    sequence: Sequence,
    stack: Stack,
    looks: Mapping[int, Look] | None = None,
    scanner: Scanner | None = None,
    rng: np.random.Generator | None = None,
) -> Scan:
    """Return one series of a body.

    Args:
        body: What is imaged; finer than the pixels of `stack`, ideally.
        sequence: How the signal is made.
        stack: Where its slices lie.
        looks: Lesion number to its look; a lesion without one looks like its tissue in `TABLE`.
        scanner: The machine; `Scanner()` when None.
        rng: For the noise; needed when the scanner has any.

    Returns:
        The image in arbitrary units (an ADC map in um2/ms) with its facts, and the lesions on the same grid.

    Raises:
        RequestError: An unknown echo, an impossible time, or noise without a generator.

    """
    scanner = scanner or Scanner()
    _check(sequence)
    grid = stack_grid(stack, cover=body.grid)

    def measured(b_s_per_mm2: float | None) -> np.ndarray:
        fine = signal(body, sequence, looks=looks, b_s_per_mm2=b_s_per_mm2)
        pixels = average(fine, source=body.grid, target=grid, stack=stack)
        return measure(pixels, grid=grid, body=body, scanner=scanner, rng=rng)

    pixels, b = measured(None), sequence.b_s_per_mm2
    if b is not None:
        floor = 5.0 * (scanner.noise or 1e-6) * scanner.gain
        pixels = mr_signal.adc_map(pixels, measured(b), b_s_per_mm2=b, floor=floor)
    mask = majority(body.lesion, source=body.grid, target=grid, stack=stack)
    unit = None if b is None else "um2/ms"
    facts = _facts(sequence, stack=stack, scanner=scanner)
    image = imaged(pixels.astype(np.float32), grid, modality="MR", unit=unit, facts=facts, notes=(NOTE, *body.notes))
    labels = imaged(mask, grid, modality="MR", unit="label", notes=(NOTE,))
    return Scan(name=sequence.name, image=image, mask=labels)


def subtract(after: Scan, before: Scan, *, name: str = "st1") -> Scan:
    """Return the enhancement: `after` minus `before`, two scans of one stack; values may be negative.

    Raises:
        RequestError: The scans do not lie on one grid.

    """
    if not geometry.same_place(after.image.grid, before.image.grid):
        msg = "Only scans of one stack can be subtracted, these lie on different grids; give both the same stack."
        raise RequestError(msg)
    pixels = after.image.read() - before.image.read()
    return replace(after, name=name, image=replace(after.image, load=partial(np.copy, pixels)))


def share(body: Body, tissues: Iterable[Tissue], *, grid: Grid, stack: Stack) -> np.ndarray:
    """Return how much of each voxel of a scan's `grid` is one of `tissues`: 0 to 1, float32 of its shape."""
    return average(np.isin(body.tissue, list(tissues)), source=body.grid, target=grid, stack=stack)


def signal(
    body: Body, sequence: Sequence, *, looks: Mapping[int, Look] | None = None, b_s_per_mm2: float | None = None
) -> np.ndarray:
    """Return the signal of each voxel of `body`, float32, in units of the full magnetisation of water."""
    table = by_tissue(after_s=sequence.contrast_s)
    values = equation(table, sequence, b_s_per_mm2=b_s_per_mm2).astype(np.float32)
    out = np.ascontiguousarray(values[body.tissue])
    for number, look in (looks or {}).items():
        part: Living = living(body, number, look)
        tissues = of_lesion(part, look, table=table, after_s=sequence.contrast_s)
        out.ravel()[part.where] = equation(tissues, sequence, b_s_per_mm2=b_s_per_mm2)
    return out


def equation(tissues: Tissues, sequence: Sequence, *, b_s_per_mm2: float | None = None) -> np.ndarray:
    """Return the signal of tissues by the equation of `sequence`, of their shape."""
    t1 = mr_signal.enhanced_t1(tissues.t1_ms, tissues.contrast_mmol, relaxivity_per_s_mmol=R1)
    t2 = mr_signal.enhanced_t1(tissues.t2_ms, tissues.contrast_mmol, relaxivity_per_s_mmol=R2)
    density, times = tissues.proton_density, {"tr_ms": sequence.tr_ms, "te_ms": sequence.te_ms}
    if sequence.echo == "spin":
        made = mr_signal.spin_echo(density, t1, t2, inversion_ms=sequence.inversion_ms, **times)
    else:
        t2_star = 1.0 / (1.0 / t2 + 1e-3 * tissues.dephasing_per_s)
        made = mr_signal.spoiled_gradient_echo(density, t1, t2_star, flip_degrees=sequence.flip_degrees, **times)
    made = made * (1.0 - sequence.fat_saturation * tissues.fat)
    return (
        made
        if b_s_per_mm2 is None
        else mr_signal.diffusion_weighted(made, tissues.adc_um2_per_ms, b_s_per_mm2=b_s_per_mm2)
    )


def measure(
    pixels: np.ndarray, *, grid: Grid, body: Body, scanner: Scanner, rng: np.random.Generator | None
) -> np.ndarray:
    """Return what the scanner makes of the mean signal of each voxel of `grid`: gain, coil, noise."""
    if scanner.noise and rng is None:
        msg = "A scan with noise needs a generator; pass rng=, or a Scanner with noise=None."
        raise RequestError(msg)
    pixels = pixels * np.float32(scanner.gain)
    if scanner.coil:
        centre = geometry.to_mm(body.grid, (np.array(body.grid.shape) - 1) / 2.0)
        pixels = pixels * sensitivity(grid, coil=scanner.coil, centre_mm=centre)
    if scanner.noise and rng is not None:
        pixels = rician(pixels, deviation=scanner.noise * scanner.gain, rng=rng)
    return pixels


def sensitivity(grid: Grid, *, coil: tuple[float, ...], centre_mm: np.ndarray) -> np.ndarray:
    """Return the coil's sensitivity on `grid`, float32, 1 at `centre_mm`; see `Scanner.coil`."""
    steps = [np.arange(n, dtype=float) for n in grid.shape]
    affine = geometry.matrix(grid)
    start = (affine[:3, 3] - centre_mm) / 200.0
    turn = affine[:3, :3] / 200.0
    x, y, z = (
        start[a] + turn[a, 0] * steps[0][:, None, None] + turn[a, 1] * steps[1][:, None] + turn[a, 2] * steps[2]
        for a in range(3)
    )
    terms = (x, y, z, x * x, y * y, z * z, x * y, y * z, z * x)
    total = sum((factor * term for factor, term in zip(coil, terms, strict=True)), np.zeros(grid.shape))
    return np.exp(np.clip(total, -1.5, 1.5)).astype(np.float32)


def rician(pixels: np.ndarray, *, deviation: float, rng: np.random.Generator) -> np.ndarray:
    """Return the magnitude of `pixels` with Gaussian noise of `deviation` in both channels, float32."""
    real = pixels + deviation * rng.standard_normal(pixels.shape, np.float32)
    imaginary = deviation * rng.standard_normal(pixels.shape, np.float32)
    return np.hypot(real, imaginary).astype(np.float32)


def _check(sequence: Sequence) -> None:
    if sequence.echo not in ("spin", "gradient") or not 0 < sequence.te_ms < sequence.tr_ms:
        msg = (
            f"A sequence is a spin or gradient echo with 0 < TE < TR; got {sequence.echo!r}, TE {sequence.te_ms} ms "
            f"and TR {sequence.tr_ms} ms. Correct the sequence."
        )
        raise RequestError(msg)


def _facts(sequence: Sequence, *, stack: Stack, scanner: Scanner) -> dict[str, object]:
    """Return the header facts of a scan, named as DICOM keywords."""
    facts: dict[str, object] = {
        "SeriesDescription": f"simulated {sequence.name} {stack.plane}",
        "ImageComments": NOTE,
        "ScanningSequence": {"spin": "SE", "gradient": "GR"}[sequence.echo],
        "RepetitionTime": sequence.tr_ms,
        "EchoTime": sequence.te_ms,
        "SliceThickness": stack.slice_mm,
        "SpacingBetweenSlices": stack.slice_mm + stack.gap_mm,
        "MagneticFieldStrength": scanner.tesla,
    }
    optional = {
        "FlipAngle": sequence.flip_degrees if sequence.echo == "gradient" else None,
        "InversionTime": sequence.inversion_ms,
        "ScanOptions": "FS" if sequence.fat_saturation else None,
        "ContrastBolusAgent": "gadolinium" if sequence.contrast_s is not None else None,
        "DiffusionBValue": sequence.b_s_per_mm2,
    }
    return facts | {name: value for name, value in optional.items() if value is not None}
