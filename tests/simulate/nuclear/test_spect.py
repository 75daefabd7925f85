from dataclasses import replace

import numpy as np
import pytest

from osteon.errors import RequestError
from osteon.geometry import to_mm
from osteon.io import dicom, dicom_write
from osteon.simulate.nuclear import bone_scan
from osteon.simulate.nuclear.pet import resampled
from osteon.simulate.nuclear.spect import Settings, cubes, scan
from osteon.simulate.person.tissues import Tissue
from tests.simulate.nuclear.phantoms import box, flipped

QUICK = Settings(noise=False, voxel_mm=6.0, views=30, subsets=5)


@pytest.fixture(scope="module")
def body():
    """A short thorax of muscle with two balls of osteoid, within the field."""
    made = box(Tissue.AIR, shape=(22, 34, 46), voxel_mm=6.0)
    z, y, x = np.meshgrid(*[(np.arange(n) - (n - 1) / 2) * 6.0 for n in made.tissue.shape], indexing="ij")
    made.tissue[((x / 120) ** 2 + (y / 85) ** 2 < 1) & (np.abs(z) < 48)] = Tissue.MUSCLE
    for number, (radius, at) in enumerate(((10.0, -60), (24.0, 50)), start=1):
        ball = (x - at) ** 2 + (y - 20) ** 2 + z**2 < radius**2
        made.tissue[ball], made.lesion[ball] = Tissue.OSTEOID, number
    return made


@pytest.fixture(scope="module")
def exact(body):
    return scan(body, QUICK, np.random.default_rng(0))


def true_on(body, image):
    return resampled(bone_scan.activity_bq_per_ml(body, QUICK.tracer), body.grid, image.grid)


def test_activity_is_conserved_within_1_percent(body, exact):
    assert exact.read().sum() == pytest.approx(true_on(body, exact).sum(), rel=0.01)


def test_it_is_a_volume_in_bq_per_ml_that_says_it_is_simulated(exact):
    assert (exact.modality, exact.unit) == ("NM", "Bq/ml")
    assert exact.read().shape == exact.grid.shape
    assert exact.grid.spacing_mm == (6.0, 6.0, 6.0)
    assert any("simulated" in note for note in exact.notes)


def test_the_hottest_place_is_the_large_ball(exact):
    at = to_mm(exact.grid, np.unravel_index(exact.read().argmax(), exact.grid.shape))
    assert at == pytest.approx([50.0, 20.0, 0.0], abs=20.0)


def test_the_small_ball_is_underestimated_more(body, exact):
    values, true = exact.read(), true_on(body, exact)
    share = [resampled((body.lesion == n).astype(float), body.grid, exact.grid) for n in (1, 2)]
    small, large = ((values * s).sum() / (true * s).sum() for s in share)
    assert small < large - 0.05


def test_muscle_has_its_activity(body, exact):
    muscle = bone_scan.activity_bq_per_ml(body, QUICK.tracer)[11, 10, 23]
    assert exact.read()[8:14, 9:13, 18:28].mean() == pytest.approx(muscle, rel=0.08)


def test_back_projection_without_correction_sees_less_of_what_lies_deep(body):
    found = scan(body, replace(QUICK, method="fbp"), np.random.default_rng(0)).read()
    assert found.sum() < 0.5 * true_on(body, scan(body, QUICK, np.random.default_rng(0))).sum()


def test_back_projection_in_air_keeps_the_activity():
    made = box(Tissue.AIR, shape=(9, 31, 31), voxel_mm=6.0)
    made.tissue[3:6, 14:17, 18:21] = Tissue.URINE
    made = replace(made, density_scale=np.full(made.tissue.shape, 1e-3, np.float32))
    image = scan(made, replace(QUICK, method="fbp", views=60, cut_off=0.25), np.random.default_rng(0))
    middle = image.read()[4]
    assert image.read().sum() == pytest.approx(true_on(made, image).sum(), rel=0.05)
    rows, columns = np.unravel_index(middle.argmax(), middle.shape)
    assert to_mm(image.grid, (4, rows, columns)) == pytest.approx([24.0, 0.0, 0.0], abs=6.0)


