from dataclasses import replace

import numpy as np
import pytest

from osteon.errors import RequestError
from osteon.geometry import to_mm, volume_grid
from osteon.simulate.person.body import Body
from osteon.simulate.person.tissues import Tissue
from osteon.simulate.xray.attenuation import tissue_attenuation
from osteon.simulate.xray.film import Film
from osteon.simulate.xray.radiograph import EXACT, Exposure, lesion_paths, primary, signal_of, take
from osteon.simulate.xray.view import POSES, Pose, view_of
from osteon.simulate.xray.xray_spectrum import Tube, absorbed, spectrum

FAR = Pose(source_to_detector_mm=4000.0, centre_to_detector_mm=200.0)


def _body(tissue, lesion=None, spacing=(2.0, 2.0, 2.0), **fields):
    affine = np.zeros((4, 4))
    affine[2, 0], affine[1, 1], affine[0, 2], affine[3, 3] = *spacing, 1.0
    affine[:3, 3] = [7.0, -3.0, 40.0]
    tissue = np.asarray(tissue, np.uint8)
    empty = np.zeros(tissue.shape, np.uint8)
    lesion = empty if lesion is None else lesion
    return Body(grid=volume_grid(tissue.shape, affine), tissue=tissue, bone=empty, lesion=lesion, **fields)


def _slab(tissue, n=30):
    return _body(np.full((n, n, n), tissue))


def _ball(number=1, centre=(18, 10, 12), radius=4, n=30):
    axes = np.ogrid[:n, :n, :n]
    return (sum((a - c) ** 2 for a, c in zip(axes, centre, strict=True)) <= radius**2) * np.uint8(number)


def _expected(tissue, mm, exposure):
    beam = spectrum(exposure.tube)
    stops = beam.shares * absorbed(beam, scintillator_mg_per_cm2=exposure.scintillator_mg_per_cm2)
    weights = stops * beam.energies_kev
    return weights @ np.exp(-tissue_attenuation((tissue,), beam.energies_kev)[0] * mm) / weights.sum()


@pytest.mark.parametrize("tissue", [Tissue.MUSCLE, Tissue.CORTICAL, Tissue.FAT])
@pytest.mark.parametrize("kvp", [50.0, 90.0])
def test_a_uniform_cube_is_beer_and_lambert_over_its_spectrum(tissue, kvp):
    body = _slab(tissue)
    exposure = replace(EXACT, tube=Tube(kvp=kvp), method="siddon")
    view = view_of(body.grid, pose=FAR, shape=(9, 9))
    found = signal_of(body, view=view, exposure=exposure, film=Film())[4, 4]
    assert np.log(found) == pytest.approx(np.log(_expected(tissue, 60.0, exposure)), rel=5e-3)


def test_a_nearly_single_energy_gives_mu_times_path():
    body = _slab(Tissue.MUSCLE)
    tube = Tube(kvp=41.0, filters_mm=(("Al", 3.0), ("Cu", 2.0)), step_kev=29.0)  # one bin alone
    beam = spectrum(tube)
    assert beam.energies_kev.size == 1
    view = view_of(body.grid, pose=FAR, shape=(11, 11), cover=0.8)
    signal = signal_of(body, view=view, exposure=replace(EXACT, tube=tube, method="siddon"), film=Film())
    mu = tissue_attenuation((Tissue.MUSCLE,), beam.energies_kev)[0, 0]
    rays = view.pixels() - view.source_mm
    slant = np.linalg.norm(rays, axis=-1) / np.abs(rays[..., 1])
    np.testing.assert_allclose(-np.log(signal), mu * 60.0 * slant, rtol=5e-3)


def test_density_scales_attenuation():
    plain = _slab(Tissue.TRABECULAR)
    dense = replace(plain, density_scale=np.full(plain.tissue.shape, 1.3, np.float32))
    view = view_of(plain.grid, pose=FAR, shape=(5, 5))
    tube = Tube(kvp=41.0, step_kev=29.0)
    one, more = (primary(b, view=view, exposure=replace(EXACT, tube=tube))[0][2, 2] for b in (plain, dense))
    assert np.log(more) / np.log(one) == pytest.approx(1.3, rel=1e-4)


def test_contrast_agent_darkens_the_beam():
    body = _slab(Tissue.BLOOD)
    view = view_of(body.grid, pose=FAR, shape=(5, 5))
    given = replace(EXACT, iodine_mg_per_ml=((Tissue.BLOOD, 8.0),))
    assert primary(body, view=view, exposure=given)[0][2, 2] < 0.6 * primary(body, view=view, exposure=EXACT)[0][2, 2]


def test_air_is_nothing():
    body = _slab(Tissue.AIR)
    view = view_of(body.grid, pose=FAR, shape=(5, 5))
    assert (signal_of(body, view=view, exposure=EXACT, film=Film()) == 1).all()


