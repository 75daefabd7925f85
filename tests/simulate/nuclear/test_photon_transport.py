import itertools

import numpy as np
import pytest

from osteon.errors import RequestError
from osteon.simulate.nuclear import photon_transport
from osteon.simulate.nuclear.gamma_camera import Bed, Camera
from osteon.simulate.nuclear.photon_transport import emission, transport
from osteon.simulate.person.tissues import Tissue
from tests.simulate.nuclear.phantoms import box, game, point

FRONT, BACK = 0, 1
PRIMARY, SCATTERED = 0, 1
MIDDLE = (15, 15, 15)
WIDE = Camera(hole_mm=11.1, intrinsic_mm=0.0)  # lets one photon in fifty through, so that the plain game ends


def seen(body, index, *, histories=20_000, seed=1, **kwargs):
    return transport(game(body, point(body, index), **kwargs), histories=histories, rng=np.random.default_rng(seed))


def depth_mm(body, index):
    """From the middle of a voxel to the box's front and back faces."""
    rows, size = body.tissue.shape[1], body.grid.spacing_mm[1]
    return (index[1] + 0.5) * size, (rows - index[1] - 0.5) * size


def test_a_point_in_air_is_counted_alike_at_every_distance():
    body = box(Tissue.AIR)
    for row in (2, 15, 27):
        image = seen(body, (15, row, 15))
        assert image[:, PRIMARY].sum(axis=(1, 2)) == pytest.approx([1.0, 1.0], rel=0.01)
        assert image[:, SCATTERED].sum() < 0.01


@pytest.mark.parametrize("row", [3, 10, 15, 26])
def test_primary_photons_of_a_point_in_water_are_attenuated_as_the_law_says(row):
    body = box(Tissue.URINE)
    at = game(body, point(body, (15, row, 15)))
    mu = 0.1 * at.tables.total[-1, Tissue.URINE] * 1.02
    image = seen(body, (15, row, 15), histories=40_000)
    half = 4.0 * mu  # the source fills a voxel of 8 mm
    wanted = np.exp(-mu * np.array(depth_mm(body, (15, row, 15)))) * np.sinh(half) / half
    assert image[:, PRIMARY].sum(axis=(1, 2)) == pytest.approx(wanted, rel=0.01)


def test_a_points_image_widens_with_its_distance_as_the_collimator_says():
    body, camera = box(Tissue.AIR, voxel_mm=4.0), Camera()
    image = seen(body, (15, 4, 15), histories=100_000, bed=Bed(shape=(128, 128), pixel_mm=1.0))
    reach = np.array([4.5 * 4.0, 25.5 * 4.0]) + 30.0
    for head in (FRONT, BACK):
        columns = image[head, PRIMARY].sum(axis=0)
        at = np.arange(128) + 0.5
        mean = (columns * at).sum() / columns.sum()
        spread = (columns * (at - mean) ** 2).sum() / columns.sum()
        wanted = camera.blur_mm(reach[head]) ** 2 + 4.0**2 / 12 + 1.0 / 12
        assert spread == pytest.approx(wanted, rel=0.02)


def test_build_up_rises_with_depth():
    body = box(Tissue.URINE)
    shares = []
    for row in (2, 8, 14, 20):
        front = seen(body, (15, row, 15), histories=60_000)[FRONT].sum(axis=(1, 2))
        shares.append(front[SCATTERED] / front[PRIMARY])
    assert (np.diff(shares) > 0.05).all()
    assert 0.0 < shares[0] < 0.3


def test_scatter_spreads_wider_than_primary_photons():
    image = seen(box(Tissue.URINE), MIDDLE, histories=60_000)[FRONT]
    rows = np.arange(64) - 31.5
    spread = [(part.sum(axis=1) * rows**2).sum() / part.sum() for part in image]
    assert spread[SCATTERED] > 5 * spread[PRIMARY]


