"""Co-occurrence against a count by hand and sums written out as the standard writes them."""

import numpy as np
import pytest

from osteon.transforms.radiomics import glcm, levels


def region(rng, shape=(4, 6, 5), high=5, share=0.8):
    return (rng.integers(1, high + 1, shape) * (rng.random(shape) < share)).astype(np.int32)


def by_hand(grey, step):
    """Count pairs one voxel at a time; return the symmetrical joint probabilities."""
    size = grey.max()
    counts = np.zeros((size, size))
    for place in np.argwhere(grey):
        other = place + step
        if (other >= 0).all() and (other < grey.shape).all() and grey[tuple(other)]:
            i, j = grey[tuple(place)] - 1, grey[tuple(other)] - 1
            counts[i, j] += 1
            counts[j, i] += 1
    return counts


def written_out(p):
    """Return features of one matrix, summed in loops."""
    size = len(p)
    pairs = [(i + 1, j + 1, p[i, j]) for i in range(size) for j in range(size)]
    mean = sum(i * v for i, _, v in pairs)
    variance = sum((i - mean) ** 2 * v for i, _, v in pairs)
    gaps = [sum(v for i, j, v in pairs if abs(i - j) == k) for k in range(size)]
    gap_mean = sum(k * v for k, v in enumerate(gaps))
    edge = p.sum(1)

    def bits(values):
        return -sum(v * np.log2(v) for v in values if v > 0)

    crossed = [v * np.log2(edge[i - 1] * edge[j - 1]) for i, j, v in pairs if v > 0]
    q = sum(np.outer(p[:, k], p[:, k]) / np.outer(edge, np.full(size, edge[k])) for k in range(size) if edge[k])
    q = np.nan_to_num(q)
    return {
        "Autocorrelation": sum(i * j * v for i, j, v in pairs),
        "ClusterProminence": sum((i + j - 2 * mean) ** 4 * v for i, j, v in pairs),
        "ClusterShade": sum((i + j - 2 * mean) ** 3 * v for i, j, v in pairs),
        "ClusterTendency": sum((i + j - 2 * mean) ** 2 * v for i, j, v in pairs),
        "Contrast": sum((i - j) ** 2 * v for i, j, v in pairs),
        "Correlation": sum((i - mean) * (j - mean) * v for i, j, v in pairs) / variance,
        "DifferenceAverage": gap_mean,
        "DifferenceEntropy": bits(gaps),
        "DifferenceVariance": sum((k - gap_mean) ** 2 * v for k, v in enumerate(gaps)),
        "Id": sum(v / (1 + abs(i - j)) for i, j, v in pairs),
        "Idm": sum(v / (1 + (i - j) ** 2) for i, j, v in pairs),
        "Idmn": sum(v / (1 + ((i - j) / size) ** 2) for i, j, v in pairs),
        "Idn": sum(v / (1 + abs(i - j) / size) for i, j, v in pairs),
        "Imc1": (bits(p.ravel()) + sum(crossed)) / bits(edge),
        "Imc2": (1 - np.exp(-2 * (2 * bits(edge) - bits(p.ravel())))) ** 0.5,
        "InverseVariance": sum(v / (i - j) ** 2 for i, j, v in pairs if i != j),
        "JointAverage": mean,
        "JointEnergy": sum(v * v for *_, v in pairs),
        "JointEntropy": bits(p.ravel()),
        "MCC": np.sqrt(np.sort(np.linalg.eigvals(q).real)[-2]),
        "MaximumProbability": p.max(),
        "SumAverage": sum((i + j) * v for i, j, v in pairs),
        "SumEntropy": bits([sum(v for i, j, v in pairs if i + j == k) for k in range(2, 2 * size + 1)]),
        "SumSquares": variance,
    }


def test_counts_are_those_by_hand(rng):
    grey = region(rng)
    steps = levels.directions(grey.shape, flat=False)
    found = glcm.matrix(levels.padded(grey), steps)
    for step, counts in zip(steps, found, strict=True):
        assert np.array_equal(counts, by_hand(grey, step))


@pytest.mark.parametrize("high", [2, 5])
def test_features_are_the_means_of_what_is_written_out(rng, high):
    grey = region(rng, high=high)
    steps = levels.directions(grey.shape, flat=False)
    each = [written_out(c / c.sum()) for c in (by_hand(grey, s) for s in steps)]
    found = dict(zip(glcm.NAMES, glcm.glcm(levels.padded(grey), steps), strict=True))
    assert set(found) == set(each[0])
    for name, value in found.items():
        assert value == pytest.approx(np.mean([e[name] for e in each]), rel=1e-9, abs=1e-12), name


def test_empty_levels_change_nothing_but_what_is_normalised_by_their_number(rng):
    grey = region(rng, high=3)
    wide = np.where(grey == 3, 9, grey).astype(np.int32)
    steps = levels.directions(grey.shape, flat=False)
    one, other = (dict(zip(glcm.NAMES, glcm.glcm(levels.padded(g), steps), strict=True)) for g in (grey, wide))
    for name in ("JointEntropy", "JointEnergy", "MCC", "Imc1", "MaximumProbability"):
        assert one[name] == pytest.approx(other[name])
    assert other["Contrast"] > one["Contrast"]


@pytest.mark.parametrize("shape", [(3, 3, 3), (1, 1, 1)])
def test_one_level_is_flat(shape):
    grey = np.ones(shape, np.int32)
    found = glcm.glcm(levels.padded(grey), levels.directions(shape, flat=False))
    made = dict(zip(glcm.NAMES, found, strict=True))
    assert (made["Correlation"], made["MCC"], made["JointEnergy"], made["Contrast"], made["Imc1"]) == (1, 1, 1, 0, 0)
    assert np.isfinite(found).all()
