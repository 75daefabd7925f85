"""How long a study takes: all of it, warm, from memory."""

import time
from dataclasses import replace

import numpy as np
import pytest
import tiny
import torch

from osteon.engine.apply import Fitted
from osteon.engine.latency import WARM_UP, latency
from osteon.engine.predictor import Predictor
from osteon.errors import RequestError
from osteon.transforms.radiomics import memory
from osteon.types import Maker


class Slow:
    """A predictor that takes a known time for each study."""

    def __init__(self, *seconds: float) -> None:
        self.seconds, self.seen = list(seconds), []
        self.system, self.maker = tiny.system(), Maker(system="slow", device="cpu")

    def __call__(self, study):
        self.seen.append(study)
        time.sleep(self.seconds[min(len(self.seen) - 1, len(self.seconds) - 1)])
        return []


def test_the_median_counts_and_the_first_runs_do_not() -> None:
    slow = Slow(*[0.05] * WARM_UP, 0.004, 0.004, 0.03, 0.004, 0.004)
    found = latency(slow, tiny.cohort(2).studies[:1], repeats=5)
    assert 3.9 < found.ms < 20
    assert found.low_ms <= found.ms <= found.high_ms
    assert len(slow.seen) == WARM_UP + 5
    assert (found.repeats, found.studies, found.made_up, found.device) == (5, 1, False, "cpu")
    assert found.threads == torch.get_num_threads()


def test_what_the_processor_does_tells_a_busy_machine_from_a_slow_system() -> None:
    """A sleeping predictor waits as one does whose processor serves another; a working one does not."""

    class Working(Slow):
        def __call__(self, study):
            end = time.process_time() + 0.004
            while time.process_time() < end:
                pass
            return super().__call__(study)

    study = tiny.cohort(2).studies[:1]
    waiting, working = latency(Slow(0.03), study, repeats=3), latency(Working(0), study, repeats=3)
    assert waiting.processor_ms is not None
    assert working.processor_ms is not None
    assert waiting.busy
    assert waiting.processor_ms < 15
    assert working.processor_ms >= 4
    calm = replace(working, ms=working.processor_ms)
    assert not calm.busy
    assert not replace(waiting, device="cuda").busy, "a processor waits for a GPU"
    assert not replace(waiting, processor_ms=None).busy


def test_pixels_are_read_once_before_the_clock_starts() -> None:
    study, reads = tiny.cohort(2).studies[0], []
    datum = study.data["radiograph"]
    counted = replace(datum, load=lambda: (reads.append(1), datum.load())[1])

    class Reading(Slow):
        def __call__(self, study):
            study.data["radiograph"].read()[:] = 0  # what one run does to the pixels, the next does not see
            return super().__call__(study)

    slow = Reading(0)
    latency(slow, [replace(study, data={"radiograph": counted})], repeats=4)
    assert len(reads) == 1
    assert np.array_equal(slow.seen[0].data["radiograph"].read(), datum.load())


def test_without_a_study_noise_of_a_usual_size_is_timed() -> None:
    slow = Slow(0)
    found = latency(slow, repeats=2)
    (image,) = {id(s): s.data["radiograph"] for s in slow.seen}.values()
    assert found.made_up
    assert image.grid.shape == image.read().shape == (2000, 1600)


def test_a_study_that_takes_long_is_not_run_fifteen_times() -> None:
    slow = Slow(0.06)
    found = latency(slow, repeats=15, longest_s=0.1)
    assert len(slow.seen) == 1 + 1 + 2  # whether noise can be answered; warm; and over the limit at the second
    assert found.repeats == 2
    assert found.low_ms >= 60
    once = Slow(0.06)
    assert latency(once, tiny.cohort(2).studies[:1], longest_s=0.05).repeats == len(once.seen) == 1


def test_a_system_that_finds_nothing_in_noise_asks_for_a_study() -> None:
    fitted = Fitted(part=tiny.PART, model=None, shapes={}, device=torch.device("cpu"))
    nothing = replace(tiny.PART, prepare=lambda study, earlier: ())
    told = Predictor(
        system=tiny.system(nothing),
        parts={"net": replace(fitted, part=nothing)},
        temperatures={},
        maker=Maker(system="t"),
    )
    with pytest.raises(RequestError, match=r"cannot be timed on made-up input; name a cohort .*--cohort"):
        latency(told)


def test_features_that_an_earlier_run_measured_are_measured_again(monkeypatch) -> None:
    monkeypatch.setattr(memory, "FOUND", {})
    known = []

    class Measuring(Slow):
        def __call__(self, study):
            known.append(len(memory.FOUND))
            memory.FOUND[b"region"] = np.zeros(3)
            return super().__call__(study)

    latency(Measuring(0), tiny.cohort(2).studies[:1], repeats=3)
    assert known == [0] * (WARM_UP + 3)
