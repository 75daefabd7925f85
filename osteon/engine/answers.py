"""What a predictor said of many studies, small enough to keep: rows for a table, and masks measured and dropped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from osteon.contract import Classify, Detect, Regress, Segment, Survive, System, Task, label_of
from osteon.engine.ood.judge import Verdict, worst
from osteon.engine.predictor import Predictor
from osteon.errors import InputError
from osteon.io.simulated import is_simulated
from osteon.metrics import lesions, masks
from osteon.metrics.lesions import Marks
from osteon.metrics.masks import MaskCase
from osteon.systems._lesion_crop import boxed
from osteon.types import Image, Prediction, Refusal, Study


@dataclass(frozen=True, kw_only=True, eq=False)
class Answer:
    """One prediction with its truth, without images.

    Attributes:
        prediction: Its label map, heat map and restored image are dropped.
        level: "item" as the system decoded it, or "patient" once aggregated.
        site: Of the study.
        truth: Class index, quantity or days; None where unknown.
        label: The class of the truth as a word.
        event: Whether the endpoint happened, for survival.
        case: What was measured of its mask.
        marks: What became of its boxes.
        simulated: Whether anything in its study is.
        verdict: Whether it is out of distribution; None where that was not asked.

    """

    prediction: Prediction
    level: str
    site: str | None = None
    truth: float | None = None
    label: str | None = None
    event: bool | None = None
    case: MaskCase | None = None
    marks: Marks | None = None
    simulated: bool = False
    verdict: Verdict | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Answers:
    """All answers of a predictor on some studies, and the studies it could not answer."""

    answers: tuple[Answer, ...]
    refused: tuple[Refusal, ...]

    def of(self, task: Task, *, level: str = "item") -> list[Answer]:
        """Return the answers to `task` at one level."""
        return [a for a in self.answers if a.prediction.task == task.name and a.level == level]


def ask(predictor: Predictor, studies: Iterable[Study]) -> Answers:
    """Return what `predictor` says of `studies`; one that cannot be read is refused, and the rest still read."""
    found: list[Answer] = []
    refused: list[Refusal] = []
    for study in studies:
        try:
            found += [answer(p, study, predictor.system) for p in predictor(study)]
        except InputError as error:
            refused.append(Refusal(file=study.name, why=error.why))
    return Answers(answers=(*found, *joined(found, predictor)), refused=tuple(refused))


def answer(prediction: Prediction, study: Study, system: System) -> Answer:
    """Return `prediction` with its truth, its mask measured and dropped."""
    task = next(t for t in system.tasks if t.name == prediction.task)
    truth, event = _truth(prediction, study, task)
    return Answer(
        prediction=replace(prediction, label_map=None, heat_map=None, restored=None),
        level="item",
        site=study.site,
        truth=truth,
        label=task.classes[int(truth)] if isinstance(task, Classify) and truth is not None else None,
        event=event,
        case=_case(prediction, study, task) if isinstance(task, Segment) else None,
        marks=_marks(prediction, study) if isinstance(task, Detect) else None,
        simulated=any(map(is_simulated, study.data.values())),
    )


def joined(found: Sequence[Answer], predictor: Predictor) -> list[Answer]:
    """Return one answer a patient for tasks that the system aggregates; none where nothing is joined."""
    groups: dict[tuple[str, str], list[Answer]] = {}
    for one in found:
        groups.setdefault((one.prediction.task, one.prediction.patient), []).append(one)
    if predictor.system.aggregate is None or all(len(group) == 1 for group in groups.values()):
        return []
    out = []
    for group in groups.values():
        if group[0].case is not None or group[0].marks is not None:
            continue
        truths = {(a.truth, a.label) for a in group if a.truth is not None}
        (prediction,) = predictor.aggregate([a.prediction for a in group])
        # A patient whose studies carry different labels has no one truth, and is left out of patient-level scores.
        truth, label = truths.pop() if len(truths) == 1 else (None, None)
        verdict = worst([a.verdict for a in group if a.verdict is not None])
        out.append(replace(group[0], prediction=prediction, level="patient", truth=truth, label=label, verdict=verdict))
    return out


def _truth(prediction: Prediction, study: Study, task: Task) -> tuple[float | None, bool | None]:
    """Return what is true, and for survival whether it happened."""
    if study.truth is None:
        return None, None
    if isinstance(task, Classify):
        return class_of(prediction, study, task), None
    if isinstance(task, Survive) and task.endpoint in study.truth.outcomes:
        outcome = study.truth.outcomes[task.endpoint]
        return outcome.days, outcome.event
    return (study.truth.values.get(task.name) if isinstance(task, Regress) else None), None


def class_of(prediction: Prediction, study: Study, task: Classify) -> int | None:
    """Return the true class index: the lesion's own where an answer is about one with a label, else the study's.

    "lesion 1" is the first of the lesions on the prediction's input.
    """
    number = re.fullmatch(r"lesion (\d+)", prediction.item)
    known = study.truth.lesions if study.truth else ()
    here = [lesion for lesion in known if lesion.input in (None, prediction.input)]
    if number and 1 <= int(number[1]) <= len(here) and here[int(number[1]) - 1].label is not None:
        word = here[int(number[1]) - 1].label
        word = task.words.get(word, word) if word else word
        return task.classes.index(word) if word in task.classes else None
    return label_of(study, task)


def _case(prediction: Prediction, study: Study, task: Segment) -> MaskCase | None:
    """Return what is measured of the mask; a study with truth but no mask has an empty one.

    A mask that numbers other things than the task's several structures (tissue samples, say) is not their truth.
    """
    image = study.data.get(prediction.input or "")
    if prediction.label_map is None or study.truth is None or not isinstance(image, Image):
        return None
    drawn = study.truth.masks.get(prediction.input or "")
    truth = drawn.read() if drawn else np.zeros(image.grid.shape, dtype=np.uint8)
    if len(task.structures) > 1 and truth.max() > len(task.structures):
        return None
    return masks.measure(prediction.label_map, truth, patient=study.patient, spacing_mm=image.grid.spacing_mm)


def _marks(prediction: Prediction, study: Study) -> Marks | None:
    if study.truth is None:
        return None
    boxes = _true_boxes(study, prediction.input or "")
    return lesions.match_boxes(prediction.boxes_px, prediction.box_scores, truth=boxes)


def _true_boxes(study: Study, name: str) -> list[tuple[int, ...]]:
    """Return the boxes of the lesions on an image, about the outline where none was drawn; none of an empty outline."""
    mask = study.truth.masks.get(name) if study.truth else None
    if mask is not None and not mask.read().any():
        return []
    return [box for _, box in boxed(study, name)]


def odds(answers: Sequence[Answer], classes: Sequence[str]) -> np.ndarray:
    """Return the probabilities of `answers`, shape (answers, classes)."""
    return np.array([[_odds(a).get(name, 0.0) for name in classes] for a in answers], dtype=np.float64)


def _odds(one: Answer) -> Mapping[str, float]:
    return one.prediction.probabilities or {}
