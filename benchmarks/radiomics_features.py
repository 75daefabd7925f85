"""The 107 features of a region of 268,000 voxels, ours and PyRadiomics', and how far they lie apart.

PyRadiomics does not build with a plain `pip install`: install `versioneer` and `cython` first, then
`pip install --no-build-isolation --no-deps pyradiomics pykwalify docopt ruamel.yaml six pywavelets`.
"""

from __future__ import annotations

import logging
import warnings

import numpy as np
from measure import interleaved, medians, table
from scipy import ndimage

from osteon.transforms.radiomics.vector import Radiomics, extract

SPACING_MM, ROUNDS, VOXELS = (3.0, 1.0, 1.0), 3, 268_000


def region() -> tuple[np.ndarray, np.ndarray]:
    """Return a textured image and a lumpy ellipsoid of about `VOXELS` voxels in it."""
    rng = np.random.default_rng(0)
    shape = (60, 130, 130)
    image = 400 * ndimage.gaussian_filter(rng.normal(0, 1, shape), 2) + rng.normal(0, 40, shape)
    away = [np.linspace(-1, 1, n).reshape([-1 if a == b else 1 for b in range(3)]) for a, n in enumerate(shape)]
    field = -np.sqrt(sum(a**2 for a in away)) + 1.5 * ndimage.gaussian_filter(rng.normal(0, 1, shape), 6)
    return image * 3, field >= np.sort(field.ravel())[-VOXELS]


def pyradiomics(image: np.ndarray, mask: np.ndarray) -> dict[str, float]:
    """Return PyRadiomics' features by name."""
    import SimpleITK as sitk  # noqa: N813 - its usual name
    from radiomics import featureextractor

    logging.getLogger("radiomics").setLevel(logging.CRITICAL)
    both = [sitk.GetImageFromArray(a) for a in (image, mask.astype(np.uint8))]
    for one in both:
        one.SetSpacing(SPACING_MM[::-1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = featureextractor.RadiomicsFeatureExtractor(binWidth=25, additionalInfo=False).execute(*both)
    return {name: float(value) for name, value in found.items() if not name.startswith("diagnostics")}


def osteon(image: np.ndarray, mask: np.ndarray) -> dict[str, float]:
    """Return our features by name."""
    values = extract(image, mask, spacing_mm=SPACING_MM)
    return {name: float(value) for name, value in zip(Radiomics().names(), values, strict=True)}


def main() -> str:
    """Return the results as Markdown."""
    image, mask = region()
    osteon(image, mask)  # compiled and its code kept; a later process only loads it
    ways = {"osteon": lambda: osteon(image, mask), "PyRadiomics": lambda: pyradiomics(image, mask)}
    seconds, results = interleaved(ways, rounds=ROUNDS)
    took = medians(seconds)
    ours, theirs = results["osteon"], results["PyRadiomics"]
    apart = {n: abs(ours[n] - v) / max(abs(v), 1e-12) for n, v in theirs.items()}
    other = sorted(n for n, gap in apart.items() if gap > 1e-6)
    ratio = took["PyRadiomics"] / took["osteon"]
    rows = [[way, f"{s:.2f}", f"{s / took['osteon']:.1f}"] for way, s in took.items()]
    return (
        "## Radiomics: 107 features of a region\n\n"
        f"{int(mask.sum()):,} voxels, bin width 25, {int(ours['original_firstorder_Range'] // 25) + 1} grey levels. "
        "Wanted: a third of PyRadiomics' time.\n\n"
        + table(["", f"s (median of {ROUNDS})", "times ours"], rows)
        + f"\n\n{ratio:.1f} times as fast ({'reached' if ratio >= 3 else 'not reached'}). "
        f"{len(theirs) - len(other)} of {len(theirs)} features equal within 1e-6"
        + (f"; not: {', '.join(f'{n} ({apart[n]:.0e})' for n in other)}." if other else ".")
    )


if __name__ == "__main__":
    print(main())
