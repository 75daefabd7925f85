"""Draw docs/images/simulated-*.png: a simulated image of each modality, beside a real one where one may be shown.

    python tools/simulated_pictures.py made/ --data ../shared/data

Cohorts of three patients (of the whole patient, the trunk, slides and limbs by CT one), seed 3, are made in `made/`
unless they are there. The real ones: the film and the bone scan of the packages `pydicom-data` and `pydicom`; PET, CT
and MR of tcia-soft-tissue-sarcoma and tiles of tcia-osteosarcoma-tumor-assessment, both CC BY 3.0
(docs/concepts/simulated-patients.md names them).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pydicom
from matplotlib.figure import Figure
from PIL import Image as Pillow
from pydicom.data import get_testdata_file

from osteon import cohorts
from osteon.io import nifti
from osteon.reading import demo
from osteon.simulate.cohort import cohort
from osteon.simulate.recipe import Order
from osteon.types import Image, Slide

HEIGHT = 260
TALL = {"bone-scans": 560, "tiles": 170, "whole-patient": 160, "harder": 200}
WHOLE = "osteosarcoma-whole-patient"
SLIDES = "osteosarcoma-slides"
ONE = (WHOLE, SLIDES, "thorax-spect", "spectral-spine-ct", "osteosarcoma-ct")
OUT = Path("docs/images")
CLASSES = ("non_tumour", "necrosis", "viable_tumour")
VIEWS = ("anterior", "posterior")
Panel = tuple[np.ndarray, str]


def studies(made: Path, recipe: str, **options: str) -> list[cohorts.Study]:
    """Return the studies of a small cohort with some options, made now if it is not there."""
    folder = made / "-".join((recipe, *(f"{name}-{value}" for name, value in options.items())))
    if not folder.exists():
        size = "small" if recipe == SLIDES else "full"
        order = Order(recipe=recipe, patients=1 if recipe in ONE else 3, seed=3, size=size, options=options)
        cohort(order, out=folder)
    return list(cohorts.load(folder).studies)


def pixels(study: cohorts.Study, name: str) -> np.ndarray:
    """Return the pixels of one input."""
    image = study.data[name]
    if not isinstance(image, Image):
        msg = f"{name} is no image"
        raise TypeError(msg)
    return np.asarray(image.read(), float)


def through(study: cohorts.Study, name: str) -> np.ndarray:
    """Return the slice of a volume that shows most of the lesion."""
    mask = study.truth.masks[name].read() > 0
    return pixels(study, name)[int(mask.sum(axis=(1, 2)).argmax())]


def grey(values: np.ndarray, low: float | None = None, high: float | None = None) -> np.ndarray:
    """Return grey values 0 to 255 between two values, or the 0.5 and 99.7 percentiles."""
    bottom = np.percentile(values, 0.5) if low is None else low
    top = np.percentile(values, 99.7) if high is None else high
    return (np.clip((values - bottom) / (top - bottom), 0, 1) * 255).astype(np.uint8)


def real_volume(data: Path, name: str) -> np.ndarray:
    """Return the slice of a patient of tcia-soft-tissue-sarcoma that shows most of the tumour."""
    folder = data / "sts/nifti/STS_001"
    volume = nifti.read(folder / f"{name}.nii.gz").read()
    mask = nifti.read(folder / f"{name}_mask.nii.gz").read() > 0
    return np.asarray(volume[int(mask.sum(axis=(1, 2)).argmax())], float)


def films(made: Path, data: Path) -> list[Panel]:  # noqa: ARG001  all take both folders
    """Three films and the real one of pydicom-data."""
    found = [(grey(pixels(s, "radiograph")), "simulated") for s in studies(made, "knee-radiographs")]
    film = pydicom.dcmread(demo.film())
    real = film.pixel_array.astype(float)
    return [*found, (255 - grey(real) if film.PhotometricInterpretation == "MONOCHROME1" else grey(real), "real")]


def ct(made: Path, data: Path) -> list[Panel]:
    """Sacral tumours, and a thigh."""
    found = [(grey(through(s, "ct"), -200, 600), "simulated") for s in studies(made, "sacral-ct")[:2]]
    return [*found, (grey(real_volume(data, "CT"), -200, 600), "real")]


def mri(made: Path, data: Path) -> list[Panel]:
    """T1 with contrast and T2, both fat-saturated, of one patient; a real T1."""
    study = studies(made, "sts-mri")[0]
    found = [(grey(through(study, name)), f"simulated {name.upper()}") for name in ("t1", "t2")]
    return [*found, (grey(real_volume(data, "MR_T1")), "real T1")]


def pet(made: Path, data: Path) -> list[Panel]:
    """SUV from 0 to 8, dark is hot."""
    found = [(255 - grey(through(s, "pet"), 0, 8), "simulated") for s in studies(made, "chemo-pet")[:2]]
    return [*found, (255 - grey(real_volume(data, "PET"), 0, 8), "real")]


def bone_scans(made: Path, data: Path) -> list[Panel]:  # noqa: ARG001
    """Anterior and posterior, and the scan of pydicom."""
    study = studies(made, "bone-scans")[0]
    found = [(255 - grey(pixels(study, name).squeeze() ** 0.6), f"sim. {name}") for name in VIEWS]
    real = pydicom.dcmread(get_testdata_file("JPEG2000.dcm")).pixel_array.astype(float)
    return [*found, (255 - grey(np.clip(real.reshape(-1, *real.shape[-2:])[0], 0, None) ** 0.6), "real")]


def tiles(made: Path, data: Path) -> list[Panel]:
    """H&E: simulated tiles, and real ones of the same classes."""
    made_ones = {
        s.truth.labels["tissue"]: pixels(s, "tile").astype(np.uint8) for s in studies(made, "osteosarcoma-tiles")
    }
    found = [(made_ones[word], "simulated") for word in CLASSES if word in made_ones]
    table = pd.read_csv(data / "osteosarcoma_ut/tiles.csv")
    for word in CLASSES:
        name = table.loc[table.label3 == word, "file"].iloc[0]
        found.append((np.asarray(Pillow.open(data / "osteosarcoma_ut/tiles" / Path(name).name).convert("RGB")), "real"))
    return found


def whole(made: Path, data: Path) -> list[Panel]:  # noqa: ARG001
    """One osteosarcoma in every modality."""
    study = studies(made, WHOLE)[0]
    film, scan = grey(pixels(study, "radiograph")), pixels(study, "anterior").squeeze() ** 0.6
    mask = study.truth.masks["dce"].read() > 0
    late = pixels(study, "dce")[6, int(mask.sum(axis=(1, 2)).argmax())]
    slices = [(grey(through(study, name)), name.upper()) for name in ("t1", "t2", "t1gd", "adc")]
    lives = study.data["tile"]
    return [
        (film, "film"), (grey(through(study, "ct"), -200, 600), "CT"), *slices, (grey(late), "dynamic"),
        (255 - grey(through(study, "pet"), 0, 8), "PET"), (255 - grey(scan), "bone scan"),
        (np.asarray(lives.read(), np.uint8) if isinstance(lives, Image) else film, "H&E"),
    ]  # fmt: skip


def trunk(made: Path, data: Path) -> list[Panel]:  # noqa: ARG001
    """SPECT of a thorax, summed from front to back, and two energies of spectral CT."""
    spect = pixels(studies(made, "thorax-spect")[0], "spect").sum(axis=1)[::-1]
    spine = studies(made, "spectral-spine-ct")[0]
    energies = [(grey(through(spine, f"ct_{kev}kev"), -200, 800), f"{kev} keV") for kev in (60, 140)]
    return [(255 - grey(spect), "SPECT"), *energies]


def harder(made: Path, data: Path) -> list[Panel]:  # noqa: ARG001
    """One limb by CT at the usual dose, at 5 % of it, beside a nail; one slide with clean glass, and worn."""
    recipe = "osteosarcoma-ct"
    limbs = {
        "usual dose": studies(made, recipe)[0],
        "5 % of the dose": studies(made, recipe, dose_percent="5")[0],
        "a nail": studies(made, recipe, metal="nail")[0],
    }
    found = [(grey(through(study, "ct"), -200, 1200), word) for word, study in limbs.items()]
    slides = {"clean slide": studies(made, SLIDES)[0], "pen and fold": studies(made, SLIDES, pens="2", folds="2")[0]}
    for word, study in slides.items():
        slide = study.data["slide"]
        if isinstance(slide, Slide):
            found.append((slide.read_region(0, 0, *slide.levels[0], 0), word))
    return found


PICTURES: dict[str, Callable[[Path, Path], list[Panel]]] = {
    "radiographs": films, "ct": ct, "mri": mri, "pet": pet, "bone-scans": bone_scans, "tiles": tiles,
    "whole-patient": whole, "trunk": trunk, "harder": harder,
}  # fmt: skip


def save(panels: list[Panel], path: Path, *, height: int = HEIGHT) -> None:
    """Write the panels side by side, each under its word, as a small palette PNG."""
    widths = [p.shape[1] / p.shape[0] for p, _ in panels]
    inches = height / 100
    figure = Figure(figsize=(sum(widths) * inches, inches + 0.25))
    axes = figure.subplots(1, len(panels), width_ratios=widths)
    for axis, (values, words) in zip(axes, panels, strict=True):
        axis.imshow(values, cmap="gray", vmin=0, vmax=255, interpolation="antialiased")
        axis.set_title(words, fontsize=8, pad=2)
        axis.axis("off")
    figure.subplots_adjust(left=0, right=1, bottom=0, top=inches / (inches + 0.25), wspace=0.02)
    figure.savefig(path, dpi=100)
    Pillow.open(path).convert("RGB").quantize(64).save(path, optimize=True)


def curves(made: Path) -> Figure:
    """Return the plots of what is no picture: the dynamic series in the tumour, and the Raman spectrum."""
    study = studies(made, WHOLE)[0]
    dynamic, spectrum = study.data["dce"], study.data["spectrum"]
    inside = pixels(study, "dce")[:, study.truth.masks["dce"].read() > 0].mean(axis=1)
    figure = Figure(figsize=(8.0, 2.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(getattr(dynamic, "times_s", None) or (), inside / inside[0], marker="o", ms=3)
    left.set(title="dynamic MRI: signal of the whole tumour over its first", xlabel="s")
    right.plot(spectrum.shift_per_cm, spectrum.counts, lw=0.7)
    right.set(title="Raman: counts", xlabel="shift, 1/cm")
    for axis in (left, right):
        axis.tick_params(labelsize=7)
        axis.title.set_size(8)
    return figure


def main() -> None:
    """Draw all, or those named."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("made", type=Path)
    asked.add_argument("--data", type=Path, required=True)
    asked.add_argument("--only", nargs="*", default=list(PICTURES))
    args = asked.parse_args()
    for name in args.only:
        path = OUT / f"simulated-{name}.png"
        save(PICTURES[name](args.made, args.data), path, height=TALL.get(name, HEIGHT))
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB")
    curves(args.made).savefig(OUT / "simulated-curves.png", dpi=100)


if __name__ == "__main__":
    main()
