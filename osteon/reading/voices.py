"""The trained systems that may speak on a patient: their weights, their reach, their cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from osteon import systems, weights
from osteon.contract import Classify, Detect, Input, Segment, System, asks_for_lesion
from osteon.engine.ood import reach as reaches
from osteon.engine.ood.reach import Reach
from osteon.engine.predictor import Predictor
from osteon.engine.run import open_run
from osteon.errors import RequestError
from osteon.reading.kinds import takes
from osteon.report import card as cards
from osteon.report.card import Card
from osteon.types import Item


@dataclass(frozen=True, kw_only=True, eq=False)
class Voice:
    """A trained system, its weights still on the disk.

    Attributes:
        name: System and variant.
        folder: Packaged weights, or a run.
        system: The recipe.

    """

    name: str
    folder: Path
    system: System

    @property
    def needs(self) -> list[Input]:
        """Its required inputs."""
        return [i for i in self.system.inputs if i.required]

    @property
    def images(self) -> list[Input]:
        """Its inputs that are no table."""
        return [i for i in self.system.inputs if i.kind != "table"]

    def input_of(self, item: Item) -> Input | None:
        """Return which input `item` is where the system asks for nothing else; None where it cannot be told.

        A system that requires none of its inputs, as one of tiles or slides, is content with any but a table.
        """
        asked = self.needs or self.images
        found = [i for i in asked if takes(i, item)] if len(self.needs) < 2 else []
        return found[0] if len(found) == 1 else None

    @property
    def outlines(self) -> bool:
        """Whether it says where something is."""
        return any(isinstance(t, (Segment, Detect)) for t in self.system.tasks)

    @property
    def asks_for_lesion(self) -> bool:
        """Whether its answer is about one lesion, which another system must find first."""
        return asks_for_lesion(self.system)

    def classify(self) -> Classify | None:
        """Return its first question with classes."""
        return next((t for t in self.system.tasks if isinstance(t, Classify)), None)


@dataclass(frozen=True, kw_only=True, eq=False)
class Speaker:
    """A voice with its weights loaded."""

    voice: Voice
    predictor: Predictor
    reach: Reach
    card: Card


def voices(names: Sequence[str | Path] | None = None) -> list[Voice]:
    """Return the voices of these packaged weights or run folders; None: all that is packaged.

    Raises:
        RequestError: A name is neither.

    """
    chosen = weights.names() if names is None else list(names)
    return [_voice(name) for name in chosen]


def speaker(voice: Voice, *, device: str) -> Speaker:
    """Return `voice` ready to speak on `device`."""
    predictor = Predictor.load(voice.folder, system=voice.system, device=device)
    card = cards.load(voice.folder) or cards.describe(predictor.system, run=asdict(open_run(voice.folder).record))
    return Speaker(voice=voice, predictor=predictor, reach=reaches.load(voice.folder), card=card)


def _voice(name: str | Path) -> Voice:
    folder = weights.named(name)
    if not weights.is_run(folder):
        raise RequestError(f"{weights.unknown(folder.name)} The folder of a finished run may be named too.")
    stated = open_run(folder).record.system
    return Voice(name=stated, folder=folder, system=systems.get(stated))
