"""Intervals of a proportion: `successes` of `n` independent units, one of each patient."""

from __future__ import annotations

from scipy.stats import beta, norm

from osteon.errors import RequestError


def clopper_pearson(successes: int, n: int, *, level: float = 0.95) -> tuple[float, float]:
    """Return the exact interval of Clopper and Pearson (1934); it covers with at least `level`.

    Raises:
        RequestError: Not 0 <= successes <= n with n at least 1.

    Example:
        >>> [round(100 * end, 1) for end in clopper_pearson(21, 28)]
        [55.1, 89.3]

    """
    _check(successes, n)
    tail = (1.0 - level) / 2.0
    low = float(beta.ppf(tail, successes, n - successes + 1)) if successes > 0 else 0.0
    high = float(beta.ppf(1.0 - tail, successes + 1, n - successes)) if successes < n else 1.0
    return low, high


def wilson(successes: float, n: int, *, level: float = 0.95) -> tuple[float, float]:
    """Return the score interval of Wilson (1927), without continuity correction.

    Args:
        successes: May be a fraction, where `n` is an effective number.
        n: Of units.
        level: Of confidence.

    Raises:
        RequestError: Not 0 <= successes <= n with n at least 1.

    """
    _check(successes, n)
    z = float(norm.ppf(0.5 + level / 2.0))
    share, shrink = successes / n, 1.0 + z * z / n
    centre = (share + z * z / (2 * n)) / shrink
    half = z * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5 / shrink
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == n else centre + half
    return low, high


def _check(successes: float, n: int) -> None:
    """Raise unless `successes` of `n` can be."""
    if not (n >= 1 and 0 <= successes <= n):
        msg = f"A proportion needs 0 <= successes <= n and n of 1 at least; got {successes} of {n}."
        raise RequestError(msg)
