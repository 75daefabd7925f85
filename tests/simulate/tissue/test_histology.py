"""H&E as drawn: colours unmix to the stains, the map is the truth, tiles join, slides open in OpenSlide."""

from dataclasses import replace

import numpy as np
import openslide
import pytest
from scipy import ndimage

from osteon.errors import RequestError
from osteon.simulate.tissue import histology, histology_map
from osteon.simulate.tissue.histology import Histology, Region, Stroke
from osteon.transforms import stain as stains

EXACT = Histology(um_per_pixel=1.0, noise=0.0, roughness_um=0.0)


@pytest.fixture(scope="module")
def section():
    composition = histology_map.Composition(necrosis_percent=37)
    return histology_map.tissue_map(composition, rng=np.random.default_rng(3), size_um=(1200, 800))


def of(region, *, px=256, settings=EXACT, seed=5):
    """Return a tile of one tissue."""
    um = px * settings.um_per_pixel
    return histology.tile(
        histology_map.uniform_map(region, size_um=(um, um)), seed=seed, settings=settings, size_px=(px, px)
    )


@pytest.mark.parametrize("region", Region)
def test_colours_unmix_to_what_was_drawn(rng, region):
    settings = replace(EXACT, stain=stains.draw(rng))
    made = of(region, settings=settings)
    bright = made.pixels.min(axis=-1) > 20  # below, a grey value is too coarse a step of density
    h, e = stains.unmix(made.pixels, stain=settings.stain)
    assert bright.mean() > 0.8
    assert np.abs(h - made.haematoxylin)[bright].max() < 0.03
    assert np.abs(e - made.eosin)[bright].max() < 0.03
    assert np.abs(h - made.haematoxylin)[bright].mean() < 0.004


def test_each_tissue_looks_as_it_is_stained():
    made = {region: of(region, px=384) for region in Region}
    dark = {region: float((t.haematoxylin > 0.4).mean()) for region, t in made.items()}
    pink = {region: float(t.eosin.mean()) for region, t in made.items()}
    assert made[Region.GLASS].pixels.min() == 243
    assert dark[Region.VIABLE] > 0.1 > 10 * dark[Region.NECROSIS]  # ghosts have lost their haematoxylin
    assert pink[Region.BONE] == max(pink.values())
    assert pink[Region.CARTILAGE] < pink[Region.STROMA]
    assert (made[Region.FAT].pixels.min(axis=-1) > 235).mean() > 0.7


def nuclei(made):
    """Return the areas in um2 of the nuclei that stand alone enough to be one."""
    marked, count = ndimage.label(made.haematoxylin > 0.35)
    return np.bincount(marked.ravel())[1:] * made.um_per_pixel**2, count


def test_grade_makes_more_larger_and_more_varied_nuclei():
    areas = {
        g: nuclei(of(Region.VIABLE, px=600, settings=replace(EXACT, um_per_pixel=0.5, grade=g))) for g in (1, 2, 3)
    }
    dark = {g: float(a.sum()) for g, (a, _) in areas.items()}
    assert dark[1] < dark[2] < dark[3]
    spread = {g: np.log(a[a > 8]).std() for g, (a, _) in areas.items()}
    assert spread[1] < spread[2] < spread[3]


def test_the_drawn_number_and_size_of_nuclei_are_found():
    wanted = histology.Cytology(nuclei_per_mm2=500, nucleus_um=9.0, pleomorphism=0.0, elongation=1.0, haematoxylin=1.0)
    settings = replace(EXACT, um_per_pixel=0.5, cytology={Region.VIABLE: wanted}, osteoid=0.0)
    made = of(Region.VIABLE, px=1000, settings=settings)
    areas, count = nuclei(made)
    assert count / 0.25 == pytest.approx(500, rel=0.08)
    assert np.median(areas) == pytest.approx(np.pi / 4 * 81, rel=0.08)


def test_osteoid_is_laid_down_as_told():
    pink = [of(Region.VIABLE, settings=replace(EXACT, osteoid=share)).eosin.mean() for share in (0.0, 0.3, 0.9)]
    assert pink[0] < pink[1] < pink[2]


def test_regions_are_those_of_the_map(section):
    made = histology.tile(section, seed=5, settings=EXACT, size_px=(1200, 800))
    assert np.array_equal(made.regions, section.cells.repeat(8, 0).repeat(8, 1))
    glass = made.regions == Region.GLASS
    assert not made.haematoxylin[glass].any()
    assert not made.eosin[glass].any()


