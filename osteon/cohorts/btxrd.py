"""BTXRD: 3,746 radiographs of primary bone tumours and of bones without one, from three centres.

Two layouts are recognised. The official download (figshare 27865398): `dataset.xlsx`, `images/*.jpeg`
and `Annotations/*.json` (LabelMe: a polygon and a rectangle a lesion); it is read from its published
description, and no one here could try the whole of it. And a reduced one: `labels.csv`,
`images/*.jpg` and `masks/*.png`, 256 x 256 grey, the aspect not kept.

The set states no patients, and films with neighbouring numbers are often one patient's. The patient
is therefore *assumed*: a run of neighbouring films of one centre and one diagnosis, at most
`BLOCK_FILMS` long. Ids are the set's own, which are public, so they are not hashed.

Labels: `film` (normal, benign, malignant), `lesion` (benign, intermediate, malignant; tumours only),
`tumour` (tumour, normal) and `diagnosis`. "Intermediate" is giant cell tumour as a stand-in. A tumour
that the set does not resolve into benign or malignant has neither `film` nor `lesion`. The masks are
of tumours only; a film whose `tumour` is "normal" has none, and its true mask is empty.

Yao S. et al., Sci Data 2025, doi 10.1038/s41597-024-04311-y.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from osteon.cohorts import paths, rows
from osteon.cohorts.reader import Reader
from osteon.errors import CohortError, InputError
from osteon.io import drawn
from osteon.io import table as tables
from osteon.types import Cohort, Datum, Evidence, Image, Lesion, Record, Study, Truth

BLOCK_FILMS = 10
INPUT = "radiograph"

LICENCE = (
    "CC BY-NC-ND 4.0 (article) / CC BY 4.0 (figshare record): weights trained on it are for non-commercial research"
)
CITATION = (
    "Yao S. et al. A radiograph dataset for the classification, localization, and segmentation of primary "
    "bone tumors. Sci Data 2025, doi 10.1038/s41597-024-04311-y"
)
NOTES = (
    f"BTXRD states no patients: a patient is assumed to be a run of at most {BLOCK_FILMS} neighbouring films of one "
    "centre and diagnosis, so intervals over patients are as good as that assumption.",
    "Intermediate is giant cell tumour as a stand-in; a figure for it is a surrogate.",
)

BENIGN = (
    "osteochondroma",
    "multiple osteochondromas",
    "simple bone cyst",
    "giant cell tumor",
    "osteofibroma",
    "synovial osteochondroma",
    "other bt",
)
MALIGNANT = ("osteosarcoma", "other mt")
INTERMEDIATE = "giant cell tumor"
REGIONS = ("hand", "ulna", "radius", "humerus", "foot", "tibia", "fibula", "femur", "hip bone", "ankle-joint",
           "knee-joint", "hip-joint", "wrist-joint", "elbow-joint", "shoulder-joint", "upper limb", "lower limb",
           "pelvis")  # fmt: skip
VIEWS = ("frontal", "lateral", "oblique")


@dataclass(frozen=True, kw_only=True)
class Film:
    """What the table says of one film; `malignant` is None where it is no tumour or not resolved."""

    name: str
    image: str
    site: str
    tumour: bool
    diagnosis: str
    malignant: bool | None
    clinical: Mapping[str, float | str | None] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """The running number in its name."""
        return int("".join(c for c in self.name if c.isdigit()) or 0)

    @property
    def labels(self) -> dict[str, str]:
        """The words of the truth, by task."""
        said = {"tumour": "tumour" if self.tumour else "normal", "diagnosis": self.diagnosis}
        if not self.tumour:
            return said | {"film": "normal"}
        if self.malignant is None:
            return said
        film = "malignant" if self.malignant else "benign"
        return said | {"film": film, "lesion": "intermediate" if self.diagnosis == INTERMEDIATE else film}


def recognise(root: Path) -> bool:
    """Return whether `root` is laid out as BTXRD."""
    if not (root / "images").is_dir():
        return False
    return (root / "dataset.xlsx").is_file() or _reduced(root / "labels.csv")


def load(root: Path) -> Cohort:
    """Return BTXRD from `root`; rows of a centre whose films are all kept elsewhere become a note.

    Raises:
        CohortError: The table lacks a column.

    """
    official = (root / "dataset.xlsx").is_file()
    table = root / ("dataset.xlsx" if official else "labels.csv")
    films = tuple(sorted(_official_films(table) if official else _reduced_films(table), key=lambda film: film.number))
    patient = assumed_patients(films)
    reader = Reader(root=root)
    absent = _absent_sites(films, root=root)
    studies = [_study(film, patient=patient[film.name], reader=reader) for film in films if film.site not in absent]
    return Cohort(
        name="btxrd",
        studies=tuple(study for study in studies if study is not None),
        evidence=Evidence.REAL,
        licence=LICENCE,
        citation=CITATION,
        notes=(*NOTES, *(f"Centre {s}: {n} films stand in the table without images." for s, n in absent.items())),
        fingerprint=hashlib.sha256(table.read_bytes()).hexdigest(),
        refused=tuple(reader.refused),
    )


def assumed_patients(films: Sequence[Film]) -> dict[str, str]:
    """Return the assumed patient of each film: runs of neighbouring numbers of one centre and diagnosis.

    Example:
        >>> def film(n, d): return Film(name=f"IMG{n}", image="", site="1", tumour=True, diagnosis=d, malignant=None)
        >>> assumed_patients([film(7, "cyst"), film(8, "cyst"), film(9, "osteosarcoma"), film(11, "osteosarcoma")])
        {'IMG7': 'btxrd-IMG7', 'IMG8': 'btxrd-IMG7', 'IMG9': 'btxrd-IMG9', 'IMG11': 'btxrd-IMG11'}

    """
    patients: dict[str, str] = {}
    start = previous = None
    for film in films:
        if start is None or previous is None or not _neighbours(previous, film, start=start):
            start = film
        patients[film.name] = f"btxrd-{start.name}"
        previous = film
    return patients


def _neighbours(previous: Film, film: Film, *, start: Film) -> bool:
    return (
        film.number == previous.number + 1
        and film.number < start.number + BLOCK_FILMS
        and (film.site, film.tumour, film.diagnosis) == (previous.site, previous.tumour, previous.diagnosis)
    )


def _absent_sites(films: Iterable[Film], *, root: Path) -> dict[str, int]:
    """Return the centres that have rows and not one image, with their number of rows."""
    films = tuple(films)
    there = {film.site for film in films if (root / film.image).is_file()}
    return dict(Counter(film.site for film in films if film.site not in there))


def _study(film: Film, *, patient: str, reader: Reader) -> Study | None:
    image = reader.datum(film.image)
    if not isinstance(image, Image):
        return None
    data: dict[str, Datum] = {INPUT: image}
    if film.clinical:
        data["clinical"] = Record(values=film.clinical)
    mask, lesions = _outline(film, image=image, reader=reader) if film.tumour else (None, ())
    return Study(
        name=film.name,
        patient=patient,
        site=film.site,
        data=data,
        truth=Truth(labels=film.labels, masks={INPUT: mask} if mask else {}, lesions=lesions),
        origins={INPUT: film.image},
    )


def _outline(film: Film, *, image: Image, reader: Reader) -> tuple[Image | None, tuple[Lesion, ...]]:
    """Return the mask of a tumour and its lesions; a box where the annotation has one."""
    file = f"Annotations/{film.name}.json"
    label = film.labels.get("lesion")
    if (reader.root / "Annotations").is_dir():
        try:
            found = drawn.read(paths.inside(reader.root, file), image=image, wanted="*")
            return found.mask, tuple(replace(lesion, input=INPUT) for lesion in found.lesions)
        except InputError as error:
            reader.refuse(file, error.why)
            return None, ()
    return reader.mask(f"masks/{film.name}.png", image=image), (Lesion(label=label, input=INPUT, mask_value=1),)


def _reduced(table: Path) -> bool:
    if not table.is_file():
        return False
    with table.open(encoding="utf-8", errors="replace") as lines:
        return lines.readline().startswith("image_id,center,")


def _reduced_films(table: Path) -> Iterable[Film]:
    for row in rows.read(table, required=("image_id", "center", "tumor", "class", "malignant")):
        tumour = row["tumor"] == "1"
        yield Film(
            name=row["image_id"],
            image=f"images/{row['image_id']}.jpg",
            site=row["center"],
            tumour=tumour,
            diagnosis=row["class"],
            malignant=row["malignant"] == "1" if tumour and row["malignant"] else None,
        )


def _official_films(table: Path) -> Iterable[Film]:
    frame = tables.read(table)
    frame.columns = [str(column).strip().lower() for column in frame.columns]
    missing = [c for c in ("image_id", "center", "tumor", "benign", "malignant") if c not in frame.columns]
    if missing:
        msg = f"The table lacks the column {missing[0]}; its columns are {', '.join(frame.columns)}."
        raise CohortError(msg, file=table.name)
    for row in frame.to_dict("records"):
        image = str(row["image_id"]).strip()
        tumour = _yes(row["tumor"])
        yield Film(
            name=image.rpartition(".")[0] or image,
            image=f"images/{image}",
            site=str(row["center"]).strip().removesuffix(".0"),
            tumour=tumour,
            diagnosis=_first(row, (*BENIGN, *MALIGNANT)) or ("other_unresolved" if tumour else "normal"),
            malignant=_yes(row["malignant"]) if tumour and _yes(row["malignant"]) != _yes(row["benign"]) else None,
            clinical=_clinical(row),
        )


def _clinical(row: Mapping[str, object]) -> dict[str, float | str | None]:
    age = row.get("age")
    sex = str(row.get("gender", "")).strip()
    return {
        "age_years": float(age) if isinstance(age, int | float) and age == age else None,
        "sex": sex or None,
        "region": _first(row, REGIONS),
        "view": _first(row, VIEWS),
    }


def _yes(value: object) -> bool:
    return str(value).strip().removesuffix(".0") == "1"


def _first(row: Mapping[str, object], columns: Iterable[str]) -> str | None:
    return next((column for column in columns if _yes(row.get(column))), None)
