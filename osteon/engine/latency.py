"""How long a fitted system takes for one study on this machine: all of it, from the datum to the prediction."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from osteon.contract import Input
from osteon.engine.predictor import Predictor
from osteon.errors import OsteonError, RequestError
from osteon.geometry import volume_grid
from osteon.types import Datum, Expression, Grid, Image, Record, Spectrum, Study

WARM_UP = 3
FILM: dict[str, tuple[tuple[int, ...], str]] = {
    "radiograph": ((2000, 1600), "DX"),
    "scintigram": ((1024, 256), "NM"),
    "tile": ((512, 512, 3), "OT"),
}
VOLUME: dict[str, tuple[tuple[int, int, int], str]] = {
    "ct": ((60, 512, 512), "CT"),
    "mri": ((30, 256, 256), "MR"),
    "pet": ((60, 128, 128), "PT"),
}
AFFINE = np.array([[0, 0, 0.8, 0], [0, 0.8, 0, 0], [3, 0, 0, 0], [0, 0, 0, 1]], dtype=float)


@dataclass(frozen=True, kw_only=True)
class Latency:
    """Milliseconds a study, over `repeats` runs of each of `studies` studies.

    Attributes:
        ms: The median.
        low_ms, high_ms: The quartiles.
        made_up: Measured on noise of a usual size, since no study was given.
        device, threads: Where.

    """

    ms: float
    low_ms: float
    high_ms: float
    repeats: int
    studies: int
    made_up: bool
    device: str
    threads: int


def latency(predictor: Predictor, studies: Sequence[Study] = (), *, repeats: int = 15) -> Latency:
    """Return how long `predictor` takes for a study: prepare, forward, decode; pixels are read before.

    Args:
        predictor: A finished run.
        studies: Real ones; none: one of noise, of a size that is usual for each of the system's inputs.
        repeats: Measured runs of each, after three that are not.

    Raises:
        RequestError: A study was not given, and the system cannot answer one of noise.
        InputError: A study cannot be answered.

    """
    given = [_read(study) for study in studies] or [_noise(predictor)]
    taken = [_once(predictor, study, repeats=repeats) for study in given]
    low, middle, high = np.percentile(np.concatenate(taken), [25, 50, 75])
    return Latency(
        ms=float(middle),
        low_ms=float(low),
        high_ms=float(high),
        repeats=repeats,
        studies=len(given),
        made_up=not studies,
        device=predictor.maker.device or "cpu",
        threads=torch.get_num_threads(),
    )


def _once(predictor: Predictor, study: Study, *, repeats: int) -> np.ndarray:
    taken = []
    for _ in range(WARM_UP + repeats):
        start = time.perf_counter()
        predictor(study)
        taken.append(1000 * (time.perf_counter() - start))
    return np.array(taken[WARM_UP:])


def _read(study: Study) -> Study:
    """Return `study` with its pixels in memory: a disk says nothing about a model."""
    return replace(study, data={name: _held(datum) for name, datum in study.data.items()})


def _held(datum: Datum) -> Datum:
    if not isinstance(datum, Image):
        return datum
    return replace(datum, load=datum.read().copy)


def _noise(predictor: Predictor) -> Study:
    """Return a study of noise with every input that the system needs.

    Raises:
        RequestError: An input is of a kind that cannot be made up, or the system finds nothing in noise.

    """
    rng = np.random.default_rng(0)
    needed = [i for i in predictor.system.inputs if i.required]
    study = Study(name="noise", patient="noise", data={i.name: _made_up(i, rng) for i in needed})
    try:
        predictor(study)
    except OsteonError as error:
        msg = (
            f"{predictor.system.name} cannot be timed on made-up input; name a cohort whose first test study it may be "
            "timed on (--cohort DIR)."
        )
        raise RequestError(msg) from error
    return study


def _made_up(wanted: Input, rng: np.random.Generator) -> Datum:
    if wanted.kind in FILM:
        shape, modality = FILM[wanted.kind]
        return _image(Grid(shape=shape[:2], spacing_mm=(0.15, 0.15)), rng.normal(100, 30, shape), modality)
    if wanted.kind in VOLUME:
        shape, modality = VOLUME[wanted.kind]
        return _image(volume_grid(shape, AFFINE), rng.normal(100, 30, shape), modality)
    if wanted.kind == "spectrum":
        shifts = np.linspace(400, 2000, 1600)
        return Spectrum(shift_per_cm=shifts, counts=rng.normal(1000, 50, shifts.size))
    if wanted.kind == "expression":
        return Expression(genes=(), values=np.zeros(0))
    return Record(values={})


def _image(grid: Grid, pixels: np.ndarray, modality: str) -> Image:
    return Image(grid=grid, modality=modality, load=pixels.astype(np.float32).copy)
