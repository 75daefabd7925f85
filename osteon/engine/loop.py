"""The gradient loop. Everything drawn depends on (seed, part, epoch, step), so a resumed loop ends in the same bits."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from osteon.contract import Part, Sgd
from osteon.engine import checkpoint, draws, keeping, optimise, seeds, tuning
from osteon.engine.apply import collate, validated
from osteon.engine.batches import Fed, chunks, fed
from osteon.engine.checkpoint import Where
from osteon.engine.machine import Machine, as_float32, channels_last, forward, moved
from osteon.engine.store import Store
from osteon.errors import RequestError
from osteon.types import Batch, Sample

CHECK_EVERY = 50
"""Steps between two looks at whether the loss is still finite; each look waits for the GPU."""

STREAM_STEPS = 100
"""Steps that make an epoch of an endless source, unless `Sgd.steps_per_epoch` says otherwise."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Job:
    """One network to be trained.

    Attributes:
        key: Part and fold, for seeds and the log: "lesion", "lesion/fold-2-of-5".
        part: Its `fit` is an `Sgd`.
        seed: Of the run.
        train, validation: Prepared samples; validation may be empty.
        start: Weights to start from, given to `load_pretrained` (or `load_state_dict` for an earlier part).
        folder: Where its checkpoint lies.
        identity: Of the run; a checkpoint of another one is not taken up.
        checkpoint_steps: Steps between checkpoints within an epoch; one is written after each epoch too.

    """

    key: str
    part: Part
    seed: int
    train: Store
    validation: Store
    start: Callable[[nn.Module], None] | None = None
    folder: Path
    identity: str = ""
    checkpoint_steps: int = 250


Report = Callable[[Where, Mapping[str, Any]], None]
"""Told after each step (with the epoch's number of steps) and each epoch (with its row)."""


def train_network(job: Job, machine: Machine, *, report: Report) -> tuple[dict[str, Tensor], list[dict[str, Any]]]:
    """Train the network of `job`, from its checkpoint if there is one; return the weights kept and the log.

    Kept are the weights of the best epoch where `Sgd.patience` is set, else the last ones; averaged ones with `ema`.

    Raises:
        RequestError: The loss is no longer finite, or `patience` is set without validation studies.
        ResumableError: The disk is full.

    """
    loop = _Loop(job, machine, report)
    loop.resume()
    while loop.where.round <= loop.rounds:
        loop.epoch()
    return loop.kept(), loop.where.rows


