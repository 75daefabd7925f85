from collections import Counter

import pytest

from osteon import cohorts
from osteon.cohorts.tcia_osteosarcoma_tumor_assessment import case, tile_name
from osteon.errors import CohortError


def test_the_counts_of_the_readme(data_dir):
    cohort = cohorts.load(data_dir / "osteosarcoma_ut")
    assert len(cohort.studies) == 1144
    assert cohort.refused == ()
    assert Counter(s.truth.labels["label"] for s in cohort.studies) == {
        "non_tumour": 536,
        "necrosis": 263,
        "viable_tumour": 345,
    }
    assert Counter(s.patient for s in cohort.studies) == {"Case-3": 285, "Case-4": 277, "Case-48": 370, "P9": 212}
    tiles = [s for s in cohort.studies if "tile" in s.data]
    assert Counter(s.truth.labels["label"] for s in tiles) == {"non_tumour": 20, "necrosis": 20, "viable_tumour": 20}
    assert tiles[0].data["tile"].grid.shape == (1024, 1024)
    assert tiles[0].data["tile"].read().shape == (1024, 1024, 3)
    values = cohort.studies[0].data["features"].values
    assert len(values) == 62
    assert not {"X_x", "X_1", "X_y", "ImageNumber", "group", "label3"} & set(values)


def test_a_tile_and_its_features_agree(data_dir):
    """The tile's folder, and so its file name, says its class; the joined row must say the same."""
    words = {"Non-Tumor": "non_tumour", "Non-Viable-Tumor": "necrosis", "Viable": "viable_tumour"}
    for study in cohorts.load(data_dir / "osteosarcoma_ut").studies:
        if "tile" in study.data:
            said = study.origins["tile"].removeprefix("tiles/").partition("___")[0]
            assert words.get(said, "viable_tumour") == study.truth.labels["label"], study.name


def test_the_official_layout(folder):
    rows = [
        {"X": 1, "image.name": "Case 3 A12-16067-9053", "area": 1.5, "classification": "Non-Viable-Tumor"},
        {"X": 2, "image.name": "Case 48 - P5 C21-5-6", "area": 2.5, "classification": "viable: non-viable"},
        {"X": 3, "image.name": "P9 B6-17176-31590", "area": "NA", "classification": "Non-Tumor"},
    ]
    folder.table("ML_Features_1144.csv", rows)
    folder.noise("Training-Set-1/set1/Case-3-A12-16067-9053.jpg", 1)
    folder.noise("Training-Set-2/set9/sub/Case-48-P5-C21-5-6.jpg", 2)
    cohort = cohorts.load(folder.root)
    assert [s.truth.labels["label"] for s in cohort.studies] == ["necrosis", "viable_tumour", "non_tumour"]
    assert [s.truth.labels["source_label"] for s in cohort.studies][1] == "viable: non-viable"
    assert [sorted(s.data) for s in cohort.studies] == [["features", "tile"], ["features", "tile"], ["features"]]
    assert [s.patient for s in cohort.studies] == ["Case-3", "Case-48", "P9"]
    assert [dict(s.data["features"].values) for s in cohort.studies] == [{"area": 1.5}, {"area": 2.5}, {"area": None}]


def test_an_unknown_class_is_a_sentence(folder):
    folder.table("ML_Features_1144.csv", [{"image.name": "P9 B6-1-2", "area": 1, "classification": "other"}])
    with pytest.raises(CohortError, match="row 2: The class 'other'"):
        cohorts.load(folder.root)


@pytest.mark.parametrize("text", ["Case 4 A1-2-3", "Case-4-A1-2-3.jpg", " Case 4 - A1-2-3.TIFF"])
def test_one_way_of_writing_a_tile(text):
    assert (tile_name(text), case(tile_name(text))) == ("Case-4-A1-2-3", "Case-4")
