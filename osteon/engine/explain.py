"""Explain a finished run: maps of its answers, whether they point at the lesion, and whether they can be believed."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from torch import Tensor

from osteon.contract import System
from osteon.engine import explanation, maps, progress, run
from osteon.engine.evaluate import studies_of
from osteon.engine.explanation import PLATES, Explanation, Shown
from osteon.engine.maps import METHODS, Asked, Bound, Mapped
from osteon.engine.predictor import Predictor
from osteon.errors import InputError, RequestError
from osteon.explain import sanity
from osteon.explain.sanity import Sanity
from osteon.io import atomic
from osteon.metrics import pointing
from osteon.metrics.pointing import Pointed
from osteon.metrics.scoring import Context
from osteon.types import Cohort, Score, Study


@dataclass(frozen=True, kw_only=True)
class ExplainOptions:
    """What is explained, and how closely.

    Attributes:
        split: Side of the run's own cohort; another cohort is explained whole.
        methods: Of `maps.METHODS`; those that the network is not made for are left out and named.
        most: Studies at most, the first ones that can be read.
        checked: Studies that the sanity check is made on.
        stages: Of the sanity check.
        device: To compute on.

    """

    split: str = "test"
    methods: tuple[str, ...] = METHODS
    most: int = 50
    checked: int = 3
    stages: int = 6
    device: str = "cpu"

    def __post_init__(self) -> None:
        """Refuse methods that there are not, and counts of nothing."""
        unknown = [name for name in self.methods if name not in METHODS]
        if unknown or not self.methods or min(self.most, self.checked, self.stages) < 1:
            msg = (
                f"Methods are {', '.join(METHODS)}, and one study and one stage is the least; got "
                f"{', '.join(self.methods) or 'none'}, {self.most} and {self.checked} studies, {self.stages} stages."
            )
            raise RequestError(msg)


def explain(
    folder: Path, cohort: Cohort, out: Path, *, options: ExplainOptions | None = None, system: System | None = None
) -> Explanation:
    """Explain what the run in `folder` says of `cohort`, and write it to the folder `out`.

    Args:
        folder: Of a finished run, or packaged weights, that classify pictures.
        cohort: Its own, or another.
        out: A new or empty folder, for explain.json, explain.html, maps/ and figures/.
        options: Which side, methods and how many.
        system: For a system of the user's own.

    Raises:
        RequestError: No method explains the run's networks.
        InputError: Not one study can be read.

    """
    options = options or ExplainOptions()
    here = run.open_run(Path(folder))
    predictor = Predictor.load(folder, system=system, device=options.device)
    given, side, left_out = studies_of(here, cohort, options.split)
    studies = _readable(predictor, given, options.most)
    works = maps.methods(predictor, studies[0], options.methods)
    if not works:
        asked = " or ".join(options.methods)
        msg = f"{predictor.system.name} has no network that {asked} can explain; there are {', '.join(maps.METHODS)}."
        raise RequestError(msg)
    notes = [f"{name} does not apply to this network." for name in options.methods if name not in works]
    if len(studies) < len(given):
        notes.append(f"{len(studies)} of {len(given)} studies are explained; --most N takes more.")
    context = Context(
        unit="image", split=side, cohort=cohort.name, evidence=cohort.evidence, seed=here.record.seed, note=left_out
    )
    with atomic.folder(Path(out)) as aside:
        shown, shots, told = [], [], {}
        seconds = dict.fromkeys(works, 0.0)
        for study, method, one in _maps(predictor, studies, seconds):
            told |= dict.fromkeys(one.notes)
            file = explanation.write_map(aside, study, one, method)
            shown.append(_shown(study, method, one, file))
            shots += [explanation.plate(study, one, method)] if len(shots) < PLATES else []
        checks = _checks(predictor, studies[: options.checked], works, options)
        notes = (*cohort.notes, *notes, *_notes(shown), *told, *_taken(seconds, len(studies)))
        scores = _scores(shown, predictor.system, context=context)
        done = Explanation(scores=scores, sanity=checks, shown=tuple(shown), notes=notes)
        explanation.write(aside, done, shots, system=predictor.system.name)
    return done


def _readable(predictor: Predictor, studies: Sequence[Study], most: int) -> list[Study]:
    """Return the first `most` studies that the predictor can answer."""
    found: list[Study] = []
    why = InputError("there is no study on this side.")
    for study in studies:
        try:
            predictor(study)
        except InputError as error:
            why = error
            continue
        found.append(study)
        if len(found) == most:
            break
    if not found:
        msg = f"none of the studies can be read; the last: {why.why}"
        raise InputError(msg)
    return found


def _maps(
    predictor: Predictor, studies: Sequence[Study], seconds: dict[str, float]
) -> Iterator[tuple[Study, str, Mapped]]:
    """Yield each study's map by each of the methods that `seconds` names; what it took is added there."""
    with progress.bar() as bar:
        for study in bar.over(studies, "explaining", len(studies)):
            for method in seconds:
                begun = time.perf_counter()
                made = maps.mapped(predictor, study, method)
                seconds[method] += time.perf_counter() - begun
                for one in made:
                    yield study, method, one


