"""One image through the systems that take its kind: first those that find, then those that ask about what was found.

The rule of the crop: a system that asks about a lesion is given the box of the outline, and cuts from the film what it
cut in its training around the box of the true one: for `xray-triage-he2020` a square 1.5 times the longer side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from osteon.contract import Input, Segment
from osteon.engine.ood import judge, reach
from osteon.engine.ood.gate import Describer
from osteon.engine.ood.judge import FILMS, Verdict
from osteon.errors import InputError
from osteon.reading import findings, regions
from osteon.reading.findings import Draft
from osteon.reading.patients import study_name
from osteon.reading.voices import Speaker
from osteon.types import Datum, Finding, Image, Item, Lesion, Prediction, Study, Truth

MAIN = ("tumour", "tumor", "lesion")


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """An item on its way through the systems.

    Attributes:
        item: With the datum.
        patient: Pseudonym.
        describer: Of films.

    """

    item: Item
    patient: str
    describer: Describer

    @cached_property
    def pixels(self) -> np.ndarray | None:
        """The pixels of a flat image, read once; None of anything else."""
        datum = self.item.datum
        return datum.read() if isinstance(datum, Image) and len(datum.grid.shape) == 2 else None

    @property
    def kept(self) -> Datum:
        """The item's datum; a flat image's pixels are not read again."""
        datum, pixels = self.item.datum, self.pixels
        return replace(datum, load=lambda: pixels) if isinstance(datum, Image) and pixels is not None else datum

    def study(self, needed: Input, *, lesion: tuple[int, ...] | None = None) -> Study:
        """Return the item as the input `needed` of a study, a film as grey; with a found `lesion` box to look at."""
        datum = self.item.datum
        if isinstance(datum, Image) and self.pixels is not None and needed.kind in FILMS:
            kept = self.pixels if self.pixels.ndim == 2 else self.pixels.mean(axis=-1, dtype=np.float32)
            datum = replace(datum, load=lambda: kept.copy())
        truth = None
        if lesion is not None:
            truth = Truth(lesions=(Lesion(input=needed.name, box_px=lesion),))
        return Study(name=study_name(self.item), patient=self.patient, data={needed.name: datum}, truth=truth)


def read(case: Case, speakers: Sequence[Speaker]) -> list[Draft]:
    """Return what `speakers` find in one item, unsorted; each takes its kind.

    Raises:
        InputError: The item's data cannot be used.

    """
    first = [s for s in speakers if not s.voice.asks_for_lesion]
    second = [s for s in speakers if s.voice.asks_for_lesion]
    drafts = [draft for s in first for draft in _whole(case, s)]
    found = [d for d in drafts if d.mask is not None and d.mask.ndim == 2]
    for draft in found[:1]:
        for region in regions.regions(_main(draft), heat=draft.heat):
            drafts += [d for s in second for d in _lesion(case, s, region=region, film=draft)]
    return drafts


def _whole(case: Case, speaker: Speaker) -> list[Draft]:
    predictions = speaker.predictor(case.study(_input(case, speaker)))
    task = speaker.voice.classify()
    draft = _draft(case, speaker, predictions=predictions)
    draft = replace(draft, finding=replace(draft.finding, task=task.name if task else predictions[0].task))
    return [_settled(draft, _verdict(case, speaker, predictions=predictions))]


def _lesion(case: Case, speaker: Speaker, *, region: regions.Region, film: Draft) -> list[Draft]:
    predictions = speaker.predictor(case.study(_input(case, speaker), lesion=region.box))
    draft = _draft(case, speaker, predictions=predictions)
    only = region.weight == 1.0 and film.mask is not None and bool((region.mask == (film.mask > 0)).all())
    odds = draft.finding.probabilities
    finding = replace(
        draft.finding,
        task=predictions[0].task,
        belief=film.finding.belief * region.weight,
        uncertainty=findings.uncertainty(odds) if odds else None,
    )
    draft = replace(draft, finding=finding, mask=region.mask.astype(np.uint8), structures=("lesion",), whole=only)
    return [_settled(draft, _verdict(case, speaker, predictions=predictions))]


def _draft(case: Case, speaker: Speaker, *, predictions: Sequence[Prediction]) -> Draft:
    odds = findings.averaged([p for p in predictions if p.probabilities])
    image = case.item.datum if isinstance(case.item.datum, Image) else None
    outlined = next((p for p in predictions if p.label_map is not None), None)
    warm = next((p for p in predictions if p.heat_map is not None), None)
    task = speaker.voice.classify()
    finding = Finding(
        system=speaker.voice.name,
        task=task.name if task else "",
        study=study_name(case.item),
        input=_input(case, speaker).name,
        file=case.item.file,
        probabilities=odds,
        uncertainty=findings.uncertainty(odds) if odds else None,
        belief=findings.lesion_probability(odds) if odds else 1.0,
        maker=predictions[0].maker or speaker.predictor.maker,
        notes=case.item.datum.notes,
    )
    return Draft(
        finding=finding,
        image=image,
        pixels=case.pixels,
        mask=None if outlined is None else np.asarray(outlined.label_map),
        heat=None if warm is None else warm.heat_map,
        structures=_structures(speaker, outlined),
        ranges=reach.bracket(speaker.reach, finding.task, probabilities=odds) if odds else {},
        answers=_question(odds),
    )


def _settled(draft: Draft, verdict: Verdict) -> Draft:
    draft = replace(draft, finding=replace(draft.finding, ood_score=verdict.score))
    return findings.withheld(draft, why=verdict.why) if verdict.outside else findings.located(draft)


def _verdict(case: Case, speaker: Speaker, *, predictions: Sequence[Prediction]) -> Verdict:
    shown = Study(name=study_name(case.item), patient=case.patient, data={_input(case, speaker).name: case.kept})
    image = judge.film_of(shown, speaker.voice.system)
    return judge.verdict(predictions, reach=speaker.reach, image=image, describer=case.describer)


def _input(case: Case, speaker: Speaker) -> Input:
    found = speaker.voice.input_of(case.item)
    if found is None:
        msg = f"is nothing that {speaker.voice.name} takes."
        raise InputError(msg, file=case.item.file)
    return found


def _structures(speaker: Speaker, outlined: Prediction | None) -> tuple[str, ...]:
    tasks = [t for t in speaker.voice.system.tasks if isinstance(t, Segment)]
    named = next((t for t in tasks if outlined is not None and t.name == outlined.task), tasks[0] if tasks else None)
    return named.structures if named else ()


def _main(draft: Draft) -> np.ndarray:
    """Return the mask of the structure that lesions are made of: the tumour's, else all of it."""
    mask = draft.mask if draft.mask is not None else np.zeros((1, 1))
    number = next((i + 1 for i, name in enumerate(draft.structures) if name in MAIN), None)
    return mask == number if number else mask > 0


def _question(odds: Mapping[str, float]) -> str:
    names = list(odds)
    if not names:
        return ""
    return f"{', '.join(names[:-1])} or {names[-1]}?".capitalize() if len(names) > 1 else names[0]
