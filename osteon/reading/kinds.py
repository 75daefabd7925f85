"""What an item is to a system: a radiograph, a CT, a slide; or why no system could take it."""

from __future__ import annotations

from dataclasses import dataclass

from osteon.contract import Input
from osteon.types import Expression, Image, Item, Record, Slide, Spectrum

FLAT = dict.fromkeys(("CR", "DX", "RG", "OT", "SC"), "radiograph") | {"NM": "scintigram"}
VOLUME = {"CT": "ct", "MR": "mri", "PT": "pet", "NM": "scintigram"}
UNSAID = ("OT", "SC")
"""Modalities of files that do not say what they show; the table of their cohort may."""
NAMES = {
    **{word: word for word in ("radiograph", "slide", "tile", "spectrum", "table", "expression")},
    **{word: name for name, word in VOLUME.items()},
    "pet": "PET",
    "scintigram": "bone scan",
}


@dataclass(frozen=True, kw_only=True)
class Kind:
    """The kinds that an item can be, as `contract.Input.kind`; or `why` it has none.

    It is one, but for a file that does not say what it shows and has its input named by a cohort's table.
    """

    words: tuple[str, ...] = ()
    why: str = ""


def kind(item: Item) -> Kind:
    """Return what `item` is to a system."""
    datum = item.datum
    if isinstance(datum, Image):
        return _image(datum, named=item.input is not None)
    pairs = ((Slide, "slide"), (Spectrum, "spectrum"), (Record, "table"), (Expression, "expression"))
    return Kind(words=tuple(word for of, word in pairs if isinstance(datum, of)))


def takes(needed: Input, item: Item) -> bool:
    """Return whether `item` can be the input `needed`: by what it shows, and by its name where it has one."""
    return item.input in (None, needed.name) and needed.kind in kind(item).words


def _image(image: Image, *, named: bool) -> Kind:
    if image.unit == "label":
        return Kind(why="is a segmentation, which is a result and not an image to read.")
    if image.times_s is not None:
        return Kind(why="is a dynamic series; no packaged system reads one.")
    shape = image.grid.shape
    flat = len(shape) == 2 or (image.modality in VOLUME and shape[0] == 1)
    known = FLAT if flat else VOLUME
    if named and image.modality in UNSAID:
        return Kind(words=(*dict.fromkeys(known.values()), *(("tile",) if flat else ())))
    if image.modality in known:
        return Kind(words=(known[image.modality],))
    if flat and image.modality in VOLUME:
        name = NAMES[VOLUME[image.modality]]
        return Kind(why=f"is a single {name} slice; systems for {name} need the whole series, so give its folder.")
    if not flat and image.modality == "OT":
        return Kind(
            why="is a volume that does not state its modality, as NIfTI and NRRD do not; give its DICOM series, or "
            "name its input in the cohort.csv of its folder."
        )
    word = "picture" if flat else "volume"
    return Kind(why=f"is a {word} of modality {image.modality}, which no system of osteon takes.")
