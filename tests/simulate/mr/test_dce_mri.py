from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as settings_
from hypothesis import strategies as st

from osteon import geometry
from osteon.errors import RequestError
from osteon.models import tofts
from osteon.simulate.mr import enhancement
from osteon.simulate.mr.dce_mri import Dynamic, concentration_of, dynamic
from osteon.simulate.mr.mr_look import Look
from osteon.simulate.mr.mri import R1, Scanner
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


def series(body, **changes):
    """The frames deep in the lesion."""
    asked = {"settings": SETTINGS, "scanner": QUIET} | changes
    return middle(dynamic(body, **asked).image.read())


LOOK = Look(kinetics=tofts.Kinetics(ktrans_per_min=0.35, ve=0.3, vp=0.05))


def test_a_body_held_in_the_other_order_has_its_kinetics_too():
    body = ball()
    held = replace(body, tissue=np.asfortranarray(body.tissue), lesion=np.asfortranarray(body.lesion))
    np.testing.assert_array_equal(*(series(b, looks={1: LOOK}) for b in (body, held)))


def test_a_bolus_a_frame_later_is_the_same_curve_a_frame_later():
    one, later = (
        series(ball(), settings=replace(SETTINGS, arrival_s=20.0 + late), looks={1: LOOK}) for late in (0.0, 15.0)
    )
    np.testing.assert_allclose(later[1:], one[:-1], rtol=1e-4)
    assert later[0] == pytest.approx(one[0])


def test_before_the_bolus_the_signal_is_flat_and_the_tissues_own():
    settings = replace(SETTINGS, arrival_s=60.0)
    found = series(ball(), settings=settings, looks={1: LOOK})
    assert found[:4] == pytest.approx(found[0])
    row, angle = TABLE[Tissue.TUMOUR], np.radians(settings.flip_degrees)
    left = np.exp(-settings.tr_ms / row.t1_ms)
    ernst = np.sin(angle) * (1 - left) / (1 - np.cos(angle) * left)
    slowed = 1.0 / (1.0 / row.t2_ms + 10.0e-3)  # what a gradient echo adds to 1 / T2
    assert found[0] == pytest.approx(1000.0 * row.proton_density * ernst * np.exp(-settings.te_ms / slowed), rel=1e-3)
    assert found[5] > 1.2 * found[0]


@settings_(max_examples=12, deadline=None)
@given(
    ktrans=st.floats(0.02, 1.0), ve=st.floats(0.08, 0.6), vp=st.floats(0.0, 0.12), t1=st.floats(400.0, 2500.0),
)  # fmt: skip
def test_a_concentration_is_what_it_was_before_it_became_a_signal(ktrans, ve, vp, t1):
    times = np.array(SETTINGS.times_s)
    true = tofts.concentration(times, tofts.Kinetics(ktrans_per_min=ktrans, ve=ve, vp=vp), arrival_s=20.0)
    shorter = 1.0 / (1.0 / t1 + 1e-3 * R1 * true)
    left, angle = np.exp(-SETTINGS.tr_ms / shorter), np.radians(SETTINGS.flip_degrees)
    frames = 37.0 * np.sin(angle) * (1 - left) / (1 - np.cos(angle) * left)
    found = concentration_of(frames[:, None], settings=SETTINGS, t1_ms=t1)[0]
    np.testing.assert_allclose(found, true, atol=1e-6)


def test_where_there_is_no_signal_there_is_no_contrast_agent():
    found = concentration_of(np.zeros((12, 3, 2)), settings=SETTINGS, t1_ms=900.0)
    assert found.shape == (3, 2, 12)
    assert found == pytest.approx(0.0, abs=1e-9)


def test_more_transfer_means_a_faster_rise_and_no_uptake_none():
    curves = [
        series(ball(), looks={1: Look(kinetics=tofts.Kinetics(ktrans_per_min=k, ve=0.4, vp=0.0))})
        for k in (0.0, 0.1, 0.4)
    ]
    assert curves[0] == pytest.approx(curves[0][0])
    assert curves[0][3] < curves[1][3] < curves[2][3]
    assert (np.diff(curves[1]) > -1e-3).all(), "slow transfer only rises"


def test_times_are_the_middles_of_the_frames():
    settings = Dynamic(frames=4, frame_s=10.0, arrival_s=12.0)
    assert settings.times_s == (5.0, 15.0, 25.0, 35.0)
    made = dynamic(ball(), settings=replace(settings, stack=SETTINGS.stack), scanner=QUIET)
    assert made.image.times_s == settings.times_s
    assert made.image.read().shape[0] == made.image.facts["NumberOfTemporalPositions"] == 4
    assert made.image.facts["TemporalResolution"] == 10_000.0
