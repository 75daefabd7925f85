"""A finished run that answers: study in, calibrated predictions in the study's own geometry out."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

import osteon
from osteon import systems
from osteon.contract import System
from osteon.engine import machine, run
from osteon.engine.apply import Fitted
from osteon.engine.course import load_part
from osteon.engine.options import TrainOptions, configured
from osteon.engine.run import Run
from osteon.errors import InputError, RequestError, WeightsError
from osteon.io import weights
from osteon.types import Maker, Output, Prediction, Study


@dataclass(frozen=True, kw_only=True, eq=False)
class Predictor:
    """A finished run, or packaged weights, ready to answer.

    Attributes:
        system: With the run's overrides.
        parts: Fitted, by name, in order.
        temperatures: Task to temperature.
        maker: Stands on every prediction.
        ood: Statistics of the training features, for `osteon.models.mahalanobis.score`; empty when there are none.

    Example:
        ```python
        predictor = Predictor.load(weights.folder("xray-triage-he2020.lite0"))
        for prediction in predictor(study):
            print(prediction.task, prediction.probabilities)
        ```

    """

    system: System
    parts: Mapping[str, Fitted]
    temperatures: Mapping[str, float]
    maker: Maker
    ood: Mapping[str, np.ndarray] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path, *, system: System | None = None, device: str = "cpu") -> Predictor:
        """Return the predictor of the run, or of the packaged weights, in `folder`.

        Args:
            folder: With run.json.
            system: Needed for a system of the user's own; else found by the name in run.json.
            device: "cpu", "cuda", "cuda:1" or "auto".

        Raises:
            InputError: There is no run in `folder`.
            WeightsError: A weights file is missing, changed, or of a refused kind.
            ResumableError: The run is not finished.
            RequestError: The system is unknown, or the device is not there.

        """
        here = run.open_run(Path(folder))
        where = machine.device(device)
        record = here.record
        plain = system or _system(record.system)
        system = configured(plain, TrainOptions(overrides=record.overrides, from_scratch=record.from_scratch))
        return cls(
            system=system,
            parts={part.name: load_part(here, part.name, part, device=where) for part in system.parts},
            temperatures=_temperatures(here),
            maker=_maker(here, where),
            ood=_ood(here),
        )

    def outputs(self, study: Study) -> dict[str, tuple[Output, ...]]:
        """Return what each part says of `study`, by part name."""
        found: dict[str, tuple[Output, ...]] = {}
        for name, fitted in self.parts.items():
            found[name] = fitted.run(fitted.part.prepare(study, found))
        return found

    def __call__(self, study: Study) -> list[Prediction]:
        """Return the predictions for `study`, probabilities calibrated.

        Raises:
            InputError: An input that the system needs is missing, or nothing in the study can be read by it.

        """
        missing = [i.name for i in self.system.inputs if i.required and i.name not in study.data]
        if missing:
            msg = (
                f"The system {self.system.name} needs {', '.join(missing)}; the study has "
                f"{', '.join(sorted(study.data)) or 'nothing'}. Name its input in cohort.csv, or leave it out."
            )
            raise InputError(msg)
        outputs = self.outputs(study)
        if not any(outputs.values()):
            msg = (
                f"Nothing in the study could be prepared for {self.system.name}; it lacks what its parts look at "
                "(a lesion with a box or an outline, say)."
            )
            raise InputError(msg)
        return [self._finished(p) for p in self.system.decode(outputs, study)]

    def aggregate(self, predictions: Sequence[Prediction]) -> list[Prediction]:
        """Return one prediction for each patient and task where the system aggregates, else `predictions`."""
        if self.system.aggregate is None:
            return list(predictions)
        groups: dict[tuple[str, str], list[Prediction]] = {}
        for prediction in predictions:
            groups.setdefault((prediction.patient, prediction.task), []).append(prediction)
        return [replace(self.system.aggregate(group), maker=self.maker) for group in groups.values()]

    def _finished(self, prediction: Prediction) -> Prediction:
        odds, temperature = prediction.probabilities, self.temperatures.get(prediction.task)
        if odds is not None and temperature is not None:
            odds = tempered(odds, temperature)
        return replace(prediction, probabilities=odds, maker=self.maker)


def tempered(odds: Mapping[str, float], temperature: float) -> dict[str, float]:
    """Return probabilities as they would be with their logits divided by `temperature`; they sum to 1.

    >>> {k: round(v, 3) for k, v in tempered({"benign": 0.9, "malignant": 0.1}, 2.0).items()}
    {'benign': 0.75, 'malignant': 0.25}

    """
    logits = np.log(np.maximum(np.array(list(odds.values()), dtype=np.float64), 1e-12)) / temperature
    powers = np.exp(logits - logits.max())
    return dict(zip(odds, (powers / powers.sum()).tolist(), strict=True))


def _system(name: str) -> System:
    try:
        return systems.get(name)
    except RequestError as error:
        msg = (
            f"The run is of {name}, which this osteon does not have; name a file of your own with --system {name}.py "
            "(in Python: system=systems.load_file(...))."
        )
        raise RequestError(msg) from error


def _temperatures(here: Run) -> dict[str, float]:
    try:
        found = json.loads((here.folder / run.CALIBRATION).read_text(encoding="utf-8"))
        return {task: _temperature(value["temperature"]) for task, value in found.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        why = "is missing or damaged; run the same training command again, it restores the file."
        raise WeightsError(why, file=f"{here.folder.name}/{run.CALIBRATION}") from error


def _temperature(value: float) -> float:
    """Return a temperature as it was fitted; `ValueError` for one that would turn or blur the answers."""
    if not 0 < float(value) < math.inf:
        msg = f"{value} is no temperature"
        raise ValueError(msg)
    return float(value)


def _maker(here: Run, where: torch.device) -> Maker:
    record = here.record
    return Maker(
        system=record.system,
        weights_sha256=record.weights_sha256,
        version=osteon.__version__,
        seed=record.seed,
        device=str(where),
    )


def _ood(here: Run) -> dict[str, np.ndarray]:
    path = here.folder / run.OOD
    if not path.is_file():
        return {}
    return {name: t.numpy() for name, t in weights.load_network(path).items()}
