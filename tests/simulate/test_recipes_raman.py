import numpy as np
import pytest

from osteon import cohorts
from osteon.simulate import recipes
from osteon.simulate.cohort import cohort
from osteon.simulate.recipe import Order
from osteon.simulate.recipes_raman import TISSUE
from osteon.simulate.tissue import raman
from osteon.types import Spectrum


@pytest.fixture(autouse=True)
def key(tmp_path, monkeypatch):
    monkeypatch.setenv("OSTEON_KEY", str(tmp_path / "key"))


def test_a_cohort_of_spectra_is_an_ordinary_one(tmp_path):
    made = cohorts.load(cohort(Order(recipe="raman-tissue", patients=6, seed=3, size="small"), out=tmp_path / "c"))
    assert len(made.studies) == 18
    assert len({s.patient for s in made.studies}) == 6
    assert len({s.truth.labels["lesion"] for s in made.studies}) > 1
    spectrum = made.studies[0].data["spectrum"]
    assert isinstance(spectrum, Spectrum)
    assert spectrum.counts.shape == (400,)
    assert spectrum.shift_per_cm[0] < 402
    assert spectrum.shift_per_cm[-1] > 1598


def test_the_ceiling_is_that_of_the_formula():
    order, recipe = Order(recipe="raman-tissue", patients=400, seed=1), recipes.get("raman-tissue")
    cases = [recipe.draw(order, i) for i in range(400)]
    found = {(c.metric, c.positive): c for c in recipe.ceilings(cases, order)}
    area = found["auc", "malignant"]
    far = raman.ideal_auroc(*(TISSUE.means[word] for word in ("benign", "malignant")))
    near = raman.ideal_auroc(*(TISSUE.means[word] for word in ("intermediate", "malignant")))
    assert near < area.expected < far
    assert area.expected == pytest.approx((2 * far + near) / 3, abs=0.02)
    assert area.low < area.expected < area.high
    assert {c.n for c in found.values()} == {400}


def test_spectra_tell_what_the_mixture_tells_but_not_more():
    """A linear reader of noise-free spectra, tried on other patients, comes near the ceiling."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    order, recipe = Order(recipe="raman-tissue", patients=600, seed=2), recipes.get("raman-tissue")
    cases = [recipe.draw(order, i) for i in range(600)]
    instrument = raman.Instrument(points=150)
    clean = np.log([raman.expected(c.patient.latents, instrument=instrument) for c in cases])
    truth = np.array([c.labels["lesion"] == "malignant" for c in cases])
    clean = (clean - clean[:400].mean(0)) / clean[:400].std(0)
    model = LogisticRegression(C=0.1, max_iter=3000).fit(clean[:400], truth[:400])
    area = roc_auc_score(truth[400:], model.decision_function(clean[400:]))
    ceiling = next(c for c in recipe.ceilings(cases[400:], order) if (c.metric, c.positive) == ("auc", "malignant"))
    assert ceiling.expected - 0.08 < area < ceiling.high
