import numpy as np
import pytest

from osteon import cohorts
from osteon.cohorts.checks.shortcuts import name_features


def cohort(folder, *, name, mark=False, count=60):
    """Write films whose names, and corners if `mark`, may go with the label."""
    rng = np.random.default_rng(4)
    rows = []
    for n in range(count):
        word = ("benign", "malignant")[n % 2]
        coarse = np.kron(rng.integers(0, 200, (8, 8)), np.ones((8, 8))) + rng.integers(0, 20, (64, 64))
        if mark and word == "malignant":
            coarse[1:6, -7:-2] = 255
        rows.append({"patient": f"id{n}", "path": folder.picture(name(n, word), coarse), "label": word})
    folder.table("cohort.csv", rows)
    return cohorts.load(folder.root)


def test_neutral_names_and_corners_pass(folder):
    found = cohorts.audit(cohort(folder, name=lambda n, word: f"films/{n * 37 % 101:03d}.png"))
    assert not found.named("file-name")
    assert not found.named("corner")


@pytest.mark.parametrize(
    "name",
    [
        lambda n, word: f"{word}/{n}.png",
        lambda n, word: f"films/{word[0]}_{n}.png",
        lambda n, word: f"f/{n // 2 + 900 * (n % 2)}.png",
    ],
    ids=["folder", "letter", "number range"],
)
def test_a_label_in_the_name_is_refused_without_naming_a_file(folder, name):
    found = cohorts.audit(cohort(folder, name=name))
    assert found.named("file-name")[0].severity == "refuse"
    assert "label" in found.named("file-name")[0].text
    assert "id0" not in found.named("file-name")[0].text
    assert not cohorts.audit(cohorts.load(folder.root), allow=["file-name"]).refused


def test_a_marker_in_a_corner_is_refused(folder):
    found = cohorts.audit(cohort(folder, name=lambda n, word: f"films/{n * 37 % 101:03d}.png", mark=True))
    assert found.named("corner")[0].severity == "refuse"
    assert "corners of radiograph tell label" in found.named("corner")[0].text


def test_words_of_one_patient_say_who_and_are_left_out():
    names = ["anna/1.png", "bert/1.png", "carl/1.png"]
    assert name_features(names, patients=["a", "b", "c"]).shape == (3, 0)
    assert name_features(["x/1.png", "x/2.png", "y/3.png", "y/4.png"], patients=list("abcd")).shape[0] == 4
