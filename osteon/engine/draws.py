"""Which samples an epoch sees, and in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from osteon.contract import Part, Sgd
from osteon.engine.store import Store
from osteon.errors import RequestError


def order(part: Part, store: Store, pool: Sequence[int], rng: np.random.Generator) -> list[int]:
    """Return indices into `store`, out of `pool`, for one epoch of `part`; a sampler of its own may give fewer or more.

    Raises:
        RequestError: The part's `fit.draw` is "classes" and its samples have no one class.

    """
    draw = part.fit.draw if isinstance(part.fit, Sgd) else None
    if draw in ("patients", "classes"):
        patients = [store.bare(i).patient for i in pool]
        groups = (
            [(p,) for p in patients]
            if draw == "patients"
            else list(zip(classes(part, store, pool), patients, strict=True))
        )
        return [pool[i] for i in rng.choice(len(pool), size=len(pool), p=chances(groups))]
    if part.sampler and draw is None:
        targets = store.targets()
        return [pool[int(i)] for i in part.sampler([targets[i] for i in pool], rng)]
    return [pool[i] for i in rng.permutation(len(pool))]


def chances(groups: Sequence[tuple[Any, ...]]) -> np.ndarray:
    """Return the chance of each sample when a group is drawn first, then a group inside it, then a sample.

    >>> chances([("benign", "a"), ("benign", "a"), ("benign", "b"), ("malignant", "c")]).tolist()
    [0.125, 0.125, 0.25, 0.5]

    """
    found, members = np.ones(len(groups)), [()] * len(groups)
    for depth in range(len(groups[0])):
        inner = [group[: depth + 1] for group in groups]
        siblings: dict[tuple, set] = {}
        for outer, one in zip(members, inner, strict=True):
            siblings.setdefault(outer, set()).add(one)
        found /= np.array([len(siblings[outer]) for outer in members])
        members = inner
    sizes = Counter(members)
    return found / np.array([sizes[group] for group in members])


def classes(part: Part, store: Store, pool: Sequence[int]) -> list[int]:
    """Return the class of each sample of `pool`: of the target that the part's loss names, else of the only one.

    Raises:
        RequestError: There is no such target, or more than one.

    """
    targets = store.targets()
    names = [name for name, value in targets[pool[0]].items() if _is_class(value)]
    named = getattr(part.loss, "target", None)
    chosen = [named] if named in names else names
    if len(chosen) != 1:
        msg = (
            f"fit.draw='classes' of {part.name} needs the one class of a sample; its samples have "
            f"{', '.join(names) or 'none'}. Choose fit.draw='patients' or 'samples'."
        )
        raise RequestError(msg)
    return [int(targets[i][chosen[0]]) for i in pool]


def counted(part: Part, store: Store) -> Mapping[int, int]:
    """Return the number of samples of each class; empty where the samples of `part` have no one class."""
    try:
        found = classes(part, store, range(len(store))) if len(store) else []
    except RequestError:
        return {}
    return dict(sorted(Counter(found).items()))


def _is_class(value: np.ndarray) -> bool:
    return np.asarray(value).ndim == 0 and np.asarray(value).dtype.kind in "iu"
