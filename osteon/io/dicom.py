"""DICOM files of any mixture to images: grouped by series, read lazily, refused with a reason.

read_files(files, root=folder) -> Found     everything that is there
read(path) -> Image                         one file, or a folder that is one series
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from osteon.errors import InputError
from osteon.io import dicom_radiograph, simulated
from osteon.io.dicom_facts import coded, series_name
from osteon.io.dicom_header import Header, looks_like_dicom, read_header
from osteon.io.dicom_nm import nuclear
from osteon.io.dicom_pet import suv
from osteon.io.dicom_series import volumes
from osteon.io.names import shown
from osteon.types import Found, Image, Item, Refusal

__all__ = ["is_dicom", "modality", "read", "read_files"]

_NOT_IMAGES = {
    "RTSTRUCT": "holds contours, not an image; its masks are read on the image they were drawn on.",
    "SEG": "holds a segmentation, not an image; its masks are read on the image they were drawn on.",
    "RTDOSE": "holds a dose, which osteon does not read.",
    "RTPLAN": "holds a treatment plan, which osteon does not read.",
    "SR": "holds a report, not an image.",
    "PR": "holds a way to show an image, not the image.",
    "KO": "holds a list of images, not an image.",
    "REG": "holds a registration, not an image.",
    "SM": "is a whole-slide image; it is read as a slide, not as a radiograph or volume.",
    "US": "is an ultrasound image, which no system here reads.",
}
_DICOMDIR = "1.2.840.10008.1.3.10"


def is_dicom(path: Path) -> bool:
    """Return whether the file looks like DICOM, by its first bytes, whatever its name."""
    return looks_like_dicom(path)


def modality(path: Path) -> str | None:
    """Return the DICOM modality word of a file; None when it is not DICOM or states none."""
    try:
        return coded(read_header(path, name=path.name), "Modality")
    except InputError:
        return None


def read_files(files: Sequence[Path], *, root: Path) -> Found:
    """Return what `files` hold, in any order and mixture of patients, series and stray files.

    Headers are read once, now; pixels when an image is read. CT, MR and PET become volumes, radiographs and planar
    bone scans one item an image. A symbolic link that leaves `root` is refused.

    Args:
        files: Files, with or without a name that ends in .dcm.
        root: The folder the user named; messages name files relative to it.

    """
    headers: list[Header] = []
    refused: list[Refusal] = []
    inside = _Inside(root)
    for path in sorted(set(files)):
        name = shown(path, root=root)
        try:
            inside.check(path, name=name)
            headers.append(read_header(path, name=name))
        except InputError as error:
            refused.append(Refusal(file=name, why=error.why))
    items: list[Item] = []
    for series in _series(headers):
        found = _marked(_read_series(series), series)
        items.extend(found.items)
        refused.extend(found.refused)
    return Found(items=tuple(items), refused=tuple(refused))


def read(path: Path | Sequence[Path]) -> Image:
    """Return the one image that a file, a folder (not its subfolders) or a list of files holds.

    Raises:
        InputError: Nothing readable, a damaged file, or more than one image; the message says what is there.
        GeometryError: A series that makes no volume.

    """
    files, root = _files(path)
    name = shown(files[0], root=root) if len(files) == 1 else root.name
    inside = _Inside(root) if len(files) > 1 else None
    headers = []
    for file in files:
        called = shown(file, root=root)
        if inside is not None:
            inside.check(file, name=called)
        headers.append(read_header(file, name=called))
    found = [_marked(_handler(series)(series), series) for series in _series(headers)]
    items = [item for one in found for item in one.items]
    if len(items) == 1:
        return _image(items[0])
    if not items:
        left_out = [refusal.why for one in found for refusal in one.refused]
        why = f"holds no DICOM image; {left_out[0] if left_out else 'name a DICOM file, or a folder of one series.'}"
        raise InputError(why, file=name)
    what = ", ".join(item.about for item in items[:4])
    why = f"holds {len(items)} images ({what}); exactly one is wanted. Name one file, or a folder of one series."
    raise InputError(why, file=name)


def _image(item: Item) -> Image:
    if not isinstance(item.datum, Image):
        why = "is not an image."
        raise InputError(why, file=item.file)
    return item.datum


def _files(path: Path | Sequence[Path]) -> tuple[list[Path], Path]:
    if not isinstance(path, Path):
        files = sorted(Path(one) for one in path)
        return files, files[0].parent if files else Path()
    if path.is_dir():
        return sorted(one for one in path.iterdir() if one.is_file() and looks_like_dicom(one)), path
    return [path], path.parent


class _Inside:
    """Checks that files lie in a folder; remembers the folders it has resolved."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._folders: dict[Path, bool] = {}

    def check(self, path: Path, *, name: str) -> None:
        """Raise `InputError` when the file, links followed, is not in the folder."""
        folder = path.parent
        if folder not in self._folders:
            self._folders[folder] = folder.resolve().is_relative_to(self._root)
        linked = path.is_symlink() and not path.resolve().is_relative_to(self._root)
        if linked or not self._folders[folder]:
            why = "leads out of the folder that was named (symbolic link); copy the file itself there."
            raise InputError(why, file=name)