@pytest.mark.parametrize("pose", [*POSES.values(), Pose(turn_degrees=25, tilt_degrees=20, roll_degrees=-30)])
def test_the_mask_lies_where_the_lesion_projects(pose):
    lesion = _ball()
    body = _body(np.where(lesion, Tissue.TUMOUR, Tissue.MUSCLE), lesion)
    view = view_of(body.grid, pose=pose, shape=(96, 80))
    made = take(body, view=view, exposure=EXACT)
    mask = made.mask.read()
    centre = view.project(to_mm(body.grid, np.argwhere(lesion).mean(axis=0)))
    np.testing.assert_allclose(np.argwhere(mask).mean(axis=0), centre, atol=1.0)
    voxels = np.rint(view.project(to_mm(body.grid, np.argwhere(lesion)))).astype(int)
    assert (mask[voxels[:, 0], voxels[:, 1]] == 1).all()
    # The mask is exactly the pixels whose rays meet the lesion, and the box is the mask's.
    assert ((lesion_paths(body, view=view)[..., 0] > 0) == (mask == 1)).all()
    rows, columns = np.nonzero(mask)
    assert made.lesions[0].box_px == (rows.min(), columns.min(), rows.max() + 1, columns.max() + 1)


def test_the_shadow_of_the_lesion_alone_is_its_mask():
    lesion = _ball()
    body = _body(np.where(lesion, Tissue.TUMOUR, Tissue.AIR), lesion)
    view = view_of(body.grid, pose=POSES["AP"], shape=(64, 64))
    made = take(body, view=view, exposure=replace(EXACT, method="siddon"), film=Film(look="signal"))
    assert ((made.image.read() < 1) == (made.mask.read() > 0)).all()


def test_two_lesions_behind_each_other_keep_their_own_boxes():
    lesion = np.maximum(_ball(1, centre=(15, 6, 15), radius=5), _ball(2, centre=(16, 22, 16), radius=3))
    body = _body(np.where(lesion, Tissue.TUMOUR, Tissue.FAT), lesion)
    made = take(body, view=view_of(body.grid, pose=FAR, shape=(60, 60)), exposure=EXACT)
    assert [found.mask_value for found in made.lesions] == [1, 2]
    first, second = (found.box_px for found in made.lesions)
    assert first[0] < second[0] < second[2] < first[2]
    assert set(np.unique(made.mask.read())) == {0, 1}  # the deeper shadow has the pixel


def test_a_body_without_a_lesion_has_an_empty_mask():
    made = take(_slab(Tissue.MUSCLE), view=view_of(_slab(0).grid, pose=FAR, shape=(8, 8)), exposure=EXACT)
    assert not made.mask.read().any()
    assert made.lesions == ()


def test_the_linear_projector_differs_little_from_the_exact_one():
    bone = _ball(radius=9, centre=(15, 15, 15))
    body = _body(np.where(bone, Tissue.CORTICAL, Tissue.MUSCLE))
    view = view_of(body.grid, pose=FAR, shape=(40, 40), cover=0.9)
    smooth, exact = (
        primary(body, view=view, exposure=replace(EXACT, method=method))[0] for method in ("linear", "siddon")
    )
    assert np.abs(np.log(smooth / exact)).mean() < 0.02 * np.abs(np.log(exact)).mean()


def test_noise_is_that_of_the_absorbed_energies():
    body = _slab(Tissue.MUSCLE)
    view = view_of(body.grid, pose=FAR, shape=(128, 128), cover=0.1)
    quiet = replace(EXACT, photons_per_mm2=1e5, electronic=0.0)
    beam = spectrum(quiet.tube)
    drawn = signal_of(body, view=view, exposure=quiet, film=Film(), rng=np.random.default_rng(1))
    exact, kev = primary(body, view=view, exposure=quiet)
    stops = beam.shares * absorbed(beam, scintillator_mg_per_cm2=quiet.scintillator_mg_per_cm2)
    photons = 1e5 * view.pixel_mm[0] ** 2
    mu = tissue_attenuation((Tissue.MUSCLE,), beam.energies_kev)[0]
    passed = stops * np.exp(-mu * 60.0)
    variance = photons * (passed @ beam.energies_kev**2) / (photons * (stops @ beam.energies_kev)) ** 2
    assert (drawn - exact).mean() == pytest.approx(0.0, abs=4 * np.sqrt(variance) / 128)
    assert (drawn - exact).var() == pytest.approx(variance, rel=0.06)
    assert beam.energies_kev.min() < kev.mean() < quiet.tube.kvp


