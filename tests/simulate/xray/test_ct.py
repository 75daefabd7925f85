from dataclasses import replace

import numpy as np
import pytest

from osteon.errors import RequestError
from osteon.geometry import matrix, to_mm, volume_grid
from osteon.simulate.person.body import Body
from osteon.simulate.person.tissues import Tissue
from osteon.simulate.xray.attenuation import tissue_attenuation, water_attenuation
from osteon.simulate.xray.ct import STACK, Scanner, scan
from osteon.simulate.xray.ct_beam import Source, energies, energy_weights
from osteon.simulate.xray.sinogram import Beam

QUIET = Source(photons=None)
BEAM = Beam(views=240, bin_mm=1.0)
SMALL = replace(STACK, slice_mm=4.0, pixel_mm=1.5)


def _body(paint=(), n=100, slices=8):
    """A cylinder of water with inserts (tissue, x, y, radius, slices), on a grid that starts anywhere."""
    affine = np.array([[0, 0, 1.5, -80.0], [0, 1.5, 0, 20.0], [2.0, 0, 0, -300.0], [0, 0, 0, 1]])
    tissue, lesion = np.zeros((2, slices, n, n), np.uint8)
    _, y, x = np.ogrid[:slices, :n, :n]
    middle = (n - 1) / 2
    tissue[(np.hypot(x - middle, y - middle) < 44) & np.ones((slices, 1, 1), bool)] = Tissue.URINE
    for number, (what, at_x, at_y, radius, where) in enumerate(paint, start=1):
        inside = np.hypot(x - at_x, y - at_y)[0] < radius
        tissue[where, inside], lesion[where, inside] = what, number
    grid = volume_grid(tissue.shape, affine)
    density = np.where(tissue == Tissue.URINE, np.float32(1 / 1.02), np.float32(1.0))  # water
    return Body(grid=grid, tissue=tissue, bone=np.zeros_like(tissue), lesion=lesion, density_scale=density)


def _at(made, body, x, y, radius=5, index=1):
    """Return the HU around a place of the body in one slice of the CT."""
    mm = to_mm(body.grid, np.array([0, y, x]))
    rows, columns = np.indices(made.image.grid.shape[1:])
    places = to_mm(made.image.grid, np.stack([np.full(rows.shape, index), rows, columns], -1))
    return made.image.read()[index][radius * 1.5 - 3 > np.hypot(*(places[..., :2] - mm[:2]).T).T]


def _scanner(**changes):
    return Scanner(**({"source": QUIET, "beam": BEAM} | changes))


def test_water_is_zero_and_air_is_minus_a_thousand():
    body = _body()
    made = scan(body, stack=SMALL, scanner=_scanner())
    hu = made.image.read()
    assert np.abs(_at(made, body, 49.5, 49.5, radius=38)).max() < 20  # 2 % of water
    assert np.abs(_at(made, body, 49.5, 49.5, radius=38).mean()) < 3
    assert hu[:, :8, :8].mean() == pytest.approx(-1000, abs=15)
    assert made.image.unit == "HU"


def test_tissues_have_the_numbers_of_their_attenuation():
    inserts = [(Tissue.MUSCLE, 30, 50, 9), (Tissue.FAT, 70, 50, 9), (Tissue.TRABECULAR, 50, 25, 9)]
    body = _body([(*insert, slice(None)) for insert in inserts])
    made = scan(body, stack=SMALL, scanner=_scanner())
    kev = energies(QUIET)
    water = water_attenuation(kev)
    weights = energy_weights(QUIET, kev) * np.exp(-water * 115.0)  # as the water around has hardened it
    for tissue, x, y, _ in inserts:
        mu = weights @ tissue_attenuation([tissue], kev)[0] / (weights @ water)
        assert _at(made, body, x, y).mean() == pytest.approx(1000 * (mu - 1), abs=25), tissue


def test_slices_lie_where_the_body_lies_and_keep_their_thickness():
    body = _body()
    made = scan(body, stack=SMALL, scanner=_scanner())
    grid = made.image.grid
    assert grid.spacing_mm == pytest.approx((4.0, 1.5, 1.5))
    assert grid.shape[0] == 4
    middle = [to_mm(g, (np.array(g.shape) - 1) / 2) for g in (grid, body.grid)]
    np.testing.assert_allclose(*middle, atol=1e-9)
    assert made.image.facts["SliceThickness"] == 4.0


