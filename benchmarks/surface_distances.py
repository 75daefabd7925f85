"""Hausdorff 95 and average surface distance of two masks of 256^3, ours and the peers'.

One definition for all (`osteon.metrics.surface`): surface voxels by their faces, centre to centre, the larger directed
95th percentile, the mean over both surfaces. MONAI and SimpleITK are given that definition, each in its quickest
way: MONAI's edges and distances once for both figures; SimpleITK on the joint bounding box, cut out for it.
DeepMind's measures surface elements between the voxels instead, so its figures differ by up to a voxel.
"""

from __future__ import annotations

import warnings
from functools import partial
from importlib.metadata import version

import numpy as np
from measure import interleaved, medians, table
from scipy import ndimage

from osteon.metrics import surface

SIDE, ROUNDS, WANTED = 256, 3, 2.0
SPACING_MM = (2.0, 0.8, 0.8)
Figures = tuple[float, float]
_TINY = np.pad(np.ones((2, 2, 2), bool), 3), np.pad(np.ones((2, 2, 2), bool), 3)


def main() -> str:
    """Return the results as Markdown."""
    rows, ratios, gaps = [], [], []
    for name, (predicted, truth) in _pairs().items():
        ways: dict[str, partial[Figures]] = {
            "osteon": partial(_ours, predicted, truth),
            "MONAI": partial(_monai, predicted, truth),
            "SimpleITK": partial(_sitk, predicted, truth),
            "surface-distance": partial(_deepmind, predicted, truth),
        }
        for way in ways.values():
            way.func(*_TINY)  # imports, and our compilation, which an installation does once and keeps
        measured, found = interleaved(ways, rounds=ROUNDS)
        seconds = medians(measured)
        ratios.append(min(seconds[way] for way in seconds if way != "osteon") / seconds["osteon"])
        exact = _scipy(predicted, truth)
        gaps.append([max(abs(a - b) for a, b in zip(found[way], exact, strict=True)) for way in ways])
        for way in ways:
            times = f"{seconds[way] / seconds['osteon']:.1f}"
            rows.append([name, way, f"{seconds[way] * 1000:,.0f}", times, *(f"{v:.6f}" for v in found[way])])
    of_ours, of_monai, of_sitk, of_deepmind = np.array(gaps).max(axis=0)
    peers = ", ".join(f"{n} {version(n)}" for n in ("monai", "SimpleITK", "surface-distance-based-measures"))
    fast = "reached" if min(ratios) >= WANTED else "NOT reached"
    same = "reached" if of_ours <= 1e-6 else "NOT reached"
    verdict = (
        f"Fastest peer: {min(ratios):.1f} to {max(ratios):.1f} times ours ({fast}). Largest difference from the same "
        f"definition by SciPy's transform in 64 bits: osteon {of_ours:.0e} mm ({same}), MONAI {of_monai:.0e} mm and "
        f"SimpleITK {of_sitk:.0e} mm (both keep distances of up to 300 mm in 32 bits), surface-distance "
        f"{of_deepmind:.1f} mm (another definition)."
    )
    return "\n\n".join(
        [
            "## Hausdorff 95 and average surface distance",
            f"Masks of {SIDE}^3 with a spacing of {SPACING_MM} mm, both figures from one call each; {peers}. "
            f"Wanted: {WANTED:g} times, equal within 1e-6 mm where definitions agree.",
            table(["masks", "", f"ms (median of {ROUNDS})", "times ours", "Hausdorff 95 (mm)", "average (mm)"], rows),
            verdict,
        ]
    )


def _pairs() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return pairs of masks: a good, a poor and a ragged segmentation, and two that a distance search finds hard."""
    rng = np.random.default_rng(11)
    rough = ndimage.zoom(rng.normal(size=(2, 32, 32, 32)), (1, 8, 8, 8), order=1)
    return {
        "good": (_ball((128, 128, 128), 70, rough[0], 4), _ball((130, 127, 129), 71, rough[1], 4)),
        "poor": (_ball((128, 128, 128), 70, rough[0], 10), _ball((140, 120, 150), 55, rough[1], 10)),
        "small in large": (_ball((128, 128, 128), 20, rough[0], 0), _ball((128, 128, 128), 100, rough[1], 0)),
        "far apart": (_ball((60, 60, 60), 30, rough[0], 3), _ball((200, 200, 200), 30, rough[1], 3)),
        "ragged": (rough[0] > 0.3, rough[1] > 0.3),
    }


def _ball(centre: tuple[int, int, int], radius: float, rough: np.ndarray, dents: float) -> np.ndarray:
    axes = np.ogrid[:SIDE, :SIDE, :SIDE]
    return np.sqrt(sum((a - c) ** 2 for a, c in zip(axes, centre, strict=True))) <= radius + dents * rough


def _ours(predicted: np.ndarray, truth: np.ndarray) -> Figures:
    found = surface.distances(predicted, truth, spacing_mm=SPACING_MM)
    return surface.hausdorff(found), surface.average(found)


def _scipy(predicted: np.ndarray, truth: np.ndarray) -> Figures:
    box = ndimage.find_objects((predicted | truth).astype(np.uint8))[0]
    edges = [mask[box] & ~ndimage.binary_erosion(mask[box]) for mask in (predicted, truth)]
    far = [ndimage.distance_transform_edt(~edge, sampling=SPACING_MM) for edge in edges]
    return _figures([far[1][edges[0]], far[0][edges[1]]])


def _monai(predicted: np.ndarray, truth: np.ndarray) -> Figures:
    import torch
    from monai.metrics.utils import get_edge_surface_distance

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # about MONAI's own use of an argument
        _, sides, _ = get_edge_surface_distance(
            torch.from_numpy(predicted), torch.from_numpy(truth), spacing=SPACING_MM, symmetric=True
        )
    return _figures([np.asarray(side) for side in sides])


def _sitk(predicted: np.ndarray, truth: np.ndarray) -> Figures:
    import SimpleITK as sitk  # noqa: N813 - its usual name

    box = ndimage.find_objects((predicted | truth).astype(np.uint8))[0]
    box = tuple(slice(max(s.start - 1, 0), s.stop + 1) for s in box)  # the border must be background for it
    edges, maps = [], []
    for mask in (predicted, truth):
        image = sitk.GetImageFromArray(np.pad(mask[box], 1).astype(np.uint8))
        image.SetSpacing(SPACING_MM[::-1])
        contour = sitk.LabelContour(image)
        far = sitk.SignedMaurerDistanceMap(contour, squaredDistance=False, useImageSpacing=True)
        edges.append(sitk.GetArrayViewFromImage(contour) > 0)
        maps.append(np.abs(sitk.GetArrayViewFromImage(far)))
    return _figures([maps[1][edges[0]].astype(float), maps[0][edges[1]].astype(float)])


def _deepmind(predicted: np.ndarray, truth: np.ndarray) -> Figures:
    import surface_distance

    found = surface_distance.compute_surface_distances(truth, predicted, SPACING_MM)
    average = surface_distance.compute_average_surface_distance(found)
    return float(surface_distance.compute_robust_hausdorff(found, 95)), float(np.mean(average))


def _figures(sides: list[np.ndarray]) -> Figures:
    return float(max(np.percentile(side, 95) for side in sides)), float(np.concatenate(sides).mean())


if __name__ == "__main__":
    print(main())
