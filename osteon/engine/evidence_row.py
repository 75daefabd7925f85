"""A line of the evidence: what is trained on which data, how it is split, and how much of the work is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Made:
    """Simulated patients, as `osteon simulate` makes them.

    Attributes:
        recipe: Of `osteon simulate --list`.
        patients: How many.
        seed: Of everything drawn.
        size: "full" or "small".
        like: The published system whose mix of classes they have; empty: the recipe's own.
        paper: How many patients `--like` makes of its paper; None: none, as the paper does not say or there is none.

    """

    recipe: str
    patients: int
    seed: int = 1
    size: str = "full"
    like: str = ""
    paper: int | None = None

    @property
    def name(self) -> str:
        """The name of its cohort's folder, which says all of it."""
        return f"{self.recipe}-{self.patients}-{self.size}-{self.seed}{'-like-' if self.like else ''}{self.like}"


@dataclass(frozen=True, kw_only=True)
class Extra:
    """Derived images that a row trains on beside what was taken; none of them is ever judged.

    Attributes:
        kind: "simulated", "drr" (films projected from CTs) or "gan" (lesion crops drawn by a network).
        source: The recipe; the cohort of CTs in the data folder; the kind of GAN.
        count: Of patients; of films a CT; of crops of each class.
        label: Column and word that every projected film gets, where the CTs' own cohort has other questions.

    """

    kind: Literal["simulated", "drr", "gan"]
    source: str
    count: int
    label: tuple[str, str] | None = None

    @property
    def name(self) -> str:
        """The name of its folder, which says all of it."""
        return "-".join((self.kind, self.source, str(self.count), *(self.label or ())))


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the evidence.

    Attributes:
        name: Of the row and of its stored scores, `docs/results/<name>.json`.
        system: Name of the system or variant.
        cohort: Folder in the data folder; of simulated patients, their name.
        split: A plan of `osteon.cohorts`; one of several folds is cross-validated.
        seeds: A training each.
        overrides, allow: As of `TrainOptions`.
        packaged: The weights that osteon ships are judged; nothing is trained.
        own_patients: Every study counts as its own patient: shows what a random split of images claims.
        having: Only studies with this input, so that a row can be compared with another on the same ones.
        trim_mm: Every side of every volume is trimmed by up to this much first; 0: not.
        views_of: The volume of which two scans of thick slices are made, after the trimming; empty: none are.
        films: A film projected from each CT takes the place of all volumes.
        by_patient: The first task's figures of each patient are shown too: there are too few for one interval.
        gap: The figure on the training side is measured too.
        reduced: What is less than the paper's work, in words; empty: nothing.
        remark: What a reader must know.
        first: The metric that stands for the row on the overview, with its task and unit.
        also: Further ones that the tables show beside it.
        role: "result" (the first one stands for its system in the README), "baseline", "ablation" (what
            a choice or a step buys), or "not a result".
        extra: Derived images that it trains on too.
        made: The simulated patients that it is measured on; None: data of people.
        against: Rows on the same patients and folds that this one is compared with, patient by patient.

    """

    name: str
    system: str
    cohort: str
    split: str
    seeds: tuple[int, ...] = (0, 1, 2)
    overrides: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    packaged: bool = False
    own_patients: bool = False
    having: str = ""
    trim_mm: float = 0.0
    views_of: str = ""
    films: bool = False
    by_patient: bool = False
    gap: bool = False
    reduced: str = ""
    remark: str = ""
    first: tuple[str, str, str] = ("auc", "", "patient")
    also: tuple[tuple[str, str, str], ...] = ()
    role: Literal["result", "baseline", "ablation", "not a result"] = "result"
    extra: Extra | None = None
    made: Made | None = None
    against: tuple[str, ...] = ()
