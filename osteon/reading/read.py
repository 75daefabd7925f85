"""A patient's files to one reading: what is there, which systems apply, what they find, in one folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import osteon
from osteon.engine.ood.gate import Describer
from osteon.errors import InputError, RequestError
from osteon.io import atomic, simulated
from osteon.io.files import scan
from osteon.reading import chain, files, page, tables, unanswered
from osteon.reading.findings import Draft
from osteon.reading.kinds import NAMES, kind, takes
from osteon.reading.patients import Patient, by_patient, refusals
from osteon.reading.voices import Speaker, Voice, speaker, voices
from osteon.types import Found, Item, Maker, Reading, Refusal


@dataclass(kw_only=True, eq=False)
class Room:
    """The systems at hand, each loaded when it first has something to say; and the files that proved damaged."""

    voices: list[Voice]
    device: str
    speakers: dict[str, Speaker] = field(default_factory=dict)
    describer: Describer = field(default_factory=Describer)
    damaged: list[Refusal] = field(default_factory=list)

    def taking(self, item: Item) -> list[Speaker]:
        """Return the systems that take `item` and nothing else."""
        return [self._speaker(v) for v in self.voices if v.input_of(item) is not None]

    def _speaker(self, voice: Voice) -> Speaker:
        if voice.name not in self.speakers:
            self.speakers[voice.name] = speaker(voice, device=self.device)
        return self.speakers[voice.name]


def read(
    paths: Sequence[Path | str],
    *,
    out: Path | str,
    systems: Sequence[str | Path] | None = None,
    device: str = "cpu",
    overwrite: bool = False,
) -> list[Reading]:
    """Read each patient among `paths` with every trained system that applies, and write the answers.

    Into `out` go, for one patient, `reading.json`, `report.html`, and for each finding a mask, a heat map, a DICOM SEG
    and a DICOM SR where there is what they need; several patients get a folder each, named by their pseudonym. It is
    written whole or not at all.

    Args:
        paths: Files, folders, or zips.
        out: A folder that is not there yet, or empty.
        systems: Names of packaged weights, or folders of finished runs; None: all that is packaged.
        device: "cpu", "cuda", "cuda:1" or "auto".
        overwrite: Replace an earlier reading in `out`.

    Returns:
        One reading a patient; its findings the most believed first.

    Raises:
        InputError: Nothing could be read, or `out` cannot be written.
        RequestError: Nothing is named; `systems` names what is not there; `out` is in use and `overwrite` is not set,
            is the current folder, lies within what is read, or holds what no reading wrote and `overwrite` is set.

    """
    inputs, out = _distinct(paths), Path(out).absolute()
    _refuse_place(out, inputs=inputs, overwrite=overwrite)
    room = Room(voices=voices(systems), device=device)
    found = tables.heeded(files.without_earlier(scan(inputs)), inputs)
    if not found.items:
        raise _nothing(found)
    patients = by_patient(found.items)
    with atomic.folder(out, replace=overwrite) as aside:
        readings = [
            _one(patient, room=room, refused=told, folder=aside / patient.name if len(patients) > 1 else aside)
            for patient, told in zip(patients, refusals(patients, found.refused), strict=True)
        ]
        if len(room.damaged) == len(found.items):
            raise _nothing(Found(items=(), refused=(*room.damaged, *found.refused)))
    return readings


def _one(patient: Patient, *, room: Room, refused: Sequence[Refusal], folder: Path) -> Reading:
    folder.mkdir(exist_ok=True)
    drafts: list[Draft] = []
    told: list[Refusal] = []
    for item in patient.items:
        answer = _item(item, patient=patient, room=room)
        if isinstance(answer, Refusal):
            told.append(answer)
        else:
            drafts += answer
    drafts.sort(key=lambda d: -d.finding.belief)
    drafts = files.write(drafts, folder)
    spoke = [s for name, s in room.speakers.items() if any(d.finding.system == name for d in drafts)]
    reading = Reading(
        patient=patient.name,
        findings=tuple(d.finding for d in drafts),
        missing=_missing(patient, room=room),
        refused=tuple(dict.fromkeys((*told, *refused))),
        maker=Maker(system="osteon.reading", version=osteon.__version__, device=room.device),
        notes=(*simulated.told([item.datum for item in patient.items]), *filter(None, (patient.assumed,))),
        patient_assumed=bool(patient.assumed),
    )
    files.write_json(reading, folder)
    text = page.html(reading, drafts=drafts, cards=[s.card for s in spoke])
    atomic.write_text(folder / files.REPORT, text)
    return reading


def _item(item: Item, *, patient: Patient, room: Room) -> list[Draft] | Refusal:
    """Return what the systems find in `item`, or why none of them read it."""
    known = kind(item)
    if known.why:
        return Refusal(file=item.file, why=known.why)
    speakers = room.taking(item)
    if not any(not s.voice.asks_for_lesion for s in speakers):
        return Refusal(file=item.file, why=unanswered.why(item, room.voices))
    try:
        return chain.read(chain.Case(item=item, patient=patient.name, describer=room.describer), speakers)
    except InputError as error:
        room.damaged.append(Refusal(file=item.file, why=error.why))
        return room.damaged[-1]


def _missing(patient: Patient, *, room: Room) -> tuple[str, ...]:
    """Return which systems with several inputs had some of them only."""
    lines = []
    for voice in room.voices:
        lacking = [NAMES[i.kind] for i in voice.needs if not any(takes(i, item) for item in patient.items)]
        if lacking and len(lacking) < len(voice.needs):
            lines.append(f"{voice.name} also needs: {', '.join(lacking)}.")
    return tuple(lines)


def _distinct(paths: Sequence[Path | str]) -> list[Path]:
    """Return `paths` without those that are, or lie in, another one of them: no film is read twice."""
    given = list({Path(p).resolve(): Path(p) for p in paths}.items())
    return [path for place, path in given if not any(other in place.parents for other, _ in given)]


def _refuse_place(out: Path, *, inputs: Sequence[Path], overwrite: bool) -> None:
    """Refuse an output folder that must not be written.

    Raises:
        RequestError: It is in use and `overwrite` is not set; it is the current folder; or, with `overwrite`, it lies
            within what is read or holds what no reading wrote.

    """
    if not inputs:
        raise RequestError("Nothing was named to read; name files, folders or zips.")
    if out == Path.cwd():
        msg = "The output folder is the one you stand in; name a new one, such as --out reading."
        raise RequestError(msg)
    if not (overwrite and out.is_dir()):
        atomic.refuse_taken(out, otherwise="replace an earlier reading with --overwrite")
        return
    place = out.resolve()
    if any(place == path.resolve() or path.resolve() in place.parents for path in inputs):
        msg = f"The output folder {out.name} lies within what is read; choose one outside."
        raise RequestError(msg)
    files.refuse_strange(out)


def _nothing(found: Found) -> InputError:
    if not found.refused:
        return InputError("Nothing to read was found; name a file, a folder or a zip with images in it.")
    first = found.refused[0]
    if len(found.refused) == 1:
        return InputError(first.why, file=first.file)
    return InputError(
        f"{first.why} (and {len(found.refused) - 1} further files that could not be read)", file=first.file
    )
