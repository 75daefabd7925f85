"""How long a fitted system takes for one study on this machine: all of it, from the datum to the prediction."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from osteon.engine.held import held
from osteon.engine.noise import study_of_noise
from osteon.engine.predictor import Predictor
from osteon.errors import OsteonError, RequestError
from osteon.transforms.radiomics import memory
from osteon.types import Study

WARM_UP = 3


@dataclass(frozen=True, kw_only=True)
class Runs:
    """The seconds of each run, by the clock and of the processor."""

    clock_s: list[float] = field(default_factory=list)
    processor_s: list[float] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Latency:
    """Milliseconds a study, over `repeats` runs in all of `studies` studies.

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


def latency(
    predictor: Predictor, studies: Sequence[Study] = (), *, repeats: int = 15, longest_s: float = 20.0
) -> Latency:
    """Return how long `predictor` takes for a study: prepare, forward, decode; pixels are read before.

    Args:
        predictor: A finished run.
        studies: Real ones; none: one of noise, of a size that is usual for each of the system's inputs.
        repeats: Measured runs of each, after three that are not.
        longest_s: No further run of a study is begun after so long, and none that does not count after a quarter.

    Raises:
        RequestError: A study was not given, and the system cannot answer one of noise.
        InputError: A study cannot be answered.

    """
    given = [held(study) for study in studies] or [_noise(predictor)]  # a disk says nothing about a model
    taken = [_once(predictor, study, repeats=repeats, longest_s=longest_s) for study in given]
    low, middle, high = np.percentile(np.concatenate(taken), [25, 50, 75])
    return Latency(
        ms=float(middle),
        low_ms=float(low),
        high_ms=float(high),
        repeats=sum(map(len, taken)),
        studies=len(given),
        made_up=not studies,
        device=predictor.maker.device or "cpu",
        threads=torch.get_num_threads(),
    )


def _once(predictor: Predictor, study: Study, *, repeats: int, longest_s: float) -> np.ndarray:
    """Return the milliseconds of up to `repeats` runs: at least one, and no further one after `longest_s`."""
    warm = runs(predictor, study, most=WARM_UP, longest_s=longest_s / 4).clock_s
    if warm[0] > longest_s:  # what warming up takes is nothing beside it
        return 1000 * np.array(warm)
    return 1000 * np.array(runs(predictor, study, most=repeats, longest_s=longest_s).clock_s)


def runs(predictor: Predictor, study: Study, *, most: int, longest_s: float) -> Runs:
    """Return what each of up to `most` runs takes: at least one, and no further one is begun after `longest_s`."""
    taken = Runs()
    while not taken.clock_s or (len(taken.clock_s) < most and sum(taken.clock_s) < longest_s):
        memory.forget()  # a study's own features, measured by an earlier run, would be had for nothing
        start, used = time.perf_counter(), time.process_time()
        predictor(study)
        taken.clock_s.append(time.perf_counter() - start)
        taken.processor_s.append(time.process_time() - used)
    return taken


def _noise(predictor: Predictor) -> Study:
    """Return a study of noise that the system can answer.

    Raises:
        RequestError: An input is of a kind that cannot be made up, or the system finds nothing in noise.

    """
    study = study_of_noise(predictor.system)
    try:
        predictor(study)
    except OsteonError as error:
        msg = (
            f"{predictor.system.name} cannot be timed on made-up input; name a cohort whose first test study it may be "
            "timed on (--cohort DIR)."
        )
        raise RequestError(msg) from error
    return study
