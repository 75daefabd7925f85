"""From predictions to findings: how sure, how believed, where, how large."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from osteon.errors import GeometryError
from osteon.metrics import size
from osteon.reading import regions
from osteon.types import Finding, Image, Prediction

NORMAL = ("normal", "no tumour", "negative")


@dataclass(frozen=True, kw_only=True, eq=False)
class Draft:
    """A finding before its files are written.

    Attributes:
        finding: Without file names.
        image: What it is on; None for a table or a spectrum.
        pixels: Of a flat image, as they were judged; None for a volume, which is read again when it is drawn.
        mask: Integers on the image's grid; None when nothing is outlined.
        heat: 0 to 1 on the image's grid.
        structures: Names of the mask's labels.
        ranges: Class to the range of the true share among like studies.
        answers: The question, for people.
        whole: Whether its mask is the film's whole outline, so that it can share that one's files.

    """

    finding: Finding
    image: Image | None = None
    pixels: np.ndarray | None = None
    mask: np.ndarray | None = None
    heat: np.ndarray | None = None
    structures: tuple[str, ...] = ()
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    answers: str = ""
    whole: bool = False


def uncertainty(probabilities: Mapping[str, float]) -> float:
    """Return the entropy of `probabilities` over its largest value: 0 sure, 1 all classes alike.

    >>> uncertainty({"benign": 1.0, "malignant": 0.0}), uncertainty({"benign": 0.5, "malignant": 0.5})
    (0.0, 1.0)

    """
    values = np.array(list(probabilities.values()), dtype=np.float64)
    if len(values) < 2:
        return 0.0
    positive = values[values > 0]
    return float(np.clip(-(positive * np.log(positive)).sum() / np.log(len(values)), 0, 1) + 0.0)


def averaged(predictions: list[Prediction]) -> dict[str, float]:
    """Return the mean of the predictions' calibrated probabilities, class by class."""
    odds = [p.probabilities for p in predictions if p.probabilities]
    return {name: float(np.mean([o[name] for o in odds])) for name in odds[0]} if odds else {}


def lesion_probability(probabilities: Mapping[str, float]) -> float:
    """Return the probability that there is a lesion: 1 less the normal class.

    A system without a normal class presupposes the lesion; its leading probability then stands for how much it is
    believed.
    """
    for name in NORMAL:
        if name in probabilities:
            return float(1 - probabilities[name])
    return float(max(probabilities.values(), default=0.0))


def located(draft: Draft) -> Draft:
    """Return `draft` with the box and the measurements of its mask."""
    if draft.mask is None or draft.image is None or not draft.mask.any():
        return replace(draft, mask=None)
    found = regions.box(draft.mask)
    flat = draft.mask.ndim == 2
    finding = replace(
        draft.finding,
        box_px=found if flat else None,
        box_voxels=None if flat else found,
        measurements=_measured(draft.mask, draft.image),
        notes=(*draft.finding.notes, *_spacing_note(draft.image)),
    )
    return replace(draft, finding=finding)


def withheld(draft: Draft, *, why: str) -> Draft:
    """Return `draft` as one of something out of distribution: all classes alike, nothing outlined, not believed."""
    classes = list(draft.finding.probabilities)
    finding = replace(
        draft.finding,
        probabilities={name: 1 / len(classes) for name in classes},
        uncertainty=1.0,
        belief=0.0,
        out_of_distribution=True,
        why_out_of_distribution=why,
    )
    return replace(draft, finding=finding, mask=None, heat=None, ranges={})


def _measured(mask: np.ndarray, image: Image) -> dict[str, float]:
    try:
        return dict(size.measure(mask, grid=image.grid))
    except GeometryError:
        return {"volume_voxels" if mask.ndim == 3 else "area_px": float(np.count_nonzero(mask))}


def _spacing_note(image: Image) -> tuple[str, ...]:
    if any("spacing" in note for note in image.notes):
        return ()
    if image.grid.spacing_mm is None:
        return ("The image states no pixel spacing, so sizes are in pixels.",)
    if image.grid.spacing_at == "detector":
        return ("The spacing holds at the detector; the patient's own sizes are smaller by the magnification.",)
    return ()
