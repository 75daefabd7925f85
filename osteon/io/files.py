"""What lies in a folder: every file recognised by its content, read if osteon can, named with a reason if not."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

from osteon.errors import InputError, MissingExtraError
from osteon.io import archive, dicom
from osteon.io.kinds import Kind, kind_of
from osteon.io.names import legible, shown
from osteon.types import Datum, Found, Image, Item, Refusal

JUNK = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
# Loaded when the first file of a kind turns up: one radiograph shall not wait for pandas and SimpleITK.
READERS = {
    Kind.NIFTI: "osteon.io.nifti",
    Kind.NRRD: "osteon.io.nrrd",
    Kind.PICTURE: "osteon.io.picture",
    Kind.SLIDE: "osteon.io.slide",
}
VIEWS = ("anterior", "posterior")
"""Views of a bone scan: a camera writes both into one file, and tells which frame is which."""
MOST_NESTED = 3  # zips within one another; real exports have two
TABULAR, SLIDE_DICOM = "osteon.io.tabular", "osteon.io.slide_dicom"


@dataclass(frozen=True, kw_only=True)
class _Root:
    """A folder that was named, what stands before names in it ("" or "folder/" or "a.zip/"), and the zips around it."""

    folder: Path
    prefix: str = ""
    zips: int = 0

    def name(self, path: Path) -> str:
        """Return how messages name a file in this folder."""
        return self.prefix + shown(path, root=self.folder)


def scan(paths: Sequence[Path], *, scratch: Path | None = None) -> Found:
    """Return what the folders, files and zips at `paths` hold; one bad file never stops the rest.

    Args:
        paths: Folders (walked), files, zip archives.
        scratch: Where zips are unpacked; None: in a temporary folder that is removed when the
            process ends, since pixels are read later.

    Raises:
        InputError: One of `paths` does not exist, or is neither a file nor a folder.

    """
    found: list[Found] = []
    roots = [_check(path) for path in map(Path, paths)]
    for path, prefix in zip(roots, _prefixes(roots), strict=True):
        root = _Root(folder=path if path.is_dir() else path.parent, prefix=prefix)
        files, refused = _walk(root) if path.is_dir() else ([path], [])
        found.append(Found(items=(), refused=tuple(refused)))
        found.append(_read(files, root, scratch=scratch))
    return Found(
        items=tuple(item for one in found for item in one.items),
        refused=tuple(refusal for one in found for refusal in one.refused),
    )


def _prefixes(paths: Sequence[Path]) -> list[str]:
    """Return what stands before the names in each of several files and folders, so that no two are called alike.

    A folder's own name; of files that lie in several folders that of theirs; more of the path only where names agree.
    """
    parts = [path.resolve().parts for path in paths]
    apart = len({path.resolve().parent for path in paths if not path.is_dir()}) > 1
    many = len(paths) > 1
    found = []
    for path, own in zip(paths, parts, strict=True):
        count = 1 if path.is_dir() or not apart else 2
        while count < len(own) - 1 and any(other != own and other[-count:] == own[-count:] for other in parts):
            count += 1
        kept = own[-count:] if path.is_dir() else own[-count:-1]
        found.append("".join(f"{legible(part)}/" for part in kept) if many else "")
    return found


def _check(path: Path) -> Path:
    """Return `path`; refuse what is neither a file nor a folder, since a pipe would be waited for."""
    try:
        kind = path.stat().st_mode
    except FileNotFoundError as error:
        raise InputError("does not exist; check the name.", file=path.name) from error
    except (OSError, ValueError) as error:
        why = f"cannot be opened ({getattr(error, 'strerror', None) or 'no such name'}); check the name."
        raise InputError(why, file=legible(path.name[:80])) from error
    if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
        raise InputError("is no ordinary file (a pipe or a device); copy the data to a file.", file=path.name)
    return path


def open_image(path: Path, *, view: str = "") -> Datum:
    """Return the one image, slide or spectrum at `path`: a file, or a folder that is one DICOM series.

    Args:
        path: Of the file or folder.
        view: One of `VIEWS`: of a bone scan that holds several frames, that one is returned.

    Raises:
        InputError: There is none, or more than one, or it cannot be read, or it says that it shows the other view.

    """
    path = Path(path)
    found = scan([path])
    if not found.items:
        first = found.refused[0] if found.refused else Refusal(file=path.name, why="is an empty folder.")
        raise InputError(first.why, file=first.file)
    stated = [_view(item.datum) for item in found.items]
    if len(found.items) == 1:
        if view and stated[0] not in ("", view):
            raise InputError(f"says that it is the {stated[0]} view, not the {view} one; name it so.", file=path.name)
        return found.items[0].datum
    if view and stated.count(view) == 1:
        return found.items[stated.index(view)].datum
    what = ", ".join(item.about for item in found.items[:4])
    raise InputError(f"holds {len(found.items)} images ({what}); name one of them.", file=path.name)


def _view(datum: Datum) -> str:
    return str(datum.facts.get("view", "")) if isinstance(datum, Image) else ""


def _walk(root: _Root) -> tuple[list[Path], list[Refusal]]:
    """Return the files below a folder, sorted, and what was passed over; links are followed only within it."""
    files: list[Path] = []
    refused: list[Refusal] = []
    home = root.folder.resolve()
    unreadable: list[OSError] = []
    for folder, names, entries in os.walk(root.folder, onerror=unreadable.append):
        names.sort()
        for name in sorted([*entries, *(n for n in names if Path(folder, n).is_symlink())]):
            path = Path(folder, name)
            why = _pass_over(path, home)
            if why:
                refused.append(Refusal(file=root.name(path), why=why))
            elif path.is_file():
                files.append(path)
    for error in unreadable:
        refused.append(Refusal(file=root.name(Path(error.filename)), why=f"cannot be opened ({error.strerror})."))
    return files, refused


def _pass_over(path: Path, home: Path) -> str:
    """Return why a file is not even looked at, "" when it is."""
    if path.is_symlink():
        if not path.exists():
            return "is a link to nothing."
        target = path.resolve()
        if not target.is_relative_to(home):
            return "is a link that leaves the folder; copy the file itself there."
        return "is a link to a folder that is read where it lies." if target.is_dir() else ""
    if path.name.lower() in JUNK or path.name.startswith("._"):
        return "is left by the operating system; not read."
    return "" if path.is_file() else "is no ordinary file."


def _read(files: Sequence[Path], root: _Root, *, scratch: Path | None) -> Found:
    kinds: dict[Kind, list[Path]] = {}
    refused: list[Refusal] = []
    for path in files:
        try:
            kinds.setdefault(kind_of(path), []).append(path)
        except InputError as error:
            refused.append(Refusal(file=root.name(path), why=error.why))
    found = [Found(items=(), refused=tuple(refused))]
    if Kind.DICOM in kinds:
        found.append(_renamed(dicom.read_files(kinds[Kind.DICOM], root=root.folder), root))
    found += [_slide(group, root) for group in _groups(kinds.get(Kind.DICOM_SLIDE, []))]
    for kind, paths in kinds.items():
        if kind is Kind.ARCHIVE:
            found += [_archive(path, root, scratch=scratch) for path in paths]
        elif kind in READERS:
            found += [_one(path, root, import_module(READERS[kind]).read) for path in paths]
        elif kind in (Kind.TEXT, Kind.SPREADSHEET):
            found += [_tabular(path, root) for path in paths]
    return Found(
        items=tuple(item for one in found for item in one.items),
        refused=tuple(refusal for one in found for refusal in one.refused),
    )


def _renamed(found: Found, root: _Root) -> Found:
    """Return what was found with the root's prefix before its names."""
    return Found(
        items=tuple(replace(item, file=root.prefix + item.file) for item in found.items),
        refused=tuple(replace(refusal, file=root.prefix + refusal.file) for refusal in found.refused),
    )