def test_a_source_near_the_front_is_brighter_from_the_front():
    front, back = seen(box(), (15, 5, 15)).sum(axis=(1, 2, 3))
    assert front > 3 * back


def test_a_lung_lets_more_through_than_muscle():
    muscle, lung = (seen(box(tissue), MIDDLE)[FRONT, PRIMARY].sum() for tissue in (Tissue.MUSCLE, Tissue.LUNG))
    assert lung > 2 * muscle


def test_head_is_up_and_the_patients_right_is_on_the_left_of_both_images_as_seen_from_the_front():
    body = box(Tissue.AIR, voxel_mm=8.0)
    image = seen(body, (27, 15, 3))  # toward the head, and the patient's right
    for head in (FRONT, BACK):
        row, column = np.unravel_index(image[head, PRIMARY].argmax(), (64, 64))
        assert row < 20
        assert column < 20


@pytest.mark.slow
@pytest.mark.parametrize("tissue", [Tissue.MUSCLE, Tissue.CORTICAL])
def test_forced_detection_has_the_mean_of_the_plain_game(tissue):
    body = box(tissue, shape=(12, 12, 12), voxel_mm=10.0)
    body.tissue[:, :, :4] = Tissue.LUNG
    index, histories = (6, 4, 6), 1_500_000
    plain = seen(body, index, histories=histories, camera=WIDE, forced=False)
    forced = seen(body, index, histories=200_000, camera=WIDE, seed=2)
    at = game(body, point(body, index), camera=WIDE)
    per_count = 1.0 / (histories * at.heads.mean_cosine * at.heads.tangent**2 / 2 * at.tables.accepted)
    cells = [part.reshape(2, 2, 8, 8, 8, 8).sum(axis=(3, 5)) for part in (plain, forced)]
    big = cells[0] / per_count > 200
    counts = cells[0][big] / per_count
    scores = (counts - cells[1][big] / per_count) / np.sqrt(counts)
    assert big.sum() > 20
    assert (scores**2).sum() / big.sum() < 1.8
    totals = plain.sum(axis=(2, 3))
    assert forced.sum(axis=(2, 3)) == pytest.approx(totals, rel=4.0 / (totals.min() / per_count) ** 0.5)


def test_twice_the_histories_change_the_mean_by_chance_only():
    few, many = (seen(box(), MIDDLE, histories=n, seed=n).sum() for n in (20_000, 80_000))
    assert few == pytest.approx(many, rel=0.02)


def test_same_seed_same_bytes_whatever_the_threads():
    body = box(shape=(10, 10, 10), voxel_mm=20.0)
    at = game(body, np.ones((10, 10, 10)))
    images = [transport(at, histories=3000, rng=np.random.default_rng(7), threads=n) for n in (1, 2, 5)]
    assert images[0].tobytes() == images[1].tobytes() == images[2].tobytes()
    other = transport(at, histories=3000, rng=np.random.default_rng(8))
    assert other.tobytes() != images[0].tobytes()


def test_every_history_is_followed_once(monkeypatch):
    starts = []
    monkeypatch.setattr(photon_transport, "_block", lambda game, span, state, tally: starts.append(span))
    transport(game(box(), point(box(), MIDDLE)), histories=1003, rng=np.random.default_rng(0))
    assert starts[0][0] == 0
    assert starts[-1][1] == 1003
    assert all(one[1] == other[0] for one, other in itertools.pairwise(starts))


def test_photons_start_where_the_activity_is(rng):
    activity = rng.random((3, 4, 5))
    activity[rng.random(activity.shape) < 0.5] = 0.0
    found = emission(activity)
    assert np.array_equal(found.voxels, np.flatnonzero(activity))
    shares = np.diff(found.edges, prepend=0.0)
    assert shares == pytest.approx(activity[activity > 0] / activity.sum())


def test_a_body_without_activity_is_refused():
    with pytest.raises(RequestError, match="no activity"):
        emission(np.zeros((2, 2, 2)))
