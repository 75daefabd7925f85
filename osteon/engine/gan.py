"""Lesion crops of one class drawn by a network, written as a derived cohort, and whether that is any good."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from osteon import cohorts
from osteon.cohorts.splits import Split
from osteon.contract import System
from osteon.engine import seeds
from osteon.engine.compare import compare
from osteon.engine.course import load_part
from osteon.engine.evaluate import evaluate
from osteon.engine.options import TrainOptions
from osteon.engine.run import open_run
from osteon.engine.train import train
from osteon.errors import RequestError
from osteon.io import pretrained
from osteon.metrics.synthetic import Copies, copies, frechet_distance
from osteon.models.efficientnet_lite import LiteEncoder
from osteon.models.local_contrast import local_contrast
from osteon.systems import _gan
from osteon.systems._lesion_crop import INPUT, MARGIN
from osteon.types import Cohort, Grid, Image, Lesion, Score, Study, Truth

NOTE = "Drawn by a generative network after the training patients: derived, for training alone, where all of them are."
SEEN_PX = 96
"""Side at which the encoder looks at crops."""


@dataclass(frozen=True, kw_only=True)
class Worth:
    """What drawn crops are worth before anything is trained on them.

    Attributes:
        drawn_to_held_out: Fréchet distance (features of an ImageNet EfficientNet-Lite0, not the published FID).
        trained_to_held_out: The same of the crops trained on: as near as taken ones of other patients come.
        copies: How many drawn ones lie nearer to one trained on than to any held out.

    """

    drawn_to_held_out: float
    trained_to_held_out: float
    copies: Copies


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """What to draw.

    Attributes:
        label: Column and word of the class: ("lesion", "malignant").
        count: Of crops.
        kind: "dcgan" or "wgan-gp".
        side_px: Of a crop: 64 or 128.
        epochs: Of the training.

    """

    label: tuple[str, str]
    count: int
    kind: str = "wgan-gp"
    side_px: int = 64
    epochs: int = 200

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn."""
        if self.kind not in _gan.PAPERS or self.count < 1 or self.side_px not in (16, 32, 64, 128):
            msg = f"A dcgan or wgan-gp draws 1 or more crops of 16 to 128 pixels; got {self}."
            raise RequestError(msg)


def draw_lesions(cohort: Cohort, out: Path, drawing: Drawing, *, options: TrainOptions | None = None) -> Cohort:
    """Train a GAN on the class's lesion crops of the training side, and return what it draws as a derived cohort.

    The network's run is `out`; the same call goes on with one that was stopped. Each crop is derived from all the
    patients trained on, so that it trains only in splits that hold none of them out.

    Args:
        cohort: With boxed or outlined lesions.
        out: Folder of the run.
        drawing: What to draw.
        options: Of the training; `split` must be the one of the classifier that the crops are for.

    Raises:
        RequestError: The class has no patient on the training side.
        OsteonError: As `train` raises.

    """
    options = options or TrainOptions()
    studies = of_class(cohort, drawing.label, side=_side(cohort, options).train)
    if not studies:
        msg = f"No study on the training side has {drawing.label[0]} {drawing.label[1]}; name another class or split."
        raise RequestError(msg)
    one = Split(
        name=f"{_side(cohort, options).name}, {' '.join(drawing.label)} of the training side",
        train=frozenset(s.name for s in studies),
        validation=frozenset(),
        test=frozenset(),
    )
    system = _gan.gan_system(drawing.kind, side_px=drawing.side_px, epochs=drawing.epochs)
    folder = train(system, cohort, out, options=replace(options, split=one))
    pixels = _drawn(folder, system, drawing, seed=options.seed)
    people = tuple(sorted({s.patient for s in studies}))
    sha = open_run(folder).record.weights_sha256
    name = f"gan-{drawing.label[1]}-{sha[:8]}"
    made = tuple(_study(f"{name}-{i}", crop, drawing.label, people) for i, crop in enumerate(pixels))
    digest = hashlib.sha256(f"{sha} {drawing} {options.seed}".encode()).hexdigest()
    return replace(cohort, name=name, studies=made, notes=(NOTE, *cohort.notes), fingerprint=digest, refused=())


