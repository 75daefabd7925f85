"""A planar bone scan of a simulated body: 99mTc-diphosphonate, seen from in front and from behind.

The expected counts come from the Monte Carlo transport (`photon_transport`), or, thirty times faster and within 2 % of
it, from kernels that it made (`bone_scan_kernels`); each pixel is then one Poisson draw. Forced detection, and the blur
of the crystal applied to the expected image, are linear in what is expected, so neither changes the mean. The chance of
the transport adds to that of the counts: with the default histories about 4 % of their variance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from scipy.ndimage import gaussian_filter

from osteon.errors import RequestError
from osteon.simulate.nuclear import bone_scan_kernels, bone_uptake
from osteon.simulate.nuclear.gamma_camera import Bed, Camera, Heads, heads
from osteon.simulate.nuclear.photon_space import Space, ordered, space
from osteon.simulate.nuclear.photon_tables import tables
from osteon.simulate.nuclear.photon_transport import Game, emission, majorant, transport
from osteon.simulate.person.body import Body
from osteon.types import Grid, Image

VIEWS = ("anterior", "posterior")
HALF_LIFE_H = 6.0067
_MUSCLE_SHARE_PER_ML = 4.6e-6


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a bone scan is made.

    Attributes:
        injected_mbq: Activity given.
        hours: From the injection to the start of the scan.
        weight_kg, age_years: Of the patient; a smaller one takes up more in each ml, a growing one more in bone.
        muscle_share_per_ml: Of the injected dose in a ml of muscle at the scan, without decay, at 70 kg. The other
            tissues follow from `Properties.bone_tracer`. The default leaves some 60 % of the dose in the body.
        scan_cm_per_min: Speed of the bed, head first.
        field_cm: Length of the camera's field, which each point takes field / speed to pass.
        camera, bed: The heads and where they stand.
        method: "transport" for the full Monte Carlo, "kernels" for the fast path.
        histories: Photons that the full Monte Carlo follows.
        noise: Whether counts are drawn; without, the expected counts are returned.
        threads: For the transport; the result is the same for any number.

    """

    injected_mbq: float = 700.0
    hours: float = 3.0
    weight_kg: float = 70.0
    age_years: float = 50.0
    muscle_share_per_ml: float = _MUSCLE_SHARE_PER_ML
    scan_cm_per_min: float = 15.0
    field_cm: float = 38.7
    camera: Camera = field(default_factory=Camera)
    bed: Bed = field(default_factory=Bed)
    method: Literal["transport", "kernels"] = "transport"
    histories: int = 10_000_000
    noise: bool = True
    threads: int = 1

    def __post_init__(self) -> None:
        """Raise `RequestError` for what cannot be meant."""
        for name in ("injected_mbq", "weight_kg", "muscle_share_per_ml", "scan_cm_per_min", "field_cm", "histories"):
            if not getattr(self, name) > 0:
                msg = f"A bone scan cannot have {name} = {getattr(self, name)}; give a number above 0."
                raise RequestError(msg)


def scan(body: Body, settings: Settings, rng: np.random.Generator) -> dict[str, Image]:
    """Return the images of both heads by view, each (rows, columns) counts as a clinic shows them.

    The anterior image has the patient's right side on the left, the posterior one the left side.

    Raises:
        RequestError: The body holds no activity.
        GeometryError: Its grid is not axial.

    """
    counts = expected(body, settings, rng)
    if settings.noise:
        counts = rng.poisson(counts)
    counts = counts.astype(np.float32)
    return {view: _image(pixels, view, body, settings) for view, pixels in zip(VIEWS, counts, strict=True)}


def expected(body: Body, settings: Settings, rng: np.random.Generator) -> np.ndarray:
    """Return the expected counts of both views, float64 of shape (2, rows, columns)."""
    inside = space(body)
    found = heads(inside, camera=settings.camera, bed=settings.bed)
    source = ordered(activity_bq_per_ml(body, settings), body.grid)
    mbq = float(source.sum(dtype=np.float64)) * np.prod(inside.voxel) / 1000.0 / 1e6
    if settings.method == "kernels":
        seen = bone_scan_kernels.seen(inside, source, camera=settings.camera, heads=found)
    else:
        seen = _transported(inside, source, found, settings, rng).sum(axis=1)
    counts = seen * mbq * settings.camera.cps_per_mbq * _seconds(settings) * _fading(settings)[:, None]
    sigma = settings.camera.intrinsic_mm / 2.3548 / settings.bed.pixel_mm
    counts = gaussian_filter(counts, (0, sigma, sigma), mode="constant")
    return np.stack([counts[0], counts[1][:, ::-1]])


