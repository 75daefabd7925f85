"""One training under way: fit a part, or take it from the run where it is finished already."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from osteon.contract import Classify, Once, Part, System
from osteon.engine import checkpoint, facts, seeds, start
from osteon.engine.apply import Fitted, features, network
from osteon.engine.loop import Job, train_network
from osteon.engine.machine import Machine
from osteon.engine.nothing import nothing
from osteon.engine.options import TrainOptions
from osteon.engine.progress import Bar
from osteon.engine.run import ASKED, PartRecord, Run
from osteon.engine.store import Store, prepare
from osteon.errors import InputError
from osteon.io import weights
from osteon.types import Outputs, Sample, Study

Earlier = Mapping[str, Outputs]
"""Study name to the outputs of earlier parts."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Lesson:
    """What one part is fitted on: studies, and what earlier parts said of each.

    Attributes:
        key: The part's name, with the fold's for one of its folds.
        part: What is fitted.
        train, validation: Studies.
        earlier: Of all these studies.
        start: Key of the fitted earlier part that its weights come from, if any.

    """

    key: str
    part: Part
    train: Sequence[Study]
    validation: Sequence[Study]
    earlier: Earlier
    start: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Course:
    """One training under way."""

    system: System
    run: Run
    machine: Machine
    options: TrainOptions
    bar: Bar

    def fitted(self, lesson: Lesson) -> Fitted:
        """Return the part of `lesson`, fitted now or before.

        Raises:
            InputError: No study yields a sample to fit on.
            RequestError: See `train_network`.
            ResumableError: The disk is full.

        """
        key = lesson.key
        if not self.run.whole(key):
            folder = self.run.part_folder(key)
            folder.mkdir(parents=True, exist_ok=True)
            train = self._store(lesson, lesson.train)
            if not lesson.part.source and (not len(train) or _unanswered(lesson.part, train)):
                raise nothing(lesson.part, self.system, lesson.train)
            fit = self._once if isinstance(lesson.part.fit, Once) else self._gradients
            self.run.finish_part(key, fit(lesson, train))
            (folder / checkpoint.NAME).unlink(missing_ok=True)
        return self.load(key, lesson.part)

    def load(self, key: str, part: Part) -> Fitted:
        """Return the finished part `key` of the run."""
        return load_part(self.run, key, part, device=self.machine.torch_device)

    def outputs(self, fitted: Fitted, studies: Sequence[Study], earlier: Earlier) -> dict[str, Outputs]:
        """Return the outputs of `fitted` for each study, beside those of the earlier parts."""
        found = {}
        for study in self.bar.over(studies, f"{fitted.part.name}: outputs", len(studies)):
            before = earlier.get(study.name, {})
            samples = fitted.part.prepare(study, before)
            found[study.name] = {**before, fitted.part.name: fitted.run(samples)}
        return found

    def _store(self, lesson: Lesson, studies: Sequence[Study]) -> Store:
        store = Store(folder=self.run.folder, memory_gb=self.options.memory_gb)
        if lesson.part.source:
            return store
        seen = self.bar.over(studies, f"{lesson.key}: preparing", len(studies))
        prepare(lesson.part, seen, lesson.earlier, into=store, threads=max(1, self.options.workers))
        store.without_unlabelled()
        return store

    def _gradients(self, lesson: Lesson, train: Store) -> PartRecord:
        part, state = _counted(lesson.part, train), self._start(lesson)
        job = Job(
            key=lesson.key,
            part=part,
            seed=self.options.seed,
            train=train,
            validation=self._store(lesson, lesson.validation),
            start=start.starter(part, state, of_part=lesson.start is not None) if state else None,
            folder=self.run.part_folder(lesson.key),
            identity=self._identity(),
            checkpoint_steps=self.options.checkpoint_steps,
        )
        report = self.bar.training(lesson.key)

        def told(where: checkpoint.Where, facts: Mapping[str, Any]) -> None:
            report(where, facts)
            if "epoch" in facts:
                self.run.write_log(lesson.key, where.rows)

        kept, rows = train_network(job, self.machine, report=told)
        self.run.write_log(lesson.key, rows)
        path = self.run.part_folder(lesson.key) / weights.NETWORK
        if self.run.writes:
            weights.save_network(path, kept)
        return self._record(path, train, facts=facts.of_network(part, train, rows, start=state))

    def _once(self, lesson: Lesson, train: Store) -> PartRecord:
        samples = list(train)
        shapes = train.shapes()
        name, truth = _target(lesson.part, samples)
        estimator = lesson.part.build()
        _seeded(estimator, seeds.torch_seed(self.options.seed, lesson.key) % 2**31)
        path = self.run.part_folder(lesson.key) / weights.ESTIMATOR
        if self.run.writes:
            try:
                estimator.fit(features(samples, shapes), truth)
            except ValueError as error:  # scikit-learn's word for data it cannot be fitted on
                msg = f"The estimator {lesson.part.name} cannot be fitted on the training studies: {error}"
                raise InputError(msg) from error
            weights.save_estimator(path, estimator)
        classes = self._classes(name, truth) if hasattr(estimator, "predict_proba") else 0
        return self._record(path, train, classes=classes, facts=facts.of_samples(lesson.part, train))

    def _record(self, path: Path, train: Store, *, facts: Mapping[str, str], classes: int = 0) -> PartRecord:
        """Return the record of the file that the first process has written."""
        self.machine.barrier()
        file, sha = path.relative_to(self.run.folder).as_posix(), weights.sha256(path)
        return PartRecord(
            file=file, sha256=sha, shapes=train.shapes(), classes=classes, samples=len(train), facts=facts
        )

    def _classes(self, target: str, truth: np.ndarray) -> int:
        task = next((t for t in self.system.tasks if t.name == target and isinstance(t, Classify)), None)
        return len(task.classes) if task else int(truth.max()) + 1

    def _start(self, lesson: Lesson) -> start.State | None:
        if lesson.start:
            return weights.load_network(self.run.folder / self.run.record.parts[lesson.start].file)
        return start.pretraining(lesson.part)

    def _identity(self) -> str:
        record = self.run.record
        asked = {name: getattr(record, name) for name in ASKED}
        return json.dumps({**asked, "cohort": record.cohort.fingerprint, "threads": record.threads}, sort_keys=True)


