import numpy as np
import pytest

from osteon import cohorts
from osteon.simulate import raman, recipes
from osteon.simulate.cohort import cohort
from osteon.simulate.recipe import Order
from osteon.types import Spectrum


@pytest.fixture(autouse=True)
def key(tmp_path, monkeypatch):
    monkeypatch.setenv("OSTEON_KEY", str(tmp_path / "key"))


@pytest.mark.parametrize(("name", "task"), [("serum-raman", "metastasis"), ("tissue-raman", "lesion")])
def test_a_cohort_of_spectra_is_an_ordinary_one(tmp_path, name, task):
    made = cohorts.load(cohort(Order(recipe=name, patients=6, seed=3, size="small"), out=tmp_path / "c"))
    assert len(made.studies) == 18
    assert len({s.patient for s in made.studies}) == 6
    assert len({s.truth.labels[task] for s in made.studies}) > 1
    spectrum = made.studies[0].data["spectrum"]
    assert isinstance(spectrum, Spectrum)
    assert spectrum.counts.shape == (400,)
    assert spectrum.shift_per_cm[0] < 402
    assert spectrum.shift_per_cm[-1] > 1598


def test_the_ceiling_is_that_of_the_formula():
    order, recipe = Order(recipe="serum-raman", patients=400, seed=1), recipes.get("serum-raman")
    cases = [recipe.draw(order, i) for i in range(400)]
    found = {(c.metric, c.positive): c for c in recipe.ceilings(cases, order)}
    area = found["auc", "present"]
    assert area.expected == pytest.approx(raman.ideal_auroc(raman.serum(), raman.serum(effect=1.0)), abs=0.01)
    assert area.low < area.expected < area.high
    assert found["accuracy", ""].expected == pytest.approx(0.82, abs=0.015)
    assert all(case.patient.sex == "male" and case.patient.primary == "prostate" for case in cases)


def test_spectra_tell_what_the_mixture_tells_but_not_more():
    """A linear reader of noise-free spectra, held out by patient, comes near the ceiling."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    order, recipe = Order(recipe="serum-raman", patients=600, seed=2), recipes.get("serum-raman")
    cases = [recipe.draw(order, i) for i in range(600)]
    instrument = raman.Instrument(points=150)
    clean = np.log([raman.expected(c.patient.latents, instrument=instrument) for c in cases])
    truth = np.array([c.labels["metastasis"] == "present" for c in cases])
    clean = (clean - clean[:400].mean(0)) / clean[:400].std(0)
    model = LogisticRegression(C=0.1, max_iter=3000).fit(clean[:400], truth[:400])
    area = roc_auc_score(truth[400:], model.decision_function(clean[400:]))
    ceiling = next(c for c in recipe.ceilings(cases[400:], order) if c.metric == "auc")
    assert ceiling.expected - 0.08 < area < ceiling.high
