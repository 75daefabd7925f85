"""A training in a process of its own, which dies where it is told to."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import tiny

from osteon import engine
from osteon.contract import Mining
from osteon.errors import OsteonError

OPTIONS = engine.TrainOptions(threads=1, seed=3, checkpoint_steps=2, device="cpu")


def system():
    """Two parts; the first with everything that has a state: average, best weights, mining, schedule."""
    fit = replace(tiny.FIT, epochs=2, ema=0.9, patience=5, clip_norm=1.0)
    first = replace(tiny.PART, fit=fit, mine=Mining(rounds=1, share=0.5), stack=2)
    return tiny.system(first, tiny.SECOND)


def cohort():
    return tiny.cohort(80)


def writes(do):
    """Call `do` before each thing that is done to a file on the way to being whole, with the bytes half written."""
    write, fsync, move = Path.write_bytes, os.fsync, Path.replace

    def half(path, data):
        write(path, data[: len(data) // 2])
        do()
        return write(path, data)

    def synced(handle):
        do()
        return fsync(handle)

    def moved(path, target):
        do()
        found = move(path, target)
        do()
        return found

    Path.write_bytes, os.fsync, Path.replace = half, synced, moved


def main(out, die_at=None, by=signal.SIGKILL):
    """Train in `out`; send itself the signal `by` at write operation number `die_at`."""
    # A shell starts its background jobs with SIGINT ignored, and children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    done = 0

    def count():
        nonlocal done
        done += 1
        if done == die_at:
            os.kill(os.getpid(), by)

    writes(count)
    try:
        engine.train(system(), cohort(), Path(out), options=OPTIONS)
    except OsteonError as error:
        sys.exit(error.exit_code)
    Path(out, "..", "operations").write_text(str(done))