def of_class(cohort: Cohort, label: tuple[str, str], *, side: frozenset[str]) -> list[Study]:
    """Return the taken studies of a side whose label column says the word."""
    column, word = label
    return [
        s
        for s in cohort.studies
        if s.name in side and not s.derived_from and s.truth and s.truth.labels.get(column) == word
    ]


def worth(drawn: Cohort, cohort: Cohort, *, held_out: Sequence[Study]) -> Worth:
    """Return what `drawn` is worth against the studies of `cohort` it was drawn after, and others `held_out`.

    Raises:
        RequestError: One of the three has too few crops.
        WeightsError: The ImageNet weights are not installed.

    """
    people = {p for s in drawn.studies for p in s.derived_from}
    words = {tuple(s.truth.labels.items()) for s in drawn.studies if s.truth}
    (label,) = next(iter(words))
    trained = [
        s for s in of_class(cohort, label, side=frozenset(x.name for x in cohort.studies)) if s.patient in people
    ]
    a, b, c = (_features(studies) for studies in (drawn.studies, trained, held_out))
    return Worth(
        drawn_to_held_out=frechet_distance(a, c),
        trained_to_held_out=frechet_distance(b, c),
        copies=copies(a, trained=b, held_out=c),
    )


def with_and_without(
    system: System, cohort: Cohort, extra: Cohort, out: Path, *, options: TrainOptions | None = None
) -> list[Score]:
    """Return the paired differences of `system` trained with `extra` less without it, on the same split's test side.

    Args:
        system: A classifier of what is drawn.
        cohort: What was taken.
        extra: Derived studies, from `draw_lesions`, `drr_cohort` or another.
        out: Folder for the two runs, `with` and `without`.
        options: Of both trainings.

    """
    options = options or TrainOptions()
    both = cohorts.derived.joined(cohort, [extra])
    for name, given in (("with", both), ("without", cohort)):
        train(system, given, Path(out) / name, options=options)
        evaluate(Path(out) / name, cohort, device=options.device, system=system)
    return compare(Path(out) / "with", Path(out) / "without")


def _side(cohort: Cohort, options: TrainOptions) -> Split:
    given = options.split
    return given if isinstance(given, Split) else cohorts.split(cohort, given, seed=options.seed)


def _drawn(folder: Path, system: System, drawing: Drawing, *, seed: int) -> np.ndarray:
    """Return crops (count, side, side), uint8."""
    fitted = load_part(open_run(folder), _gan.NAME, system.parts[0], device=torch.device("cpu"))
    generator = torch.Generator().manual_seed(seeds.torch_seed(seed, "gan", "drawn"))
    pixels = fitted.model.draw(drawing.count, generator=generator)[:, 0].numpy()
    return np.round(pixels * 255).astype(np.uint8)


def _study(name: str, pixels: np.ndarray, label: tuple[str, str], people: tuple[str, ...]) -> Study:
    side = pixels.shape[0]
    edge = round(side * (1 - 1 / MARGIN) / 2)
    image = Image(grid=Grid(shape=pixels.shape), modality="OT", load=pixels.astype(np.float32).copy, notes=(NOTE,))
    lesion = Lesion(label=label[1], input=INPUT, box_px=(edge, edge, side - edge, side - edge))
    truth = Truth(labels=dict([label]), lesions=(lesion,))
    return Study(name=name, patient=name, split="train", data={INPUT: image}, truth=truth, derived_from=people)


def _features(studies: Sequence[Study]) -> np.ndarray:
    """Return pooled features (crops, 1280) of the studies' lesion crops by an ImageNet EfficientNet-Lite0."""
    encoder = LiteEncoder(head=True).eval()
    encoder.load_pretrained(pretrained.load("imagenet-lite0"))
    found = []
    with torch.no_grad():
        for study in studies:
            for sample in _gan.seen_crops(SEEN_PX, study, {}):
                image = torch.from_numpy(sample.inputs["image"])[None]
                found.append(encoder(local_contrast(image)).mean(dim=(2, 3))[0].numpy())
    return np.array(found, dtype=np.float64).reshape(-1, 1280)