def test_a_thick_slice_is_the_mean_of_what_is_in_it():
    body = _body([(Tissue.MUSCLE, 50, 50, 12, slice(0, 3))])  # three of the four layers of a slice of 8 mm
    made = scan(body, stack=replace(SMALL, slice_mm=8.0), scanner=_scanner())
    full = scan(body, stack=replace(SMALL, slice_mm=2.0), scanner=_scanner())
    inside = _at(full, body, 50, 50, index=0).mean()
    assert _at(made, body, 50, 50, index=0).mean() == pytest.approx(0.75 * inside, abs=3)


def test_the_mask_is_the_lesion():
    body = _body([(Tissue.TUMOUR, 35, 60, 10, slice(2, 6)), (Tissue.CORTICAL, 62, 40, 6, slice(0, 8))])
    made = scan(body, stack=SMALL, scanner=_scanner())
    mask = made.mask.read()
    assert mask.shape == made.image.grid.shape
    voxel = [abs(np.linalg.det(matrix(g)[:3, :3])) for g in (made.mask.grid, body.grid)]
    for number in (1, 2):
        assert (mask == number).sum() * voxel[0] == pytest.approx((body.lesion == number).sum() * voxel[1], rel=0.06)
        centres = [
            to_mm(g, np.argwhere(labels == number).mean(axis=0))
            for g, labels in ((made.mask.grid, mask), (body.grid, body.lesion))
        ]
        np.testing.assert_allclose(*centres, atol=0.6)
    assert made.image.read()[mask == 2].mean() > 900


def _noise(photons, **changes):
    body = _body(slices=2)
    source = Source(photons=photons, electronic=0.0)
    noisy, quiet = (
        scan(body, stack=SMALL, scanner=_scanner(source=s, **changes), rng=np.random.default_rng(0))
        for s in (source, QUIET)
    )
    return (_at(noisy, body, 49.5, 49.5, radius=30, index=0) - _at(quiet, body, 49.5, 49.5, radius=30, index=0)).var()


def test_noise_variance_goes_as_one_over_the_dose():
    low, high = _noise(3e4), _noise(3e5)
    assert low / high == pytest.approx(10.0, rel=0.1)
    assert _noise(3e4, kernel="bone") > 1.5 * low


def test_the_same_seed_gives_the_same_scan_with_any_threads():
    body = _body([(Tissue.CORTICAL, 30, 50, 6, slice(None))])
    noisy = _scanner(source=Source())
    one, other = (
        scan(body, stack=SMALL, scanner=noisy, rng=np.random.default_rng(5), threads=n).image.read() for n in (1, 3)
    )
    assert one.tobytes() == other.tobytes()
    assert (scan(body, stack=SMALL, scanner=noisy, rng=np.random.default_rng(6)).image.read() != one).any()


def test_metal_throws_streaks():
    clean, metal = (_body([(what, x, 50, 5, slice(None)) for x in (32, 68)]) for what in (Tissue.FAT, Tissue.METAL))
    between = [_at(scan(b, stack=SMALL, scanner=_scanner()), b, 50, 50, radius=4) for b in (clean, metal)]
    assert between[1].mean() < between[0].mean() - 30  # dark between the two rods


def test_contrast_agent_brightens():
    body = _body([(Tissue.BLOOD, 50, 50, 10, slice(None))])
    plain, given = (
        scan(body, stack=SMALL, scanner=_scanner(iodine_mg_per_ml=i)) for i in ((), ((Tissue.BLOOD, 10.0),))
    )
    assert 200 < _at(given, body, 50, 50).mean() - _at(plain, body, 50, 50).mean() < 320  # 20 to 32 HU per mg/ml
    assert given.image.facts["ContrastBolusAgent"] == "iodine"


def test_a_small_field_shows_the_same_place():
    body = _body([(Tissue.CORTICAL, 30, 60, 6, slice(None))])
    centre = to_mm(body.grid, np.array([3.5, 60, 30]))
    part = replace(SMALL, centre_mm=tuple(centre), field_mm=(4.0, 30.0, 30.0))
    made, whole = (scan(body, stack=s, scanner=_scanner()) for s in (part, SMALL))
    assert made.image.grid.shape == (1, 20, 20)
    one, other = _at(made, body, 30, 60, index=0).mean(), _at(whole, body, 30, 60).mean()
    assert one == pytest.approx(other, rel=0.02)


def test_it_says_that_it_is_simulated():
    made = scan(replace(_body(slices=2), notes=("A phantom.",)), stack=SMALL, scanner=_scanner())
    assert made.image.notes == ("This CT is simulated.", "A phantom.")
    assert made.image.facts["ConvolutionKernel"] == "SIMULATED SOFT"
    assert made.image.modality == "CT"