def test_rough_outlines_stay_near_the_map(section):
    made = histology.tile(section, seed=5, settings=replace(EXACT, roughness_um=9.0), size_px=(1200, 800))
    plain = section.cells.repeat(8, 0).repeat(8, 1)
    assert 0 < (made.regions != plain).mean() < 0.1
    found, wanted = (histology_map.counts(r) / r.size for r in (made.regions, plain))
    assert np.abs(found - wanted).max() < 0.004


def test_tiles_join_without_a_seam(section):
    settings = Histology(pens=(Stroke(points_um=((0, 0), (400, 300)), width_um=40),))
    whole = histology.tile(section, seed=5, settings=settings, size_px=(600, 500))
    part = histology.tile(section, seed=5, settings=settings, corner_px=(210, 333), size_px=(120, 90))
    assert np.array_equal(part.pixels, whole.pixels[333:423, 210:330])
    assert np.array_equal(part.eosin, whole.eosin[333:423, 210:330])


def test_the_seed_fixes_the_texture(section, rng):
    one, same, other = (histology.tile(section, seed=s, size_px=(200, 200), corner_px=(900, 600)) for s in (5, 5, 6))
    assert np.array_equal(one.pixels, same.pixels)
    assert not np.array_equal(one.pixels, other.pixels)
    assert histology.seed(np.random.default_rng(1)) == histology.seed(np.random.default_rng(1)) != histology.seed(rng)


def test_noise_is_of_its_size():
    clear, noisy = (of(Region.GLASS, settings=replace(EXACT, noise=n)).pixels.astype(int) for n in (0.0, 2.0))
    assert (noisy - clear).std() == pytest.approx(2.0, rel=0.05)
    assert abs((noisy - clear).mean()) < 0.05


def test_a_fold_thickens_the_tissue_and_a_pen_colours_the_glass():
    line = Stroke(points_um=((0, 128), (256, 128)), width_um=30, colour="green")
    plain = of(Region.BONE)
    folded = of(Region.BONE, settings=replace(EXACT, folds=(line,)))
    assert folded.eosin[128] == pytest.approx(1.9 * plain.eosin[128], rel=1e-5)
    assert np.array_equal(folded.eosin[:100], plain.eosin[:100])
    penned = of(Region.GLASS, settings=replace(EXACT, pens=(line,))).pixels
    assert penned[128, 100].argmax() == 1
    assert (penned[60] == 243).all()


def test_a_slide_opens_and_states_the_truth(tmp_path, section):
    settings = Histology(um_per_pixel=0.5)
    truth = histology.slide(tmp_path / "a.tif", section, seed=5, settings=settings)
    opened = openslide.OpenSlide(tmp_path / "a.tif")
    assert opened.dimensions == (2400, 1600)
    assert float(opened.properties["openslide.mpp-x"]) == pytest.approx(0.5)
    assert "imulated" in opened.properties["tiff.ImageDescription"]
    whole = histology.tile(section, seed=5, settings=settings, size_px=(2400, 1600))
    found = histology_map.counts(whole.regions)
    assert truth.area_mm2 == {region: pytest.approx(found[region] * 0.25e-6) for region in Region}
    assert truth.necrosis_percent == histology_map.necrosis_percent(found) == pytest.approx(37, abs=0.5)
    shown = np.asarray(opened.read_region((0, 0), 0, opened.dimensions))[..., :3].astype(int)
    assert np.abs(shown - whole.pixels).mean() < 8  # JPEG


def test_a_slide_without_rough_outlines_has_the_maps_necrosis_exactly(tmp_path, section):
    truth = histology.slide(tmp_path / "a.tif", section, seed=1, settings=replace(EXACT, um_per_pixel=2.0))
    assert truth.necrosis_percent == histology_map.necrosis_percent(histology_map.counts(section.cells))


@pytest.mark.parametrize(
    "wrong",
    [{"um_per_pixel": 0.0}, {"um_per_pixel": 8.0}, {"grade": 4}, {"noise": -1.0}, {"osteoid": 2.0},
     {"roughness_um": float("nan")}],
)  # fmt: skip
def test_settings_that_cannot_be_meant_are_refused(section, wrong):
    with pytest.raises(RequestError, match=r"cannot be (drawn|meant)"):
        histology.tile(section, seed=1, settings=Histology(**wrong), size_px=(8, 8))
