"""Why no system answered for an item, and what would let one: another system, a box, the other inputs, a training."""

from __future__ import annotations

from collections.abc import Sequence

from osteon import systems
from osteon.reading.kinds import NAMES, kind, takes
from osteon.reading.tables import TABLE
from osteon.reading.voices import Voice, voices
from osteon.types import Item


def why(item: Item, at_hand: Sequence[Voice]) -> str:
    """Return why none of the systems `at_hand` answers for `item`, a sentence that can follow "<file>: "."""
    asking = next((v for v in at_hand if v.asks_for_lesion and v.input_of(item) is not None), None)
    if asking is not None:
        return _without_box(asking, item)
    lacking = next((v for v in at_hand if any(takes(i, item) for i in v.system.inputs)), None)
    if lacking is not None:
        return f"{lacking.name} {_unclear(lacking, item)}"
    if not _known(item):
        return f"no system of osteon reads {_data(item)} yet, trained or not; `osteon systems` lists what they take."
    return f"no trained system for {_data(item)} is at hand; train one, and read with its run (osteon read --run RUN)."


def _without_box(voice: Voice, item: Item) -> str:
    """Return what `voice` needs before it can answer, and where that can come from."""
    finder = next((v.name for v in voices() if v.outlines and v.input_of(item) is not None), "FILM_RUN")
    return (
        f"{voice.name} reads it, but it needs a box or an outline around the lesion first, and no system at hand draws "
        f"one; read with one that does too (osteon read --run {finder} --run {voice.folder.name}), or give the outline "
        "in the column mask of cohort.csv, or the box in lesions.csv, and predict (osteon predict RUN COHORT)."
    )


def _unclear(voice: Voice, item: Item) -> str:
    """Return why `voice` could take `item` and does not: it asks for more at once, or cannot tell which input it is."""
    could = [i.name for i in voice.system.inputs if takes(i, item)]
    if len(voice.needs) > 1 or not any(i.name in could for i in voice.needs or voice.images):
        names = ", ".join(i.name for i in voice.system.inputs)
        return f"reads it only with its other inputs ({names}); name them in a {TABLE}: osteon predict RUN COHORT."
    return f"cannot tell whether it is {' or '.join(could)}; say so in the column input of a {TABLE} in its folder."


def _known(item: Item) -> bool:
    """Return whether any system of osteon, trained or not, has an input that `item` can be."""
    return any(takes(needed, item) for name in systems.names(variants=True) for needed in systems.get(name).inputs)


def _data(item: Item) -> str:
    words = kind(item).words
    said = f"{NAMES[words[0]]} data" if len(words) == 1 else "a picture or volume"
    return f"{said} that {TABLE} calls {item.input}" if item.input else said
