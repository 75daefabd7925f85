"""What an explained run leaves behind: maps as files, a page, and the numbers for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib import import_module
from pathlib import Path

import numpy as np

from osteon.engine.maps import Mapped
from osteon.explain.sanity import Sanity
from osteon.io import atomic, nifti, png, simulated
from osteon.io.names import file_stem
from osteon.io.plain import plain
from osteon.metrics.pointing import Pointed
from osteon.report import explain as page
from osteon.types import Image, Score, Study

FIGURES = "osteon.report.explain_figures"  # loaded with the figure: matplotlib takes a second
PLATES = 24


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One map: of what, by which method, what it points at (None without a mask), its file in the folder, its error."""

    study: str
    task: str
    item: str
    method: str
    pointed: Pointed | None
    file: str
    error: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Explanation:
    """What came out.

    Attributes:
        scores: Pointing game, heat inside the mask, and chance, of each task and method.
        sanity: Method to its check.
        shown: Every map.
        notes: What a reader must know.

    """

    scores: tuple[Score, ...]
    sanity: Mapping[str, Sanity]
    shown: tuple[Shown, ...]
    notes: tuple[str, ...]


def as_plain(done: Explanation) -> dict:
    """Return `done` as JSON takes it."""
    checks = {
        name: {**plain(check), "passed": check.passed, "verdict": check.verdict} for name, check in done.sanity.items()
    }
    return {"scores": plain(done.scores), "sanity": checks, "maps": plain(done.shown), "notes": list(done.notes)}


def write_map(folder: Path, study: Study, one: Mapped, method: str) -> str:
    """Write the map to `folder`/maps: NIfTI of a volume, a grey PNG of a film; return its name in `folder`."""
    said = one.prediction
    heat = np.asarray(said.heat_map, dtype=np.float32)
    image = study.data[said.input or ""]
    stem = file_stem(study.name, said.task, said.item, method)
    if isinstance(image, Image) and image.grid.affine is not None:
        nifti.write(folder / "maps" / f"{stem}.nii.gz", heat, image.grid, note=simulated.says(image))
        return f"maps/{stem}.nii.gz"
    grey = (255 * heat.clip(0, 1)).round().astype(np.uint8)
    png.write(folder / "maps" / f"{stem}.png", grey, note=simulated.says(image))
    return f"maps/{stem}.png"


def plate(study: Study, one: Mapped, method: str) -> page.Shot:
    """Return the picture of a map over its image, the mask outlined; of a volume the slice with most heat."""
    said = one.prediction
    image, heat = study.data[said.input or ""], np.asarray(said.heat_map)
    mask = study.truth.masks.get(said.input or "") if study.truth else None
    pixels = image.read() if isinstance(image, Image) else heat
    inside = None if mask is None else mask.read() > 0
    if heat.ndim == 3:
        at = int(heat.sum(axis=(1, 2)).argmax())
        pixels, heat, inside = pixels[at], heat[at], None if inside is None else inside[at]
    told = ", ".join(f"{name} {p:.2f}" for name, p in (said.probabilities or {}).items())
    title = " ".join(word for word in (study.name, said.item) if word)
    return page.shot(pixels, heat=heat, mask=inside, title=f"{title}, {method}: {told}")


def _saying(figure: str, notes: Sequence[str]) -> str:
    """Return an SVG that carries notes in its description, as that its patients are simulated."""
    if not notes:
        return figure
    opened = figure.index(">") + 1
    return f"{figure[:opened]}<desc>{escape(' '.join(notes))}</desc>{figure[opened:]}"


def write(folder: Path, done: Explanation, shots: list[page.Shot], *, system: str) -> None:
    """Write explain.json, explain.html and figures/sanity.svg to `folder`."""
    curves = {name: (check.layers, check.correlations) for name, check in done.sanity.items()}
    figure = _saying(import_module(FIGURES).sanity(curves), done.notes)
    atomic.write_text(folder / "figures" / "sanity.svg", figure)
    atomic.write_json(folder / "explain.json", as_plain(done))
    checks = [
        page.Check(method=name, alike=check.correlations[-1], limit=check.limit, verdict=check.verdict)
        for name, check in done.sanity.items()
    ]
    text = page.html(system, scores=done.scores, checks=checks, figure=figure, shots=shots, notes=done.notes)
    atomic.write_text(folder / "explain.html", text)
