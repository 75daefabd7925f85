"""Write a cohort of simulated patients: one patient at a time, resumable, the same bytes whoever makes them.

While it grows, the cohort is the folder `<out>.unfinished` beside `out`: `order.json` says what was asked for, each
finished patient has its images in `patients/<name>/` and its rows in `rows/<name>.json`, both put there whole. At
the end the tables are written and the folder takes its name.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import multiprocessing
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from osteon import __version__
from osteon.errors import RequestError, ResumableError
from osteon.io import atomic, simulated
from osteon.simulate import option, recipes
from osteon.simulate.person.patient import Patient
from osteon.simulate.recipe import SIZES, Case, Order, Recipe, Row
from osteon.simulate.tumour.entity_odds import Drawn

NOTE = "Simulated patients: no one's data. A score on them is never clinical evidence."
OUTLINED = "The truth is an outline: the ideal observer has a Dice of 1; the image alone limits a score."
SPARE = 1.15
Report = Callable[[int], None]


def cohort(order: Order, *, out: Path, workers: int = 1, report: Report | None = None) -> Path:
    """Write the cohort that was ordered to `out`, which `cohorts.load` opens; the same call resumes a stopped one.

    Args:
        order: What to make.
        out: Folder to write; it must not hold anything yet.
        workers: Processes. They change nothing but the time.
        report: Called with the number of finished patients.

    Raises:
        RequestError: The order cannot be meant, the disk has no room for it, `out` is taken, or an unfinished cohort of
            another order lies beside it.
        InputError: `out` cannot be written to.
        ResumableError: The disk is full, or it was interrupted.

    """
    recipe = recipes.get(order.recipe)
    order = replace(order, options=option.settled(recipe.options, order.options, recipe=recipe.name))
    check(recipe, order, workers=workers)
    out = Path(out)
    if not out.name:
        msg = f"A cohort cannot take the place of the folder {str(out)!r}; name a new one, as my-cohort."
        raise RequestError(msg)
    atomic.refuse_taken(out)
    begun = out.with_name(out.name + ".unfinished")
    _refuse_small_disk(recipe, order, beside=out)
    _begin(order, begun)
    left = [i for i in range(order.patients) if not _rows_file(begun, Patient(index=i).name).is_file()]
    done = order.patients - len(left)
    for count, _ in enumerate(_made(order, left, begun, workers=workers), start=done + 1):
        if report is not None:
            report(count)
    _finish(recipe, order, [recipe.draw(order, index) for index in range(order.patients)], begun)
    if out.exists():
        out.rmdir()
    begun.rename(out)
    return out


def check(recipe: Recipe, order: Order, *, workers: int = 1) -> None:
    """Refuse an order that cannot be meant.

    Raises:
        RequestError: Saying what and what is allowed.

    """
    _check_numbers(order, workers)
    if order.size not in SIZES:
        msg = f"The size {order.size!r} is unknown; it is {' or '.join(SIZES)}."
        raise RequestError(msg)
    if order.like is not None:
        recipe.of(order.like)
    if order.overlap is not None and not recipe.overlaps:
        msg = f"An overlap means nothing to {recipe.name}: what tells its classes apart is no drawn look; leave it out."
        raise RequestError(msg)
    recipe.draw(order, 0)


def _check_numbers(order: Order, workers: int) -> None:
    if order.patients < 1:
        msg = f"{order.patients} patients were asked for; a cohort needs at least 1."
        raise RequestError(msg)
    if workers < 1:
        msg = f"{workers} workers were asked for; at least 1 is needed."
        raise RequestError(msg)
    if order.seed < 0:
        msg = f"A seed of {order.seed} was given; it must be 0 or more."
        raise RequestError(msg)


def make_patient(order: Order, index: int, begun: Path) -> None:
    """Write the images and rows of patient `index` into the unfinished cohort, whole or not at all."""
    recipe = recipes.get(order.recipe)
    case = recipe.draw(order, index)
    name = case.patient.name
    with atomic.folder(begun / "patients" / name, replace=True) as folder:
        rows = recipe.make(case, order, folder)
    atomic.write_json(_rows_file(begun, name), [_as_json(row) for row in rows])


def _made(order: Order, left: Sequence[int], begun: Path, *, workers: int) -> Iterator[None]:
    """Make the patients that are left, and yield once for each."""
    if workers == 1 or len(left) < 2:
        for index in left:
            yield make_patient(order, index, begun)
        return
    # Fresh processes: a forked one would share the locks of numba and torch.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(workers, len(left)), mp_context=context, initializer=_end_with_the_parent)
    try:
        for job in as_completed([pool.submit(make_patient, order, index, begun) for index in left]):
            yield job.result()
    except BaseException:
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    pool.shutdown()


def _end_with_the_parent() -> None:
    """Let this worker end when the process that began it is gone, killed say: it would wait for work for ever."""
    parent = multiprocessing.parent_process()

    def follow() -> None:
        if parent is not None:
            parent.join()
            os._exit(ResumableError.exit_code)

    threading.Thread(target=follow, daemon=True).start()


def _begin(order: Order, begun: Path) -> None:
    """Make the unfinished folder, or take up the one that is there if it is of the same order."""
    asked = {**asdict(order), "version": __version__, "simulator": _fingerprint()}
    there = begun / "order.json"
    if there.is_file():
        if _order_in(there) != asked:
            msg = (
                f"{begun.name} holds an unfinished cohort of another order or simulator; remove it, or choose another "
                "folder."
            )
            raise RequestError(msg)
        return
    atomic.make_folder(begun)
    (begun / "patients").mkdir(exist_ok=True)
    (begun / "rows").mkdir(exist_ok=True)
    atomic.write_json(there, asked)


def _order_in(path: Path) -> Any:
    """Return the order that an unfinished cohort was begun with, None where that cannot be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _fingerprint() -> str:
    """Return a hash of the simulator's source, so that no cohort is finished by another simulator than began it."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _refuse_small_disk(recipe: Recipe, order: Order, *, beside: Path) -> None:
    need = recipe.megabytes[order.size == "small"] * order.patients * SPARE
    folder = next(p for p in (beside.absolute(), *beside.absolute().parents) if p.is_dir())
    free = shutil.disk_usage(folder).free / 1e6
    if need > free:
        msg = (
            f"{order.patients} patients of {recipe.name} need about {need:.0f} MB and the disk has {free:.0f} MB free; "
            "ask for fewer patients or another folder."
        )
        raise RequestError(msg)


def _rows_file(begun: Path, name: str) -> Path:
    return begun / "rows" / f"{name}.json"


def _as_json(row: Row) -> dict[str, Any]:
    return {**asdict(row), "labels": dict(row.labels)}


def _finish(recipe: Recipe, order: Order, cases: Sequence[Case], begun: Path) -> None:
    """Write the tables and what the cohort says of itself; drop what only the making needed."""
    images, lesions = [], []
    for case in cases:
        name = case.patient.name
        for row in json.loads(_rows_file(begun, name).read_text(encoding="utf-8")):
            path = f"patients/{name}/{row['path']}"
            mask = f"patients/{name}/{row['mask']}" if row["mask"] else ""
            images.append(
                {"patient": name, "path": path, "study": row["study"], "input": row["input"], "exam": row["exam"],
                 "mask": mask, **case.labels, **row["labels"]}
            )  # fmt: skip
            lesions += [_lesion_row(path, lesion) for lesion in row["lesions"]]
    _write_table(begun / "cohort.csv", images)
    people = [{"patient": case.patient.name, **case.clinical, **case.outcomes} for case in cases]
    if any(len(person) > 1 for person in people):
        _write_table(begun / "patients.csv", people)
    if lesions:
        _write_table(begun / "lesions.csv", lesions)
    _write_table(begun / "truth.csv", [_truth_row(case) for case in cases])
    ceilings = [asdict(ceiling) for ceiling in recipe.ceilings(cases, order)]
    also = [one.note for one in recipe.options if one.note and one.of(order.options) != one.default]
    also += [OUTLINED] * (not ceilings)
    said = {
        "simulated": True,
        "note": NOTE,
        "notes": [*recipe.notes, *also],
        "version": __version__,
        "order": asdict(order),
        "overlap": recipe.overlap(order),
        "ceilings": [{k: None if v != v else v for k, v in c.items()} for c in ceilings],
    }
    atomic.write_json(begun / "simulated.json", said)
    for left in (begun / "patients").glob(".tmp-*"):  # of a patient whose making was killed
        shutil.rmtree(left)
    shutil.rmtree(begun / "rows")
    (begun / "order.json").unlink()


def _lesion_row(path: str, lesion: Mapping[str, Any]) -> dict[str, Any]:
    box = lesion["box_px"] or ()
    half = [f"{axis}{end}" for end in (0, 1) for axis in ("slice", "row", "column")[-len(box) // 2 :]] if box else []
    value = lesion["mask_value"]
    return {"path": path, "label": lesion["label"] or "", "mask_value": "" if value is None else value} | dict(
        zip(half, box, strict=True)
    )


def _truth_row(case: Case) -> dict[str, Any]:
    """Return all that was drawn of a case; a reader of the cohort must not be shown it."""
    patient = case.patient
    drawn: Drawn | None = case.drawn
    row: dict[str, Any] = {"patient": patient.name, "sex": patient.sex, "age_years": patient.age_years}
    row |= {"height_cm": patient.height_cm, "weight_kg": patient.weight_kg, **case.labels}
    row |= {f"score_{task}": score for task, score in case.scores.items()}
    row |= {f"latent_{name.replace(' ', '_')}": value for name, value in patient.latents.items()}
    if drawn is not None:
        row |= {"entity": drawn.entity, **{f"drawn_{word}": value for word, value in drawn.words.items()}}
    for lesion in patient.lesions[:1]:
        drawn_too = {k: v for k, v in asdict(lesion).items() if k not in ("number", "centre_mm", "seed", "entity")}
        row |= {f"lesion_{k}" if k in row else k: v for k, v in drawn_too.items()}  # a label may be called as they are
    return row | {"lesions": len(patient.lesions)}


def _write_table(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    used = [c for c in columns if c in ("patient", "path") or any(row.get(c) not in (None, "") for row in rows)]
    used.append(simulated.COLUMN)
    text = io.StringIO()
    writer = csv.DictWriter(text, used, extrasaction="ignore", restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({**row, simulated.COLUMN: simulated.MAKER} for row in rows)
    atomic.write_text(path, text.getvalue())
