import numpy as np
import pytest
from scipy import stats

from osteon.errors import RequestError
from osteon.simulate.tissue import expression

PANEL = expression.make_panel()


def cohort(rng, n=300, panel=PANEL):
    """Return appearances (n, 6) and normalised log counts (n, genes)."""
    looks = rng.normal(size=(n, len(expression.LINKED)))
    drawn = [
        expression.draw(panel, appearance=dict(zip(expression.LINKED, look, strict=True)), rng=rng).values
        for look in looks
    ]
    counts = np.array(drawn)
    return looks, np.log1p(1e4 * counts / counts.sum(axis=1, keepdims=True))


def p_values(looks, logs):
    """Return those of Pearson's correlation of each appearance with each gene."""
    n = len(looks)
    a, b = ((v - v.mean(0)) / v.std(0) for v in (looks, logs))
    r = a.T @ b / n
    return 2 * stats.t.sf(np.abs(r) * np.sqrt((n - 2) / (1 - r**2)), n - 2)


def discovered(p):
    return stats.false_discovery_control(p.ravel()).reshape(p.shape) < 0.05


def test_the_linked_genes_are_the_linked_ones(rng):
    """By correlation with each appearance at a false discovery rate of 5 %."""
    looks, logs = cohort(rng)
    found = discovered(p_values(looks, logs))
    truth = np.array([[PANEL.linked.get(gene) == name for gene in PANEL.genes] for name in expression.LINKED])
    assert found[truth].mean() > 0.97
    assert (found & ~truth).sum() / found.sum() < 0.12


def test_the_link_is_as_strong_as_stated(rng):
    looks, logs = cohort(rng)
    for index in range(len(expression.LINKED)):
        own = PANEL.module == index
        signs = np.sign(PANEL.loading[own])
        mean = ((logs[:, own] - logs[:, own].mean(0)) / logs[:, own].std(0) * signs).mean(axis=1)
        assert np.corrcoef(looks[:, index], mean)[0, 1] == pytest.approx(np.sqrt(PANEL.link), abs=0.1)


def test_without_a_link_nothing_is_seen(rng):
    looks, logs = cohort(rng, n=120, panel=expression.make_panel(link=0.0))
    p = p_values(looks, logs)
    assert discovered(p).sum() <= 30
    assert (p < 0.05).mean() == pytest.approx(0.05, abs=0.03)


def test_counts_are_overdispersed_as_stated(rng):
    panel = expression.make_panel(genes=40, seed=3)
    means = 3e5 * np.exp(panel.base)
    shape = 1 / panel.dispersion
    one = np.array([rng.poisson(rng.gamma(shape, means / shape)) for _ in range(4000)])
    expected = means + panel.dispersion * means**2
    assert np.median(one.var(axis=0) / expected) == pytest.approx(1.0, abs=0.05)
    drawn = np.array([expression.draw(panel, appearance={}, rng=rng).values for _ in range(200)])
    assert (drawn == np.rint(drawn)).all()
    assert (drawn.var(axis=0) > expected)[panel.module >= 0].mean() > 0.95


def test_a_panel_is_its_numbers():
    again = expression.make_panel()
    assert again.genes == PANEL.genes
    assert np.array_equal(again.loading, PANEL.loading)
    assert len(set(PANEL.genes)) == 300
    assert len(PANEL.linked) == 108
    assert all(gene.startswith("sim-") for gene in PANEL.genes)
    assert np.exp(PANEL.base).sum() == pytest.approx(1.0)


def test_what_cannot_be_meant_is_refused(rng):
    with pytest.raises(RequestError, match="12 modules"):
        expression.make_panel(genes=10)
    with pytest.raises(RequestError, match="osteoid"):
        expression.draw(PANEL, appearance={"colour": 1.0}, rng=rng)
