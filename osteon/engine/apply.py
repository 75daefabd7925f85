"""Running one fitted part on samples: a network in batches, or an estimator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from osteon.contract import Part, Sgd
from osteon.engine.batches import Shapes, chunks, fed, stack
from osteon.engine.keeping import LOSS, Seen
from osteon.engine.machine import as_float32, channels_last, forward, moved
from osteon.engine.store import Store
from osteon.types import Batch, Output, Sample


class Precise(Protocol):
    """What validation needs of a fabric."""

    @property
    def device(self) -> torch.device:
        """Where the network is."""
        ...

    def autocast(self) -> AbstractContextManager[Any]:
        """The precision to compute in."""
        ...


@dataclass(frozen=True, kw_only=True)
class Plain:
    """A device in full precision."""

    device: torch.device

    def autocast(self) -> AbstractContextManager[Any]:
        """No lower precision."""
        return nullcontext()


def collate(part: Part, samples: Sequence[Sample], shapes: Shapes) -> Batch:
    """Return `samples` as the batch that `part` wants."""
    return part.collate(samples) if part.collate else stack(samples, shapes=shapes)


@dataclass(frozen=True, kw_only=True, eq=False)
class Fitted:
    """A fitted part, ready to run.

    Attributes:
        part: Which.
        model: The network in evaluation mode, or the estimator.
        shapes: Shape of each input it was trained with.
        device: Where the network is.
        classes: Of an estimator: the target's number of classes, 0 for a quantity.

    """

    part: Part
    model: Any
    shapes: Shapes
    device: torch.device
    classes: int = 0

    def run(self, samples: Iterable[Sample]) -> tuple[Output, ...]:
        """Return the outputs for `samples`, in order."""
        if isinstance(self.part.fit, Sgd):
            return tuple(self._network(samples, self.part.fit.batch_size))
        return tuple(self._estimator(list(samples)))

    def _network(self, samples: Iterable[Sample], size: int) -> Iterator[Output]:
        with torch.inference_mode():
            for chunk in chunks(samples, size):
                batch = moved(collate(self.part, chunk, self.shapes), self.device)
                yield from rows(as_float32(forward(self.model, batch)), batch)

    def _estimator(self, samples: Sequence[Sample]) -> Iterator[Output]:
        if not samples:
            return
        table = features(samples, self.shapes)
        bare = stack(samples, shapes=self.shapes).samples
        if not self.classes:
            values = np.asarray(self.model.predict(table), dtype=np.float32)
            yield from (Output(sample=s, values={"value": v}) for s, v in zip(bare, values, strict=True))
            return
        found = np.zeros((len(samples), self.classes), dtype=np.float32)
        found[:, np.asarray(self.model.classes_, dtype=int)] = self.model.predict_proba(table)
        yield from (Output(sample=s, values={"probabilities": p}) for s, p in zip(bare, found, strict=True))


def network(part: Part, state: Mapping[str, Tensor], *, device: torch.device) -> nn.Module:
    """Return the network of `part` with the weights `state`, ready to predict on `device`."""
    with torch.random.fork_rng():
        model = part.build()
    model.load_state_dict(state)
    return channels_last(model).to(device).eval()


def features(samples: Sequence[Sample], shapes: Shapes) -> np.ndarray:
    """Return the inputs of each sample, flattened and joined in the order of `shapes`; missing ones are nan."""
    return np.stack(
        [
            np.concatenate(
                [
                    np.asarray(s.inputs[n], dtype=np.float32).ravel()
                    if n in s.inputs
                    else np.full(int(np.prod(shape)), np.nan, dtype=np.float32)
                    for n, shape in shapes.items()
                ]
            )
            for s in samples
        ]
    )


def rows(outputs: Mapping[str, Tensor], batch: Batch) -> list[Output]:
    """Return a batch's outputs as one record a sample, on the CPU."""
    arrays = {name: t.cpu().numpy() for name, t in outputs.items()}
    return [Output(sample=s, values={n: a[i] for n, a in arrays.items()}) for i, s in enumerate(batch.samples)]


def validated(model: nn.Module, part: Part, store: Store, *, fabric: Precise) -> Seen:
    """Return what the samples in `store` say: "val_loss" where the part has a loss, and what it yields itself."""
    size = part.fit.batch_size if isinstance(part.fit, Sgd) else 16
    each = isinstance(part.fit, Sgd) and part.fit.margin > 0 and part.fit.monitor == "loss"
    shapes, total, outputs = store.shapes(), 0.0, []
    patients: dict[str, list[float]] = {}
    with torch.no_grad():
        jobs = (_Job(store, part, chunk, shapes) for chunk in chunks(range(len(store)), size))
        for item in fed(jobs, workers=1):
            batch = moved(item.batch, fabric.device)
            with fabric.autocast():
                found = forward(model, batch)
            found = as_float32(found)
            if part.loss:
                total += float(part.loss(found, batch)) * len(batch.samples)
            if each:
                _add_losses(patients, part, found, batch)
            if part.validate:
                outputs += rows(found, batch)
    figures = {LOSS: total / len(store)} if part.loss else {}
    if part.validate:
        figures |= {name: float(v) for name, v in part.validate(outputs, store.targets()).items()}
    return Seen(figures=figures, patients=tuple(float(np.mean(patients[name])) for name in sorted(patients)))


def _add_losses(into: dict[str, list[float]], part: Part, outputs: Mapping[str, Tensor], batch: Batch) -> None:
    """Add the loss of every sample of the batch to those of its patient."""
    for i, sample in enumerate(batch.samples if part.loss else ()):
        one = {
            name: {n: t[i : i + 1] for n, t in getattr(batch, name).items()}
            for name in ("inputs", "targets", "present")
        }
        alone = Batch(**one, samples=(sample,))
        loss = part.loss({n: t[i : i + 1] for n, t in outputs.items()}, alone) if part.loss else torch.zeros(())
        into.setdefault(sample.patient, []).append(float(loss))


@dataclass(frozen=True)
class _Job:
    store: Store
    part: Part
    indices: Sequence[int]
    shapes: Shapes

    def __call__(self) -> Batch:
        return collate(self.part, [self.store[i] for i in self.indices], self.shapes)
