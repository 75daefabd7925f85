"""What a recipe is: which patients, seen by which modalities, written as which rows of a cohort."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from osteon.errors import RequestError
from osteon.simulate.observer import Ceiling
from osteon.simulate.option import Option
from osteon.simulate.person.patient import Patient
from osteon.simulate.tumour.entity_odds import Drawn
from osteon.types import Lesion

SIZES = ("full", "small")
Cell = str | float | int | None

OVERLAP = 0.5
"""Share of each look that is drawn alike for all entities where no other was asked for."""
GOLDEN = 0.6180339887498949


@dataclass(frozen=True, kw_only=True)
class Like:
    """The patients of a published system: their number and the share of each class, as its fact sheet has them.

    Where `mix` is empty the sheet states none, and the recipe's own holds.
    """

    patients: int
    mix: Mapping[str, float] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What was asked for.

    Attributes:
        recipe: Its name.
        patients: How many.
        seed: Of everything drawn.
        like: A system whose patients it shall resemble, else None.
        size: "full", or "small" for tests: coarser and smaller images.
        overlap: Share of each look that is drawn alike for all entities; None takes `OVERLAP`.
        options: Option to value, of those that the recipe has; one that is left out has its default.

    """

    recipe: str
    patients: int
    seed: int = 0
    like: str | None = None
    size: str = "full"
    overlap: float | None = None
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A patient as drawn, before any image.

    Attributes:
        patient: With its lesions.
        labels: Label column to word: the truth of the recipe's tasks.
        drawn: The words of its tumour, where one was drawn by entity.
        scores: Score of each link, by task.
        clinical: Columns of patients.csv that are known before any image.
        outcomes: Further columns of patients.csv: `<endpoint>_days`, `<endpoint>_event`.

    """

    patient: Patient
    labels: Mapping[str, str] = field(default_factory=dict)
    drawn: Drawn | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    clinical: Mapping[str, Cell] = field(default_factory=dict)
    outcomes: Mapping[str, Cell] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of cohort.csv, its paths relative to the patient's folder; and the lesions of lesions.csv in it."""

    path: str
    input: str
    study: str = "1"
    mask: str = ""
    exam: str = ""
    labels: Mapping[str, Cell] = field(default_factory=dict)
    lesions: tuple[Lesion, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a cohort is made.

    Attributes:
        name: As on the command line.
        summary: One line.
        serves: The systems that take it.
        like: System to its patients.
        draw: (order, index) to a case; cheap.
        make: (case, order, folder) writes the images of one patient and returns their rows.
        ceilings: (cases, order) to the scores of the ideal observer.
        megabytes: Of one patient on disk, about; (full, small).
        notes: What a reader of a score on it must know.
        options: What else it can be told.
        overlaps: Whether its tumours are drawn by entity, so that `Order.overlap` says how alike they look.

    """

    name: str
    summary: str
    serves: tuple[str, ...]
    like: Mapping[str, Like] = field(default_factory=dict)
    draw: Callable[[Order, int], Case]
    make: Callable[[Case, Order, Path], Sequence[Row]]
    ceilings: Callable[[Sequence[Case], Order], Sequence[Ceiling]]
    megabytes: tuple[float, float]
    notes: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    overlaps: bool = False

    def of(self, system: str) -> Like:
        """Return the patients of a published system.

        Raises:
            RequestError: The recipe has none of it.

        """
        if system not in self.like:
            known = ", ".join(self.like) or "none"
            msg = f"The recipe {self.name} has no patients like those of {system!r}; it has those of {known}."
            raise RequestError(msg)
        return self.like[system]

    def overlap(self, order: Order) -> float | None:
        """Return the overlap of looks in the cohort ordered; None where no look tells its classes apart."""
        if not self.overlaps:
            return None
        return OVERLAP if order.overlap is None else order.overlap

    def mix(self, order: Order, usual: Mapping[str, float]) -> Mapping[str, float]:
        """Return the mix of classes that was asked for."""
        return (self.like[order.like].mix if order.like else {}) or usual


def turn(order: Order, index: int, mix: Mapping[str, float]) -> str:
    """Return the class of patient `index`: spread evenly, so that every stretch of patients has nearly the mix.

    Example:
        >>> order = Order(recipe="", patients=10)
        >>> words = [turn(order, i, {"a": 3, "b": 1}) for i in range(1000)]
        >>> abs(words.count("a") - 750) <= 3
        True

    """
    start = float(np.random.default_rng([order.seed, 8_128]).random())
    place = (start + GOLDEN * (index + 1)) % 1.0
    edges = np.cumsum([*mix.values()]) / sum(mix.values())
    return [*mix][min(int(np.searchsorted(edges, place, side="right")), len(mix) - 1)]
