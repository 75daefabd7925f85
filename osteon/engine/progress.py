"""A progress bar with the time left, on a terminal; elsewhere nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from osteon.engine.checkpoint import Where
from osteon.engine.run import TIMES

T = TypeVar("T")


class Bar:
    """What a long job shows; every method does nothing where there is no terminal."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def begin(self, what: str, total: float) -> None:
        """Show a new job of `total` units in place of the last."""
        if self._progress is None:
            return
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(what, total=total)

    def at(self, done: float, *, what: str | None = None, total: float | None = None) -> None:
        """Show that `done` units (of now `total`) are done."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=done, description=what, total=total)

    def over(self, items: Iterable[T], what: str, total: int) -> Iterator[T]:
        """Yield `items` and show how many have been."""
        self.begin(what, total)
        for count, item in enumerate(items, start=1):
            yield item
            self.at(count)

    def training(self, key: str) -> Callable[[Where, Mapping[str, Any]], None]:
        """Return the report function of a gradient loop."""
        self.begin(key, 1.0)

        def report(where: Where, facts: Mapping[str, Any]) -> None:
            if "steps" in facts:
                self.at(where.epoch + where.step / facts["steps"], total=facts["epochs"])
                return
            names = [n for n, v in facts.items() if isinstance(v, float) and n not in TIMES]
            shown = ", ".join(f"{n} {facts[n]:.4g}" for n in names)
            self.at(where.epoch, what=f"{key} epoch {facts['epoch'] + 1}: {shown}")

        return report


@contextmanager
def bar() -> Generator[Bar]:
    """Yield a bar on the terminal of standard error, or a silent one."""
    console = Console(stderr=True)
    if not (console.is_terminal and sys.stderr.isatty()):
        yield Bar(None)
        return
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True) as progress:
        yield Bar(progress)
