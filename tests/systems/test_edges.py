"""What reaches every system sooner or later: an empty outline, one slice, a blank image, a mask from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from osteon import systems
from osteon.contract import System
from osteon.errors import InputError, OsteonError
from osteon.geometry import to_mm, volume_grid
from osteon.types import Image, Sample, Study
from tests import phantoms

NAMES = sorted(systems.names())
OUTLINED = (
    "ct-sacral-radiomics-yin2020", "mri-gctb-recurrence-he2019", "mri-lesion-eweje2021", "mri-necrosis-huang2020",
    "mri-sts-grading-navarro2021", "pet-chemo-kim2021", "pet-response-delta", "pet-response-delta.siamese",
)  # fmt: skip
"""Systems that read an outlined tumour."""


def prepared(system: System, study: Study) -> list[Sample]:
    """All samples of all parts, none of which has an earlier one's answer."""
    earlier = {part.name: () for part in system.parts}
    return [sample for part in system.parts for sample in part.prepare(study, earlier)]


def with_images(study: Study, change: Callable[[Image], Image]) -> Study:
    data = {n: change(d) if isinstance(d, Image) else d for n, d in study.data.items()}
    return replace(study, data=data)


def with_masks(study: Study, change: Callable[[Image], Image]) -> Study:
    masks = {name: change(mask) for name, mask in study.truth.masks.items()}
    lesions = tuple(replace(lesion, box_px=None) for lesion in study.truth.lesions)
    return replace(study, truth=replace(study.truth, masks=masks, lesions=lesions))


def one_slice(image: Image, at: int) -> Image:
    affine = np.array(image.grid.affine)
    affine[:3, 3] = to_mm(image.grid, np.array([at, 0, 0]))
    grid = volume_grid((1, *image.grid.shape[1:]), affine)
    return replace(image, grid=grid, load=lambda: image.read()[at : at + 1])


@pytest.mark.parametrize("name", NAMES)
def test_an_outline_of_nothing_is_no_sample_or_a_sentence_and_never_a_crash(name):
    system = systems.get(name)
    study = phantoms.study(system, index=1)
    empty = with_masks(study, lambda m: replace(m, load=lambda: np.zeros(m.grid.shape, np.int32)))
    for part in system.parts:
        try:
            samples = list(part.prepare(empty, {p.name: () for p in system.parts}))
        except InputError as error:
            said = str(error)
            assert "empty" in said
            assert "outline" in said, "what to do next"
            assert study.patient not in said
            assert study.name not in said
        else:
            assert not any(np.any(s.targets.get("mask", 0)) for s in samples)


@pytest.mark.parametrize("name", [n for n in NAMES if n != "ct-sacral-radiomics-yin2020"])  # whose features are slow
def test_a_volume_of_one_slice_is_read_as_any_other(name):
    system = systems.get(name)
    study = phantoms.study(system, index=1)
    data, masks = dict(study.data), dict(study.truth.masks)
    for name_, datum in study.data.items():
        if isinstance(datum, Image) and len(datum.grid.shape) == 3 and name_ in masks:
            at = int((masks[name_].read() > 0).sum(axis=(1, 2)).argmax())
            data[name_], masks[name_] = one_slice(datum, at), one_slice(masks[name_], at)
    flat = replace(study, data=data, truth=replace(study.truth, masks=masks, lesions=()))
    whole = replace(study, truth=replace(study.truth, lesions=()))
    kinds = [
        {(key, a.shape[-1]) for s in prepared(system, one) for key, a in s.inputs.items() if a.ndim}
        for one in (flat, whole)
    ]
    assert kinds[0] == kinds[1], "the same inputs, as wide"


@pytest.mark.parametrize("level", [0.0, 7.0])
@pytest.mark.parametrize("name", [n for n in NAMES if n != "pet-response-delta"])
def test_a_blank_image_gives_numbers(name, level):
    """No spread to divide by; ratios of features, which may be unknown, are left out."""
    system = systems.get(name)
    study = phantoms.study(system, index=1)
    blank = with_images(study, lambda i: replace(i, load=lambda: np.full(i.read().shape, level, i.read().dtype)))
    for sample in prepared(system, blank):
        for key, array in sample.inputs.items():
            assert np.isfinite(array).all() or key == "votes", key


@pytest.mark.parametrize("name", OUTLINED)
def test_an_outline_from_elsewhere_in_the_patient_is_refused(name):
    system = systems.get(name)
    study = phantoms.study(system, index=1)

    def moved(mask: Image) -> Image:
        affine = np.array(mask.grid.affine)
        affine[:3, 3] += (0.0, 0.0, 40.0)
        return replace(mask, grid=volume_grid(mask.grid.shape, affine))

    with pytest.raises(OsteonError, match="grid"):
        prepared(system, with_masks(study, moved))


@pytest.mark.parametrize("name", NAMES)
def test_what_a_part_yields_is_float32_without_a_batch_and_of_one_shape(name):
    system = systems.get(name)
    shapes: dict[tuple[str, str], set[tuple[int, ...]]] = {}
    for index in (0, 1):
        for part in system.parts:
            for sample in part.prepare(phantoms.study(system, index=index), {p.name: () for p in system.parts}):
                assert sample.patient == f"patient-{index}"
                for key, array in sample.inputs.items():
                    assert array.dtype == np.float32, (part.name, key)
                    shapes.setdefault((part.name, key), set()).add(array.shape)
    for (part, key), found in shapes.items():
        if part != "outline":  # those see whole volumes, each of its own size
            assert len(found) == 1, f"{part} {key}: {found}"


@pytest.mark.parametrize("name", [n for n in NAMES if any(i.kind == "radiograph" for i in systems.get(n).inputs)])
def test_a_film_of_another_machine_is_the_same_film(name):
    """Greys are taken within each film's own range: gain and offset change nothing."""
    system = systems.get(name)
    study = phantoms.study(system, index=1)
    other = with_images(study, lambda i: replace(i, load=lambda: (i.read() * 3.0 + 500.0).astype(np.float32)))
    for one, same in zip(prepared(system, study), prepared(system, other), strict=True):
        for key, array in one.inputs.items():
            np.testing.assert_allclose(array, same.inputs[key], atol=2e-3)
