"""An option of a recipe: what it can be told with `--set name=value`, beyond what every recipe can."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from osteon.errors import RequestError

DRAWN = "drawn"
"""The value of an option that is drawn for each patient."""


@dataclass(frozen=True, kw_only=True)
class Option:
    """One of them; its values are words, or numbers in a range, as they are typed.

    Attributes:
        name: As it is typed.
        says: What it changes, in a few words.
        default: Its value where nothing is said; images are then as if there were no such option.
        words: The values that are words.
        numbers: The least and the most where numbers are values too.
        note: What a reader of a cohort that is not made with the default must know.

    """

    name: str
    says: str
    default: str
    words: tuple[str, ...]
    numbers: tuple[float, float] | None = None
    note: str = ""

    def of(self, options: Mapping[str, str]) -> str:
        """Return its value among the options of an order."""
        return options.get(self.name, self.default)

    def allowed(self) -> str:
        """Return what its value can be.

        Example:
            >>> Option(name="dose", says="", default="100", words=("drawn",), numbers=(1.0, 100.0)).allowed()
            '1 to 100 or drawn'

        """
        numbers = ("{:g} to {:g}".format(*self.numbers),) if self.numbers else ()
        *rest, last = (*numbers, *self.words)
        return f"{', '.join(rest)} or {last}" if rest else last

    def settled(self, value: str) -> str:
        """Return a value as the record of a cohort has it: a number without idle digits.

        Raises:
            RequestError: It is none of those allowed.

        """
        if value in self.words:
            return value
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if self.numbers is None or not self.numbers[0] <= number <= self.numbers[1]:
            msg = f"{self.name} cannot be {value!r}; it is {self.allowed()}."
            raise RequestError(msg)
        return f"{number:g}"


def settled(options: tuple[Option, ...], asked: Mapping[str, str], *, recipe: str) -> dict[str, str]:
    """Return the value of every option of a recipe: what was asked for, else its default.

    Raises:
        RequestError: One is asked for that the recipe has not, or a value that is not allowed.

    """
    known = {option.name: option for option in options}
    for name in asked:
        if name not in known:
            has = f"it has {', '.join(known)}" if known else "it has none"
            msg = f"The recipe {recipe} has no option {name!r} to set; {has}."
            raise RequestError(msg)
    return {name: option.settled(asked.get(name, option.default)) for name, option in known.items()}
