"""How a part was fitted, in words, for the report of its run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from osteon.contract import Part, Sgd
from osteon.engine import draws
from osteon.engine.start import State, fingerprint
from osteon.engine.store import Store

DRAWN = {
    "samples": "each sample once an epoch",
    "patients": "patients equally often, then one of their samples",
    "classes": "classes equally often, then one of their patients, then one of the samples",
}


def of_samples(part: Part, train: Store) -> dict[str, str]:
    """Return what a part was fitted on."""
    patients = len({train.bare(i).patient for i in range(len(train))})
    found = {"Trained on": f"{len(train)} samples of {patients} patients"}
    counts = draws.counted(part, train)
    if counts:
        found["Samples of each class"] = ", ".join(map(str, counts.values()))
    return found


def of_network(part: Part, train: Store, rows: Sequence[Mapping[str, Any]], *, start: State | None) -> dict[str, str]:
    """Return how a network was fitted: on what, from where, what it drew and minimised, and when it stopped."""
    fit = part.fit if isinstance(part.fit, Sgd) else Sgd()
    found = of_samples(part, train) | {"Drawn": _drawn(part, fit), "Loss": _loss(part)}
    found["Started from"] = f"{part.start_from} (sha256 of its tensors {fingerprint(start)})" if start else "scratch"
    found["Learns"] = _learns(fit)
    found["Epochs"] = _epochs(fit, rows)
    return found


def _drawn(part: Part, fit: Sgd) -> str:
    return "as the system's sampler says" if part.sampler and fit.draw is None else DRAWN[fit.draw or "samples"]


def _loss(part: Part) -> str:
    loss: Any = part.loss
    if part.step or not is_dataclass(loss):
        return "the system's own"
    told = {f.name: getattr(loss, f.name) for f in fields(loss)}
    told = {name: value for name, value in told.items() if value not in (0, (), None, "")}
    shown = [f"{name} {_shown(value)}" for name, value in told.items()]
    return f"{type(loss).__name__}: {', '.join(shown)}"


def _shown(value: Any) -> str:
    return " / ".join(f"{v:.3g}" for v in value) if isinstance(value, tuple) else str(value)


def _learns(fit: Sgd) -> str:
    words = {
        "all": "the whole network",
        "head": "the head alone (linear probe)",
        "gradual": f"one stage more after each {fit.stage_epochs} epochs, from the output to the input",
    }[fit.tune]
    if fit.stage_decay != 1:
        words += f"; each stage at {fit.stage_decay:g} of the rate of the one nearer the output"
    frozen = [prefix or "everything else" for prefix, factor in fit.lr_scale.items() if factor == 0]
    return f"{words}; frozen: {', '.join(frozen)}" if frozen else words


def _epochs(fit: Sgd, rows: Sequence[Mapping[str, Any]]) -> str:
    if fit.patience is None:
        return f"{len(rows)}, the last one's weights kept"
    kept = [int(row["epoch"]) + 1 for row in rows if row.get("kept")]
    better = f"better by {fit.margin:g} standard errors of" if fit.margin else "better by"
    last = kept[-1] if kept else 1
    return f"{len(rows)} of at most {fit.epochs}, the weights of epoch {last} kept: {better} {fit.monitor}"
