from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as settings_
from hypothesis import strategies as st

from osteon.errors import GeometryError, RequestError
from osteon.geometry import to_mm, volume_grid
from osteon.io import dicom, dicom_write
from osteon.simulate.nuclear import pet
from osteon.simulate.nuclear.pet import Settings, dose, pet_grid, resampled, scan, truth, uptake_suv
from osteon.simulate.person import bones
from osteon.simulate.person.tissues import TABLE, Tissue
from tests.simulate.nuclear.phantoms import box, flipped

QUICK = Settings(noise=False, views=72, subsets=6)
RADII = (5.0, 8.0, 12.0, 18.0)


@pytest.fixture(scope="module")
def body():
    """An oval of muscle with four balls of tumour."""
    made = box(Tissue.AIR, shape=(24, 60, 92), voxel_mm=3.0)
    z, y, x = np.meshgrid(*[(np.arange(n) - (n - 1) / 2) * 3.0 for n in made.tissue.shape], indexing="ij")
    made.tissue[(x / 130) ** 2 + (y / 80) ** 2 < 1] = Tissue.MUSCLE
    for number, (radius, at) in enumerate(zip(RADII, (-90, -50, 0, 60), strict=True), start=1):
        ball = (x - at) ** 2 + y**2 + z**2 < radius**2
        made.tissue[ball], made.lesion[ball] = Tissue.TUMOUR, number
    return made


@pytest.fixture(scope="module")
def exact(body):
    return scan(body, QUICK, np.random.default_rng(0))


def true_on(image, body):
    return resampled(uptake_suv(body, wear=0.2), body.grid, image.grid)


def test_activity_is_conserved_within_1_percent(body, exact):
    assert exact.read().sum() == pytest.approx(true_on(exact, body).sum(), rel=0.01)


def test_recovery_rises_with_the_size_of_a_ball(body, exact):
    values, true = exact.read(), true_on(exact, body)
    share = [resampled((body.lesion == n).astype(float), body.grid, exact.grid) for n in (1, 2, 3, 4)]
    recovery = [(values * s).sum() / (true * s).sum() for s in share]
    assert (np.diff(recovery) > 0.03).all()
    assert recovery[0] < 0.6
    assert recovery[-1] > 0.75


def test_muscle_has_its_suv(exact):
    assert exact.read()[:6, 20:25, 30:40].mean() == pytest.approx(TABLE[Tissue.MUSCLE].fdg_suv, rel=0.03)


def test_it_says_what_it_is(exact):
    assert (exact.modality, exact.unit) == ("PT", "SUVbw")
    assert any("simulated" in note for note in exact.notes)
    assert exact.read().shape == exact.grid.shape
    assert exact.facts["RadionuclideHalfLife"] == 6586.2


def test_noise_falls_with_dose_and_time_and_is_drawn_from_the_seed(body):
    def spread(settings, seed=1):
        values = scan(body, settings, np.random.default_rng(seed)).read()
        return values[:, 9:15, 30:40].std()

    usual = replace(QUICK, noise=True)
    assert spread(replace(usual, seconds=4 * 150.0)) == pytest.approx(spread(usual) / 2, rel=0.25)
    assert spread(usual) == spread(usual)
    assert spread(usual) != spread(usual, seed=2)


def test_noise_is_correlated_as_a_reconstruction_leaves_it(body, exact):
    noise = scan(body, replace(QUICK, noise=True), np.random.default_rng(1)).read() - exact.read()
    inside = noise[:, 20:40, 20:70]
    neighbours = np.corrcoef(inside[:, :, 1:].ravel(), inside[:, :, :-1].ravel())[0, 1]
    assert neighbours > 0.3
    assert inside.mean() == pytest.approx(0.0, abs=0.03)


def test_a_treated_tumour_takes_up_less(body, exact):
    tissue = np.where(body.lesion == 4, np.uint8(Tissue.NECROSIS), body.tissue)
    after = scan(replace(body, tissue=tissue), QUICK, np.random.default_rng(0)).read()
    inside = truth(body, QUICK) == 4
    assert after[inside].mean() < 0.4 * exact.read()[inside].mean()


def test_truth_covers_what_the_lesions_do(body):
    labels = truth(body, QUICK)
    volume = [(labels == n).sum() * 48.0 for n in (2, 3, 4)]
    wanted = [(body.lesion == n).sum() * 27.0 for n in (2, 3, 4)]
    assert volume == pytest.approx(wanted, rel=0.25)
    centre = to_mm(pet_grid(body.grid, voxel_mm=QUICK.voxel_mm), np.argwhere(labels == 4)).mean(axis=0)
    assert centre == pytest.approx([60.0, 0.0, 0.0], abs=1.5)


