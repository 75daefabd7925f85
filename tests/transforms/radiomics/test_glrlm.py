"""Runs against lines read one by one."""

import itertools

import numpy as np
import pytest

from osteon.transforms.radiomics import glrlm, levels


def by_hand(grey, step):
    """Return the runs of a direction as a sorted list of (level, length), from lines read as lists."""
    lines = {}
    for place in map(np.array, np.ndindex(grey.shape)):
        start = place
        while (start - step >= 0).all() and (start - step < grey.shape).all():
            start = start - step
        lines.setdefault(tuple(start), []).append(tuple(place))
    found = []
    for start, places in lines.items():
        places = sorted(places, key=lambda p: np.abs(np.array(p) - start).sum())
        runs = itertools.groupby(grey[p] for p in places)
        found += [(int(level), len(list(run))) for level, run in runs if level]
    return sorted(found)


def test_runs_are_those_by_hand(rng):
    grey = (rng.integers(1, 4, (4, 6, 5)) * (rng.random((4, 6, 5)) < 0.8)).astype(np.int32)
    steps = levels.directions(grey.shape, flat=False)
    for step, counts in zip(steps, glrlm.matrix(levels.padded(grey), steps), strict=True):
        found = [(i + 1, j + 1) for i, j in np.argwhere(counts) for _ in range(counts[i, j])]
        assert sorted(found) == by_hand(grey, step)


def test_features_are_means_over_directions(rng):
    grey = rng.integers(1, 4, (3, 4, 4)).astype(np.int32)
    steps = levels.directions(grey.shape, flat=False)
    wide = levels.padded(grey)
    each = [glrlm.glrlm(wide, step[None]) for step in steps]
    assert glrlm.glrlm(wide, steps) == pytest.approx(np.mean(each, axis=0))
    runs = [by_hand(grey, step) for step in steps]
    percentage = glrlm.NAMES.index("RunPercentage")
    assert glrlm.glrlm(wide, steps)[percentage] == pytest.approx(np.mean([len(r) for r in runs]) / grey.size)


def test_one_line_of_one_level_is_one_run():
    grey = np.full((1, 1, 6), 2, np.int32)
    found = dict(
        zip(glrlm.NAMES, glrlm.glrlm(levels.padded(grey), levels.directions(grey.shape, flat=False)), strict=True)
    )
    assert found["LongRunEmphasis"] == 36
    assert found["HighGrayLevelRunEmphasis"] == 4
    assert found["RunPercentage"] == pytest.approx(1 / 6)


def test_a_single_voxel_is_a_run_of_one():
    grey = np.ones((1, 1, 1), np.int32)
    assert glrlm.glrlm(levels.padded(grey), levels.directions(grey.shape, flat=False))[0] == 1
