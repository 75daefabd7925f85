from dataclasses import replace

import numpy as np
import pytest

from osteon.errors import RequestError
from osteon.simulate.nuclear import bone_scan, bone_uptake
from osteon.simulate.nuclear.bone_scan import HALF_LIFE_H, Settings, activity_bq_per_ml, expected, scan, truth
from osteon.simulate.nuclear.gamma_camera import Bed
from osteon.simulate.person import bones, fields
from osteon.simulate.person.patient import Patient
from osteon.simulate.person.tissues import Tissue
from tests.simulate.nuclear.phantoms import box, flipped

BED = Bed(shape=(64, 48), pixel_mm=6.0)
FAST = Settings(bed=BED, histories=20_000, noise=False)


@pytest.fixture(scope="module")
def body():
    """A slab of muscle with a hot lesion in front, high and on the patient's right."""
    made = box(shape=(36, 20, 24))
    made.tissue[26:29, 3:5, 5:8], made.lesion[26:29, 3:5, 5:8] = Tissue.OSTEOID, 1
    return made


def brightest(image):
    return np.unravel_index(np.argmax(image), image.shape)


def test_both_views_have_the_clinics_geometry_and_say_that_they_are_simulated(body):
    views = scan(body, FAST, np.random.default_rng(1))
    assert list(views) == ["anterior", "posterior"]
    for name, image in views.items():
        assert image.grid.shape == image.read().shape == (64, 48)
        assert image.grid.spacing_mm == (6.0, 6.0)
        assert (image.modality, image.unit, image.facts["view"]) == ("NM", "counts", name)
        assert any("simulated" in note for note in image.notes)


def test_the_patients_right_is_left_in_front_and_right_behind(body):
    front, back = expected(body, FAST, np.random.default_rng(1))
    assert brightest(front)[1] < 24 <= brightest(back)[1]
    assert brightest(front)[0] < 32


def test_a_lesion_in_front_stands_out_more_from_the_front(body):
    images = expected(body, replace(FAST, histories=200_000), np.random.default_rng(1))
    masks = truth(body, FAST)
    contrast = [i[masks[v] == 1].mean() / i[10:54, 8:40].mean() for v, i in zip(masks, images, strict=True)]
    assert contrast[0] > 1.5 * contrast[1]


def test_truth_lies_where_the_lesion_is_seen(body):
    masks = truth(body, FAST)
    images = expected(body, replace(FAST, histories=200_000), np.random.default_rng(1))
    for view, image in zip(masks, images, strict=True):
        assert masks[view].dtype == np.uint8
        assert masks[view].sum() == pytest.approx(24 * 24 / 36, abs=6)
        rows, columns = np.nonzero(masks[view])
        peak = brightest(image) if view == "anterior" else (rows.mean(), columns.mean())
        assert np.hypot(peak[0] - rows.mean(), peak[1] - columns.mean()) < 3


def test_the_nearer_of_two_lesions_is_the_truth():
    made = box(shape=(20, 20, 20))
    made.lesion[10, 3, 10], made.lesion[10, 16, 10] = 1, 2
    masks = truth(made, FAST)
    assert set(np.unique(masks["anterior"])) == {0, 1}
    assert set(np.unique(masks["posterior"])) == {0, 2}


def test_counts_in_air_are_activity_times_sensitivity_times_time():
    made = box(Tissue.AIR, shape=(20, 20, 20))
    made.tissue[10, 10, 10] = Tissue.URINE
    settings = replace(FAST, hours=0.0, field_cm=50.0, scan_cm_per_min=25.0)
    mbq = 700.0 * 4.6e-6 * 60.0 * 0.512
    depth = 0.1540 * 0.4  # its own water
    counts = expected(made, settings, np.random.default_rng(1)).sum(axis=(1, 2))
    passed = 32 * 6.0 / 10 / 25 / 60  # hours until the camera reaches the middle
    assert counts == pytest.approx(mbq * 90.0 * 120.0 * np.exp(-depth) * 2 ** (-passed / HALF_LIFE_H), rel=0.02)