def test_worn_bone_shows_a_share_of_its_uptake_and_lesions_none():
    made = box(Tissue.TRABECULAR, shape=(4, 4, 4))
    made.bone[:] = bones.VALUE["sacrum"]
    made.lesion[0, 0, 0] = 1
    worn = replace(made, uptake_scale=np.full((4, 4, 4), 3.0, np.float32))
    suv = TABLE[Tissue.TRABECULAR].fdg_suv
    assert uptake_suv(worn, wear=0.2)[1, 1, 1] == pytest.approx(1.4 * suv)
    assert uptake_suv(worn, wear=0.2)[0, 0, 0] == pytest.approx(suv)
    assert uptake_suv(made, wear=0.2)[1, 1, 1] == pytest.approx(suv)


def test_a_drawn_suv_counts():
    made = box(Tissue.TUMOUR, shape=(4, 4, 4))
    drawn = replace(made, suv_scale=np.full((4, 4, 4), 1.5, np.float32))
    assert uptake_suv(drawn, wear=0.2) == pytest.approx(1.5 * uptake_suv(made, wear=0.2))


def test_resampling_keeps_sum_and_place(rng):
    made = box(shape=(9, 10, 11), voxel_mm=5.0)
    values = rng.random((9, 10, 11))
    grid = pet_grid(made.grid, voxel_mm=(3.0, 4.0, 7.0))
    found = resampled(values, made.grid, grid)
    assert found.sum() * 84.0 == pytest.approx(values.sum() * 125.0)
    for a, g in ((values, made.grid), (found, grid)):
        middle = (to_mm(g, np.argwhere(a > -1)) * a.ravel()[:, None]).sum(axis=0) / a.sum()
        assert middle == pytest.approx(
            (to_mm(made.grid, np.argwhere(values > -1)) * values.ravel()[:, None]).sum(axis=0) / values.sum(), abs=0.3
        )


def test_written_as_bq_per_ml_it_reads_back_as_suv(body, exact, tmp_path):
    settings = Settings()
    dicom_write.pet(
        tmp_path / "pet",
        bq_per_ml=exact.read() * settings.bq_per_ml,
        grid=exact.grid,
        patient=dicom_write.SimulatedPatient(name="simulated-000001", weight_kg=settings.weight_kg),
        series=dicom_write.SimulatedSeries(key="test", name="pet"),
        dose=dose(settings),
    )
    back = dicom.read(tmp_path / "pet")
    assert back.unit == "SUVbw"
    assert back.read().max() == pytest.approx(exact.read().max(), rel=1e-3)
    assert back.read().sum() == pytest.approx(exact.read().sum(), rel=1e-2)


def test_an_oblique_body_is_refused(body):
    affine = np.array(body.grid.affine)
    affine[1, 0] = 0.5
    with pytest.raises(GeometryError, match="axial grid"):
        scan(replace(body, grid=volume_grid(body.tissue.shape, affine)), QUICK, np.random.default_rng(0))


@pytest.mark.parametrize("wrong", [{"seconds": 0.0}, {"subsets": 0}, {"subsets": 200}, {"background": -0.1}])
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(RequestError, match="A PET needs"):
        Settings(**wrong)


def test_suv_one_is_dose_over_weight():
    settings = Settings(uptake_s=pet.HALF_LIFE_S)
    assert settings.bq_per_ml == pytest.approx(150e6 / 70_000)


sizes = st.tuples(*[st.floats(2.0, 9.0)] * 3)


@settings_(max_examples=40, deadline=None)
@given(voxel=sizes, shape=st.tuples(*[st.integers(1, 14)] * 3), mm=st.floats(2.0, 8.0))
def test_the_grid_holds_the_field_about_the_same_middle(voxel, shape, mm):
    body = box(shape=shape, voxel_mm=mm)
    grid = pet_grid(body.grid, voxel_mm=voxel)
    assert grid.spacing_mm == pytest.approx(voxel)
    middles = [to_mm(g, (np.array(g.shape) - 1) / 2) for g in (grid, body.grid)]
    np.testing.assert_allclose(*middles, atol=1e-6)
    extent = np.array(grid.shape) * voxel
    assert (extent >= np.array(shape) * mm - 1e-4).all()
    assert (extent - np.array(voxel) < np.array(shape) * mm + 1e-4).all(), "and no voxel more than it needs"


