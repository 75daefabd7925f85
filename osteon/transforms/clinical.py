"""A clinical row as a vector of fixed names and order: numbers as they are, words one-hot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from osteon.types import Record


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Which columns become numbers.

    Attributes:
        numbers: Columns that hold numbers; a missing one is nan, which the estimators impute.
        choices: Column to the words that each get a 0 or 1; any other word, or none, has 0 in all of them.

    Example:
        >>> from osteon.types import Record
        >>> columns = Columns(numbers=("age_years",), choices={"sex": ("male",)})
        >>> columns.vector(Record(values={"age_years": 14.0, "sex": "Male"})).tolist()
        [14.0, 1.0]

    """

    numbers: tuple[str, ...] = ()
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each number, in order: `age_years`, `sex=male`."""
        words = (f"{column}={word}" for column, known in self.choices.items() for word in known)
        return (*self.numbers, *words)

    def vector(self, record: Record) -> np.ndarray:
        """Return the row as float32, shape (len(names),)."""
        values = [_number(record.values.get(name)) for name in self.numbers]
        for column, known in self.choices.items():
            said = str(record.values.get(column, "")).strip().lower()
            values += [float(said == word) for word in known]
        return np.array(values, dtype=np.float32)


def _number(value: float | str | None) -> float:
    try:
        return float("nan") if value is None else float(value)
    except ValueError:
        return float("nan")