def test_slices_that_are_not_axial_are_refused():
    with pytest.raises(RequestError, match="axial"):
        scan(_body(slices=2), stack=replace(SMALL, plane="coronal"), scanner=_scanner())


def test_noise_without_a_generator_is_refused():
    with pytest.raises(RequestError, match="needs a generator"):
        scan(_body(slices=2), stack=SMALL)


@pytest.mark.parametrize("degrees", [-20.0, 15.0])
def test_a_tilted_gantry_is_stated_and_sees_the_same_lesion_in_its_place(degrees):
    """The gantry turns about the patient's left-right axis: rows stay level, slices lean to the head or the feet."""
    body = _body([(Tissue.CORTICAL, 40, 60, 7, slice(8, 16))], slices=24)
    tilted = replace(SMALL, tilt_degrees=(0.0, degrees))
    made = scan(body, stack=tilted, scanner=_scanner())
    affine = matrix(made.image.grid)
    assert affine[2, 2] == pytest.approx(0.0, abs=1e-9), "columns run level from right to left"
    normal = affine[:3, 0] / np.linalg.norm(affine[:3, 0])
    assert abs(np.degrees(np.arcsin(normal[1]))) == pytest.approx(abs(degrees), abs=1e-6)
    assert made.image.facts["GantryDetectorTilt"] == degrees
    mask = made.mask.read()
    places = [
        to_mm(grid, np.argwhere(labels == 1)).mean(axis=0)
        for grid, labels in ((made.mask.grid, mask), (body.grid, body.lesion))
    ]
    np.testing.assert_allclose(*places, atol=0.7)
    assert made.image.read()[mask == 1].mean() > 900


def test_a_body_of_one_slice_and_uneven_voxels_is_scanned_in_its_place():
    affine = np.array([[0, 0, 1.0, -40.0], [0, 2.0, 0, -50.0], [5.0, 0, 0, 7.0], [0, 0, 0, 1]])
    tissue = np.zeros((1, 50, 80), np.uint8)
    y, x = np.ogrid[:50, :80]
    tissue[0][((x - 39.5) / 36) ** 2 + ((y - 24.5) * 2 / 36) ** 2 < 1] = Tissue.MUSCLE
    rod = (x - 55) ** 2 + ((y - 20) * 2) ** 2 < 36
    tissue[0][rod] = Tissue.CORTICAL
    lesion = np.zeros_like(tissue)
    lesion[0][rod] = 3
    body = Body(grid=volume_grid(tissue.shape, affine), tissue=tissue, bone=np.zeros_like(tissue), lesion=lesion)
    made = scan(body, stack=replace(SMALL, slice_mm=5.0, pixel_mm=1.0), scanner=_scanner())
    assert made.image.grid.shape[0] == 1
    hu, mask = made.image.read(), made.mask.read()
    assert set(np.unique(mask)) == {0, 3}, "the lesion keeps its number, though it is the only one"
    bright = to_mm(made.image.grid, np.argwhere(hu > 600.0)).mean(axis=0)
    np.testing.assert_allclose(bright, to_mm(body.grid, np.argwhere(lesion)).mean(axis=0), atol=0.7)


def test_an_empty_body_is_air_without_a_lesion():
    body = _body(slices=2)
    nothing = replace(body, tissue=np.zeros_like(body.tissue), density_scale=None)
    made = scan(nothing, stack=SMALL, scanner=_scanner())
    assert made.image.read() == pytest.approx(-1000.0, abs=0.5)
    assert not made.mask.read().any()


def test_a_starved_ray_is_dark_but_stays_a_number():
    """Hardly a photon behind metal: counts are held above half a quantum, and the image stays finite."""
    body = _body([(Tissue.METAL, 50, 50, 25, slice(None))], slices=2)
    source = Source(photons=500.0, electronic=10.0)
    made = scan(body, stack=SMALL, scanner=_scanner(source=source), rng=np.random.default_rng(0))
    hu = made.image.read()
    assert np.isfinite(hu).all()
    assert hu.min() >= -1024.0


@pytest.mark.parametrize("photons", [0.0, -5.0, float("nan")])
def test_a_dose_that_cannot_be_is_refused(photons):
    scanner = _scanner(source=Source(photons=photons))
    with pytest.raises(RequestError, match="photons"):
        scan(_body(slices=2), stack=SMALL, scanner=scanner, rng=np.random.default_rng(0))
