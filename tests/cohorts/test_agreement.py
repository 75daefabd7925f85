import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from osteon.cohorts.agreement import agreement
from osteon.errors import GeometryError, RequestError
from osteon.metrics.overlap import overlap
from osteon.types import Cohort, Evidence, Grid, Image, Study, Truth

WORDS = ("benign", "intermediate", "malignant")


def picture(pixels):
    grid = Grid(shape=pixels.shape, spacing_mm=(0.5, 0.5))
    return Image(grid=grid, modality="OT", unit="label", load=lambda: pixels)


def disc(shift, size=40):
    rows, columns = np.indices((size, size))
    return ((rows - 20 - shift) ** 2 + (columns - 20) ** 2 <= 64).astype(np.uint8)


def cohort(words, masks=None, *, start=0):
    studies = []
    for i, word in enumerate(words):
        drawn = {"radiograph": picture(masks[i])} if masks is not None and masks[i] is not None else {}
        labels = {} if word is None else {"label": word}
        truth = Truth(labels=labels, masks=drawn)
        studies.append(Study(name=f"s{i + start}", patient=f"p{(i + start) // 2}", data={}, truth=truth))
    return Cohort(name="c", studies=tuple(studies), evidence=Evidence.SIMULATED)


@pytest.fixture
def said(rng):
    truth = rng.integers(0, 3, 60)
    return [np.where(rng.random(60) < 0.75, truth, rng.integers(0, 3, 60)) for _ in range(3)]


def named(numbers):
    return [WORDS[k] for k in numbers]


def test_labels_agree_as_scikit_learn_says(said):
    found = agreement({name: cohort(named(row)) for name, row in zip("ABC", said, strict=True)})
    assert [s.task for s in found] == ["label: A and B", "label: A and C", "label: B and C", "label: all"]
    pairs = [(0, 1), (0, 2), (1, 2)]
    for score, (one, other) in zip(found, pairs, strict=False):
        assert score.value == pytest.approx(cohen_kappa_score(said[one], said[other]))
        assert score.low < score.value < score.high
        assert score.patients == 30
        assert score.evidence is Evidence.SIMULATED
    assert found[-1].metric == "fleiss_kappa"
    assert found[-1].value == pytest.approx(np.mean([s.value for s in found[:-1]]), abs=0.05)


def test_weights_are_passed_on(said):
    (found,) = agreement({"A": cohort(named(said[0])), "B": cohort(named(said[1]))}, weighting="quadratic")
    assert found.metric == "kappa_quadratic"
    assert found.value == pytest.approx(cohen_kappa_score(said[0], said[1], weights="quadratic"))


def test_outlines_agree_by_dice_and_distance():
    shifts = [0, 1, 2, 3]
    first, second = cohort([None] * 4, [disc(0)] * 4), cohort([None] * 4, [disc(s) for s in shifts])
    found = {s.metric: s for s in agreement({"A": first, "B": second})}
    assert found["dice"].value == pytest.approx(np.mean([overlap(disc(0), disc(s)).dice for s in shifts]))
    assert found["dice"].task == "radiograph: A and B"
    assert 0 < found["hausdorff95_mm"].value < 1.5


def test_only_shared_studies_and_answers_count(said):
    words = named(said[0])
    gaps = [None if i % 3 == 0 else w for i, w in enumerate(named(said[1]))]
    (found,) = agreement({"A": cohort(words), "B": cohort(gaps)})
    assert found.n == 40
    one = agreement({"A": cohort(words, [disc(0)] * 60), "B": cohort(gaps, [None, *[disc(1)] * 59], start=0)})
    assert {s.n for s in one if s.metric == "dice"} == {59}


def test_what_cannot_be_compared_is_said(said):
    words = named(said[0])
    with pytest.raises(RequestError, match="two annotators"):
        agreement({"A": cohort(words)})
    with pytest.raises(RequestError, match="share no study"):
        agreement({"A": cohort(words), "B": cohort(words, start=100)})
    with pytest.raises(RequestError, match="nothing"):
        agreement({"A": cohort([None] * 4), "B": cohort([None] * 4)})
    with pytest.raises(GeometryError, match="shape"):
        agreement({"A": cohort([None], [disc(0)]), "B": cohort([None], [disc(0, size=44)])})


def test_free_text_is_no_class(rng):
    text = [f"lesion {i}" for i in range(30)]
    with pytest.raises(RequestError, match="nothing"):
        agreement({"A": cohort(text), "B": cohort(text)})
