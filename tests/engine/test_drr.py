"""Films of a cohort's CTs: with their patient, marked derived, the same each time."""

from dataclasses import replace

import numpy as np
import pytest

from osteon import cohorts
from osteon.cohorts import derived
from osteon.engine.drr import ct_of, drr_cohort, filmed
from osteon.errors import RequestError
from osteon.geometry import volume_grid
from osteon.simulate.xray.drr import Drr
from osteon.types import Cohort, Evidence, Grid, Image, Lesion, Outcome, Record, Study, Truth

SHAPE = (16, 24, 24)
GRID = volume_grid(SHAPE, np.array([[0, 0, 2.0, -24], [0, 2.0, 0, -24], [4.0, 0, 0, -32], [0, 0, 0, 1]]))
SMALL = Drr(shape=(32, 24))


def _ct(index, *, unit="HU"):
    hu = np.full(SHAPE, -1000, np.float32)
    _, y, x = np.ogrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    hu[:, (np.hypot(x - 12, y - 12) < 9)[0]] = 40
    hu[:, (np.hypot(x - 13, y - 12) < 3 + index)[0]] = 700
    mask = np.zeros(SHAPE, np.uint8)
    mask[5:9, 9:15, 9:15] = 1
    images = [
        Image(grid=GRID, modality="CT", unit=word, load=values.copy) for word, values in ((unit, hu), ("label", mask))
    ]
    truth = Truth(
        labels={"label": "malignant"},
        masks={"ct": images[1]},
        lesions=(Lesion(label="osteosarcoma", input="ct", mask_value=1),),
    )
    return Study(name=f"s{index}", patient=f"p{index}", site="a", split="train", data={"ct": images[0]}, truth=truth)


@pytest.fixture(scope="module")
def taken():
    film = Image(grid=Grid(shape=(8, 8)), modality="DX", load=lambda: np.zeros((8, 8), np.float32))
    plain = Study(name="film", patient="p9", data={"radiograph": film}, truth=Truth(labels={"label": "benign"}))
    return Cohort(name="mixed", studies=(_ct(0), _ct(1), plain), evidence=Evidence.SURROGATE, fingerprint="t")


@pytest.fixture(scope="module")
def made(taken, tmp_path_factory):
    told = []
    path = drr_cohort(taken, tmp_path_factory.mktemp("drr") / "films", count=2, seed=4, drr=SMALL, report=told.append)
    assert told == [1, 2]
    return cohorts.load(path)


def test_each_ct_gives_its_films_with_patient_labels_and_the_word_derived(made):
    assert [s.name for s in made.studies] == ["s0-drr1", "s0-drr2", "s1-drr1", "s1-drr2"]
    for study in made.studies:
        assert study.derived_from == (study.patient,)
        assert (study.site, study.split, study.truth.labels) == ("a", "train", {"label": "malignant"})
        assert study.data["radiograph"].read().shape == (32, 24)
    assert made.evidence is Evidence.SURROGATE
    assert "derived" in made.notes[0]


def test_the_mask_is_projected_and_boxed_in_the_pack(made):
    for study in made.studies:
        rows, columns = np.nonzero(study.truth.masks["radiograph"].read())
        (lesion,) = study.truth.lesions
        assert lesion.box_px == (rows.min(), columns.min(), rows.max() + 1, columns.max() + 1)
        assert lesion.label == "osteosarcoma"


def test_the_same_seed_gives_the_same_films_whatever_else_is_in_the_cohort(taken, made, tmp_path):
    only = replace(taken, studies=taken.studies[1:])
    again = cohorts.load(drr_cohort(only, tmp_path / "again", count=2, seed=4, drr=SMALL))
    other = cohorts.load(drr_cohort(only, tmp_path / "other", count=2, seed=5, drr=SMALL))
    one, two, three = (c.studies[-1].data["radiograph"].read() for c in (made, again, other))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, three)


def test_films_join_what_was_taken_and_stay_on_the_training_side(taken, made):
    both = derived.joined(taken, [made])
    for fold in cohorts.folds(both, "leave-one-patient-out"):
        (left_out,) = fold.test
        patient = next(s.patient for s in taken.studies if s.name == left_out)
        trained = {s.patient for s in both.studies if s.name in fold.train}
        assert patient not in trained
        assert not {s.name for s in made.studies} & (fold.test | fold.validation)


def test_only_volumes_in_hu_are_projected(taken, tmp_path):
    assert ct_of(taken.studies[0]) == "ct"
    assert ct_of(taken.studies[2]) is None
    assert ct_of(_ct(0, unit="label")) is None
    with pytest.raises(RequestError, match="CT in HU"):
        drr_cohort(replace(taken, studies=taken.studies[2:]), tmp_path / "none", count=1)
    with pytest.raises(RequestError, match="at least 1"):
        drr_cohort(taken, tmp_path / "none", count=0)


def test_films_in_place_of_volumes_are_judged_under_the_names_and_words_of_the_patients(taken, tmp_path):
    row = Record(values={"age_years": 40.0})
    outcome = {"death": Outcome(days=9.0, event=True)}
    told = [
        replace(s, data={**s.data, "clinical": row}, truth=replace(s.truth, outcomes=outcome)) for s in taken.studies
    ]
    whole = replace(taken, studies=tuple(told))
    films = cohorts.load(drr_cohort(whole, tmp_path / "films", count=1, drr=SMALL))
    found = filmed(whole, films)
    assert [s.name for s in found.studies] == ["s0", "s1"], "the one without a CT has no film of it"
    for study, film in zip(found.studies, films.studies, strict=True):
        assert not study.derived_from
        assert list(study.data) == ["radiograph", "clinical"]
        assert np.array_equal(study.data["radiograph"].read(), film.data["radiograph"].read())
        assert set(study.truth.masks) == {"radiograph"}
        assert study.truth.lesions == film.truth.lesions
        assert (study.truth.labels, study.truth.outcomes) == ({"label": "malignant"}, outcome)
        assert study.origins["radiograph"].startswith("projected from")
    assert "projected" in found.notes[-1]
    assert found.fingerprint not in {whole.fingerprint, films.fingerprint}
    assert derived.taken(found).studies == found.studies
