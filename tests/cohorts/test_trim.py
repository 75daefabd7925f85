"""What is trimmed is the same in image and mask, by patient and seed, and never the lesion."""

from dataclasses import replace

import numpy as np
import pytest

from osteon import cohorts
from osteon.cohorts.trim import trimmed
from osteon.errors import RequestError
from osteon.geometry import same_place, to_mm
from osteon.types import Cohort, Grid, Image, Record
from tests import phantoms

SHAPE, SPACING = (20, 30, 40), (3.0, 2.0, 1.0)


@pytest.fixture
def cohort() -> Cohort:
    """Return six patients with a volume of known numbers, a lesion in its middle, a table and a film."""
    from osteon.geometry import volume_grid

    affine = np.diag([1.0, 1.0, 1.0, 1.0])
    affine[:3, :3] = np.array([[0, 0, 1.0], [0, 1.0, 0], [1.0, 0, 0]]) * SPACING
    grid = volume_grid(SHAPE, affine)
    values = np.arange(np.prod(SHAPE), dtype=np.float32).reshape(SHAPE)
    inside = np.zeros(SHAPE, dtype=np.int32)
    inside[8:12, 13:17, 18:22] = 1
    volume = Image(grid=grid, modality="PT", unit="SUVbw", load=lambda: values)
    mask = Image(grid=grid, modality="PT", unit="label", load=lambda: inside)
    film = Image(grid=Grid(shape=(5, 6)), modality="DX", load=lambda: np.ones((5, 6), np.float32))
    made = phantoms.cohort(_system())
    studies = tuple(
        replace(
            s,
            data={"pet": volume, "film": film, "clinical": Record(values={"age": 3.0})},
            truth=replace(s.truth, masks={"pet": mask}),
        )
        for s in made.studies
    )
    return replace(made, studies=studies, fingerprint="f")


def _system():
    from osteon import systems

    return systems.get("ct-msfcn-huang2017.suv1-pet")


def test_image_and_mask_keep_their_places(cohort):
    for before, after in zip(cohort.studies, trimmed(cohort, up_to_mm=15).studies, strict=True):
        image, mask = after.data["pet"], after.truth.masks["pet"]
        assert same_place(image.grid, mask.grid)
        assert image.read().shape == mask.read().shape == image.grid.shape
        assert mask.read().sum() == before.truth.masks["pet"].read().sum()
        corner = np.unravel_index(int(image.read()[0, 0, 0]), SHAPE)
        np.testing.assert_allclose(to_mm(image.grid, np.zeros(3)), to_mm(before.data["pet"].grid, np.array(corner)))


def test_every_side_loses_by_chance_and_no_more_than_told(cohort):
    many = replace(cohort, studies=tuple(replace(cohort.studies[0], name=f"s{n}", patient=f"p{n}") for n in range(60)))
    spans = []
    for study in trimmed(many, up_to_mm=12).studies:
        image = study.data["pet"].read()
        low = np.array(np.unravel_index(int(image[0, 0, 0]), SHAPE))
        high = np.array(SHAPE) - 1 - np.array(np.unravel_index(int(image[-1, -1, -1]), SHAPE))
        spans.append(np.stack([low, high]) * SPACING)
    off = np.stack(spans)
    assert off.max() <= 12
    assert (off.std(axis=0) > 2).all()
    assert np.abs(np.corrcoef(off.reshape(60, 6).T) - np.eye(6)).max() < 0.5


def test_the_same_patient_and_seed_lose_the_same(cohort):
    one, again, other = (trimmed(cohort, up_to_mm=15, seed=s) for s in (0, 0, 1))
    shapes = [[s.data["pet"].grid for s in c.studies] for c in (one, again, other)]
    assert shapes[0] == shapes[1] != shapes[2]
    assert one.fingerprint == again.fingerprint
    assert len({cohort.fingerprint, one.fingerprint, other.fingerprint}) == 3


def test_the_lesion_is_never_cut(cohort):
    for study in trimmed(cohort, up_to_mm=1e6).studies:
        assert study.data["pet"].grid.shape == (4, 4, 4)
        assert study.truth.masks["pet"].read().all()


def test_without_a_truth_something_is_left(cohort):
    bare = replace(cohort, studies=tuple(replace(s, truth=None) for s in cohort.studies))
    assert all(s.data["pet"].grid.shape == (1, 1, 1) for s in trimmed(bare, up_to_mm=5000).studies)


def test_what_is_no_volume_stays_and_the_cohort_says_so(cohort):
    found = trimmed(cohort, up_to_mm=15)
    assert all(s.data["film"].grid.shape == (5, 6) for s in found.studies)
    assert all(s.data["clinical"] == Record(values={"age": 3.0}) for s in found.studies)
    assert "trimmed by 0 to 15 mm" in found.notes[-1]


@pytest.mark.parametrize("length", [0.0, -1.0, float("nan")])
def test_a_length_that_is_none_is_refused(cohort, length):
    with pytest.raises(RequestError, match="above 0"):
        trimmed(cohort, up_to_mm=length)


def test_the_sarcomas_keep_their_tumours(data_dir):
    found = cohorts.load(data_dir / "sts").only({"STS_002", "STS_019"})
    for before, after in zip(found.studies, cohorts.trimmed(found, up_to_mm=45).studies, strict=True):
        for name in ("pet", "ct", "t1"):
            assert after.truth.masks[name].read().sum() == before.truth.masks[name].read().sum()
            assert np.prod(after.data[name].grid.shape) < np.prod(before.data[name].grid.shape)
