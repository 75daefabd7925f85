from dataclasses import replace

import numpy as np
import pytest

from osteon import geometry
from osteon.errors import RequestError
from osteon.models import tofts
from osteon.simulate.mr import enhancement
from osteon.simulate.mr.dce_mri import Dynamic, concentration_of, dynamic
from osteon.simulate.mr.mr_look import Look
from osteon.simulate.mr.mri import Scanner
from osteon.simulate.mr.slices import Stack
from osteon.simulate.person.body import Body
from osteon.simulate.person.tissues import TABLE, Tissue
from osteon.transforms.wash_maps import Curve, curve_of, wash_maps

QUIET = Scanner(noise=None)
SETTINGS = Dynamic(stack=Stack(slice_mm=4.0, gap_mm=0.0, pixel_mm=2.0))


def ball(inside=Tissue.TUMOUR, side=24):
    """Return a ball (lesion 1) in red marrow, at 1 mm."""
    affine = np.array([[0, 0, 1.0, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]])
    place = np.indices((side,) * 3) - (side - 1) / 2
    lesion = ((place**2).sum(0) <= 81).astype(np.uint8)
    tissue = np.where(lesion, inside, Tissue.RED_MARROW).astype(np.uint8)
    grid = geometry.volume_grid((side,) * 3, affine)
    return Body(grid=grid, tissue=tissue, bone=np.zeros_like(tissue), lesion=lesion)


def middle(frames):
    return frames[:, 3, 6, 6]


@pytest.mark.parametrize("origin", sorted(enhancement.ORIGINS))
def test_kinetics_come_back_from_the_images(origin):
    kinetics = enhancement.mean_kinetics("metastasis", origin=origin)
    scan = dynamic(ball(), settings=SETTINGS, looks={1: Look(kinetics=kinetics)}, scanner=QUIET)
    frames = scan.image.read()
    assert frames.shape == (12, *scan.image.grid.shape)
    uptake = concentration_of(middle(frames)[:, None], settings=SETTINGS, t1_ms=TABLE[Tissue.TUMOUR].t1_ms)
    found = tofts.fit(np.array(SETTINGS.times_s), uptake, arrival_s=SETTINGS.arrival_s)
    assert found.ktrans_per_min[0] == pytest.approx(kinetics.ktrans_per_min, rel=0.05)
    assert found.ve[0] == pytest.approx(kinetics.ve, rel=0.05)
    assert found.vp[0] == pytest.approx(kinetics.vp, abs=0.005)


def test_a_tissue_without_a_look_has_its_own_kinetics():
    scan = dynamic(ball(), settings=SETTINGS, scanner=QUIET)
    corner = scan.image.read()[:, 0, 0, 0]
    uptake = concentration_of(corner[:, None], settings=SETTINGS, t1_ms=TABLE[Tissue.RED_MARROW].t1_ms)
    found = tofts.fit(np.array(SETTINGS.times_s), uptake, arrival_s=SETTINGS.arrival_s)
    expected = enhancement.TISSUES[Tissue.RED_MARROW]
    assert found.ktrans_per_min[0] == pytest.approx(expected.ktrans_per_min, rel=0.05)
    assert found.ve[0] == pytest.approx(expected.ve, rel=0.05)


def test_lung_persists_and_the_others_wash_out():
    """The means of each primary, as Lang et al. 2019 found them."""
    kinds = {}
    for origin in enhancement.ORIGINS:
        look = Look(kinetics=enhancement.mean_kinetics("metastasis", origin=origin))
        frames = dynamic(ball(), settings=SETTINGS, looks={1: look}, scanner=QUIET).image.read()
        maps = wash_maps(middle(frames), SETTINGS.times_s, arrival_s=SETTINGS.arrival_s)
        kinds[origin] = float(maps.wash_out)
    assert min(kinds, key=lambda name: -kinds[name]) == "lung"
    assert kinds["lung"] > -2.0
    assert curve_of(kinds["kidney"]) is curve_of(kinds["thyroid"]) is Curve.WASH_OUT
    assert all(kinds["lung"] - kinds[name] > 5.0 for name in kinds if name != "lung")


def test_necrosis_and_fluid_do_not_enhance():
    for tissue in (Tissue.NECROSIS, Tissue.CYST_FLUID):
        frames = dynamic(ball(tissue), settings=SETTINGS, scanner=QUIET).image.read()
        series = middle(frames)
        assert series.max() / series[0] < 1.1


def test_one_seed_one_series_and_noise_in_each_frame():
    one, other = (dynamic(ball(), settings=SETTINGS, rng=np.random.default_rng(2)).image.read() for _ in range(2))
    assert one.tobytes() == other.tobytes()
    assert not np.array_equal(one[0], one[1])
    assert dynamic(ball(), settings=SETTINGS, scanner=QUIET).image.times_s == SETTINGS.times_s


def test_mask_and_facts():
    scan = dynamic(ball(), settings=SETTINGS, scanner=QUIET)
    assert scan.mask.read().sum() * geometry.voxel_ml(scan.mask.grid) == pytest.approx(
        ball().lesion.sum() / 1e3, rel=0.1
    )
    assert scan.image.facts["NumberOfTemporalPositions"] == 12
    assert "simulated" in scan.image.facts["SeriesDescription"]


@pytest.mark.parametrize("change", [{"arrival_s": 5.0}, {"arrival_s": 170.0}, {"frames": 2}])
def test_a_series_that_misses_the_bolus_is_refused(change):
    with pytest.raises(RequestError, match="bolus"):
        dynamic(ball(), settings=replace(SETTINGS, **change), scanner=QUIET)