def test_noise_follows_time_and_seed(body):
    exact = scan(body, QUICK, np.random.default_rng(0)).read()

    def error(seconds, seed=1):
        noisy = replace(QUICK, noise=True, seconds=seconds)
        return (scan(body, noisy, np.random.default_rng(seed)).read() - exact)[6:16, 10:24, 12:34].std()

    assert error(120.0) == pytest.approx(error(30.0) / 2, rel=0.3)
    assert error(30.0) != error(30.0, seed=2)


def test_cubes_lie_around_the_field(body):
    grid = cubes(body.grid, voxel_mm=5.0)
    assert grid.shape[1] % 2 == grid.shape[2] % 2 == 1
    for one, other in zip(to_mm(grid, np.zeros(3)), to_mm(body.grid, np.zeros(3)), strict=True):
        assert one == pytest.approx(other, abs=5.0)


def test_it_can_be_written_and_read_as_dicom(exact, tmp_path):
    counts = np.rint(exact.read() / exact.read().max() * 30_000)
    dicom_write.spect(
        tmp_path / "spect.dcm",
        counts=counts,
        grid=exact.grid,
        patient=dicom_write.SimulatedPatient(name="simulated-000001"),
        series=dicom_write.SimulatedSeries(key="test", name="spect"),
    )
    back = dicom.read(tmp_path / "spect.dcm")
    assert back.read().sum() == pytest.approx(counts.sum())


@pytest.mark.parametrize("wrong", [{"voxel_mm": 0.0}, {"seconds": -1.0}, {"subsets": 61}])
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(RequestError, match="A SPECT needs"):
        Settings(**wrong)


def corner_balls():
    """A disc of muscle with hot balls left and in front, and right, behind and higher."""
    made = box(Tissue.AIR, shape=(9, 22, 26), voxel_mm=7.0)
    z, y, x = np.meshgrid(*[(np.arange(n) - (n - 1) / 2) * 7.0 for n in made.tissue.shape], indexing="ij")
    made.tissue[(x / 84) ** 2 + (y / 70) ** 2 < 1] = Tissue.MUSCLE
    for number, at in ((1, (42, -28, -10)), (2, (-38, 30, 12))):
        ball = (x - at[0]) ** 2 + (y - at[1]) ** 2 + (z - at[2]) ** 2 < 15.0**2
        made.tissue[ball], made.lesion[ball] = Tissue.OSTEOID, number
    return made


@pytest.mark.parametrize("method", ["osem", "fbp"])
def test_each_ball_is_found_on_its_side_at_its_height(method):
    body = corner_balls()
    made = scan(body, replace(QUICK, method=method), np.random.default_rng(0))
    image = made.read()
    for number in (1, 2):
        inside = resampled((body.lesion == number).astype(float), body.grid, made.grid) > 0.3
        centre = to_mm(body.grid, np.argwhere(body.lesion == number)).mean(axis=0)
        peak = to_mm(made.grid, np.array(np.unravel_index((image * inside).argmax(), image.shape)))
        assert np.linalg.norm(peak - centre) < 13.0
        assert (image * inside).max() > 3.0 * np.median(image[image > 0.2 * image.mean()])


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_way_the_bodys_grid_runs_does_not_matter(axis):
    body = corner_balls()
    setting = replace(QUICK, views=12, subsets=3, iterations=1)
    one, same = (scan(b, setting, np.random.default_rng(0)).read() for b in (body, flipped(body, axis)))
    np.testing.assert_allclose(one, same, rtol=1e-3, atol=1e-3 * one.max())


def test_without_noise_time_and_sensitivity_change_nothing():
    body = corner_balls()
    setting = replace(QUICK, views=12, subsets=3, iterations=1)
    one, other = (scan(body, replace(setting, seconds=t), np.random.default_rng(0)).read() for t in (5.0, 50.0))
    np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-3 * one.max())


@pytest.mark.parametrize("method", ["osem", "fbp"])
def test_a_body_of_air_is_dark(method):
    nothing = box(Tissue.AIR, shape=(3, 8, 8))
    image = scan(nothing, replace(QUICK, method=method, noise=True), np.random.default_rng(0)).read()
    assert not image.any()
