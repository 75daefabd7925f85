"""Two views of one volume: thick slices at the right places, outlines by the majority, geometry that fits."""

from dataclasses import replace

import numpy as np
import pytest

from osteon import cohorts, systems
from osteon.cohorts.views import two_views
from osteon.errors import RequestError
from osteon.geometry import matrix, to_index, to_mm, volume_grid, voxel_ml
from osteon.types import Cohort, Image, Record
from tests import phantoms

SHAPE, SPACING = (21, 40, 30), (3.0, 1.0, 1.0)
FIRST_MM = np.array([-10.0, 20.0, -300.0])


def _axial_affine() -> np.ndarray:
    affine = np.eye(4)
    affine[:3, :3] = np.array([[0, 0, 1.0], [0, 1.0, 0], [1.0, 0, 0]]) * SPACING
    affine[:3, 3] = FIRST_MM
    return affine


@pytest.fixture
def cohort() -> Cohort:
    """Return patients whose volume has the millimetres from left to right, back and up as its values, and a ball."""
    grid = volume_grid(SHAPE, _axial_affine())
    index = np.stack(np.meshgrid(*(np.arange(n) for n in SHAPE), indexing="ij"), axis=-1)
    mm = to_mm(grid, index)
    values = (mm @ np.array([1.0, 10.0, 100.0])).astype(np.float32)
    middle = to_mm(grid, (np.array(SHAPE) - 1) / 2)
    inside = (((mm - middle) ** 2).sum(axis=-1) < 12**2).astype(np.int32)
    volume = Image(grid=grid, modality="MR", load=lambda: values)
    mask = Image(grid=grid, modality="MR", unit="label", load=lambda: inside)
    made = phantoms.cohort(systems.get("mri-sts-grading-navarro2021.logistic"))
    studies = tuple(
        replace(
            s, data={"t1": volume, "clinical": Record(values={"age": 3.0})}, truth=replace(s.truth, masks={"t1": mask})
        )
        for s in made.studies
    )
    return replace(made, studies=studies, fingerprint="f")


@pytest.mark.parametrize(("view", "shape", "spacing"), [
    ("axial", (10, 40, 30), (6.0, 1.0, 1.0)), ("coronal", (6, 21, 30), (6.0, 3.0, 1.0)),
])  # fmt: skip
def test_slices_are_thick_along_the_direction_of_the_view(cohort, view, shape, spacing):
    image = two_views(cohort, of="t1", thick_mm=6.0).studies[0].data[view]
    assert image.grid.shape == image.read().shape == shape
    assert image.grid.spacing_mm == pytest.approx(spacing)


@pytest.mark.parametrize("view", ["axial", "coronal"])
def test_every_voxel_has_the_mean_of_the_place_its_header_states(cohort, view):
    """The values are linear in the millimetres, so a mean is the value at the middle: geometry and values agree."""
    image = two_views(cohort, of="t1", thick_mm=6.0).studies[0].data[view]
    index = np.stack(np.meshgrid(*(np.arange(n) for n in image.grid.shape), indexing="ij"), axis=-1)
    np.testing.assert_allclose(image.read(), to_mm(image.grid, index) @ np.array([1.0, 10.0, 100.0]), rtol=1e-5)


def test_the_normals_are_those_of_the_views(cohort):
    study = two_views(cohort, of="t1").studies[0]
    normals = {name: matrix(study.data[name].grid)[:3, 0] for name in ("axial", "coronal")}
    assert np.argmax(np.abs(normals["axial"])) == 2
    assert np.argmax(np.abs(normals["coronal"])) == 1


