import numpy as np
import pytest
from scipy.stats import ks_2samp
from statsmodels.stats.multitest import multipletests

from osteon import cohorts
from osteon.cohorts.checks.looks import looks
from osteon.cohorts.checks.shift import holm, shift, two_sample
from osteon.cohorts.splits import Split
from osteon.types import Grid, Record
from tests.cohorts.checks.made_studies import cohort, film, study


def films(rng, n=60, *, change=lambda pixels: pixels, spacing_mm=None):
    """Return studies of two sites by turns; those of site B are changed."""
    made = []
    for i in range(n):
        pixels = np.kron(rng.normal(size=(8, 8)), np.ones((8, 8))) + rng.normal(size=(64, 64)) / 10
        other = i % 2 == 1
        grid = Grid(shape=(64, 64), spacing_mm=spacing_mm if other else None)
        image = film(pixels=change(pixels) if other else pixels, grid=grid)
        made.append(study(i, image, site="AB"[i % 2], patient=f"p{i}"))
    return made


def notes(*studies, **more):
    whole = cohort(*studies)
    return list(shift(whole, tuple(looks(whole)), **more))


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda p: p + 1.0, "mean|low|high|median"),
        (lambda p: 2.0 * p, "spread|low|high"),
        (lambda p: p + np.random.default_rng(1).normal(size=p.shape) / 2, "sharpness"),
    ],
)
def test_a_site_of_its_own_is_noted_with_what_differs(rng, change, word):
    (found,) = notes(*films(rng, change=change))
    assert (found.name, found.severity) == ("shift", "note")
    assert "radiograph tell the site" in found.text
    assert any(f"most in {one} " in found.text for one in word.split("|"))
    assert not found.refuses


def test_another_pixel_size_is_noted(rng):
    (found,) = notes(*films(rng, spacing_mm=(0.2, 0.2)))
    assert "most in spacing (Kolmogorov-Smirnov 1.00)" in found.text


def test_sites_that_are_alike_are_not_noted(rng):
    found = [notes(*films(rng, n=40)) for _ in range(8)]
    assert sum(map(len, found)) == 0


def test_too_few_patients_tell_nothing(rng):
    assert not notes(*films(rng, n=16, change=lambda p: p + 5))


def test_the_test_side_is_held_against_the_training_side(rng):
    made = films(rng, n=80, change=lambda p: p + 1.0)
    names = {side: frozenset(s.name for s in made if s.site == site) for side, site in (("train", "A"), ("test", "B"))}
    split = Split(name="by hand", train=names["train"], validation=frozenset(), test=names["test"])
    found = notes(*made, split=split)
    assert [f.text.split(" from the rest")[0].split("tell the ")[1][:4] for f in found] == ["site", "side"]
    mixed = Split(
        name="by hand",
        train=frozenset(s.name for s in made[:50]),
        validation=frozenset(),
        test=frozenset(s.name for s in made[50:]),
    )
    assert len(notes(*made, split=mixed)) == 1


def test_clinical_columns_that_differ_are_named(rng):
    made = [study(i, film(i), site="AB"[i % 2], patient=f"p{i}") for i in range(80)]
    rows = [
        Record(values={"age_years": rng.normal(30 + 30 * (i % 2), 8), "alp_u_per_l": rng.normal(80, 9)})
        for i in range(80)
    ]
    with_rows = [type(s)(**{**vars(s), "data": {**s.data, "clinical": r}}) for s, r in zip(made, rows, strict=True)]
    (found,) = notes(*with_rows)
    assert len(found.rows) == 2
    assert all(row.startswith("age_years at") for row in found.rows)
    assert "medians" in found.rows[0]


def test_the_audit_holds_the_note_and_still_passes(rng):
    found = cohorts.audit(cohort(*films(rng, change=lambda p: p + 1.0)))
    assert found.named("shift")
    assert not found.refused


def test_statistics_are_scipys_and_statsmodels(rng):
    first, second = rng.normal(size=40), rng.normal(0.5, 1, size=50)
    theirs = ks_2samp(first, second)
    assert two_sample(first, second) == pytest.approx((theirs.statistic, theirs.pvalue))
    p = rng.random(12) ** 2
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])
    assert holm([]) == []
