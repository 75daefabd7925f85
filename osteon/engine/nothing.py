"""Why a cohort gives a part nothing to be fitted on, and what to add to it: one sentence for every system."""

from __future__ import annotations

from collections.abc import Sequence

from osteon.contract import Classify, Part, System, label_of
from osteon.errors import InputError
from osteon.types import Study

DRAWN = (
    "no lesion is drawn, and this system may need each: outline them (column `mask` of cohort.csv: a label map, or "
    "what LabelMe, COCO, QuPath or 3D Slicer wrote), or box them (lesions.csv: path, row0, column0, row1, column1)"
)
PICTURES = ("radiograph", "ct", "mri", "scintigram", "pet")


def nothing(part: Part, system: System, studies: Sequence[Study]) -> InputError:
    """Return the error that says what the training `studies` lack when none of them yields a sample for `part`."""
    lacking = [*_inputs(system, studies), *_labels(system, studies), *_lesions(system, studies)]
    why = "; ".join(lacking) or "they have inputs, labels and lesions, but no study has all of them"
    return InputError(
        f"None of the {len(studies)} training studies yields a sample for the part {part.name}: {why}. "
        f"See docs/how-to/bring-a-cohort.md for what {system.name} needs."
    )


def _inputs(system: System, studies: Sequence[Study]) -> list[str]:
    """Return a clause for each required input that no study has."""
    there = sorted({name for study in studies for name in study.data})
    needed = [i.name for i in system.inputs if i.required and i.name not in there]
    return [f"no study has the input {name} (they have {', '.join(there) or 'none'})" for name in needed]


def _labels(system: System, studies: Sequence[Study]) -> list[str]:
    """Return a clause for each question whose classes no study or lesion states."""
    asked = [t for t in system.tasks if isinstance(t, Classify)]
    return [f"no study has a class of {t.name} ({t.answers})" for t in asked if not any(_said(s, t) for s in studies)]


def _said(study: Study, task: Classify) -> bool:
    lesions = study.truth.lesions if study.truth else ()
    words = {task.words.get(x.label, x.label) for x in lesions if x.label}
    return label_of(study, task) is not None or not words.isdisjoint(task.classes)


def _lesions(system: System, studies: Sequence[Study]) -> list[str]:
    """Return the clause on drawing where nobody drew anything on pictures."""
    drawn = any(s.truth and (s.truth.masks or s.truth.lesions) for s in studies)
    pictures = any(i.kind in PICTURES for i in system.inputs)
    return [DRAWN] if pictures and not drawn else []
