"""What a user may choose of a training, and how settings of a system are overridden."""

from __future__ import annotations

import ast
import difflib
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass, replace
from typing import Any

from osteon import cohorts
from osteon.cohorts.splits import Split
from osteon.contract import Mining, Once, Part, Sgd, System
from osteon.errors import RequestError

LEAST = {"seed": 0, "devices": 1, "threads": 1, "workers": 0, "checkpoint_steps": 1}
"""The least that an option may be."""


@dataclass(frozen=True, kw_only=True)
class TrainOptions:
    """Choices of one training; what the paper fixes stands in the system.

    Attributes:
        seed: Of everything drawn.
        split: A plan of `osteon.cohorts.split`, or a split made already.
        device: "cpu", "cuda", "cuda:1", or "auto" (a GPU when there is one).
        devices: How many of them share each batch; another number, other weights: each keeps batch norm's
            statistics and dropout for its own share.
        precision: "32-true", "bf16-mixed" or "16-mixed" for all parts; None: as each part says.
        threads: CPU threads of torch; None: all cores. Another number, other last bits.
        workers: Threads that prepare batches ahead; 0: none.
        from_scratch: Start without named pre-trainings.
        allow: Audit findings to pass over, by name; they stand in the report.
        overrides: "fit.epochs=5" for all parts, "lesion.fit.lr=1e-4" for one.
        checkpoint_steps: Steps between checkpoints within an epoch.
        memory_gb: Prepared samples beyond this lie on the disk.
        compile: Compile networks: slower to start, faster a step.

    """

    seed: int = 0
    split: str | Split = "70/20/10"
    device: str = "auto"
    devices: int = 1
    precision: str | None = None
    threads: int | None = None
    workers: int = 2
    from_scratch: bool = False
    allow: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    checkpoint_steps: int = 250
    memory_gb: float = 8.0
    compile: bool = False

    def __post_init__(self) -> None:
        """Refuse numbers that no training can have, and findings that no audit makes."""
        if self.allow:
            cohorts.allowed_findings(self.allow)
        for name, low in LEAST.items():
            value = getattr(self, name)
            if value is not None and value < low:
                msg = f"The option {name} is {value}; it must be at least {low}."
                raise RequestError(msg)


SETTINGS: dict[str, Any] = {
    **{f"fit.{name}": kind for name, kind in typing.get_type_hints(Sgd).items()},
    **{f"mine.{name}": kind for name, kind in typing.get_type_hints(Mining).items()},
    "stack": int | typing.Literal["validation"],
    "start_from": str | None,
    "augment": None,
}
"""What may be overridden, and the type of each; an augmentation can only be taken away."""

RANGES: dict[str, tuple[float, float]] = {
    "fit.epochs": (1, math.inf),
    "fit.batch_size": (1, math.inf),
    "fit.lr": (0, 1e6),
    "fit.weight_decay": (0, 1e6),
    "fit.momentum": (0, 1),
    "fit.warmup": (0, 1),
    "fit.patience": (0, math.inf),
    "fit.clip_norm": (0, math.inf),
    "fit.ema": (0, 1),
    "fit.steps_per_epoch": (1, math.inf),
    "fit.stage_epochs": (1, math.inf),
    "fit.stage_decay": (0, 1),
    "fit.margin": (0, 10),
    "mine.rounds": (1, math.inf),
    "mine.share": (0, 1),
    "stack": (2, math.inf),
}
"""Least and most of each setting that is a number."""


def configured(system: System, options: TrainOptions) -> System:
    """Return a copy of `system` with the options' overrides, precision and `from_scratch` applied.

    Raises:
        RequestError: An override names no part, no setting, or a value of the wrong type.

    """
    for text in options.overrides:
        system = override(system, text)
    names = {part.name for part in system.parts}
    parts = tuple(_configured(part, options, names) for part in system.parts)
    for number, part in enumerate(parts):
        _in_range(part)
        if part.start_from in {later.name for later in parts[number:]}:
            msg = f"The part {part.name} cannot start from {part.start_from}, which is not fitted before it."
            raise RequestError(msg)
    return replace(system, parts=parts)