def test_a_blurred_noise_is_correlated_and_smaller():
    body = _slab(Tissue.MUSCLE)
    view = view_of(body.grid, pose=FAR, shape=(96, 96), cover=0.3)
    sharp = replace(EXACT, photons_per_mm2=1e5, electronic=0.0)
    soft = replace(sharp, blur_mm=view.pixel_mm[0])
    one, other = (
        signal_of(body, view=view, exposure=e, film=Film(), rng=np.random.default_rng(1)) for e in (sharp, soft)
    )
    assert other.std() < 0.5 * one.std()
    beside = [np.corrcoef(s[:, :-1].ravel(), s[:, 1:].ravel())[0, 1] for s in (one, other)]
    assert abs(beside[0]) < 0.1
    assert beside[1] > 0.6


def test_scatter_behind_ten_centimetres_of_water_is_what_was_asked_for():
    n = 100
    body = _body(np.full((n, 25, n), Tissue.URINE), spacing=(6.0, 100 / 25, 6.0))
    view = view_of(body.grid, pose=FAR, shape=(64, 64), cover=0.95)
    with_scatter = replace(EXACT, scatter=0.8)
    one, other = (signal_of(body, view=view, exposure=e, film=Film())[32, 32] for e in (EXACT, with_scatter))
    assert (other - one) / one == pytest.approx(0.8, rel=0.08)


def test_scatter_reaches_into_the_shadow_of_lead():
    body = _slab(Tissue.MUSCLE)
    view = view_of(body.grid, pose=FAR, shape=(64, 64))
    film = Film(field=(0.5, 0.5))
    one, other = (signal_of(body, view=view, exposure=replace(EXACT, scatter=s), film=film)[2, 32] for s in (0.0, 0.5))
    assert other > 2 * one


def test_the_same_generator_gives_the_same_film_with_any_threads():
    body = _body(np.where(_ball(), Tissue.CORTICAL, Tissue.MUSCLE), _ball())
    view = view_of(body.grid, pose=POSES["LL"], shape=(80, 60))
    one, other = (take(body, view=view, rng=np.random.default_rng(4), threads=n).image.read() for n in (1, 2))
    assert one.tobytes() == other.tobytes()
    assert one.dtype == np.float32
    assert one.shape == (80, 60)


def test_the_film_says_how_it_was_made():
    body = replace(_slab(Tissue.MUSCLE), notes=("Simulated: parametric anatomy of no real person.",))
    made = take(body, view=view_of(body.grid, pose=POSES["PA"], shape=(16, 16)), rng=np.random.default_rng(0))
    facts = made.image.facts
    assert facts["ViewPosition"] == "PA"
    assert facts["KVP"] == 66.0
    assert facts["EstimatedRadiographicMagnificationFactor"] == pytest.approx(1.15, rel=1e-3)
    assert all("imulated" in note for note in made.image.notes)
    assert len(made.image.notes) == 2
    assert made.image.grid.spacing_at == "detector"


def test_noise_without_a_generator_is_refused():
    body = _slab(Tissue.MUSCLE)
    with pytest.raises(RequestError, match="needs a generator"):
        take(body, view=view_of(body.grid, pose=FAR, shape=(4, 4)), exposure=Exposure())


@pytest.mark.parametrize("photons", [0.0, -1.0, float("nan")])
def test_an_exposure_that_cannot_be_is_refused(photons):
    body = _slab(Tissue.MUSCLE)
    exposure = replace(EXACT, photons_per_mm2=photons)
    view = view_of(body.grid, pose=FAR, shape=(4, 4))
    with pytest.raises(RequestError, match="photons a mm2"):
        take(body, view=view, exposure=exposure, rng=np.random.default_rng(0))


