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
CALM = 0.7
"""Share of the clock's time that the processor works on a study where nothing else does."""


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
        processor_ms: The median of what all threads of the processor took; None where it was not measured.

    """

    ms: float
    low_ms: float
    high_ms: float
    repeats: int
    studies: int
    made_up: bool
    device: str
    threads: int
    processor_ms: float | None = None

    @property
    def busy(self) -> bool:
        """Whether the processor had other work meanwhile, so that a calm machine answers sooner."""
        return self.device == "cpu" and self.processor_ms is not None and self.processor_ms < CALM * self.ms


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
    low, middle, high = np.percentile([s for one in taken for s in one.clock_s], [25, 50, 75]) * 1000
    return Latency(
        ms=float(middle),
        low_ms=float(low),
        high_ms=float(high),
        repeats=sum(len(one.clock_s) for one in taken),
        studies=len(given),
        made_up=not studies,
        device=predictor.maker.device or "cpu",
        threads=torch.get_num_threads(),
        processor_ms=1000 * float(np.median([s for one in taken for s in one.processor_s])),
    )


def _once(predictor: Predictor, study: Study, *, repeats: int, longest_s: float) -> Runs:
    """Return up to `repeats` runs: at least one, and no further one after `longest_s`."""
    warm = runs(predictor, study, most=WARM_UP, longest_s=longest_s / 4)
    if warm.clock_s[0] > longest_s:  # what warming up takes is nothing beside it
        return warm
    return runs(predictor, study, most=repeats, longest_s=longest_s)


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
