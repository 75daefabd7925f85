"""Samples to batches: stacked, in order, ahead of the step, and never a zero that passes for data."""

import threading
import time

import numpy as np
import pytest
import torch

from osteon.engine.batches import chunks, fed, stack
from osteon.errors import InputError
from osteon.types import Sample


def sample(name="s", *, inputs=None, targets=None):
    return Sample(study=name, patient=name, inputs=inputs or {}, targets=targets or {})


def test_inputs_are_stacked_in_order_and_pictures_lie_channels_last() -> None:
    pictures = [np.full((3, 4, 5), i, np.float32) for i in range(2)]
    batch = stack(
        [sample(inputs={"image": p, "row": p[0, 0]}, targets={"t": np.int64(i)}) for i, p in enumerate(pictures)]
    )
    assert np.array_equal(batch.inputs["image"].numpy(), np.stack(pictures))
    assert batch.inputs["image"].is_contiguous(memory_format=torch.channels_last)
    assert batch.inputs["row"].is_contiguous()
    assert batch.targets["t"].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("given", "expected"),
    [(np.float64, torch.float32), (np.float16, torch.float32), (np.uint8, torch.int64), (np.int32, torch.int64),
     (bool, torch.bool)],
)  # fmt: skip
def test_numbers_become_the_kind_that_losses_take(given: type, expected: torch.dtype) -> None:
    assert stack([sample(inputs={"x": np.ones(2, given)})]).inputs["x"].dtype == expected


def test_an_input_that_a_sample_lacks_is_absent_not_zero() -> None:
    both = [sample(inputs={"t1": np.ones(3, np.float32)}), sample(inputs={"t2": np.ones(2, np.float32)})]
    batch = stack(both, shapes={"t1": (3,), "t2": (2,), "t3": (4,)})
    assert {name: t.tolist() for name, t in batch.present.items()} == {
        "t1": [True, False], "t2": [False, True], "t3": [False, False],
    }  # fmt: skip
    assert batch.inputs["t1"].tolist() == [[1, 1, 1], [0, 0, 0]]
    assert batch.inputs["t3"].shape == (2, 4)


def test_the_samples_go_along_without_their_arrays() -> None:
    (kept,) = stack([sample("mine", inputs={"x": np.ones(2)}, targets={"t": np.int64(1)})]).samples
    assert (kept.study, dict(kept.inputs), dict(kept.targets)) == ("mine", {}, {})


def test_arrays_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(InputError, match=r"Samples of 'x' differ in shape \(\(2,\) and others\)"):
        stack([sample(inputs={"x": np.ones(2)}), sample(inputs={"x": np.ones(3)})])
    with pytest.raises(InputError, match="different targets"):
        stack([sample(targets={"a": np.int64(1)}), sample(targets={"b": np.int64(1)})])


def test_a_strided_or_read_only_array_is_taken() -> None:
    array = np.arange(12, dtype=np.float32).reshape(3, 4)[:, ::-1]
    array.flags.writeable = False
    assert stack([sample(inputs={"x": array})]).inputs["x"][0].tolist() == array.tolist()


def jobs(n, seen=None, seconds=0.0):
    def make(i):
        def job():
            if seen is not None:
                seen.append((i, threading.get_ident()))
            time.sleep(seconds)
            return stack([sample(inputs={"x": np.full(1, i, np.float32)})])

        return job

    return [make(i) for i in range(n)]


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_batches_come_in_order_whoever_makes_them(workers: int) -> None:
    found = [int(item.batch.inputs["x"].item()) for item in fed(jobs(20), workers=workers)]
    assert found == list(range(20))


def test_no_more_are_made_ahead_than_asked() -> None:
    seen: list = []
    stream = fed(jobs(50, seen), workers=2, ahead=2)
    next(stream)
    time.sleep(0.05)
    assert len(seen) <= 5
    stream.close()  # an epoch that is left early leaves nothing running
    count = len(seen)
    time.sleep(0.05)
    assert len(seen) == count


def test_waiting_is_what_the_loop_waited() -> None:
    slow = [item.waited_s for item in fed(jobs(4, seconds=0.02), workers=0)]
    assert all(waited >= 0.02 for waited in slow)
    ahead = []
    for item in fed(jobs(6, seconds=0.01), workers=2):
        ahead.append(item.waited_s)
        time.sleep(0.1)
    assert sum(ahead[1:]) < 0.05


@pytest.mark.parametrize("workers", [0, 2])
def test_an_error_in_a_thread_reaches_the_loop(workers: int) -> None:
    def broken():
        raise InputError("is empty.", file="a.png")

    with pytest.raises(InputError, match=r"a\.png: is empty"):
        list(fed([*jobs(2), broken, *jobs(2)], workers=workers))


def test_chunks_keep_every_item() -> None:
    assert list(chunks(range(7), 3)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(chunks([], 3)) == []
