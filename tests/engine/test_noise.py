"""The study that a system is timed on without a real one: all its inputs, something outlined in each image."""

from dataclasses import replace

import numpy as np
import pytest
import tiny

from osteon import systems
from osteon.contract import Input
from osteon.engine.noise import RADIUS, made_up, study_of_noise
from osteon.types import Expression, Image, Record, Spectrum

KINDS = ("radiograph", "ct", "mri", "scintigram", "pet", "tile", "spectrum", "table", "expression")


@pytest.mark.parametrize("kind", KINDS)
def test_noise_can_be_made_of_each_kind(kind: str) -> None:
    made = made_up(Input(name="x", kind=kind), np.random.default_rng(0))
    if isinstance(made, Image):
        assert made.read().shape[: len(made.grid.shape)] == made.grid.shape
        assert (made.grid.affine is not None) == (kind in ("ct", "mri", "pet"))
        assert np.isfinite(made.read()).all()
    else:
        assert isinstance(made, {"spectrum": Spectrum, "table": Record, "expression": Expression}[kind])


@pytest.mark.parametrize("kind", ["scintigram", "mri"])
def test_an_ellipse_is_outlined_in_every_image_and_boxed(kind: str) -> None:
    system = replace(tiny.system(), inputs=(Input(name="here", kind=kind),))
    study = study_of_noise(system)
    image, mask = study.data["here"], study.truth.masks["here"]
    (lesion,) = study.truth.lesions
    assert mask.grid == image.grid
    half = len(image.grid.shape)
    low, high = np.array(lesion.box_px[:half]), np.array(lesion.box_px[half:])
    assert np.allclose((high - low) / mask.read().shape, 2 * RADIUS, atol=2 / np.array(image.grid.shape))
    assert np.allclose((high + low) / 2, np.array(image.grid.shape) / 2, atol=1)
    inside = mask.read()[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    assert inside.sum() == mask.read().sum() > 0
    assert inside.mean() == pytest.approx({2: np.pi / 4, 3: np.pi / 6}[half], abs=0.15)


def test_optional_inputs_are_there_but_a_slide_is_not() -> None:
    study = study_of_noise(systems.get("histo-osteo-arunachalam2019"))
    assert set(study.data) == {"tile"}
    assert set(study_of_noise(systems.get("mri-lesion-eweje2021")).data) == {"t1", "t2", "clinical"}


def test_it_is_labelled_with_the_first_class_and_the_same_each_time() -> None:
    one, two = (study_of_noise(tiny.system()) for _ in range(2))
    assert one.truth.labels == {"malignancy": tiny.TASK.classes[0]}
    assert np.array_equal(one.data["radiograph"].read(), two.data["radiograph"].read())


def test_volumes_are_of_the_shape_that_is_asked_for_and_films_as_ever() -> None:
    shape = (12, 20, 16)
    study = study_of_noise(systems.get("mri-lesion-eweje2021"), volume=shape)
    for name in ("t1", "t2"):
        assert study.data[name].grid.shape == study.data[name].read().shape == shape
        assert study.truth.masks[name].read().shape == shape
        assert study.truth.masks[name].read().any()
    film = study_of_noise(tiny.system(), volume=shape).data["radiograph"]
    assert np.array_equal(film.read(), study_of_noise(tiny.system()).data["radiograph"].read())
