"""What an item is to a system: a radiograph, a CT, a slide; or why no system could take it."""

from __future__ import annotations

from dataclasses import dataclass

from osteon.types import Expression, Image, Item, Record, Slide, Spectrum

FLAT = dict.fromkeys(("CR", "DX", "RG", "OT", "SC"), "radiograph") | {"NM": "scintigram"}
VOLUME = {"CT": "ct", "MR": "mri", "PT": "pet"}
NAMES = {
    **{word: word for word in ("radiograph", "slide", "tile", "spectrum", "table", "expression")},
    **{word: name for name, word in VOLUME.items()},
    "pet": "PET",
    "scintigram": "bone scan",
}


@dataclass(frozen=True, kw_only=True)
class Kind:
    """The input kind of an item, as `contract.Input.kind`; or `why` it has none."""

    word: str | None = None
    why: str = ""


def kind(item: Item) -> Kind:
    """Return what `item` is to a system."""
    datum = item.datum
    if isinstance(datum, Image):
        return _image(datum)
    pairs = ((Slide, "slide"), (Spectrum, "spectrum"), (Record, "table"), (Expression, "expression"))
    return Kind(word=next(word for of, word in pairs if isinstance(datum, of)))


def _image(image: Image) -> Kind:
    if image.unit == "label":
        return Kind(why="is a segmentation, which is a result and not an image to read.")
    if image.times_s is not None:
        return Kind(why="is a dynamic series; no packaged system reads one.")
    shape = image.grid.shape
    flat = len(shape) == 2 or (image.modality in VOLUME and shape[0] == 1)
    if flat and image.modality in FLAT:
        return Kind(word=FLAT[image.modality])
    if not flat and image.modality in VOLUME:
        return Kind(word=VOLUME[image.modality])
    if flat and image.modality in VOLUME:
        name = NAMES[VOLUME[image.modality]]
        return Kind(why=f"is a single {name} slice; systems for {name} need the whole series, so give its folder.")
    if not flat and image.modality == "NM":
        return Kind(word="scintigram")
    if not flat and image.modality == "OT":
        return Kind(
            why="is a volume that does not state its modality, as NIfTI and NRRD do not; give its DICOM series."
        )
    word = "picture" if flat else "volume"
    return Kind(why=f"is a {word} of modality {image.modality}, which no system of osteon takes.")
