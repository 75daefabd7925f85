"""What a published system is: inputs, tasks, and parts that are fitted in order.

A file in `osteon/systems/` holds one `SYSTEM = System(...)`; the engine runs any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from osteon.types import Claim, Outputs, Prediction, Sample, Study

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from osteon.types import Batch

Unit = Literal["image", "lesion", "tile", "spectrum", "patient"]


@dataclass(frozen=True, kw_only=True)
class Task:
    """A question put to a study.

    Attributes:
        name: Key of the answer. The truth is the label column of this name, else `label`.
        unit: What one answer is about.

    """

    name: str
    unit: Unit = "patient"

    @property
    def kind(self) -> str:
        """The word for the task: classify, segment, detect, survive, restore, regress."""
        return type(self).__name__.lower()

    @property
    def answers(self) -> str:
        """What an answer may be, for people; the classes are the words that a cohort needs."""
        return "a number"


@dataclass(frozen=True, kw_only=True)
class Classify(Task):
    """One class of `classes`; `positive` names the one that sensitivity is about.

    `words` maps further words of the truth to the class they stand for: {"High": "G2/G3"}.
    """

    classes: tuple[str, ...]
    positive: str | None = None
    words: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def answers(self) -> str:
        """The classes, and which further words of a cohort stand for one of them."""
        also = ", ".join(f"{word} for {meant}" for word, meant in self.words.items())
        return ", ".join(self.classes) + (f" (a cohort may also say {also})" if also else "")


@dataclass(frozen=True, kw_only=True)
class Segment(Task):
    """A label map on the grid of `input`; label i + 1 is `structures[i]`. Truth: the mask."""

    input: str
    structures: tuple[str, ...] = ("tumour",)

    @property
    def answers(self) -> str:
        """The structures that are outlined."""
        return f"the outline of {', '.join(self.structures)}"


@dataclass(frozen=True, kw_only=True)
class Detect(Task):
    """Boxes on the grid of `input`."""

    input: str

    @property
    def answers(self) -> str:
        """Boxes."""
        return "boxes"


@dataclass(frozen=True, kw_only=True)
class Survive(Task):
    """A risk for `endpoint`; truth is `Truth.outcomes[endpoint]`."""

    endpoint: str

    @property
    def answers(self) -> str:
        """The risk of the endpoint."""
        return f"the risk of {self.endpoint}"


@dataclass(frozen=True, kw_only=True)
class Regress(Task):
    """A quantity in `quantity_unit`; truth is `Truth.values[name]`."""

    quantity_unit: str

    @property
    def answers(self) -> str:
        """A number with its unit."""
        return f"a number in {self.quantity_unit}"


@dataclass(frozen=True, kw_only=True)
class Restore(Task):
    """A better image on the grid of `input`."""

    input: str

    @property
    def answers(self) -> str:
        """An image."""
        return "an image"


@dataclass(frozen=True, kw_only=True)
class Input:
    """A datum that a system takes.

    Attributes:
        name: As in the `input` column of `cohort.csv`.
        kind: radiograph, ct, mri, scintigram, pet, slide, tile, spectrum, table or expression.
        required: Whether a study without it is left out.

    """

    name: str
    kind: Literal["radiograph", "ct", "mri", "scintigram", "pet", "slide", "tile", "spectrum", "table", "expression"]
    required: bool = True


@dataclass(frozen=True, kw_only=True)
class Paper:
    """Authors, year and doi; `evidence` is the level A to F of docs/concepts/honest-scores.md."""

    authors: str
    title: str
    year: int
    doi: str
    evidence: Literal["A", "B", "C", "D", "E", "F"]
    sheet: int


@dataclass(frozen=True, kw_only=True)
class Sgd:
    """A gradient loop.

    Attributes:
        epochs, batch_size: As usual; the last short batch of a training epoch is dropped when
            there is a full one.
        optimiser, lr, weight_decay, momentum: As torch's.
        schedule: "cosine" falls to 0 over all steps after `warmup` (a share of all steps).
        patience: Epochs without a better validation `monitor` before stopping; None: never.
        monitor: A key that the validation pass yields ("loss" always exists); lower is better
            for "loss", higher for anything else.
        clip_norm: Gradients are cut to this norm; None: not.
        ema: Decay of an averaged copy of the weights that is validated and kept; None: none.
        precision: Of the fabric: "32-true", "bf16-mixed", "16-mixed".
        lr_scale: Prefix of parameter names (up to a dot) to a factor on `lr`; 0 freezes, batch norm too.
        tune: What of the network learns, by its stages from the output to the input (its modules, from the last to
            the first; one that holds most of the network is taken apart): "all"; "head", the last alone, a linear
            probe; "gradual", one stage more after each `stage_epochs`.
        stage_epochs: Epochs between two openings.
        stage_decay: A stage learns at this share of the rate of the one nearer the output.
        draw: What an epoch draws, whatever the part's `sampler` says: "samples" each once; "patients" equally often;
            "classes" equally often, and each one's patients. None: as the sampler says.
        margin: An epoch is better only if its validation figure beats the kept one's by this many standard errors:
            over patients, of the difference for "loss", else of the figure (`validate` yields `<monitor>_se`).
        steps_per_epoch: Batches that make an epoch of an endless `source`, None: 100; of samples, the most of them.

    """

    epochs: int = 50
    batch_size: int = 16
    optimiser: Literal["adamw", "adam", "sgd"] = "adamw"
    lr: float = 1e-3
    weight_decay: float = 0.0
    momentum: float = 0.9
    schedule: Literal["cosine", "constant"] = "cosine"
    warmup: float = 0.0
    patience: int | None = None
    monitor: str = "loss"
    clip_norm: float | None = None
    ema: float | None = None
    precision: str = "32-true"
    lr_scale: Mapping[str, float] = field(default_factory=dict)
    tune: Literal["all", "head", "gradual"] = "all"
    stage_epochs: int = 1
    stage_decay: float = 1.0
    draw: Literal["samples", "patients", "classes"] | None = None
    margin: float = 0.0
    steps_per_epoch: int | None = None


@dataclass(frozen=True, kw_only=True)
class Once:
    """One `fit(X, y)` call of a scikit-learn estimator on flattened, concatenated inputs."""


@dataclass(frozen=True, kw_only=True)
class Mining:
    """Rounds of hard-example mining: keep the `share` of samples with the highest loss."""

    rounds: int = 1
    share: float = 0.25


Prepare = Callable[[Study, Outputs], Iterable[Sample]]
Loss = Callable[[Mapping[str, "Tensor"], "Batch"], "Tensor"]
Augment = Callable[[Sample, "np.random.Generator"], Sample]


@dataclass(frozen=True, kw_only=True)
class Part:
    """One thing that is fitted: a network, a forest, a Cox model.

    A network's `forward` takes the sample's inputs by name (stacked tensors) and returns
    `dict[str, Tensor]`; those dicts, row by row, are the `Output.values` that `decode` sees. Where
    `forward` takes `present`, it is given the mask of each input that some samples lack.
    An estimator yields `{"probabilities": (classes,)}` (or `{"value": ()}` for a regressor).

    Attributes:
        name: Of the part; `part-<name>/` in the run.
        takes: Inputs of the study, or names of earlier parts.
        prepare: Study and the earlier parts' outputs for it (out of fold in training) to samples,
            lazily; targets are included when `study.truth` has what is needed; a study that
            cannot be used in training yields no sample. No chance in here.
        build: Returns the untrained network or estimator.
        fit: `Sgd` or `Once`.
        loss: Network's outputs and the batch to a scalar. The fields of one that is a dataclass are settings
            (`loss.focal=2`); one that has `counted(targets)` is told those of the training samples before it is used.
        augment: Sample and generator to sample, in training only.
        step: A training step of its own: (network, batch, generator) to a scalar loss. The generator
            is numpy's; torch's own is seeded anew before each step.
        sampler: (samples' targets, generator) to the order of sample indices of one epoch.
        collate: Samples to a batch, when stacking is not enough.
        source: (generator) to an endless stream of samples instead of a cohort.
        start_from: Earlier part, a named pre-training such as "imagenet-lite0", the folder of another run, or a
            safetensors file, that the network's `load_pretrained(state)` takes.
        validate: (list of the validation samples' `Output`s, list of their targets) to figures for
            the log and for `monitor`.
        stack: How a later part gets this one's output: k folds by patient, or "validation".

    """

    name: str
    takes: tuple[str, ...]
    prepare: Prepare
    build: Callable[[], Any]
    fit: Sgd | Once
    loss: Loss | None = None
    augment: Augment | None = None
    step: Callable[..., Tensor] | None = None
    sampler: Callable[..., Sequence[int]] | None = None
    collate: Callable[[Sequence[Sample]], Batch] | None = None
    source: Callable[[np.random.Generator], Iterable[Sample]] | None = None
    start_from: str | None = None
    mine: Mining | None = None
    validate: Callable[..., Mapping[str, float]] | None = None
    stack: int | Literal["validation"] = 5


@dataclass(frozen=True, kw_only=True)
class System:
    """A published system, whole: data in, predictions out, numbers claimed.

    Attributes:
        name: Filled in from the file's name by `systems.get`; leave it out in the file.
        summary: One line for the table of systems.
        paper: Bibliography and evidence level.
        tasks, inputs, parts: The questions, the data, and what is fitted, in order.
        decode: Outputs of all parts for one study, and the study, to predictions in the study's
            own geometry. At least one prediction a task.
        aggregate: Predictions of one patient and task (several images, tiles, spectra) to one.
        variants: Tag to a function that returns the changed system; named `system.tag`.
        claims: Published figures.
        errata: What the review or the paper gets wrong.
        reconstructed: What the paper does not say and we chose.

    """

    name: str = ""
    summary: str
    paper: Paper
    tasks: tuple[Task, ...]
    inputs: tuple[Input, ...]
    parts: tuple[Part, ...]
    decode: Callable[[Outputs, Study], list[Prediction]]
    aggregate: Callable[[Sequence[Prediction]], Prediction] | None = None
    variants: Mapping[str, Callable[[], System]] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    errata: tuple[str, ...] = ()
    reconstructed: tuple[str, ...] = ()


def label_of(study: Study, task: Classify) -> int | None:
    """Return the index of the study's class for `task`; None when it has none of the classes."""
    if study.truth is None:
        return None
    word = study.truth.labels.get(task.name, study.truth.labels.get("label"))
    word = task.words.get(word, word)
    return task.classes.index(word) if word in task.classes else None


def asks_for_lesion(system: System) -> bool:
    """Return whether the answer is about one lesion, which another system or a reader must find first."""
    outlines = any(isinstance(task, (Segment, Detect)) for task in system.tasks)
    return not outlines and any(task.unit == "lesion" for task in system.tasks)