def test_activity_follows_dose_decay_weight_and_uptake(body):
    usual = activity_bq_per_ml(body, FAST)
    assert usual[0, 0, 0] == pytest.approx(700e6 * 2 ** (-3 / HALF_LIFE_H) * 4.6e-6, rel=1e-5)
    assert activity_bq_per_ml(body, replace(FAST, hours=3 + HALF_LIFE_H)) == pytest.approx(usual / 2)
    assert activity_bq_per_ml(body, replace(FAST, weight_kg=35.0)) == pytest.approx(usual * 2)
    scaled = replace(body, uptake_scale=np.full(body.tissue.shape, 1.5, np.float32))
    assert activity_bq_per_ml(scaled, FAST) == pytest.approx(usual * 1.5)


def test_feet_are_scanned_later_than_the_head():
    made = box(shape=(40, 6, 6))
    slow = replace(FAST, method="kernels", scan_cm_per_min=0.2)
    image = expected(made, slow, np.random.default_rng(0))[0].sum(axis=1)
    minutes = 20 * 6.0 / 10 / 0.2
    assert image[42] / image[22] == pytest.approx(2 ** (-minutes / 60 / HALF_LIFE_H), rel=0.01)


def test_counts_are_poisson(body):
    settings = replace(FAST, method="kernels")
    mean = expected(body, settings, np.random.default_rng(0))
    noisy = replace(settings, noise=True)
    drawn = np.stack([scan(body, noisy, np.random.default_rng(s))["anterior"].read() for s in range(60)])
    inside = mean[0] > 5
    assert drawn[:, inside].var(axis=0, ddof=1).sum() / mean[0][inside].sum() == pytest.approx(1.0, abs=0.03)
    assert drawn[:, inside].mean() == pytest.approx(mean[0][inside].mean(), rel=0.01)
    assert (drawn == np.round(drawn)).all()


def test_the_transport_adds_little_to_the_noise(body):
    settings = replace(FAST, histories=150_000, bed=Bed(shape=(128, 96), pixel_mm=2.4))
    one, other = (expected(body, settings, np.random.default_rng(seed))[0] for seed in (1, 2))
    inside = one > 5
    own = ((one - other)[inside] ** 2).sum() / 2 / one[inside].sum()
    # Whole scans have some 1.6 million counts a view and 10 million histories.
    share = own * (one.sum() / 1.6e6) ** -1 * (150_000 / 10_000_000)
    assert share < 0.1


def test_same_seed_same_bytes_whatever_the_threads(body):
    settings = replace(FAST, noise=True, histories=5000)
    one, other = (
        scan(body, replace(settings, threads=n), np.random.default_rng(3))["posterior"].read().tobytes() for n in (1, 2)
    )
    assert one == other


@pytest.mark.parametrize("name", ["injected_mbq", "weight_kg", "scan_cm_per_min", "field_cm", "histories"])
def test_impossible_settings_are_refused(name):
    with pytest.raises(RequestError, match=name):
        Settings(**{name: 0})


def test_images_can_be_read_twice_and_do_not_share_memory(body):
    image = scan(body, replace(FAST, method="kernels"), np.random.default_rng(0))["anterior"]
    first = image.read()
    first[:] = 0
    assert image.read().sum() > 0


def test_an_injection_is_recorded(body):
    facts = scan(body, replace(FAST, method="kernels"), np.random.default_rng(0))["anterior"].facts
    assert facts["RadionuclideTotalDose"] == 700e6
    assert facts["EnergyWindowLowerLimit"] == pytest.approx(126.46, abs=0.01)
    assert bone_scan.VIEWS == ("anterior", "posterior")


