"""Open a cohort's files one by one, and note those that cannot be read instead of stopping."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from osteon.cohorts import paths
from osteon.cohorts.mask import open_drawn
from osteon.cohorts.rows import Row
from osteon.errors import InputError
from osteon.io import files
from osteon.io.drawn import Drawn
from osteon.types import Datum, Image, Refusal


@dataclass(frozen=True, kw_only=True)
class Reader:
    """The files below `root`; what cannot be read is added to `refused` with its reason.

    `raw_ids` are the ids, squeezed (`paths.squeezed`), that no message may show.
    """

    root: Path
    raw_ids: frozenset[str] = frozenset()
    refused: list[Refusal] = field(default_factory=list)

    def datum(self, name: str, *, where: str = "", raw_id: str = "", view: str = "") -> Datum | None:
        """Return what the file `name` holds, None when it cannot be read.

        Args:
            name: Relative to the root.
            where: The word for it in a refusal; "" takes the name.
            raw_id: A patient's id that no message may show.
            view: Which view of a bone scan is wanted, where the file holds both.

        """
        try:
            return files.open_image(paths.inside(self.root, name), view=view)
        except InputError as error:
            self.refuse(where or name, error.why, raw_id=raw_id)
            return None

    def mask(self, name: str, *, image: Datum, where: str = "", raw_id: str = "") -> Image | None:
        """Return the mask of `image` in the file `name`, None when it cannot be read; see `drawn`."""
        found = self.drawn(name, image=image, where=where, raw_id=raw_id)
        return found.mask if found is not None else None

    def drawn(self, name: str, *, image: Datum, where: str = "", raw_id: str = "") -> Drawn | None:
        """Return the mask of `image` in the file `name` and what lesions it tells of, None when it cannot be read.

        A region of an RTSTRUCT or SEG, a label of LabelMe, COCO or QuPath, a segment of 3D Slicer is named after a #.
        """
        file, _, region = name.partition("#")
        try:
            return open_drawn(paths.inside(self.root, file), image=image, region=region)
        except InputError as error:
            self.refuse(where or name, error.why, raw_id=raw_id)
            return None

    def shown(self, row: Row, column: str) -> str:
        """Return the word for a row's file in messages: table, row number and the path without ids."""
        return f"{row.place} ({paths.brief(paths.unnamed(row[column], row['patient'], others=self.raw_ids))})"

    def refuse(self, where: str, why: str, *, raw_id: str = "") -> None:
        """Note that `where` cannot be read and `why`."""
        self.refused.append(Refusal(file=where, why=paths.unnamed(why, raw_id, others=self.raw_ids)))
