"""TCIA Osteosarcoma-Tumor-Assessment: 1,144 H&E tiles of four cases, and hand-crafted features of each.

Two layouts are recognised. The official download: `ML_Features_1144.csv` (columns `image.name` and
`classification`) and `Training-Set-1/`, `Training-Set-2/` with the tiles as `*.jpg`, in folders whose
names do not matter; it is read from its published description, and no one here could try the tiles.
And a reduced one: `tile_features.csv` (`image_name`, `group`, `label3`), `tiles.csv` and `tiles/`.

One study a tile, with the inputs `features` (a record) and, where its picture is at hand, `tile`: one
cohort serves the classical models on all rows and the networks on the pictures. The patient is the
case (Case-3, Case-4, Case-48, P9), a public pseudonym, so not hashed; with four of them every honest
test leaves a case out (`leave-one-patient-out`). The label is `label`: non_tumour, necrosis,
viable_tumour. The source's own word is kept as `source_label`: tiles of "viable: non-viable" count as
viable, as its authors count them; the reduced layout does not tell them apart.

The source's running numbers (X_x, X_1, X_y, ImageNumber) are left out of the features: the tables are
sorted by case and class, so the row's number alone tells the class (0.69 balanced accuracy in a
random split), and no new tile has one.

Leavey P. et al. 2019, doi 10.7937/tcia.2019.bvhjhdas; Arunachalam H.B. et al. 2019,
doi 10.1371/journal.pone.0210706. CC BY 3.0.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from osteon.cohorts import columns, rows
from osteon.cohorts.reader import Reader
from osteon.cohorts.rows import Row
from osteon.errors import CohortError
from osteon.types import Cohort, Datum, Evidence, Record, Study, Truth

CITATION = (
    "Leavey P. et al. Osteosarcoma data from UT Southwestern/UT Dallas for viable and necrotic tumor assessment. "
    "TCIA 2019, doi 10.7937/tcia.2019.bvhjhdas; Arunachalam H.B. et al. PLoS ONE 2019;14:e0210706"
)
NOTES = (
    "Four cases, one of them without tumour: figures over patients have no meaningful interval; give them per case.",
)

OFFICIAL = "ML_Features_1144.csv"
RUNNING_NUMBERS = frozenset({"X_x", "X_1", "X_y", "X", "X.1", "X.x", "X.y", "ImageNumber"})
WORDS = {
    "non_tumour": "non_tumour",
    "necrosis": "necrosis",
    "viable_tumour": "viable_tumour",
    "non-tumor": "non_tumour",
    "non-viable-tumor": "necrosis",
    "viable": "viable_tumour",
    "viable: non-viable": "viable_tumour",
}


@dataclass(frozen=True, kw_only=True)
class _Layout:
    """Where a layout has its table, its words, and its pictures."""

    table: str
    name: str
    word: str
    pictures: Mapping[str, str]


def recognise(root: Path) -> bool:
    """Return whether `root` is laid out as this set."""
    return (root / OFFICIAL).is_file() or all((root / n).is_file() for n in ("tile_features.csv", "tiles.csv"))


def load(root: Path) -> Cohort:
    """Return the tiles in `root`.

    Raises:
        CohortError: The table of features lacks a column, or has a word that is no class.

    """
    layout = _official(root) if (root / OFFICIAL).is_file() else _reduced(root)
    found = rows.read(root / layout.table, required=(layout.name, layout.word))
    reader = Reader(root=root)
    return Cohort(
        name="tcia-osteosarcoma-tumor-assessment",
        studies=tuple(_study(row, layout=layout, reader=reader) for row in found),
        evidence=Evidence.REAL,
        licence="CC BY 3.0",
        citation=CITATION,
        notes=NOTES,
        fingerprint=hashlib.sha256((root / layout.table).read_bytes()).hexdigest(),
        refused=tuple(reader.refused),
    )


def tile_name(text: str) -> str:
    """Return the one way of writing a tile's name; the tables and the files write it in several.

    Example:
        >>> tile_name("Case 48 - P5 C21-52961-18393"), tile_name("Case-48-P5-C21-52961-18393.jpg")
        ('Case-48-P5-C21-52961-18393', 'Case-48-P5-C21-52961-18393')

    """
    return re.sub(r"[\s-]+", "-", re.sub(r"\.(jpe?g|tiff?|png)$", "", text.strip(), flags=re.IGNORECASE))


def case(tile: str) -> str:
    """Return the case of a tile: its number, or the word before the first hyphen.

    Example:
        >>> case("Case-48-P5-C21-52961-18393"), case("P9-B28-6717-20778")
        ('Case-48', 'P9')

    """
    named = re.match(r"Case-\d+", tile)
    return named.group() if named else tile.partition("-")[0]


def _official(root: Path) -> _Layout:
    files = (p for folder in sorted(root.glob("Training-Set-*")) for p in sorted(folder.rglob("*.jp*g")))
    pictures = {tile_name(p.name): p.relative_to(root).as_posix() for p in files}
    return _Layout(table=OFFICIAL, name="image.name", word="classification", pictures=pictures)


def _reduced(root: Path) -> _Layout:
    tiles = rows.read(root / "tiles.csv", required=("file", "image_id", "label3", "group"))
    pictures = {tile_name(row["image_id"]): f"tiles/{row['file']}" for row in tiles}
    return _Layout(table="tile_features.csv", name="image_name", word="label3", pictures=pictures)


def _study(row: Row, *, layout: _Layout, reader: Reader) -> Study:
    name = tile_name(row[layout.name])
    word = WORDS.get(row[layout.word].lower())
    if word is None:
        msg = f"The class {row[layout.word]!r} is none of {', '.join(WORDS)}."
        raise CohortError(msg, file=row.place)
    data: dict[str, Datum] = {"features": features(row, leave_out=(layout.name, layout.word, "group"))}
    origins = {"features": row.place}
    picture = layout.pictures.get(name)
    tile = reader.datum(picture) if picture else None
    if picture and tile is not None:
        data["tile"] = tile
        origins["tile"] = picture
    labels = {"label": word, "source_label": row[layout.word].lower()}
    return Study(name=name, patient=case(name), data=data, truth=Truth(labels=labels), origins=origins)


def features(row: Row, *, leave_out: Iterable[str]) -> Record:
    """Return the hand-crafted features of a tile: all numbers of the row but the running numbers."""
    skip = RUNNING_NUMBERS | set(leave_out)
    return Record(values={c: columns.number(cell) for c, cell in row.cells.items() if c not in skip})
