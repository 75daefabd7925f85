"""The odds from which a cohort's tumours are drawn, and Bayes' answer to what was drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from osteon.errors import RequestError
from osteon.simulate.tumour import entity as book
from osteon.simulate.tumour.entity import ENTITIES, FEATURES
from osteon.simulate.tumour.lesion import Group

NATURE = ("age", "sex", "site")
"""Features that keep the odds of the entity; all others are looks, and are mixed."""


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A tumour as it was drawn: its entity, and the word of each feature."""

    entity: str
    words: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, eq=False)
class Odds:
    """Exactly what a cohort draws from.

    Attributes:
        entities: Names, in the order of `prior`.
        prior: Share of each, summing to 1; shape (entities,).
        tables: Feature to the odds of its words by entity, (entities, words), rows summing to 1.
        words: Feature to its words.
        overlap: Share of each look that is drawn from all entities alike: 0 as the book says, 1 nothing to see.

    """

    entities: tuple[str, ...]
    prior: np.ndarray
    tables: Mapping[str, np.ndarray]
    words: Mapping[str, tuple[str, ...]]
    overlap: float

    def draw(self, rng: np.random.Generator) -> Drawn:
        """Return a tumour."""
        return self.draw_of(self.entities[int(rng.choice(len(self.entities), p=self.prior))], rng)

    def draw_of(self, entity: str, rng: np.random.Generator) -> Drawn:
        """Return a tumour of an entity."""
        row = self.entities.index(entity)
        words = {f: self.words[f][int(rng.choice(len(t[row]), p=t[row]))] for f, t in self.tables.items()}
        return Drawn(entity=entity, words=words)

    def posterior(self, words: Mapping[str, str], *, seen: Sequence[str] = FEATURES) -> np.ndarray:
        """Return the exact probability of each entity given the words of the `seen` features, (entities,)."""
        chance = np.log(np.where(self.prior > 0, self.prior, 1e-300))
        for feature in seen:
            column = self.words[feature].index(words[feature])
            chance = chance + np.log(np.maximum(self.tables[feature][:, column], 1e-300))
        chance = np.exp(chance - chance.max())
        return chance / chance.sum()

    def group_of(self, groups: Sequence[str]) -> np.ndarray:
        """Return which entity belongs to which of `groups` (by its own group), (entities, groups) of 0 and 1."""
        return np.array([[float(ENTITIES[e].group == g) for g in groups] for e in self.entities])


def odds(mix: Mapping[str, float], *, sites: Sequence[str], overlap: float, only: Sequence[str] = ()) -> Odds:
    """Return the odds of a cohort.

    Args:
        mix: Share of each group ("benign" ...) or of each entity by name.
        sites: Where its tumours may lie; an entity is as frequent as it is there.
        overlap: See `Odds`.
        only: Entities to choose from; none for all.

    Raises:
        RequestError: The overlap is not between 0 and 1, or no entity of a group lies at these sites.

    """
    if not 0.0 <= overlap <= 1.0:
        msg = f"An overlap of {overlap} cannot be meant; it goes from 0 (as the book says) to 1 (nothing to see)."
        raise RequestError(msg)
    names = [name for name in (only or ENTITIES) if _there(name, sites) > 0]
    shares = {name: _share(name, names, mix=mix, sites=sites) for name in names}
    names = [name for name in names if shares[name] > 0]
    prior = np.array([shares[name] for name in names])
    total = sum(mix.values())
    if not names or abs(prior.sum() - total) > 1e-9 * total:
        msg = f"No tumour of one of {', '.join(mix)} arises at {', '.join(sites)}; choose another field or mix."
        raise RequestError(msg)
    prior = prior / prior.sum()
    words = {feature: book.words(feature) for feature in FEATURES}
    words["site"] = tuple(word for word in words["site"] if word in sites)
    tables = {f: _table(f, names, words[f]) for f in FEATURES}
    for feature in set(FEATURES) - set(NATURE):
        pooled = prior @ tables[feature]
        tables[feature] = (1.0 - overlap) * tables[feature] + overlap * pooled
    return Odds(entities=tuple(names), prior=prior, tables=tables, words=words, overlap=overlap)


def _there(name: str, sites: Sequence[str]) -> float:
    """Return the share of an entity that lies at `sites`."""
    table = ENTITIES[name].tables["site"]
    return sum(share for site, share in table.items() if site in sites) / sum(table.values())


def _share(name: str, names: Sequence[str], *, mix: Mapping[str, float], sites: Sequence[str]) -> float:
    """Return the share of an entity: its own in the mix, else its part of its group's."""
    if name in mix:
        return mix[name]
    group: Group = ENTITIES[name].group
    alike = [n for n in names if n not in mix and ENTITIES[n].group == group]
    weights = {n: ENTITIES[n].weight * _there(n, sites) for n in alike}
    return mix.get(group, 0.0) * weights[name] / sum(weights.values())


def _table(feature: str, names: Sequence[str], words: Sequence[str]) -> np.ndarray:
    rows = np.array([[ENTITIES[n].tables[feature].get(w, 0.0) for w in words] for n in names])
    return rows / rows.sum(axis=1, keepdims=True)