@pytest.fixture(scope="module")
def people():
    """Both views of the same person, coarse and without noise: well, worn, and with a metastasis in the spine."""
    well = Patient(index=3, age_years=60.0)
    settings = Settings(bed=Bed(shape=(256, 64), pixel_mm=9.6), method="kernels", noise=False)
    bodies = {
        name: fields.body(replace(well, degeneration=wear), field="whole", spacing_mm=10.0)
        for name, wear in (("well", 0.0), ("worn", 1.0))
    }
    spine = (bodies["well"].bone == bones.VALUE["vertebra_L2"]).astype(np.uint8)
    ill = replace(bodies["well"], lesion=spine)
    bodies["ill"] = bone_uptake.with_uptake_ratio(ill, lesion=1, ratio=6.0, age_years=60.0)
    images = {name: expected(body, settings, np.random.default_rng(0)) for name, body in bodies.items()}
    return bodies, images, settings


def test_a_persons_scan_has_a_clinics_counts(people):
    _, images, _ = people
    assert images["well"].sum(axis=(1, 2)) == pytest.approx([1.5e6, 1.6e6], rel=0.35)


def test_worn_joints_mimic_metastases(people):
    _, images, _ = people
    ratio = images["worn"] / np.maximum(images["well"], 1.0)
    assert np.percentile(ratio, 99.5) > 1.3
    assert np.median(ratio[images["well"] > 20]) == pytest.approx(1.0, abs=0.1)


def test_a_metastasis_of_the_spine_stands_out_behind(people):
    bodies, images, settings = people
    masks = truth(bodies["ill"], settings)
    gain = [
        images["ill"][i][masks[v] == 1].mean() / images["well"][i][masks[v] == 1].mean() for i, v in enumerate(masks)
    ]
    assert gain[1] > gain[0] > 1.2
    far = np.s_[:, 180:]
    assert images["ill"][far] == pytest.approx(images["well"][far], rel=0.02, abs=0.5)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_way_the_grid_runs_changes_no_count_and_no_truth(body, axis):
    other = flipped(body, axis)
    one, same = (expected(b, FAST, np.random.default_rng(4)) for b in (body, other))
    np.testing.assert_array_equal(one, same)
    for view in bone_scan.VIEWS:
        np.testing.assert_array_equal(truth(body, FAST)[view], truth(other, FAST)[view])


def test_a_body_longer_than_the_bed_is_cut_at_its_ends_alone(body):
    short = replace(FAST, bed=Bed(shape=(24, 48), pixel_mm=6.0))
    images, masks = expected(body, short, np.random.default_rng(1)), truth(body, short)
    assert images.shape == (2, 24, 48)
    assert np.isfinite(images).all()
    whole = truth(body, FAST)["anterior"]
    np.testing.assert_array_equal(masks["anterior"], whole[20:44])
    assert 0 < masks["anterior"].sum() < whole.sum(), "the lesion lies across the bed's upper edge"
    middle = expected(body, FAST, np.random.default_rng(1))[:, 20:44]
    assert images.sum() == pytest.approx(middle.sum(), rel=0.03)


def test_a_body_without_lesions_has_an_empty_truth():
    assert not any(mask.any() for mask in truth(box(shape=(8, 8, 8)), FAST).values())


def test_half_the_speed_is_twice_the_counts(body):
    """But for what decays on the way: the feet come 12 minutes later at half the speed of 15 cm a minute."""
    one, slow = (expected(body, replace(FAST, scan_cm_per_min=v), np.random.default_rng(1)).sum() for v in (15.0, 7.5))
    assert 1.97 < slow / one < 2.0


def test_uptake_at_one_half_life_is_half_and_the_light_have_more_in_a_ml(body):
    first = activity_bq_per_ml(body, replace(FAST, hours=0.0))
    np.testing.assert_allclose(activity_bq_per_ml(body, replace(FAST, hours=HALF_LIFE_H)), first / 2, rtol=1e-5)
    np.testing.assert_allclose(activity_bq_per_ml(body, replace(FAST, hours=0.0, weight_kg=35.0)), 2 * first, rtol=1e-5)
