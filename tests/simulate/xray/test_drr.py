from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from osteon.errors import InputError
from osteon.geometry import to_mm, volume_grid
from osteon.simulate.xray.ct_body import body_of_ct
from osteon.simulate.xray.drr import Drr, Spread, draw_pose, films, one_film
from osteon.simulate.xray.film import Film
from osteon.simulate.xray.radiograph import EXACT
from osteon.simulate.xray.view import POSES
from osteon.types import Image, Lesion, Study, Truth

SHAPE = (24, 40, 40)
AFFINE = np.array([[0, 0, 1.5, -30], [0, 1.5, 0, -30], [4.0, 0, 0, -50], [0, 0, 0, 1]])
SMALL = Drr(shape=(64, 48))


def _image(values, unit):
    return Image(grid=volume_grid(SHAPE, AFFINE), modality="CT", unit=unit, load=partial(np.copy, values))


def _study(masked=True):
    hu = np.full(SHAPE, -1000, np.float32)
    _, y, x = np.ogrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    hu[:, (np.hypot(x - 20, y - 20) < 17)[0]] = 40
    hu[:, (np.hypot(x - 24, y - 20) < 5)[0]] = 900
    mask = np.zeros(SHAPE, np.uint8)
    mask[8:12, 16:24, 20:28] = 1
    hu[mask > 0] = 150
    truth = Truth(
        labels={"label": "malignant"},
        masks={"ct": _image(mask, "label")} if masked else {},
        lesions=(Lesion(label="osteosarcoma", input="ct", mask_value=1),),
    )
    return Study(
        name="s7",
        patient="p7",
        site="a",
        split="train",
        data={"ct": _image(hu, "HU")},
        truth=truth,
        origins={"ct": "cohort.csv row 9"},
    )


def test_films_stay_with_their_patient():
    made = list(films(_study(), count=3, rng=np.random.default_rng(0), drr=SMALL))
    assert [study.name for study in made] == ["s7-drr1", "s7-drr2", "s7-drr3"]
    for study in made:
        assert (study.patient, study.site, study.split) == ("p7", "a", "train")
        assert study.truth.labels == {"label": "malignant"}
        assert list(study.data) == ["radiograph"]
        assert study.data["radiograph"].read().shape == (64, 48)
        assert any("derived" in note for note in study.data["radiograph"].notes)
        assert study.origins == {"radiograph": "projected from cohort.csv row 9"}


def test_masks_and_boxes_are_projected_with_their_labels():
    study = next(films(_study(), count=1, rng=np.random.default_rng(1), drr=SMALL))
    mask = study.truth.masks["radiograph"].read()
    (lesion,) = study.truth.lesions
    rows, columns = np.nonzero(mask == 1)
    assert lesion.box_px == (rows.min(), columns.min(), rows.max() + 1, columns.max() + 1)
    assert (lesion.label, lesion.input) == ("osteosarcoma", "radiograph")


def test_without_a_mask_there_is_no_claim_about_lesions():
    study = next(films(_study(masked=False), count=1, rng=np.random.default_rng(1), drr=SMALL))
    assert study.truth.masks == {}
    assert study.truth.lesions == ()


def test_views_differ_and_repeat_with_the_seed():
    one, again = (
        [s.data["radiograph"].read() for s in films(_study(), count=2, rng=np.random.default_rng(3), drr=SMALL)]
        for _ in range(2)
    )
    assert (one[0] != one[1]).any()
    assert one[0].tobytes() == again[0].tobytes()
    assert one[1].tobytes() == again[1].tobytes()


def test_drawn_poses_keep_to_their_spread():
    spread = Spread(around=(POSES["PA"],), turn_degrees=10, tilt_degrees=5, roll_degrees=0, cover=(0.6, 0.7))
    rng = np.random.default_rng(0)
    drawn = [draw_pose(spread, rng) for _ in range(200)]
    turns = np.array([pose.turn_degrees for pose, _ in drawn]) - 180
    tilts = np.array([pose.tilt_degrees for pose, _ in drawn])
    assert np.abs(turns).max() <= 10
    assert np.abs(turns).max() > 8
    assert np.abs(tilts).max() <= 5
    assert all(pose.roll_degrees == 0 for pose, _ in drawn)
    assert all(0.6 <= cover <= 0.7 for _, cover in drawn)


def test_the_lesion_lies_in_its_mask_and_bone_is_bright():
    still = Spread(around=(POSES["AP"],), turn_degrees=0, tilt_degrees=0, roll_degrees=0, cover=(1.0, 1.0))
    body = body_of_ct(_study().data["ct"], _study().truth.masks["ct"])
    drr = replace(SMALL, spread=still, exposure=EXACT, film=Film(look="log"))
    made = one_film(body, drr=drr, rng=np.random.default_rng(0))
    inside = np.rint(made.view.project(to_mm(body.grid, np.argwhere(body.lesion)))).astype(int)
    assert (made.mask.read()[inside[:, 0], inside[:, 1]] == 1).all()
    attenuation = made.image.read()
    bone, soft = (np.rint(made.view.project(to_mm(body.grid, np.array([4, 20, x])))).astype(int) for x in (24, 12))
    assert attenuation[tuple(bone)] > attenuation[tuple(soft)] + 0.2
    lesion = np.rint(made.view.project(to_mm(body.grid, np.array([10, 20, 24])))).astype(int)
    assert attenuation[tuple(lesion)] < attenuation[tuple(bone)]


def test_a_study_without_the_ct_is_refused():
    with pytest.raises(InputError, match='no image "pet"'):
        next(films(_study(), count=1, rng=np.random.default_rng(0), ct="pet"))