def _one(path: Path, root: _Root, reader: Callable[[Path], Datum]) -> Found:
    name = root.name(path)
    try:
        datum = reader(path)
    except (InputError, MissingExtraError) as error:
        return Found(items=(), refused=(Refusal(file=name, why=_why(error)),))
    return Found(items=(Item(datum=datum, file=name, about=_about(datum)),))


def _tabular(path: Path, root: _Root) -> Found:
    """Return the spectra of a file of numbers, else the rows of a table that names its patients."""
    name = root.name(path)
    try:
        data = import_module(TABULAR).read(path)
    except (InputError, MissingExtraError) as error:
        return Found(items=(), refused=(Refusal(file=name, why=_why(error)),))
    return Found(items=tuple(replace(item, file=name) for item in data))


def _slide(group: Sequence[Path], root: _Root) -> Found:
    name = root.name(group[0] if len(group) == 1 else group[0].parent)
    slide_dicom = import_module(SLIDE_DICOM)
    try:
        datum = slide_dicom.read(group)
    except (InputError, MissingExtraError) as error:
        return Found(items=(), refused=(Refusal(file=name, why=_why(error)),))
    owner = slide_dicom.owner(group[0])
    about = _about(datum)
    return Found(items=(Item(datum=datum, file=name, patient_id=owner[0], study_uid=owner[1], about=about),))


def _groups(paths: Sequence[Path]) -> list[list[Path]]:
    """Group the instances of DICOM slides by series."""
    groups: dict[str, list[Path]] = {}
    for path in paths:
        groups.setdefault(import_module(SLIDE_DICOM).series(path), []).append(path)
    return list(groups.values())


def _archive(path: Path, root: _Root, *, scratch: Path | None) -> Found:
    if root.zips == MOST_NESTED:
        why = f"is a zip within {MOST_NESTED} others, as a bomb has it; unpack it by hand."
        return Found(items=(), refused=(Refusal(file=root.name(path), why=why),))
    inside = Path(tempfile.mkdtemp(prefix="osteon-", dir=scratch)) if scratch else archive.scratch_folder()
    try:
        archive.extract(path, into=inside)
    except InputError as error:
        return Found(items=(), refused=(Refusal(file=root.name(path), why=error.why),))
    home = _Root(folder=inside, prefix=f"{root.name(path)}/", zips=root.zips + 1)
    files, refused = _walk(home)
    if not files and not refused:
        refused = [Refusal(file=root.name(path), why="is an empty zip; pack it again.")]
    found = _read(files, home, scratch=scratch)
    return Found(items=found.items, refused=(*refused, *found.refused))


def _why(error: InputError | MissingExtraError) -> str:
    return error.why if isinstance(error, InputError) else str(error)


def _about(datum: Datum) -> str:
    """Return a short word on what a datum is."""
    if isinstance(datum, Image):
        size = " x ".join(map(str, datum.grid.shape))
        return f"{'volume' if len(datum.grid.shape) == 3 else 'picture'}, {size}"
    levels = getattr(datum, "levels", ())
    return f"slide, {levels[0][0]} x {levels[0][1]}" if levels else type(datum).__name__.lower()
