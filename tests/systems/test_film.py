"""Whole films, their patches, and how opinions are joined."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.special import expit

from osteon.contract import Classify
from osteon.systems._film import film, patches, vote
from osteon.systems._read_out import chance
from osteon.types import Grid, Image, Study, Truth

TASK = Classify(name="film", classes=("normal", "benign", "malignant"), positive="malignant")


def study(label, *, mask=None, shape=(60, 40)):
    pixels = np.random.default_rng(0).normal(100, 20, shape)
    data = {"radiograph": Image(grid=Grid(shape=shape), modality="DX", load=lambda: pixels)}
    drawn = {} if mask is None else {"radiograph": Image(grid=Grid(shape=shape), modality="OT", load=lambda: mask)}
    truth = None if label is None else Truth(labels={"film": label}, masks=drawn)
    return Study(name="s", patient="p", data=data, truth=truth)


@pytest.fixture
def marked():
    mask = np.zeros((60, 40), np.int32)
    mask[3:12, 2:8] = 3
    return mask


def test_a_film_is_square_and_from_0_to_1_whatever_it_was(marked):
    sample = film(study("benign", mask=marked), 32, TASK)
    assert sample.inputs["image"].shape == sample.targets["mask"].shape == (1, 32, 32)
    assert 0 <= sample.inputs["image"].min() < sample.inputs["image"].max() <= 1
    assert sample.targets["film"] == 1
    assert sample.targets["mask"].sum() == pytest.approx(54 * 32 * 32 / (60 * 40), rel=0.05)


@pytest.mark.parametrize(("label", "targets"), [("benign", set()), ("normal", {"film", "mask"}), (None, set())])
def test_without_an_outline_only_a_normal_film_teaches(label, targets):
    assert set(film(study(label), 32, TASK).targets) == targets


def test_what_is_no_picture_is_no_film():
    assert film(replace(study("normal"), data={}), 32, TASK) is None


def test_patches_cover_every_pixel_of_the_film_and_know_where_they_lie(marked):
    whole = film(study("malignant", mask=marked), 32, TASK)
    covered = np.zeros((32, 32), int)
    for patch in patches(whole, TASK, size=16):
        row, column = (patch.steps[-1].params[name] for name in ("row", "column"))
        covered[row : row + 16, column : column + 16] += 1
        assert (patch.inputs["image"] == whole.inputs["image"][:, row : row + 16, column : column + 16]).all()
        assert patch.targets["film"] == (2 if patch.targets["mask"].any() else 0)
    assert covered.min() >= 1


def test_patches_of_a_film_without_truth_have_none():
    assert all(not patch.targets for patch in patches(film(study(None), 32, TASK), TASK, size=16))


@given(arrays.arrays(np.float64, (4, 3), elements=st.floats(0.01, 1)))
def test_the_vote_is_one_of_the_opinions_and_none_is_surer_of_a_tumour(odds):
    odds = odds / odds.sum(axis=1, keepdims=True)
    found = vote(odds[0], odds[1:])
    assert any((found == one).all() for one in odds)
    assert found[0] == odds[:, 0].min()


@given(arrays.arrays(np.float32, 5, elements=st.floats(-200, 200, width=32)))
def test_chances_are_those_of_scipy_and_never_overflow(logits):
    assert np.allclose(chance(logits), expit(logits.astype(float)), atol=1e-6)
