"""The task of a recipe whose label is no entity: a hidden cause, its score, and what the score moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from osteon.simulate import observer
from osteon.simulate.observer import Ceiling, Link
from osteon.simulate.person.patient import Patient
from osteon.simulate.recipe import Case, Order, turn


@dataclass(frozen=True, kw_only=True)
class LinkTask:
    """A label that follows from a score.

    Attributes:
        link: Score to label.
        patient: (index, order, score) to the patient whose images show the score, and nothing else of the label.
        clinical: Patient and score to columns of patients.csv.

    """

    link: Link
    patient: Callable[[int, Order, float], Patient]
    clinical: Callable[[Patient], Mapping[str, str | float | int | None]] = lambda _: {}

    def draw(self, order: Order, index: int) -> Case:
        """Return a case; labels are spread evenly over the patients."""
        no, yes = self.link.classes
        label = turn(order, index, {no: 1.0 - self.link.share, yes: self.link.share})
        score = self.link.draw_of(label, Patient(index=index, seed=order.seed).chance(f"link {self.link.task}"))
        patient = self.patient(index, order, score)
        return Case(
            patient=patient,
            labels={self.link.task: label},
            scores={self.link.task: score},
            clinical=self.clinical(patient),
        )

    def ceilings(self, cases: Sequence[Case], order: Order) -> Sequence[Ceiling]:  # noqa: ARG002  as every task
        """Return the scores of the ideal observer."""
        scores = [case.scores[self.link.task] for case in cases]
        return observer.of_link(self.link, scores, [case.labels[self.link.task] for case in cases])
