"""What drawn pictures are worth before anything is trained on them: likeness to taken ones, and copies of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from osteon.errors import RequestError
from osteon.metrics.proportion import clopper_pearson


def frechet_distance(one: np.ndarray, other: np.ndarray) -> float:
    """Return the Fréchet distance of two normal distributions fitted to features, (n, d) and (m, d); Heusel 2017.

    With Inception's features it is the FID. It falls with n, so compare only what was counted alike.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(500, 3))
        >>> round(frechet_distance(x, x + [3.0, 4.0, 0.0]), 3)
        25.0

    """
    if min(len(one), len(other)) < 2 or one.shape[1:] != other.shape[1:]:
        msg = f"Two sets of at least 2 rows of the same features are compared; got {one.shape} and {other.shape}."
        raise RequestError(msg)
    apart = np.square(one.mean(axis=0) - other.mean(axis=0)).sum()
    a, b = ((x - x.mean(axis=0)) / np.sqrt(len(x) - 1) for x in (one, other))
    # The trace of the root of the product of the covariances is the nuclear norm of a @ b.T.
    shared = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    return float(apart + np.square(a).sum() + np.square(b).sum() - 2 * shared)


@dataclass(frozen=True, kw_only=True)
class Copies:
    """Share of drawn pictures that lie nearer to one trained on than to any held out, and what chance gives.

    A share whose interval lies above `expected` says that the generator repeats what it was shown.
    """

    share: float
    low: float
    high: float
    expected: float
    n: int


def copies(drawn: np.ndarray, *, trained: np.ndarray, held_out: np.ndarray) -> Copies:
    """Return how many of the features `drawn` (n, d) have their nearest neighbour among those `trained` on.

    Args:
        drawn: Features of synthetic pictures.
        trained: Of pictures that the generator was trained on.
        held_out: Of pictures of other patients; the more, the sharper.

    """
    if not (len(drawn) and len(trained) and len(held_out)):
        msg = f"Pictures of all three kinds are needed; got {len(drawn)}, {len(trained)} and {len(held_out)}."
        raise RequestError(msg)
    nearer = int((nearest(drawn, trained) < nearest(drawn, held_out)).sum())
    low, high = clopper_pearson(nearer, len(drawn))
    expected = len(trained) / (len(trained) + len(held_out))
    return Copies(share=nearer / len(drawn), low=float(low), high=float(high), expected=expected, n=len(drawn))


def nearest(rows: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Return the distance of each of `rows` (n, d) to the nearest of `among` (m, d), (n,)."""
    square = np.square(rows).sum(axis=1)[:, None] + np.square(among).sum(axis=1) - 2 * rows @ among.T
    return np.sqrt(np.maximum(square.min(axis=1), 0))
