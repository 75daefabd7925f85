"""A run that dies, anywhere, and goes on: the same bits in the end."""

from __future__ import annotations

import csv
import errno
import multiprocessing
import random
import shutil
import signal
from pathlib import Path

import child
import pytest
import tiny

from osteon import engine
from osteon.engine import run as runs
from osteon.errors import InputError, RequestError, ResumableError, WeightsError

FILES = ("calibration.json", "split.csv")


def outcome(run):
    """Return all that must not depend on when a run was stopped."""
    with (run / "log.csv").open(newline="") as handle:
        log = [{k: v for k, v in row.items() if k not in runs.TIMES} for row in csv.DictReader(handle)]
    return tiny.weights_of(run), log, [(run / name).read_bytes() for name in FILES]


@pytest.fixture(scope="module")
def processes():
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["osteon.engine", "osteon.cohorts.checks.audit", "sklearn.linear_model", "tiny"])
    return context


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, processes):
    """Return the run that nobody stopped, and how many write operations it took."""
    out = tmp_path_factory.mktemp("undisturbed") / "run"
    worker = processes.Process(target=child.main, args=(out,))
    worker.start()
    worker.join()
    assert worker.exitcode == 0
    return out, int((out.parent / "operations").read_text())


@pytest.mark.slow
def test_a_run_killed_at_any_write_resumes_to_the_same_bits(tmp_path, undisturbed, processes):
    whole, operations = undisturbed
    assert operations > 100
    # Every kind of moment: each operation of a checkpoint, of finished weights, of run.json; another place each time.
    for number in range(1, operations, max(1, operations // 12)):
        out = tmp_path / str(number)
        worker = processes.Process(target=child.main, args=(out, number))
        worker.start()
        worker.join()
        assert worker.exitcode == -signal.SIGKILL
        engine.train(child.system(), child.cohort(), out, options=child.OPTIONS)
        assert outcome(out) == outcome(whole), f"killed at operation {number}"
        assert not list(out.rglob("checkpoint*"))
        assert not list(out.rglob(".tmp-*"))


@pytest.mark.slow
def test_a_run_killed_again_and_again_at_random_ends_in_the_same_bits(tmp_path, undisturbed, processes):
    whole, _ = undisturbed
    rng, out, kills = random.Random(0), tmp_path / "run", 0
    # A slow machine needs longer from start to first checkpoint: each try is given a little more.
    for attempt in range(60):
        worker = processes.Process(target=child.main, args=(out,))
        worker.start()
        worker.join(rng.uniform(0.05, 0.6) * 1.12**attempt)
        if worker.exitcode is None:
            worker.kill()
            kills += 1
        worker.join()
        if worker.exitcode == 0:
            break
    assert worker.exitcode == 0
    assert kills >= 3
    assert outcome(out) == outcome(whole)


def test_an_interrupted_run_exits_with_4_and_resumes(tmp_path, undisturbed, processes):
    whole, _ = undisturbed
    out = tmp_path / "run"
    worker = processes.Process(target=child.main, args=(out, 60, signal.SIGINT))
    worker.start()
    worker.join()
    assert worker.exitcode == 4
    with pytest.raises(ResumableError, match="same training command"):
        engine.Predictor.load(out, system=child.system())
    engine.train(child.system(), child.cohort(), out, options=child.OPTIONS)
    assert outcome(out) == outcome(whole)


@pytest.mark.slow
def test_a_full_disk_at_any_write_is_one_sentence_and_a_run_that_resumes(tmp_path, undisturbed, monkeypatch):
    whole, operations = undisturbed
    write = Path.write_bytes
    for number in range(1, operations // 5, 7):
        count = 0

        def full(path, data, number=number):
            nonlocal count
            count += 1
            if count == number:
                write(path, data[: len(data) // 2])
                raise OSError(errno.ENOSPC, "No space left on device")
            return write(path, data)

        out = tmp_path / str(number)
        with monkeypatch.context() as patch:
            patch.setattr(Path, "write_bytes", full)
            with pytest.raises(ResumableError, match="disk is full"):
                engine.train(child.system(), child.cohort(), out, options=child.OPTIONS)
        engine.train(child.system(), child.cohort(), out, options=child.OPTIONS)
        assert outcome(out) == outcome(whole)


@pytest.mark.parametrize(
    "name", ["part-net/weights.safetensors", "part-joined/weights.skops", "part-net/fold-1-of-2/weights.safetensors",
             "run.json", "split.csv", "calibration.json"],
)  # fmt: skip
def test_a_lost_or_changed_file_is_named_and_made_again(tmp_path, undisturbed, name):
    whole, _ = undisturbed
    out = tmp_path / "run"
    shutil.copytree(whole, out)
    (out / name).unlink()
    if name == "split.csv":
        with pytest.raises(InputError, match="same training command"):
            engine.evaluate(out, child.cohort(), system=child.system())
    elif "fold" not in name:
        with pytest.raises((WeightsError, InputError), match=r"same training command|osteon train"):
            engine.Predictor.load(out, system=child.system())
    engine.train(child.system(), child.cohort(), out, options=child.OPTIONS)
    assert tiny.weights_of(out) == tiny.weights_of(whole) or "fold" in name
    assert (out / "split.csv").read_bytes() == (whole / "split.csv").read_bytes()
    engine.evaluate(out, child.cohort(), system=child.system())


def test_a_damaged_checkpoint_costs_time_and_not_the_result(tmp_path, undisturbed, processes):
    whole, operations = undisturbed
    out = tmp_path / "run"
    worker = processes.Process(target=child.main, args=(out, operations // 3))
    worker.start()
    worker.join()
    (checkpoint,) = out.rglob("checkpoint.safetensors")
    checkpoint.write_bytes(checkpoint.read_bytes()[:-100])
    engine.train(child.system(), child.cohort(), out, options=child.OPTIONS)
    assert outcome(out) == outcome(whole)


def test_changed_weights_are_refused(tmp_path, undisturbed):
    out = tmp_path / "run"
    shutil.copytree(undisturbed[0], out)
    path = out / "part-net" / "weights.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(WeightsError, match="not the file that was trained"):
        engine.Predictor.load(out, system=child.system())


@pytest.mark.parametrize(
    ("options", "cohort", "what"),
    [({"seed": 4}, child.cohort(), "seed"), ({"overrides": ("fit.epochs=1",)}, child.cohort(), "overrides"),
     ({}, tiny.cohort(40), "cohort"), ({"split": "kfold:2"}, child.cohort(), "split")],
)  # fmt: skip
def test_another_run_in_the_folder_is_refused(undisturbed, options, cohort, what):
    from dataclasses import replace

    with pytest.raises(RequestError, match=f"another run.*differs in {what}"):
        engine.train(child.system(), cohort, undisturbed[0], options=replace(child.OPTIONS, **options))


def test_a_folder_with_other_files_is_refused(tmp_path):
    (tmp_path / "holiday.jpg").write_bytes(b"x")
    with pytest.raises(RequestError, match=r"holiday\.jpg"):
        engine.train(tiny.system(), tiny.cohort(), tmp_path)
