import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from osteon import cohorts
from osteon.cohorts.packed import unpack
from osteon.errors import CohortError, InputError
from osteon.types import Cohort, Grid, Image, Lesion, Outcome, Record, Spectrum, Study, Truth

AFFINE = ((0.0, 0.0, 1.0, 5.0), (0.0, 2.0, 0.0, -7.0), (3.0, 0.0, 0.0, 9.0), (0.0, 0.0, 0.0, 1.0))


def image(pixels, **grid):
    return Image(grid=Grid(shape=pixels.shape, **grid), modality="CT", unit="HU", load=lambda: pixels, notes=("n",))


@pytest.fixture
def pack(tmp_path):
    """Return a pack with one study of every kind of datum."""
    volume = np.arange(24, dtype=np.float32).reshape(2, 3, 4) - 1000.5
    mask = (volume > -990).astype(np.int32)
    placed = {"spacing_mm": (3.0, 2.0, 1.0), "affine": AFFINE}
    study = Study(
        name="s1",
        patient="p1",
        site="A",
        exam="pre",
        split="test",
        data={
            "ct": image(volume, **placed),
            "raman": Spectrum(shift_per_cm=np.arange(9.0), counts=np.arange(9.0) ** 2),
            "clinical": Record(values={"age_years": 9.5, "sex": None}),
        },
        truth=Truth(
            labels={"label": "x"},
            values={"size_mm": 4.0},
            masks={"ct": image(mask, **placed)},
            outcomes={"death": Outcome(days=5.0, event=True)},
            lesions=(Lesion(label="x", input="ct", box_px=(0, 0, 0, 1, 2, 3), mask_value=1),),
        ),
    )
    return cohorts.pack(Cohort(name="c", studies=(study,), licence="CC0", notes=("known",)), tmp_path / "pack")


def test_everything_comes_back(pack):
    cohort = unpack(pack)
    (study,) = cohort.studies
    assert (cohort.name, cohort.licence, cohort.notes) == ("c", "CC0", ("known",))
    assert (study.name, study.patient, study.site, study.exam, study.split) == ("s1", "p1", "A", "pre", "test")
    assert np.array_equal(study.data["ct"].read().ravel(), np.arange(24) - 1000.5)
    assert study.data["ct"].grid == Grid(shape=(2, 3, 4), spacing_mm=(3.0, 2.0, 1.0), affine=AFFINE)
    assert (study.data["ct"].unit, study.data["ct"].notes) == ("HU", ("n",))
    assert study.truth.masks["ct"].read().sum() == 13
    assert study.truth.masks["ct"].read().dtype == np.int32
    assert np.array_equal(study.data["raman"].counts, np.arange(9.0) ** 2)
    assert study.data["clinical"] == Record(values={"age_years": 9.5, "sex": None})
    assert study.truth.outcomes == {"death": Outcome(days=5.0, event=True)}
    assert study.truth.lesions == (Lesion(label="x", input="ct", box_px=(0, 0, 0, 1, 2, 3), mask_value=1),)
    assert study.truth.values == {"size_mm": 4.0}


@pytest.mark.parametrize(
    "change",
    [
        lambda head: head.update(version=2),
        lambda head: head.update(format="other"),
        lambda head: head.pop("studies"),
        lambda head: head.update(studies=[None]),
        lambda head: head.update(evidence="rumour"),
        lambda head: head["studies"][0].update(file="../../etc/passwd"),
        lambda head: head["studies"][0].update(data=[1]),
        lambda head: head["studies"][0]["truth"]["outcomes"].update(death=[1]),
        lambda head: head["studies"][0]["data"]["ct"].pop("shape"),
    ],
)
def test_a_head_that_was_tampered_with_is_refused(pack, change):
    head = json.loads((pack / "pack.json").read_text())
    change(head)
    (pack / "pack.json").write_text(json.dumps(head))
    with pytest.raises(CohortError, match=r"pack\.json"):
        unpack(pack)


HEADS = st.dictionaries(
    st.sampled_from(["format", "version", "studies", "name", "refused"]), st.none() | st.text(max_size=5)
)
VALUES = st.recursive(st.none() | st.integers() | st.text(max_size=5) | HEADS, st.lists, max_leaves=9)


@given(VALUES)
def test_any_json_is_a_cohort_or_our_error(tmp_path_factory, value):
    root = tmp_path_factory.getbasetemp()
    (root / "pack.json").write_text(json.dumps(value))
    with pytest.raises(CohortError):
        unpack(root)


def test_a_pickle_in_place_of_an_array_is_never_loaded(pack):
    (path,) = (pack / "studies").iterdir()
    arrays = dict(np.load(path))
    np.savez(path, **arrays | {"data:ct": np.array([object()], dtype=object)}, allow_pickle=True)
    with pytest.raises(InputError, match="pack the cohort again"):
        unpack(pack).studies[0].data["ct"].read()
