from dataclasses import replace

import numpy as np
import pytest

from osteon.errors import RequestError
from osteon.geometry import volume_grid
from osteon.simulate.person.body import Body
from osteon.simulate.person.tissues import Tissue
from osteon.simulate.xray.attenuation import MATERIALS, tissue_attenuation, water_attenuation
from osteon.simulate.xray.ct import STACK
from osteon.simulate.xray.ct_beam import Source
from osteon.simulate.xray.sinogram import Beam
from osteon.simulate.xray.spectral_ct import SpectralScanner, scan
from osteon.simulate.xray.xray_spectrum import Tube

N, PIXEL = 100, 1.5
IODINE = 8.0
PLACES = {"iodine": (30, 50), "bone": (70, 50), "fat": (50, 28), "water": (50, 72)}
SMALL = replace(STACK, slice_mm=4.0, pixel_mm=1.5)


def _quiet(**changes):
    low = Source(tube=Tube(kvp=80.0, filters_mm=(("Al", 7.0),), step_kev=4.0), photons=None)
    high = Source(tube=Tube(kvp=140.0, filters_mm=(("Al", 7.0), ("Sn", 0.4)), step_kev=4.0), photons=None)
    given = {
        "low": low,
        "high": high,
        "beam": Beam(views=240, bin_mm=1.0),
        "iodine_mg_per_ml": ((Tissue.BLOOD, IODINE),),
    }
    return SpectralScanner(**(given | changes))


def _body():
    affine = np.array([[0, 0, PIXEL, -75.0], [0, PIXEL, 0, -75.0], [2.0, 0, 0, 0], [0, 0, 0, 1]])
    tissue = np.zeros((2, N, N), np.uint8)
    _, y, x = np.ogrid[:2, :N, :N]
    tissue[:, (np.hypot(x - 49.5, y - 49.5) < 44)[0]] = Tissue.URINE
    inside = {"iodine": Tissue.BLOOD, "bone": Tissue.TRABECULAR, "fat": Tissue.FAT}
    for name, what in inside.items():
        at_x, at_y = PLACES[name]
        tissue[:, (np.hypot(x - at_x, y - at_y) < 9)[0]] = what
    lesion = (tissue == Tissue.TRABECULAR).astype(np.uint8)
    density = np.where(tissue == Tissue.URINE, np.float32(1 / 1.02), np.float32(1.0))  # water
    grid = volume_grid(tissue.shape, affine)
    return Body(grid=grid, tissue=tissue, bone=np.zeros_like(tissue), lesion=lesion, density_scale=density)


@pytest.fixture(scope="module")
def made():
    return scan(_body(), stack=SMALL, scanner=_quiet())


def _mean(image, name, radius=5):
    at_x, at_y = PLACES[name]
    y, x = np.ogrid[:N, :N]
    return float(image.read()[0][np.hypot(x - at_x, y - at_y) < radius].mean())


def _expected(tissue, kev, iodine=None):
    at = np.array([kev])
    mu = tissue_attenuation([tissue], at, iodine_mg_per_ml=iodine)[0, 0]
    return 1000 * (mu / water_attenuation(at)[0] - 1)


@pytest.mark.parametrize("kev", [40.0, 55.0, 70.0, 100.0, 140.0])
def test_numbers_at_one_energy_are_those_of_the_tables(made, kev):
    image = made.mono(kev)
    iodine = _expected(Tissue.BLOOD, kev, {Tissue.BLOOD: IODINE})
    assert _mean(image, "iodine") == pytest.approx(iodine, rel=0.04, abs=12)
    assert _mean(image, "water") == pytest.approx(0.0, abs=8)
    assert _mean(image, "fat") == pytest.approx(_expected(Tissue.FAT, kev), abs=35)


def test_iodine_and_calcium_fall_with_energy_and_water_does_not(made):
    energies = (40.0, 50.0, 60.0, 80.0, 110.0, 140.0)
    curves = {name: [_mean(made.mono(kev), name) for kev in energies] for name in PLACES}
    for name in ("iodine", "bone"):
        assert (np.diff(curves[name]) < 0).all(), name
    assert curves["iodine"][0] > 5 * curves["iodine"][4]
    assert curves["fat"][0] < curves["fat"][-1]  # fat rises
    assert np.ptp(curves["water"]) < 12


@pytest.mark.parametrize("kev", [50.0, 70.0, 120.0])
def test_bone_follows_the_tables_on_a_calcium_basis(kev):
    calcium = scan(_body(), stack=SMALL, scanner=_quiet(materials=("water", "hydroxyapatite"), iodine_mg_per_ml=()))
    assert _mean(calcium.mono(kev), "bone") == pytest.approx(_expected(Tissue.TRABECULAR, kev), rel=0.03)


def test_the_iodine_map_is_in_mg_per_ml(made):
    iodine = made.densities[1]
    assert iodine.unit == "mg/ml"
    blood = _mean(iodine, "iodine") - _mean(iodine, "water")
    assert blood == pytest.approx(IODINE, rel=0.06)
    assert _mean(made.densities[0], "water") == pytest.approx(1000.0, rel=0.01)


def test_images_at_one_energy_do_not_cup(made):
    y, x = np.ogrid[:N, :N]
    away = np.hypot(x - 49.5, y - 49.5)
    hu = made.mono(70.0).read()[0]
    clear = np.all([np.hypot(x - a, y - b) > 13 for name, (a, b) in PLACES.items() if name != "water"], axis=0)
    rings = [hu[clear & (away > low) & (away < high)].mean() for low, high in ((0, 10), (34, 40))]
    assert rings[0] == pytest.approx(rings[1], abs=5)


def test_noise_depends_on_the_seed_alone():
    noisy = _quiet(low=replace(_quiet().low, photons=1e5), high=replace(_quiet().high, photons=1e5))
    scans = [
        scan(_body(), stack=SMALL, scanner=noisy, rng=np.random.default_rng(seed), threads=n).mono(70.0).read()
        for seed, n in ((1, 1), (1, 2), (2, 1))
    ]
    assert scans[0].tobytes() == scans[1].tobytes()
    assert scans[0].tobytes() != scans[2].tobytes()


def test_low_energies_are_noisier():
    noisy = _quiet(low=replace(_quiet().low, photons=1e5), high=replace(_quiet().high, photons=1e5))
    made, quiet = (
        scan(_body(), stack=SMALL, scanner=noisy, rng=np.random.default_rng(1)),
        scan(_body(), stack=SMALL, scanner=_quiet()),
    )
    spread = [(made.mono(kev).read() - quiet.mono(kev).read())[0, 40:60, 40:60].std() for kev in (40.0, 70.0)]
    assert spread[0] > 2 * spread[1]


def test_mask_and_words(made):
    assert made.mask.read()[0, 50, 70] == 1
    assert made.mask.read().sum() == (_body().lesion[0] > 0).sum()
    assert "simulated" in made.mono(60.0).notes[0]
    assert "60 keV" in made.mono(60.0).facts["ImageComments"]
    assert made.materials == ("water", "iodine")
    assert set(made.materials) <= set(MATERIALS)


@pytest.mark.parametrize("kev", [39.0, 141.0, np.nan])
def test_other_energies_are_refused(made, kev):
    with pytest.raises(RequestError, match="40 to 140 keV"):
        made.mono(kev)
