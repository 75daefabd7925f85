"""The frozen records that flow through osteon.

    path --io--> Study --prepare--> Sample --collate--> Batch --model--> Output --decode--> Prediction
                                                                                   --> Score | Reading

Nothing here imports numpy or torch at run time, so that listing systems stays light.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from torch import Tensor


class Evidence(StrEnum):
    """What kind of data stands behind a number."""

    REAL = "real"
    SURROGATE = "surrogate"
    SIMULATED = "simulated"


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Where the pixels of an image lie.

    Attributes:
        shape: (rows, columns) of a picture or projection, (slices, rows, columns) of a volume.
        spacing_mm: Distance of neighbours along each axis of `shape`; None where not stated.
        affine: 4x4, (slice, row, column, 1) to millimetres in the DICOM patient frame (LPS: x to
            the patient's left, y to the back, z to the head); None for projections and pictures.
        spacing_at: Where the spacing of a projection holds: at the "patient" (PixelSpacing,
            calibrated) or at the "detector" (ImagerPixelSpacing, magnified); None when unknown.

    """

    shape: tuple[int, ...]
    spacing_mm: tuple[float, ...] | None = None
    affine: tuple[tuple[float, ...], ...] | None = None
    spacing_at: str | None = None


@dataclass(frozen=True, kw_only=True)
class Source:
    """One file (for DICOM: one instance) that an image was read from.

    Attributes:
        path: The file.
        sop_instance_uid: Of a DICOM instance, else None.
        sop_class_uid: Of a DICOM instance, else None.
        frame: The one-based frame of a multi-frame instance, else None.

    """

    path: Path
    sop_instance_uid: str | None = None
    sop_class_uid: str | None = None
    frame: int | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Image:
    """Pixels on a grid, read when asked for.

    Attributes:
        grid: Geometry of the pixels.
        modality: DICOM modality word: CR, DX, CT, MR, NM, PT, or OT for plain pictures.
        unit: What a value means: "HU", "SUVbw", "counts", "label", or None for arbitrary units.
        load: Returns the pixels, float32 (int for label maps), of `grid.shape` (a colour
            picture has a last axis of 3; a dynamic volume a first axis of time).
        sources: The files behind it, in slice order for a volume.
        times_s: Time of each frame of a dynamic image in seconds; None for a still one.
        facts: Further header facts, named as DICOM keywords are (ViewPosition,
            Laterality, BodyPartExamined, BurnedInAnnotation ...). Never identifying ones.
        notes: What the reader had to assume, one sentence each.

    """

    grid: Grid
    modality: str
    unit: str | None = None
    load: Callable[[], np.ndarray]
    sources: tuple[Source, ...] = ()
    times_s: tuple[float, ...] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def read(self) -> np.ndarray:
        """Return the pixels; each call reads them anew, so keep what you need."""
        return self.load()