def load_part(run: Run, key: str, part: Part, *, device: torch.device) -> Fitted:
    """Return the finished part `key` of `run`, ready on `device`.

    Raises:
        WeightsError: Its file is missing, changed, or of a refused kind.

    """
    record = run.record.parts.get(key)
    path = run.folder / record.file if record else run.part_folder(key) / weights.NETWORK
    if record is None or not path.is_file() or weights.sha256(path) != record.sha256:
        why = "is missing or not the file that was trained; run the same training command again, it restores it."
        raise weights.WeightsError(why, file=f"{run.folder.name}/{path.relative_to(run.folder).as_posix()}")
    if isinstance(part.fit, Once):
        model = weights.load_estimator(path)
    else:
        try:
            model = network(part, weights.load_network(path), device=device)
        except RuntimeError as error:
            why = f"is of another network than {part.name} builds now; use the osteon (or your file) that trained it."
            raise weights.WeightsError(why, file=f"{run.folder.name}/{record.file}") from error
    return Fitted(part=part, model=model, shapes=record.shapes, classes=record.classes, device=device)


def _counted(part: Part, train: Store) -> Part:
    """Return `part` with its loss told of the training samples' targets, where the loss wants to know them."""
    counted = getattr(part.loss, "counted", None)
    return replace(part, loss=counted(train.targets())) if counted and len(train) else part


def _unanswered(part: Part, train: Store) -> bool:
    """Return whether `part` is fitted against targets and no sample has one."""
    needs = part.loss is not None or part.sampler is not None or isinstance(part.fit, Once)
    return needs and not any(train.targets())


def _target(part: Part, samples: Sequence[Sample]) -> tuple[str, np.ndarray]:
    """Return the name and the values of the one target an estimator is fitted on."""
    names = {name for s in samples for name in s.targets}
    if len(names) != 1:
        found = ", ".join(sorted(names)) or "none"
        msg = f"The estimator {part.name} needs one target; its samples have {found}."
        raise InputError(msg)
    name = names.pop()
    return name, np.array([np.asarray(s.targets[name]).item() for s in samples])


def _seeded(estimator: Any, seed: int) -> None:
    """Give every random state of `estimator` that is left open the run's seed."""
    open_states = [n for n, v in estimator.get_params(deep=True).items() if n.endswith("random_state") and v is None]
    estimator.set_params(**dict.fromkeys(open_states, seed))
