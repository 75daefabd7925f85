"""Trained weights as package data, each with its model card and licence, in the layout of a run folder."""

from __future__ import annotations

from pathlib import Path

from osteon.errors import WeightsError

__all__ = ["folder", "named", "names"]

_HERE = Path(__file__).resolve().parent


def _is_run(folder: Path) -> bool:
    return (folder / "run.json").is_file()


def names() -> list[str]:
    """Return the names of the systems and variants whose weights are packaged, sorted."""
    return sorted(p.name for p in _HERE.iterdir() if _is_run(p))


def folder(name: str) -> Path:
    """Return the folder with the packaged weights of the system or variant `name`; a `Predictor` opens it.

    Raises:
        WeightsError: None are packaged under this name; the message lists those that are.

    """
    if name not in names():
        msg = (
            f"No weights are packaged for {name!r}; there are: {', '.join(names()) or 'none'}. "
            "Train it, and name the run's folder instead."
        )
        raise WeightsError(msg)
    return _HERE / name


def named(run: str | Path) -> Path:
    """Return the folder `run`, or, where it holds no run, that of the packaged weights of this name.

    What is neither is returned as it is: whoever opens it says what a run is. The one place that decides between a
    folder of the user's and a name of ours; the user's run goes first.

    >>> named("no-such-run").name
    'no-such-run'

    """
    return folder(str(run)) if str(run) in names() and not _is_run(Path(run)) else Path(run)