def activity_bq_per_ml(body: Body, settings: Settings) -> np.ndarray:
    """Return the activity concentration at the start of the scan, float32 of the body's shape."""
    muscle = settings.injected_mbq * 1e6 * 2 ** (-settings.hours / HALF_LIFE_H) * settings.muscle_share_per_ml
    return bone_uptake.tracer(body, age_years=settings.age_years) * np.float32(muscle * 70.0 / settings.weight_kg)


def truth(body: Body, settings: Settings) -> dict[str, np.ndarray]:
    """Return the number of the nearest lesion behind each pixel, by view, uint8 of the images' shape."""
    inside = space(body)
    found = heads(inside, camera=settings.camera, bed=settings.bed)
    lesion = ordered(body.lesion, body.grid)
    front, back = (_nearest(one) for one in (lesion, lesion[:, :, ::-1]))
    placed = [_on_pixels(one, inside, found) for one in (front, back)]
    return {"anterior": placed[0], "posterior": placed[1][:, ::-1]}


def _transported(
    inside: Space, source: np.ndarray, found: Heads, settings: Settings, rng: np.random.Generator
) -> np.ndarray:
    table = tables(settings.camera.window)
    game = Game(
        space=inside,
        emission=emission(source),
        tables=table,
        heads=found,
        majorant=majorant(inside, table),
        forced=True,
    )
    return transport(game, histories=settings.histories, rng=rng, threads=settings.threads)


def _seconds(settings: Settings) -> float:
    return 60.0 * settings.field_cm / settings.scan_cm_per_min


def _fading(settings: Settings) -> np.ndarray:
    """Return by row how much is left of the activity when the camera comes there."""
    rows = np.arange(settings.bed.shape[0]) + 0.5
    minutes = rows * settings.bed.pixel_mm / 10.0 / settings.scan_cm_per_min
    return 2 ** (-minutes / 60.0 / HALF_LIFE_H)


def _nearest(lesion: np.ndarray) -> np.ndarray:
    """Return the first lesion along the last axis."""
    first = np.argmax(lesion > 0, axis=2)
    return np.take_along_axis(lesion, first[..., None], axis=2)[..., 0]


def _on_pixels(flat: np.ndarray, inside: Space, found: Heads) -> np.ndarray:
    """Return a map (z, x) on the pixels of the anterior image, 0 outside."""
    low = found.low_mm + (found.rows - np.arange(found.rows) - 0.5) * found.pixel_mm
    left = found.left_mm + (np.arange(found.columns) + 0.5) * found.pixel_mm
    z, x = (np.floor(at / size).astype(int) for at, size in ((low, inside.voxel[0]), (left, inside.voxel[1])))
    held = [(index >= 0) & (index < count) for index, count in zip((z, x), flat.shape, strict=True)]
    picked = flat[np.ix_(np.clip(z, 0, flat.shape[0] - 1), np.clip(x, 0, flat.shape[1] - 1))]
    return (picked * held[0][:, None] * held[1]).astype(np.uint8)


def _image(pixels: np.ndarray, view: str, body: Body, settings: Settings) -> Image:
    bed = settings.bed
    return Image(
        grid=Grid(shape=bed.shape, spacing_mm=(bed.pixel_mm, bed.pixel_mm), spacing_at="detector"),
        modality="NM",
        unit="counts",
        load=pixels.copy,
        facts=_facts(view, settings),
        notes=("This bone scan is simulated.", *body.notes),
    )


def _facts(view: str, settings: Settings) -> Mapping[str, object]:
    window = settings.camera.window
    return {
        "view": view,
        "PatientWeight": settings.weight_kg,
        "Radionuclide": "^99m^Technetium",
        "RadionuclideTotalDose": settings.injected_mbq * 1e6,
        "RadionuclideHalfLife": HALF_LIFE_H * 3600,
        "EnergyWindowLowerLimit": window.peak_kev * (1 - window.width / 2),
        "EnergyWindowUpperLimit": window.peak_kev * (1 + window.width / 2),
        "ActualFrameDuration": round(_seconds(settings) * 1000),
    }