@settings_(max_examples=25, deadline=None)
@given(voxel=sizes, seed=st.integers(0, 99))
def test_resampling_keeps_what_there_is_and_where(voxel, seed):
    body = box(shape=(7, 8, 9), voxel_mm=4.0)
    grid = pet_grid(body.grid, voxel_mm=voxel)
    values = np.random.default_rng(seed).random(body.grid.shape)
    made = resampled(values, body.grid, grid)
    assert made.sum() * np.prod(voxel) == pytest.approx(values.sum() * 64.0)
    assert made.max() <= values.max() + 1e-9
    centres = [
        (to_mm(g, np.argwhere(v > -1.0)) * v.reshape(-1, 1)).sum(axis=0) / v.sum()
        for g, v in ((body.grid, values), (grid, made))
    ]
    np.testing.assert_allclose(*centres, atol=0.3)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_way_the_bodys_grid_runs_does_not_matter(axis):
    body = small_balls()
    other = flipped(body, axis)
    one, same = (scan(b, QUICK, np.random.default_rng(0)).read() for b in (body, other))
    np.testing.assert_allclose(one, same, atol=1e-5)
    np.testing.assert_array_equal(truth(body, QUICK), truth(other, QUICK))


def small_balls():
    """A disc of muscle with a ball at the patient's left and front, low, and one right, behind and high."""
    made = box(Tissue.AIR, shape=(10, 30, 36), voxel_mm=4.0)
    z, y, x = np.meshgrid(*[(np.arange(n) - (n - 1) / 2) * 4.0 for n in made.tissue.shape], indexing="ij")
    made.tissue[(x / 68) ** 2 + (y / 56) ** 2 < 1] = Tissue.MUSCLE
    for number, at in ((2, (34, -20, -8)), (5, (-30, 24, 8))):
        ball = (x - at[0]) ** 2 + (y - at[1]) ** 2 + (z - at[2]) ** 2 < 11.0**2
        made.tissue[ball], made.lesion[ball] = Tissue.TUMOUR, number
    return made


def test_each_lesion_glows_in_its_place_whatever_the_voxels():
    body = small_balls()
    for voxel in ((3.0, 4.0, 4.0), (5.0, 3.0, 4.5)):
        setting = replace(QUICK, voxel_mm=voxel)
        made, labels = scan(body, setting, np.random.default_rng(0)), truth(body, setting)
        assert set(np.unique(labels)) == {0, 2, 5}
        image = made.read()
        for number in (2, 5):
            hot = image * (labels == number)
            peak = to_mm(made.grid, np.array(np.unravel_index(hot.argmax(), hot.shape)))
            centre = to_mm(body.grid, np.argwhere(body.lesion == number)).mean(axis=0)
            assert np.linalg.norm(peak - centre) < 9.0, voxel
            assert hot.max() > 2.0 * TABLE[Tissue.MUSCLE].fdg_suv


def test_depth_is_corrected_for():
    """The same ball in the middle of the body and near its edge is as hot, where no noise is drawn."""
    seen = []
    for at in (0.0, 48.0):
        made = box(Tissue.AIR, shape=(8, 44, 44), voxel_mm=4.0)
        z, y, x = np.meshgrid(*[(np.arange(n) - (n - 1) / 2) * 4.0 for n in made.tissue.shape], indexing="ij")
        made.tissue[x**2 + y**2 < 80**2] = Tissue.MUSCLE
        made.tissue[(x - at) ** 2 + y**2 + z**2 < 14.0**2] = Tissue.TUMOUR
        seen.append(float(scan(made, replace(QUICK, iterations=8), np.random.default_rng(0)).read().max()))
    assert seen[1] == pytest.approx(seen[0], rel=0.08)


def test_without_noise_the_suv_knows_neither_dose_nor_weight():
    body = small_balls()
    one, other = (
        scan(body, replace(QUICK, **change), np.random.default_rng(0)).read()
        for change in ({}, {"injected_mbq": 120.0, "weight_kg": 110.0, "seconds": 60.0})
    )
    np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_an_empty_field_is_dark_and_one_slice_is_enough():
    nothing = scan(box(Tissue.AIR, shape=(3, 12, 12)), replace(QUICK, noise=True), np.random.default_rng(0)).read()
    assert nothing.max() < 0.01
    flat = box(shape=(1, 16, 16), voxel_mm=4.0)
    made = scan(flat, replace(QUICK, voxel_mm=(4.0, 4.0, 4.0)), np.random.default_rng(0))
    assert made.grid.shape == (1, 16, 16)
    assert made.read()[0, 6:10, 6:10].mean() == pytest.approx(TABLE[Tissue.MUSCLE].fdg_suv, rel=0.05)
