from dataclasses import replace

import numpy as np
import pytest

from osteon.simulate.nuclear import bone_scan_kernels
from osteon.simulate.nuclear.bone_scan import Settings, expected
from osteon.simulate.nuclear.bone_scan_kernels import kernel, seen
from osteon.simulate.nuclear.gamma_camera import Bed, Camera, heads
from osteon.simulate.nuclear.photon_space import space
from osteon.simulate.nuclear.photon_tables import Window
from osteon.simulate.nuclear.photon_transport import transport
from osteon.simulate.person.tissues import Tissue
from tests.simulate.nuclear.phantoms import SMALL, box, game, point

BED = Bed(shape=(64, 48), pixel_mm=8.0)


@pytest.fixture(scope="module", autouse=True)
def fewer_histories():
    """Kernels of a tenth of the photons: enough for sums over regions."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bone_scan_kernels, "HISTORIES", 200_000)
        kernel.cache_clear()
        yield
    kernel.cache_clear()


def trunk():
    """Lungs, a spine, two arms and a lesion in an oval of muscle, all with uptake."""
    made = box(Tissue.AIR, shape=(45, 26, 46))
    y, x = np.meshgrid((np.arange(26) - 12.5) * 8, (np.arange(46) - 22.5) * 8, indexing="ij")
    made.tissue[:, (x / 145) ** 2 + (y / 98) ** 2 < 1] = Tissue.MUSCLE
    made.tissue[:, (np.abs(x) - 165) ** 2 + y**2 < 18**2] = Tissue.MUSCLE
    made.tissue[24:40, ((np.abs(x) - 70) / 50) ** 2 + (y / 70) ** 2 < 1] = Tissue.LUNG
    made.tissue[:, x**2 + (y - 65) ** 2 < 20**2] = Tissue.TRABECULAR
    made.tissue[8:12, (x - 30) ** 2 + (y + 50) ** 2 < 15**2] = Tissue.OSTEOID
    return made


def test_the_kernel_counts_as_much_scatter_as_a_point_deep_in_water_makes():
    made = kernel(Window(), (8.0, 8.0, 8.0))
    assert made.single.shape == (61, 61, 77)
    assert made.single.sum() > made.multiple.sum() > 0
    assert made.harder.sum() > 0


def test_scatter_comes_from_between_the_source_and_the_camera():
    made = kernel(Window(), (12.0, 12.0, 12.0))
    middle = made.single.shape[2] // 2
    assert made.single[:, :, :middle].sum() > 3 * made.single[:, :, middle + 1 :].sum()
    assert made.thin[:, :, : middle - 8].sum() > made.single[:, :, : middle - 8].sum()


def test_the_kernel_is_the_same_on_any_day():
    one = kernel(Window(), (24.0, 24.0, 24.0))
    kernel.cache_clear()
    assert np.array_equal(one.single, kernel(Window(), (24.0, 24.0, 24.0)).single)


@pytest.mark.parametrize("row", [8, 20, 32])
def test_a_point_in_water_is_seen_as_by_the_transport(row):
    body = box(Tissue.URINE, shape=(40, 40, 40), voxel_mm=4.0)
    activity = point(body, (20, row, 20))
    at = game(body, activity)
    full = transport(at, histories=150_000, rng=np.random.default_rng(1)).sum(axis=1)
    fast = seen(at.space, np.ascontiguousarray(activity.transpose(0, 2, 1)), camera=Camera(), heads=at.heads)
    assert fast.sum(axis=(1, 2)) == pytest.approx(full.sum(axis=(1, 2)), rel=0.03)
    near = np.s_[:, 29:34, 30:35]
    assert fast[near].sum(axis=(1, 2)) == pytest.approx(full[near].sum(axis=(1, 2)), rel=0.03)


def test_a_point_in_air_has_no_scatter():
    body = box(Tissue.AIR)
    inside = space(body)
    source = np.zeros((30, 30, 30))
    source[15, 15, 15] = 1.0
    found = heads(inside, camera=Camera(), bed=SMALL)
    assert seen(inside, source, camera=Camera(), heads=found).sum(axis=(1, 2)) == pytest.approx([1, 1], rel=0.01)


@pytest.mark.slow
def test_regions_of_a_trunk_are_within_2_percent_of_the_transport():
    settings = Settings(bed=BED, noise=False, histories=2_000_000)
    full = expected(trunk(), settings, np.random.default_rng(1))
    fast = expected(trunk(), replace(settings, method="kernels"), np.random.default_rng(1))
    assert fast.sum(axis=(1, 2)) == pytest.approx(full.sum(axis=(1, 2)), rel=0.01)
    regions = {
        "lungs": np.s_[:, 18:33, 9:39],
        "abdomen": np.s_[:, 38:52, 9:39],
        "spine": np.s_[:, 10:54, 21:27],
        "lesion": np.s_[:, 40:46, 17:31],
        "arms": np.s_[:, 12:52, 0:6],
    }
    for name, where in regions.items():
        ratio = fast[where].sum(axis=(1, 2)) / full[where].sum(axis=(1, 2))
        assert ratio == pytest.approx([1.0, 1.0], abs=0.02), name


def test_the_finer_grid_makes_the_same_image():
    coarse = box(Tissue.MUSCLE, shape=(20, 12, 20), voxel_mm=12.0)
    fine = box(Tissue.MUSCLE, shape=(40, 24, 40), voxel_mm=6.0)
    settings = Settings(bed=BED, noise=False, method="kernels")
    one, other = (expected(body, settings, np.random.default_rng(0)) for body in (coarse, fine))
    assert one.sum(axis=(1, 2)) == pytest.approx(other.sum(axis=(1, 2)), rel=0.01)