def test_the_outline_has_about_the_volume_of_the_source_in_both(cohort):
    source = cohort.studies[0].truth.masks["t1"]
    volume = source.read().sum() * voxel_ml(source.grid)
    found = two_views(cohort, of="t1", thick_mm=6.0).studies[0]
    for view in ("axial", "coronal"):
        mask = found.truth.masks[view]
        assert mask.read().shape == found.data[view].grid.shape
        assert mask.read().sum() * voxel_ml(mask.grid) == pytest.approx(volume, rel=0.15)
        centre = to_mm(mask.grid, np.argwhere(mask.read()).mean(axis=0))
        there = to_index(source.grid, centre)
        np.testing.assert_allclose(there, np.argwhere(source.read()).mean(axis=0), atol=1.5)


def test_half_an_outlined_slice_neither_always_counts_nor_never(cohort):
    """Of two slices the one behind the middle decides: an edge that falls between them moves out or in alike."""
    found = []
    for start in (4, 5):
        inside = np.zeros(SHAPE, np.int32)
        inside[start : start + 9] = 1
        mask = replace(cohort.studies[0].truth.masks["t1"], load=lambda inside=inside: inside)
        study = replace(cohort.studies[0], truth=replace(cohort.studies[0].truth, masks={"t1": mask}))
        views = two_views(replace(cohort, studies=(study,)), of="t1", thick_mm=6.0)
        found.append(int(views.studies[0].truth.masks["axial"].read()[:, 0, 0].sum()))
    assert sorted(found) == [4, 5]


def test_slices_thicker_than_the_volume_make_one_slice(cohort):
    study = two_views(cohort, of="t1", thick_mm=1e4).studies[0]
    assert study.data["axial"].grid.shape == (1, 40, 30)
    assert study.data["coronal"].grid.shape == (1, 21, 30)


def test_a_study_without_an_outline_has_views_without_one(cohort):
    bare = replace(cohort, studies=tuple(replace(s, truth=None) for s in cohort.studies))
    assert all(s.truth is None and set(s.data) == {"axial", "coronal"} for s in two_views(bare, of="t1").studies)
    plain = replace(cohort, studies=tuple(replace(s, truth=replace(s.truth, masks={})) for s in cohort.studies))
    assert not any(s.truth.masks for s in two_views(plain, of="t1").studies)


def test_patients_and_labels_stay_and_the_cohort_says_what_it_is(cohort):
    found = two_views(cohort, of="t1")
    assert [s.patient for s in found.studies] == [s.patient for s in cohort.studies]
    assert [s.truth.labels for s in found.studies] == [s.truth.labels for s in cohort.studies]
    assert "made of one volume, t1" in found.notes[-1]
    marks = {cohort.fingerprint, found.fingerprint, two_views(cohort, of="t1", thick_mm=9.0).fingerprint}
    assert len(marks) == 3


def test_studies_without_the_volume_are_left_out_and_none_is_an_error(cohort):
    some = replace(cohort, studies=(replace(cohort.studies[0], data={}), *cohort.studies[1:]))
    assert len(two_views(some, of="t1").studies) == len(cohort.studies) - 1
    with pytest.raises(RequestError, match="No study has a volume called t2"):
        two_views(cohort, of="t2")


@pytest.mark.parametrize("thick", [0.0, -2.0, float("nan")])
def test_a_thickness_that_is_none_is_refused(cohort, thick):
    with pytest.raises(RequestError, match="above 0"):
        two_views(cohort, of="t1", thick_mm=thick)


def test_the_sarcomas_give_two_views_that_cover_one_place(data_dir):
    found = cohorts.two_views(cohorts.load(data_dir / "sts").only({"STS_002"}), of="t1").studies[0]
    axial, coronal = (found.truth.masks[name] for name in ("axial", "coronal"))
    middles = [to_mm(mask.grid, np.argwhere(mask.read()).mean(axis=0)) for mask in (axial, coronal)]
    assert np.abs(middles[0] - middles[1]).max() < 4.0
    volumes = [mask.read().sum() * voxel_ml(mask.grid) for mask in (axial, coronal)]
    assert volumes[0] == pytest.approx(volumes[1], rel=0.1)
