"""2,000 patient-clustered bootstrap resamples of the AUC of 1,000 rows, ours and the peers'.

The peers have no patients: scikit-learn and SciPy are given a loop over patients, as one writes it;
confidenceinterval resamples rows, so it takes part where each patient has one row.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.metadata import version

import numpy as np
from measure import interleaved, medians, table
from scipy import stats
from sklearn.metrics import roc_auc_score

from osteon.metrics import bootstrap
from osteon.metrics.roc import auc_statistic

ROWS, RESAMPLES, ROUNDS, WANTED = 1000, 2000, 3, 50.0
Ends = tuple[float, float]


def main() -> str:
    """Return the results as Markdown."""
    parts = [part for patients in (ROWS, 400) for part in _measured(patients)]
    peers = ", ".join(f"{name} {version(name)}" for name in ("scikit-learn", "scipy", "confidenceinterval"))
    return "\n\n".join(
        [
            "## AUC with a patient-clustered bootstrap",
            f"{RESAMPLES:,} resamples, {ROWS:,} rows, percentile interval; {peers}. Wanted: {WANTED:g} times.",
            *parts,
        ]
    )


def _measured(patients: int) -> list[str]:
    """Return one table and its check."""
    rng = np.random.default_rng(7)
    owners = np.arange(ROWS) if patients == ROWS else rng.integers(0, patients, ROWS)
    truth = (np.arange(patients) % 3 == 0)[owners].astype(int)
    scores = rng.normal(size=ROWS) + truth + 0.5 * rng.normal(size=patients)[owners]
    ways: dict[str, Callable[[], Ends]] = {
        "osteon": partial(_ours, truth, scores, owners),
        "scikit-learn in a loop": partial(_sklearn_loop, truth, scores, owners),
        "scipy.stats.bootstrap": partial(_scipy, truth, scores, owners),
    }
    if patients == ROWS:
        ways["confidenceinterval"] = partial(_confidenceinterval, truth, scores)
    times, ends = interleaved(ways, rounds=ROUNDS)
    seconds = medians(times)
    rows = [
        [
            name,
            f"{seconds[name] * 1000:,.1f}",
            f"{seconds[name] / seconds['osteon']:,.0f}",
            "{:.4f} to {:.4f}".format(*ends[name]),
        ]
        for name in ways
    ]
    return [
        f"{patients:,} patients:" if patients < ROWS else "One row a patient:",
        table(["", f"ms (median of {ROUNDS})", "times ours", "interval"], rows),
        _check(ends, seconds),
    ]


def _check(ends: dict[str, Ends], seconds: dict[str, float]) -> str:
    """Return whether the speed is reached and the intervals agree within their resampling error."""
    width = ends["osteon"][1] - ends["osteon"][0]
    # The end of a 95 % percentile interval of B normal resamples has this standard error; two of them differ.
    error = np.sqrt(2) * (width / 3.92) * np.sqrt(0.025 * 0.975 / RESAMPLES) / stats.norm.pdf(1.96)
    apart = max(abs(a - b) for other in ends.values() for a, b in zip(other, ends["osteon"], strict=True))
    quickest = min(seconds[name] for name in seconds if name != "osteon") / seconds["osteon"]
    fast = "reached" if quickest >= WANTED else "NOT reached"
    same = "agree" if apart < 4 * error else "DO NOT agree"
    return (
        f"Fastest peer: {quickest:,.0f} times ours ({fast}). Ends differ by at most {apart:.4f}, the resampling error "
        f"of a difference is {error:.4f} ({same} within 4 of them)."
    )


def _ours(truth: np.ndarray, scores: np.ndarray, owners: np.ndarray) -> Ends:
    draws = bootstrap.resample(auc_statistic(truth, scores), owners, rng=np.random.default_rng(1), resamples=RESAMPLES)
    found = bootstrap.percentile(draws)
    return found.low, found.high


def _rows_of(owners: np.ndarray) -> list[np.ndarray]:
    return np.split(np.argsort(owners, kind="stable"), np.flatnonzero(np.diff(np.sort(owners))) + 1)


def _sklearn_loop(truth: np.ndarray, scores: np.ndarray, owners: np.ndarray) -> Ends:
    rng, rows_of = np.random.default_rng(1), _rows_of(owners)
    values = []
    for _ in range(RESAMPLES):
        rows = np.concatenate([rows_of[p] for p in rng.integers(0, len(rows_of), len(rows_of))])
        values.append(roc_auc_score(truth[rows], scores[rows]))
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def _scipy(truth: np.ndarray, scores: np.ndarray, owners: np.ndarray) -> Ends:
    rows_of = _rows_of(owners)

    def statistic(drawn: np.ndarray) -> float:
        rows = np.concatenate([rows_of[p] for p in drawn])
        return float(roc_auc_score(truth[rows], scores[rows]))

    found = stats.bootstrap(
        (np.arange(len(rows_of)),), statistic, n_resamples=RESAMPLES, method="percentile", vectorized=False, rng=1
    ).confidence_interval
    return float(found.low), float(found.high)


def _confidenceinterval(truth: np.ndarray, scores: np.ndarray) -> Ends:
    from confidenceinterval.auc import roc_auc_score as peer

    _, ends = peer(
        truth, scores, method="bootstrap_percentile", n_resamples=RESAMPLES, random_state=np.random.RandomState(1)
    )
    return float(ends[0]), float(ends[1])


if __name__ == "__main__":
    print(main())