def _series(headers: Sequence[Header]) -> list[list[Header]]:
    """Group by patient, study, series and modality; without a series UID, by folder and frame of reference."""
    groups: dict[tuple[str | None, ...], list[Header]] = {}
    for header in headers:
        series = header.text("SeriesInstanceUID")
        if series is None:
            series = f"{PurePosixPath(header.name).parent} {header.text('FrameOfReferenceUID')}"
        key = (header.text("PatientID"), header.text("StudyInstanceUID"), series, header.text("Modality"))
        groups.setdefault(key, []).append(header)
    return list(groups.values())


def _read_series(series: Sequence[Header]) -> Found:
    handler = _handler(series)
    if handler in (_volumes, _pet):
        try:
            return handler(series)
        except InputError as error:
            return Found(items=(), refused=(Refusal(file=error.file or series_name(series), why=error.why),))
    items: list[Item] = []
    refused: list[Refusal] = []
    for header in series:
        try:
            items.extend(handler([header]).items)
        except InputError as error:
            refused.append(Refusal(file=header.name, why=error.why))
    return Found(items=tuple(items), refused=tuple(refused))


def _marked(found: Found, series: Sequence[Header]) -> Found:
    """Return what was found with the note that it is simulated, where the file says so."""
    notes = simulated.notes_of(series[0].text("ManufacturerModelName"))
    if not notes:
        return found
    items = tuple(
        replace(item, datum=replace(item.datum, notes=(*notes, *item.datum.notes)))
        if isinstance(item.datum, Image)
        else item
        for item in found.items
    )
    return replace(found, items=items)


def _handler(series: Sequence[Header]) -> Callable[[Sequence[Header]], Found]:
    word = coded(series[0], "Modality")
    if series[0].text("SOPClassUID") == _DICOMDIR:
        return _index
    known = {"CT": _volumes, "MR": _volumes, "PT": _pet, "NM": _nuclear}
    if word in known:
        return known[word]
    return _radiographs if word is None or word in dicom_radiograph.MODALITIES else _not_read


def _volumes(series: Sequence[Header]) -> Found:
    return volumes(series)


def _pet(series: Sequence[Header]) -> Found:
    return volumes(series, to_values=suv)


def _nuclear(series: Sequence[Header]) -> Found:
    return Found(items=tuple(item for header in series for item in nuclear(header)))


def _radiographs(series: Sequence[Header]) -> Found:
    return Found(items=tuple(dicom_radiograph.radiograph(header) for header in series))


def _index(series: Sequence[Header]) -> Found:
    why = "is an index of other files (DICOMDIR), not an image; the files themselves are read where they lie."
    raise InputError(why, file=series[0].name)


def _not_read(series: Sequence[Header]) -> Found:
    word = coded(series[0], "Modality") or ""
    why = _NOT_IMAGES.get(word, f"is of modality {word}, which osteon does not read.")
    raise InputError(why, file=series[0].name)