def override(system: System, text: str) -> System:
    """Return a copy of `system` with one setting changed, as in "fit.epochs=5" or "lesion.fit.lr=1e-4".

    Raises:
        RequestError: See `configured`.

    """
    path, equals, value = text.partition("=")
    names = [part.name for part in system.parts]
    head, _, rest = path.strip().partition(".")
    chosen, setting = ([head], rest) if head in names and rest else (names, path.strip())
    if not equals or not setting:
        msg = f"The setting {text!r} is not understood; write fit.epochs=5, or {names[0]}.fit.epochs=5 for one part."
        raise RequestError(msg)
    changed = [_changed(part, setting, value.strip()) if part.name in chosen else part for part in system.parts]
    if all(new is old for new, old in zip(changed, system.parts, strict=True)):
        msg = f"No part of {system.name or 'the system'} has the setting {setting!r}; its parts are {', '.join(names)}."
        raise RequestError(msg)
    return replace(system, parts=tuple(changed))


def _configured(part: Part, options: TrainOptions, names: set[str]) -> Part:
    if options.precision and isinstance(part.fit, Sgd):
        part = replace(part, fit=replace(part.fit, precision=options.precision))
    if options.from_scratch and part.start_from not in names:
        part = replace(part, start_from=None)
    return part


def _in_range(part: Part) -> None:
    for setting, (low, high) in RANGES.items():
        room, _, name = setting.partition(".")
        record = getattr(part, room)
        value = getattr(record, name, None) if name else record
        if isinstance(value, int | float) and not low <= value <= high:
            allowed = f"at least {low:g}" if high == math.inf else f"from {low:g} to {high:g}"
            msg = f"The setting {part.name}.{setting} is {value}; it must be {allowed}."
            raise RequestError(msg)


def _changed(part: Part, setting: str, text: str) -> Part:
    """Return `part` with one setting changed; itself where it has no such setting."""
    room, _, name = setting.partition(".")
    if room == "loss":
        return _changed_loss(part, setting, text)
    if setting not in SETTINGS:
        near = difflib.get_close_matches(setting, SETTINGS, n=3, cutoff=0.3)
        msg = f"There is no setting {setting!r}; nearest are {', '.join(near) or ', '.join(SETTINGS)}."
        raise RequestError(msg)
    value = _value(setting, text, SETTINGS[setting])
    if not name:
        return replace(part, **{room: value})
    record = getattr(part, room)
    if record is None or isinstance(record, Once):
        return part
    return replace(part, **{room: replace(record, **{name: value})})


def _changed_loss(part: Part, setting: str, text: str) -> Part:
    """Return `part` with a field of its loss changed; itself where the loss has no such field."""
    kinds = typing.get_type_hints(type(part.loss)) if is_dataclass(part.loss) else {}
    name = setting.partition(".")[2]
    if name not in kinds:
        return part
    return replace(part, loss=replace(typing.cast("Any", part.loss), **{name: _value(setting, text, kinds[name])}))


def _value(setting: str, text: str, kind: Any) -> Any:
    """Return `text` as a value of the type `kind`; `RequestError` when it is none."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        value = None if text.lower() == "none" else text
    if isinstance(value, int) and not isinstance(value, bool) and not _is(value, kind):
        value = float(value)
    if not _is(value, kind):
        shown = kind.__name__ if isinstance(kind, type) else str(kind).replace("typing.", "")
        msg = f"The setting {setting} got {text!r}; it takes {shown}."
        raise RequestError(msg)
    return value


def _is(value: Any, kind: Any) -> bool:
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        return any(_is(value, k) for k in typing.get_args(kind))
    if origin is typing.Literal:
        return isinstance(value, str) and value in typing.get_args(kind)
    if origin is tuple:
        return isinstance(value, tuple) and all(_is(v, typing.get_args(kind)[0]) or isinstance(v, int) for v in value)
    if kind is None or kind is types.NoneType:
        return value is None
    if origin is Mapping:
        return isinstance(value, dict) and all(_is(k, str) and isinstance(v, int | float) for k, v in value.items())
    return isinstance(value, origin or kind) and not (isinstance(value, bool) and kind is not bool)
