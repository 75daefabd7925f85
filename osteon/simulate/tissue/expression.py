"""Gene expression in modules, some of which follow what the H&E tile shows: which ones is the truth.

The genes are not real ones and are named by their module ("sim-cell-density-07"), so that no simulated link is
mistaken for biology. Counts are negative binomial (Love et al. 2014) around a log-linear mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from osteon.errors import RequestError
from osteon.types import Expression

LINKED = ("cell density", "nucleus size", "pleomorphism", "osteoid", "necrosis", "cartilage")
"""Appearances that a module follows, each in standard deviations from the mean of its cohort."""
UNLINKED = ("metabolism", "stress", "immune", "stroma", "ribosome", "batch")
"""Modules that nothing in the picture shows."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Panel:
    """The genes and what moves them.

    Attributes:
        genes: Names, in order.
        module: Index into `modules` of each gene, -1 for a gene that moves alone; (genes,).
        modules: Names: `LINKED`, then `UNLINKED`.
        base: Mean logarithm of the share of the gene's counts; (genes,).
        loading: Change of the logarithm by one standard deviation of its module; (genes,).
        dispersion: Of the negative binomial distribution; (genes,).
        link: Share of the variance of a linked module that is its appearance's, 0 to 1.

    """

    genes: tuple[str, ...]
    module: np.ndarray
    modules: tuple[str, ...]
    base: np.ndarray
    loading: np.ndarray
    dispersion: np.ndarray
    link: float = 0.6

    @property
    def linked(self) -> dict[str, str]:
        """Gene to the appearance that it follows: the truth. Genes that follow none are not in it."""
        pairs = zip(self.genes, self.module.tolist(), strict=True)
        return {gene: self.modules[m] for gene, m in pairs if 0 <= m < len(LINKED)}


def make_panel(*, genes: int = 300, alone: float = 0.3, link: float = 0.6, seed: int = 0) -> Panel:
    """Return a panel; the same numbers give the same panel.

    Args:
        genes: How many.
        alone: Share of genes that belong to no module.
        link: Share of the variance of a linked module that is its appearance's.
        seed: Of loadings, abundances and dispersions.

    Raises:
        RequestError: Too few genes for the modules, or shares that are none.

    """
    modules = LINKED + UNLINKED
    together = round(genes * (1.0 - alone))
    if together < len(modules) or not (0 <= alone < 1 and 0 <= link <= 1):
        msg = (
            f"A panel needs a gene for each of its {len(modules)} modules and shares between 0 and 1; got {genes} "
            f"genes, {alone:g} of them alone, and a link of {link:g}."
        )
        raise RequestError(msg)
    rng = np.random.default_rng(seed)
    module = np.concatenate([np.arange(together) % len(modules), np.full(genes - together, -1)])
    names = [(modules[m] if m >= 0 else "alone").replace(" ", "-") for m in module]
    number = [names[: i + 1].count(name) for i, name in enumerate(names)]
    return Panel(
        genes=tuple(f"sim-{name}-{n:02d}" for name, n in zip(names, number, strict=True)),
        module=module,
        modules=modules,
        base=_centred(rng.normal(0.0, 1.2, genes)),
        loading=rng.choice([-1.0, 1.0], genes) * rng.uniform(0.3, 0.7, genes),
        dispersion=np.exp(rng.normal(np.log(0.1), 0.4, genes)),
        link=link,
    )


def draw(panel: Panel, *, appearance: Mapping[str, float], rng: np.random.Generator, depth: float = 3e5) -> Expression:
    """Return the counts of one tumour.

    Args:
        panel: The genes.
        appearance: Each of `LINKED`, in standard deviations of the cohort; what is not given counts as 0.
        rng: Draws the modules, the counts and how deep was sequenced.
        depth: Counts of all genes together, in the median.

    Returns:
        Counts as whole floats, not normalised.

    Raises:
        RequestError: An appearance that no module follows.

    """
    unknown = sorted(set(appearance) - set(LINKED))
    if unknown:
        msg = f"No module follows {', '.join(unknown)}; the panel knows {', '.join(LINKED)}."
        raise RequestError(msg)
    active = rng.normal(size=len(panel.modules))
    shown = np.array([appearance.get(name, 0.0) for name in LINKED])
    active[: len(LINKED)] = np.sqrt(panel.link) * shown + np.sqrt(1.0 - panel.link) * active[: len(LINKED)]
    own = rng.normal(size=len(panel.genes))
    moved = np.where(panel.module >= 0, active[panel.module], own)
    means = depth * np.exp(rng.normal(0.0, 0.2)) * np.exp(panel.base + panel.loading * moved)
    shape = 1.0 / panel.dispersion
    return Expression(genes=panel.genes, values=rng.poisson(rng.gamma(shape, means / shape)).astype(float))


def _centred(logs: np.ndarray) -> np.ndarray:
    """Return `logs` such that their exponentials sum to 1."""
    return logs - np.log(np.exp(logs).sum())