def _shown(study: Study, method: str, one: Mapped, file: str) -> Shown:
    said = one.prediction
    pointed = _pointed(study, one)
    return Shown(
        study=study.name, task=said.task, item=said.item, method=method, pointed=pointed, file=file, error=one.error
    )


def _pointed(study: Study, one: Mapped) -> Pointed | None:
    """Return what the map points at; None without a mask where the network looked."""
    mask = study.truth.masks.get(one.prediction.input or "") if study.truth else None
    inside = None if mask is None else mask.read() > 0
    heat = one.prediction.heat_map
    if heat is None or inside is None or inside.shape != heat.shape or not (inside & one.field).any():
        return None
    return pointing.point(heat, inside, patient=study.patient, field=one.field)


def _checks(
    predictor: Predictor, studies: Sequence[Study], works: Sequence[str], options: ExplainOptions
) -> dict[str, Sanity]:
    """Return the sanity check of each method: of the networks that are drawn, the worst one's mean over the studies."""
    found: dict[str, dict[str, list[Sanity]]] = {method: defaultdict(list) for method in works}
    with progress.bar() as bar:
        for study in bar.over(studies, "shuffling weights", len(studies)):
            asked = maps.drawn(predictor, study)
            for method, of_parts in found.items():
                for one in asked:
                    of_parts[one.part].append(_cascade(one, method, stages=options.stages))
    return {
        method: sanity.worst([sanity.joined(checks) for checks in parts.values()]) for method, parts in found.items()
    }


def _cascade(asked: Asked, method: str, *, stages: int) -> Sanity:
    """Return the check of the map of one network on one study."""

    def draw(network: Bound) -> Tensor:
        return maps.heat(network, method, index=asked.index, quick=True).values

    return sanity.cascade(asked.network, draw, rng=np.random.default_rng(0), stages=stages)


def _scores(shown: Sequence[Shown], system: System, *, context: Context) -> tuple[Score, ...]:
    groups: dict[tuple[str, str], list[Pointed]] = defaultdict(list)
    for one in shown:
        if one.pointed is not None:
            groups[one.task, one.method].append(one.pointed)
    units = {task.name: task.unit for task in system.tasks}
    found: list[Score] = []
    for (task, method), cases in groups.items():
        where = replace(context, task=task, unit=units[task])
        found += pointing.scores(cases, context=where, about=method)
    return tuple(found)


def _notes(shown: Sequence[Shown]) -> list[str]:
    if not shown:
        return ["The system draws no map in the study's own geometry, so only the sanity check was made."]
    bare = sum(one.pointed is None for one in shown)
    notes = [f"{bare} of {len(shown)} maps have no mask to be held against."] if bare else []
    errors: dict[str, list[float]] = defaultdict(list)
    for one in shown:
        if one.error is not None:
            errors[one.method].append(one.error)
    return notes + [
        f"{method}: the values should add up to what the network says more of the picture than of where the way "
        f"starts; they miss {100 * np.median(some):.0f} % of it (median of the maps; at worst {100 * max(some):.0f} %)."
        for method, some in errors.items()
    ]


def _taken(seconds: Mapping[str, float], studies: int) -> list[str]:
    """Return what each method took; of methods that take next to nothing, nothing."""
    each = {method: spent / studies for method, spent in seconds.items()}
    return [f"{method} took {s:.1f} s a study on this machine." for method, s in each.items() if s >= 0.1]