@pytest.mark.parametrize("rows", [1, 63, 65, 130])
def test_a_film_of_any_height_is_its_rows_one_by_one(rows):
    """The paths are held in strips of rows; the last one may be short."""
    bone = _ball(radius=9, centre=(15, 15, 15))
    body = _body(np.where(bone, Tissue.CORTICAL, Tissue.MUSCLE))
    view = view_of(body.grid, pose=Pose(turn_degrees=20.0), shape=(rows, 12), cover=0.9)
    whole = primary(body, view=view, exposure=EXACT)[0]
    for row in {0, rows // 2, rows - 1}:
        alone = primary(body, view=view.rows(row, row + 1), exposure=EXACT)[0]
        np.testing.assert_allclose(whole[row], alone[0], rtol=1e-6)


def test_lesions_keep_their_numbers_though_one_is_missing():
    lesion = np.maximum(_ball(1, centre=(22, 12, 8), radius=3), _ball(3, centre=(8, 12, 20), radius=3))
    body = _body(np.where(lesion, Tissue.TUMOUR, Tissue.FAT), lesion)
    made = take(body, view=view_of(body.grid, pose=POSES["AP"], shape=(60, 60)), exposure=EXACT)
    assert [one.mask_value for one in made.lesions] == [1, 3]
    assert set(np.unique(made.mask.read())) == {0, 1, 3}
    high, low = (one.box_px for one in made.lesions)
    assert high[2] < low[0], "the higher slice lies nearer the top of the film"
    assert high[3] < low[1], "the smaller x, the patient's right, lies on the left"


def test_a_lesion_beside_the_film_is_left_out():
    lesion = _ball(centre=(3, 15, 15), radius=2)
    body = _body(np.where(lesion, Tissue.TUMOUR, Tissue.MUSCLE), lesion)
    made = take(body, view=view_of(body.grid, pose=POSES["AP"], shape=(40, 40), cover=0.5), exposure=EXACT)
    assert made.lesions == ()
    assert not made.mask.read().any()


@pytest.mark.parametrize("pose", [POSES["AP"], POSES["LL"], Pose(turn_degrees=33.0, tilt_degrees=-12.0)])
def test_a_ball_in_uneven_voxels_casts_the_shadow_of_a_ball(pose):
    """Analytic chords of a ball of muscle in air, on voxels of 1 x 2 x 0.5 mm; one energy."""
    spacing, radius = (1.0, 2.0, 0.5), 14.0
    shape = (34, 18, 68)
    axes = [(np.arange(n) - (n - 1) / 2) * mm for n, mm in zip(shape, spacing, strict=True)]
    r2 = axes[0][:, None, None] ** 2 + axes[1][:, None] ** 2 + axes[2] ** 2
    body = _body(np.where(r2 < radius**2, Tissue.MUSCLE, Tissue.AIR), spacing=spacing)
    tube = Tube(kvp=41.0, step_kev=29.0)
    view = view_of(body.grid, pose=pose, shape=(41, 41))
    signal = primary(body, view=view, exposure=replace(EXACT, tube=tube))[0]
    mu = tissue_attenuation((Tissue.MUSCLE,), spectrum(tube).energies_kev)[0, 0]
    centre = to_mm(body.grid, (np.array(shape) - 1) / 2)
    rays = view.pixels() - view.source_mm
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    away = np.linalg.norm(np.cross(rays, centre - view.source_mm), axis=-1)
    chord = 2.0 * np.sqrt(np.maximum(radius**2 - away**2, 0.0))
    found = -np.log(signal) / mu
    assert np.abs(found - chord)[away < 0.8 * radius].max() < 2.6, "a voxel or so"
    assert found.sum() == pytest.approx(chord.sum(), rel=0.02)
    assert not found[away > radius + 3.0].any()


def test_a_larger_focal_spot_blurs_an_edge_by_its_penumbra():
    """The penumbra of an edge in the middle of the body: spot times (magnification - 1), as a full width."""
    tissue = np.zeros((40, 8, 40), np.uint8)
    tissue[:, :, :20] = Tissue.CORTICAL
    body = _body(tissue, spacing=(1.0, 1.0, 1.0))
    pose = Pose(source_to_detector_mm=1000.0, centre_to_detector_mm=500.0)
    view = view_of(body.grid, pose=pose, shape=(81, 321), cover=0.5)
    widths = []
    for spot in (1.0, 2.0):
        exposure = replace(EXACT, focal_spot_mm=spot, tube=Tube(kvp=60.0))
        line = signal_of(body, view=view, exposure=exposure, film=Film())[40]
        edge = np.abs(np.diff(line.astype(float)))[150:170]
        at = np.arange(edge.size) * view.pixel_mm[1]
        middle = (edge * at).sum() / edge.sum()
        widths.append(2.355 * np.sqrt((edge * (at - middle) ** 2).sum() / edge.sum()))
    magnified = 1000.0 / 500.0 - 1.0
    assert widths[1] ** 2 - widths[0] ** 2 == pytest.approx((2.0**2 - 1.0**2) * magnified**2, rel=0.15)


def test_what_is_drawn_lies_around_what_is_expected_and_the_seed_draws_it():
    body = _slab(Tissue.TRABECULAR)
    exposure = Exposure(photons_per_mm2=2e4)
    view = view_of(body.grid, pose=FAR, shape=(48, 48), cover=0.5)
    film = Film(look="signal")
    exact = signal_of(body, view=view, exposure=replace(exposure, photons_per_mm2=None), film=film)
    drawn = [signal_of(body, view=view, exposure=exposure, film=film, rng=np.random.default_rng(s)) for s in range(6)]
    assert np.mean(drawn) == pytest.approx(float(exact.mean()), rel=0.005)
    again = signal_of(body, view=view, exposure=exposure, film=film, rng=np.random.default_rng(3))
    assert again.tobytes() == drawn[3].tobytes()
    assert abs(np.corrcoef((drawn[0] - exact).ravel(), (drawn[1] - exact).ravel())[0, 1]) < 0.1