@dataclass(frozen=True, kw_only=True, eq=False)
class Slide:
    """A tiled whole-slide image.

    Attributes:
        path: The file, or the folder of a DICOM slide.
        levels: (width, height) in pixels per level, the finest first.
        um_per_pixel: (x, y) of the finest level; None where the slide states none.
        read_region: (x, y, width, height, level), x and y in pixels of that level, to uint8 RGB
            of shape (height, width, 3).
        vendor: As the slide says, else None.
        notes: What the reader had to assume, one sentence each.

    """

    path: Path
    levels: tuple[tuple[int, int], ...]
    um_per_pixel: tuple[float, float] | None
    read_region: Callable[[int, int, int, int, int], np.ndarray]
    vendor: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Spectrum:
    """A Raman spectrum: `shift_per_cm` rising, `counts` at each, both of shape (points,); `notes` as of an image."""

    shift_per_cm: np.ndarray
    counts: np.ndarray
    sources: tuple[Source, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Record:
    """A clinical row: column name (with its unit) to value, None where it is missing; `notes` as of an image."""

    values: Mapping[str, float | str | None]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Expression:
    """Expression of named genes: `values` of shape (genes,); `notes` as of an image."""

    genes: tuple[str, ...]
    values: np.ndarray
    notes: tuple[str, ...] = ()


Datum = Image | Slide | Spectrum | Record | Expression


@dataclass(frozen=True, kw_only=True)
class Lesion:
    """One lesion of the truth: its class, box in pixels of `input` and its value in the mask.

    `box_px` is half open: (row0, column0, row1, column1), or (slice0, row0, column0, slice1, row1,
    column1) in a volume.
    """

    label: str | None = None
    input: str | None = None
    box_px: tuple[int, ...] | None = None
    mask_value: int | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Time to an endpoint in days, and whether it happened (else censored)."""

    days: float
    event: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Truth:
    """What is known of a study. Keys of `labels` are label columns; of `masks`, input names."""

    labels: Mapping[str, str] = field(default_factory=dict)
    masks: Mapping[str, Image] = field(default_factory=dict)
    lesions: tuple[Lesion, ...] = ()
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class Study:
    """What belongs to one reading of one patient: one datum for each input.

    Attributes:
        name: Unique in its cohort; a pseudonym, never the patient's name.
        patient: Pseudonym of the patient (docs/concepts/privacy.md).
        site: Where it was made; None when not recorded.
        data: Input name to datum.
        truth: None for a new patient.
        split: From the cohort's `split` column.
        exam: "pre", "post" or None.
        origins: Input name to where it came from, for messages: a table's row, a file relative to
            the cohort's folder; never with the patient's id.
        derived_from: Pseudonyms of the patients it was made from (a film projected from a CT, an image a network
            drew after theirs); none for one that was taken. A derived study trains, and never validates or tests.

    """

    name: str
    patient: str
    site: str | None = None
    data: Mapping[str, Datum]
    truth: Truth | None = None
    split: str | None = None
    exam: str | None = None
    origins: Mapping[str, str] = field(default_factory=dict)
    derived_from: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Cohort:
    """Studies that are trained or judged on together.

    Attributes:
        name: Short name of the set.
        studies: In a fixed order; loading pixels happens later.
        evidence: Real, surrogate (real but not the disease or task), or simulated.
        licence: Of the data, as it will stand on a model card.
        citation: How to cite it.
        notes: What a reader of any score on it must know (assumed patient ids ...).
        fingerprint: sha256 over the tables (not the pixels), for `run.json`.
        refused: Rows that could not be read, and why; the audit reports them.

    """

    name: str
    studies: tuple[Study, ...]
    evidence: Evidence = Evidence.REAL
    licence: str | None = None
    citation: str | None = None
    notes: tuple[str, ...] = ()
    fingerprint: str = ""
    refused: tuple[Refusal, ...] = ()

    def only(self, names: set[str] | frozenset[str]) -> Cohort:
        """Return the cohort with just the studies of these names, order kept."""
        return replace(self, studies=tuple(s for s in self.studies if s.name in names))


@dataclass(frozen=True, kw_only=True)
class Step:
    """One transform as it was applied: enough to redo or undo it."""

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class Sample:
    """One item as a network sees it.

    Attributes:
        study: Name of the study it came from.
        patient: Its patient; splits and resampling go by this.
        item: What of the study it is: "" for the whole, else "tile 3", "lesion 1", "patch 2,7".
        inputs: Array by name, channels first, no batch axis; the network's keyword arguments.
        targets: Array or number by name; empty for a new patient.
        steps: What was done to the source, in order.
        input: The study's input that `steps` start from, when there is one.

    """

    study: str
    patient: str
    item: str = ""
    inputs: Mapping[str, np.ndarray]
    targets: Mapping[str, np.ndarray | float | int] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    input: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """Stacked samples. `present[name]` (batch,) is False where an optional input is missing."""

    inputs: Mapping[str, Tensor]
    targets: Mapping[str, Tensor]
    present: Mapping[str, Tensor]
    samples: tuple[Sample, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Output:
    """What one part said of one sample: named arrays without the batch axis, float32.

    `sample` keeps its steps, but its `inputs` and `targets` are dropped (empty).
    """

    sample: Sample
    values: Mapping[str, np.ndarray]


Outputs = Mapping[str, tuple[Output, ...]]
"""Outputs of the parts of a system for one study, by part name."""


@dataclass(frozen=True, kw_only=True)
class Maker:
    """Who said it: system, sha256 of the weights, osteon's version, seed, device."""

    system: str
    weights_sha256: str = ""
    version: str = ""
    seed: int | None = None
    device: str = "cpu"


@dataclass(frozen=True, kw_only=True, eq=False)
class Prediction:
    """What a system says of a study, in the study's own geometry.

    Attributes:
        study, patient: Of whom.
        task: Name of the task it answers.
        input: The input it is located on, else None.
        item: "" for the whole study, else which lesion, tile or spectrum.
        probabilities: Class to probability, summing to 1.
        label_map: Integer labels on the grid of `input`; None when nothing is segmented.
        heat_map: float32 0 to 1 on the grid of `input`: where the answer came from.
        boxes_px: Half-open boxes as in `Lesion`, the most believed first, and `box_scores`.
        value: A measured quantity, with `unit` in its name's field.
        risk: Higher is worse; for survival.
        restored: A denoised or synthesised image on the grid of `input`.
        features: Penultimate features, shape (n,), for out-of-distribution checks and stacking.
        maker: System, weights, version.

    """

    study: str
    patient: str
    task: str
    input: str | None = None
    item: str = ""
    probabilities: Mapping[str, float] | None = None
    label_map: np.ndarray | None = None
    heat_map: np.ndarray | None = None
    boxes_px: tuple[tuple[int, ...], ...] = ()
    box_scores: tuple[float, ...] = ()
    value: float | None = None
    unit: str | None = None
    risk: float | None = None
    restored: np.ndarray | None = None
    features: np.ndarray | None = None
    maker: Maker | None = None


@dataclass(frozen=True, kw_only=True)
class Score:
    """A measured figure; never without its interval.

    Attributes:
        metric: Name, as in `osteon.metrics`.
        value, low, high: The figure and its interval at `level`.
        level: Confidence level, 0.95.
        method: How the interval was made: "clopper-pearson", "delong", "patient bootstrap" ...
        unit: What was counted: image, lesion, tile, spectrum, patient.
        n, patients, events: Units, patients among them, and positives (or events).
        task, split, cohort: Where.
        evidence: Real, surrogate or simulated.
        seeds: Trainings behind it.
        note: What a reader must know.

    """

    metric: str
    value: float
    low: float
    high: float
    level: float = 0.95
    method: str
    unit: str
    n: int
    patients: int
    events: int | None = None
    task: str = ""
    split: str = ""
    cohort: str = ""
    evidence: Evidence
    seeds: int = 1
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A published figure and where it is printed. Shown beside a `Score`, never mixed with one."""

    metric: str
    value: float
    low: float | None = None
    high: float | None = None
    data: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing a system believes about a patient; paths are names within the output folder.

    `uncertainty` is 0 (sure) to 1 (a coin's toss): the entropy of the calibrated probabilities
    over its largest value.
    """

    system: str
    task: str
    study: str
    input: str | None = None
    file: str | None = None
    probabilities: Mapping[str, float] = field(default_factory=dict)
    uncertainty: float | None = None
    belief: float = 0.0
    out_of_distribution: bool = False
    why_out_of_distribution: str = ""
    ood_score: float | None = None
    box_px: tuple[int, int, int, int] | None = None
    box_voxels: tuple[int, ...] | None = None
    mask: str | None = None
    heat_map: str | None = None
    seg: str | None = None
    sr: str | None = None
    measurements: Mapping[str, float] = field(default_factory=dict)
    maker: Maker
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Item:
    """One datum found among files.

    `patient_id` and `study_uid` are the file's own: they stay in memory and never reach a log,
    a report or an exception. `file` is relative to the folder the user named; for a series it is
    its folder. `about` is a short word on what it is ("CT series, 133 slices"). `input` is what the
    table of the cohort around it calls it, None where there is none or it does not say.
    """

    datum: Datum
    file: str
    patient_id: str | None = None
    study_uid: str | None = None
    about: str = ""
    input: str | None = None


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A file that was not read, relative to the folder the user named, and why."""

    file: str
    why: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """What a folder holds: what could be read, and what could not and why."""

    items: tuple[Item, ...]
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One patient, read: findings, the most believed first; what was missing; what was refused.

    `patient_assumed`: not every file says whose it is; a note says how they were taken to be one patient's.
    """

    patient: str
    findings: tuple[Finding, ...]
    missing: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    maker: Maker
    notes: tuple[str, ...] = ()
    patient_assumed: bool = False