class _Loop:
    """The loop's state, between steps."""

    def __init__(self, job: Job, machine: Machine, report: Report) -> None:
        self.job, self.machine, self.report = job, machine, report
        fit = job.part.fit
        if not isinstance(fit, Sgd):
            msg = f"The part {job.part.name} is not trained by gradients."
            raise RequestError(msg)
        self.fit = fit
        self.rounds = job.part.mine.rounds if job.part.mine else 0
        if fit.patience is not None and not len(job.validation):
            msg = (
                f"fit.patience of {job.part.name} needs validation studies and the split has none; "
                "set fit.patience=None or choose another split."
            )
            raise RequestError(msg)
        self.fabric = machine.fabric(fit.precision)
        self.where = Where()
        self.best: dict[str, Tensor] = {}
        self.resting: frozenset[str] = frozenset()
        torch.manual_seed(seeds.torch_seed(job.seed, job.key, "weights"))
        self.network = channels_last(job.part.build())
        if job.start:
            job.start(self.network)
        self._begin_round()

    def _begin_round(self) -> None:
        """Make a fresh optimiser and average around the network as it is."""
        optimiser = optimise.optimiser(self.network, self.fit)
        body: Any = torch.compile(self.network) if self.machine.compile else self.network
        self.wrapped, self.optimiser = self.fabric.setup(body, optimiser)
        self.average = optimise.Average(self.network, decay=self.fit.ema) if self.fit.ema else None
        self.shapes = self.job.train.shapes()

    def resume(self) -> None:
        """Go to where the checkpoint is, if there is one."""
        found = checkpoint.load(self.job.folder / checkpoint.NAME)
        if found is None or found[2]["identity"] != self.job.identity:
            return
        self.where, groups, plain = found
        try:
            self.network.load_state_dict(groups["network"])
        except RuntimeError as error:
            msg = (
                f"The run's checkpoint of {self.job.key} is of another network than the system builds now; undo the "
                "change of the system's file, or choose another --out."
            )
            raise RequestError(msg) from error
        if self.average:
            self.average.network.load_state_dict(groups["average"])
        self.best = groups.get("best", {})
        checkpoint.unflatten(self.optimiser.optimizer, groups.get("optimiser", {}), plain["optimiser"])
        self.fabric.strategy.precision.load_state_dict(plain["precision"])

    def save(self) -> None:
        """Write the checkpoint."""
        if self.fabric.global_rank == 0:
            tensors, numbers = checkpoint.flatten(self.optimiser.optimizer)
            groups = {"network": self.network.state_dict(), "optimiser": tensors, "best": self.best}
            if self.average:
                groups["average"] = self.average.network.state_dict()
            scale = self.fabric.strategy.precision.state_dict()
            plain = {"optimiser": numbers, "precision": scale, "identity": self.job.identity}
            checkpoint.save(self.job.folder / checkpoint.NAME, self.where, groups, plain=plain)
        self.fabric.barrier()

    def epoch(self) -> None:
        """Train one epoch from where the loop is, validate, and save."""
        start, waited = time.perf_counter(), 0.0
        batches = self._batches()
        steps, stream = len(batches), self._fed(batches)
        self.resting = tuning.resting(self.network, self.fit, epoch=self.where.epoch)
        self.wrapped.train()
        optimise.train_mode(self.network, self.fit, resting=self.resting)
        total = torch.tensor(self.where.loss_sum, dtype=torch.float64, device=self.fabric.device)
        for item in stream:
            waited += item.waited_s
            total += self._step(item.batch, steps=steps)
            self._after_step(total, steps=steps)
        total = self._finite(total)
        trained = time.perf_counter() - start
        row = {"part": self.job.key, "epoch": self._epoch_number, "loss": float(total) / max(steps, 1)}
        row |= self._validate() | {
            "training_seconds": round(trained, 3),
            "seconds": round(time.perf_counter() - start, 3),
        }
        row["waiting"] = round(waited / max(trained, 1e-9), 4)
        self.where.rows.append(row)
        self._next_epoch()
        self.save()
        self.report(self.where, row)

    @property
    def _epoch_number(self) -> int:
        return self.where.round * self.fit.epochs + self.where.epoch

    def _place(self, *more: str | int) -> tuple[str | int, ...]:
        return (self.job.key, self._epoch_number, *more)

    def _step(self, batch: Batch, *, steps: int) -> Tensor:
        """Do one step and return its loss as a float64 tensor on the device."""
        place = self._place(self.where.step, self.fabric.global_rank)
        torch.manual_seed(seeds.torch_seed(self.job.seed, *place))
        optimise.set_lr(
            self.optimiser, self.fit, done=(self.where.epoch + (self.where.step + 0.5) / steps) / self.fit.epochs
        )
        batch = moved(batch, self.fabric.device)
        loss = self._loss(batch, seeds.rng(self.job.seed, *place, "step"))
        self.optimiser.zero_grad(set_to_none=True)
        self.fabric.backward(loss)
        optimise.rest(self.network, self.resting)
        if self.fit.clip_norm is not None:
            self.fabric.clip_gradients(
                self.wrapped, self.optimiser, max_norm=self.fit.clip_norm, error_if_nonfinite=False
            )
        self.optimiser.step()
        return loss.detach().double()

    def _loss(self, batch: Batch, rng: np.random.Generator) -> Tensor:
        if self.job.part.step:
            with self.fabric.autocast():
                return self.job.part.step(self.wrapped, batch, rng)
        if self.job.part.loss is None:
            msg = f"The part {self.job.part.name} has neither a loss nor a step; give it one."
            raise RequestError(msg)
        return self.job.part.loss(forward(self.wrapped, batch), batch)

    def _after_step(self, total: Tensor, *, steps: int) -> None:
        where = self.where
        where.step += 1
        if self.average:
            self.average.update(self.network, steps=self._epoch_number * steps + where.step)
        if where.step % CHECK_EVERY == 0:
            self._finite(total)
        if where.step % self.job.checkpoint_steps == 0 and where.step < steps:
            where.loss_sum = float(total)
            self.save()
        self.report(where, {"steps": steps, "epochs": self.fit.epochs})

    def _finite(self, total: Tensor) -> Tensor:
        """Return the loss so far, averaged over the processes, so that all of them stop or none."""
        if self.fabric.world_size > 1:
            total = torch.as_tensor(self.fabric.all_reduce(total.clone(), reduce_op="mean"))
        if not torch.isfinite(total):
            msg = (
                f"The loss of {self.job.key} became {float(total)} in epoch {self._epoch_number}; train in a new "
                f"folder at a lower learning rate: --set {self.job.part.name}.fit.lr={self.fit.lr / 10:g}."
            )
            raise RequestError(msg)
        return total

    def _batches(self) -> Sequence[Sequence[int]]:
        """Return the sample indices of each step of this epoch; empty lists for an endless source."""
        if self.job.part.source:
            return [()] * (self.fit.steps_per_epoch or STREAM_STEPS)
        rng = seeds.rng(self.job.seed, *self._place("order"))
        pool = self.where.pool if self.where.pool is not None else list(range(len(self.job.train)))
        order = draws.order(self.job.part, self.job.train, pool, rng)
        whole = list(chunks(order, self.fit.batch_size))
        full = whole[:-1] if len(whole) > 1 and len(whole[-1]) < self.fit.batch_size else whole
        return full[: self.fit.steps_per_epoch]

    def _fed(self, batches: Sequence[Sequence[int]]) -> Iterator[Fed]:
        """Return the batches from the present step on, of this process's share of each."""
        rank, world, epoch = self.fabric.global_rank, self.fabric.world_size, self._epoch_number
        make = self._streamed if self.job.part.source else self._made
        todo = range(self.where.step, len(batches))
        jobs = (
            partial(make, list(batches[step])[rank::world] or list(batches[step]), (epoch, step, rank)) for step in todo
        )
        return fed(jobs, workers=self.machine.workers)

    def _made(self, indices: Sequence[int], place: tuple[int, int, int]) -> Batch:
        (epoch, step, _), augment = place, self.job.part.augment
        samples = [self.job.train[i] for i in indices]
        if augment:
            samples = [
                augment(sample, seeds.rng(self.job.seed, self.job.key, epoch, step, "augment", i))
                for i, sample in zip(indices, samples, strict=True)
            ]
        return self._collated(samples)

    def _streamed(self, _: Sequence[int], place: tuple[int, int, int]) -> Batch:
        rng = seeds.rng(self.job.seed, self.job.key, *place, "source")
        if self.job.part.source is None:
            msg = f"The part {self.job.part.name} has no source."
            raise RequestError(msg)
        return self._collated(list(islice(self.job.part.source(rng), self.fit.batch_size)))

    def _collated(self, samples: Sequence[Sample]) -> Batch:
        return collate(self.job.part, samples, self.shapes)

    def _validate(self) -> dict[str, float]:
        """Return the figures of the validation samples, and remember the weights if they are the best."""
        if not len(self.job.validation):
            return {}
        network = self.average.network if self.average else self.network
        network.eval()
        # Each process keeps its own statistics of batch norm; what the first one finds decides for all.
        seen = self.fabric.broadcast(validated(network, self.job.part, self.job.validation, fabric=self.fabric))
        if self.fit.patience is None:
            return dict(seen.figures)
        better = keeping.judged(seen, self.where, self.job.part)
        if better:
            self.best = checkpoint.copied(network)
        return {**seen.figures, "kept": int(better)}

    def _next_epoch(self) -> None:
        where, fit = self.where, self.fit
        where.epoch, where.step, where.loss_sum = where.epoch + 1, 0, 0.0
        if where.epoch < fit.epochs and (fit.patience is None or where.stale <= fit.patience):
            return
        where.round, where.epoch = where.round + 1, 0
        if where.round <= self.rounds:
            self.network.load_state_dict(self.kept())
            where.pool, where.best, where.stale, where.kept, self.best = self._hardest(), None, 0, [], {}
            self._begin_round()

    def _hardest(self) -> list[int]:
        """Return the share of samples with the highest loss, each judged alone and not augmented."""
        self.network.eval()
        mine, losses = self.job.part.mine, []
        with torch.no_grad():
            for i in range(len(self.job.train)):
                batch = moved(self._collated([self.job.train[i]]), self.fabric.device)
                with self.fabric.autocast():
                    outputs = forward(self.network, batch)
                losses.append(float(self.job.part.loss(as_float32(outputs), batch)) if self.job.part.loss else 0.0)
        count = max(1, round(len(losses) * (mine.share if mine else 1)))
        return self.fabric.broadcast(sorted(int(i) for i in np.argsort(-np.array(losses), kind="stable")[:count]))

    def kept(self) -> dict[str, Tensor]:
        """Return the weights to keep: the best, the averaged, or the last."""
        return self.best or checkpoint.copied(self.average.network if self.average else self.network)
