"""Where a fitted network's answers come from, by several methods, in the study's own geometry.

A map takes the place of the class evidence `cam` in a part's outputs, and the system's own `decode` brings it home.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from osteon.contract import Classify
from osteon.engine.apply import Fitted, collate
from osteon.engine.machine import forward, moved
from osteon.engine.predictor import Predictor
from osteon.errors import RequestError
from osteon.explain.grad_cam import grad_cam
from osteon.explain.integrated_gradients import along, blurred, contrast_is_nothing, integrated_gradients, silent
from osteon.explain.single_reading import single_reading
from osteon.types import Batch, Output, Outputs, Prediction, Sample, Study

CAM, LOGITS = "cam", "logits"
QUICK = 4
"""Steps of gradients that are only compared."""
ONCE = "{}: the network reads a picture several times, at several sizes and mirrored; the map is of the first reading."
BLURRED = "{}: the network takes no notice of contrast, so the way starts at the blurred picture, not at a dark one."
METHODS = ("evidence", "grad-cam", "integrated-gradients")


class Bound(nn.Module):
    """A network with one sample's batch: what is not explained of it, and which inputs are there, stay as they are."""

    def __init__(self, network: nn.Module, batch: Batch) -> None:
        super().__init__()
        self.network, self.batch = network, batch

    @property
    def maps_layer(self) -> str | None:
        """The layer that the network wants to be explained by, by its name in here; None where it names none."""
        own = getattr(self.network, "maps_layer", None)
        return own and f"network.{own}"

    @property
    def held(self) -> tuple[str, ...]:
        """The inputs that are not asked what they add: the network says which, as what an earlier part told it."""
        return tuple(getattr(self.network, "held", ()))

    def forward(self, **inputs: Tensor) -> Mapping[str, Tensor]:
        """Return the network's outputs."""
        return forward(self.network, replace(self.batch, inputs=inputs))


@dataclass(frozen=True, kw_only=True, eq=False)
class Mapped:
    """A prediction with the heat map of one method.

    Attributes:
        prediction: `heat_map` is the method's.
        field: Where the network looked, bool on the same grid.
        error: Of a method whose values sum to the answer: the share of it that the worst class's lack; else None.
        notes: How the map was made, where a reader must know.

    """

    prediction: Prediction
    field: np.ndarray
    error: float | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Heat:
    """Where the evidence for a class lies, (batch, height, width), 0 to 1; what it lacks, and notes, as in `Mapped`."""

    values: Tensor
    error: float | None = None
    notes: tuple[str, ...] = ()


def explained(predictor: Predictor) -> dict[str, Fitted]:
    """Return the parts that can be explained: networks; whether one classifies pictures its outputs tell."""
    return {name: fitted for name, fitted in predictor.parts.items() if isinstance(fitted.model, nn.Module)}


def bound(fitted: Fitted, sample: Sample) -> Bound:
    """Return the network of `fitted`, bound to `sample`."""
    return Bound(fitted.model, moved(collate(fitted.part, [sample], fitted.shapes), fitted.device))


def heat(network: Bound, method: str, *, index: int, quick: bool = False) -> Heat:
    """Return where the evidence for the class `index` lies.

    Args:
        network: To explain.
        method: Of `METHODS`.
        index: Of the class.
        quick: Whether a method that comes closer step by step takes few steps, for maps that are only compared.

    Raises:
        RequestError: The method is unknown, or the network is not of a kind that it explains.

    """
    if method == "evidence":
        return Heat(values=_evidence(network, index))
    if method == "grad-cam":
        return Heat(values=grad_cam(network, network.batch.inputs, index=index))
    if method == "integrated-gradients":
        return _gradients(network, index, quick=quick)
    msg = f"There is no method {method!r}; there are {', '.join(METHODS)}."
    raise RequestError(msg)


def _gradients(network: Bound, index: int, *, quick: bool) -> Heat:
    """Return integrated gradients of one reading of the picture."""
    inputs = network.batch.inputs
    with single_reading(network) as several:
        plain = not contrast_is_nothing(network, inputs, index=index, held=network.held)
        start = (silent if plain else blurred)(inputs, held=network.held)
        if quick:
            found = along(network, inputs, index=index, start=start, steps=QUICK)
        else:
            found = integrated_gradients(network, inputs, index=index, baseline=start)
    told = [note for note, holds in ((ONCE, several), (BLURRED, not plain)) if holds]
    return Heat(values=found.heat(), error=found.error, notes=tuple(n.format("integrated-gradients") for n in told))


def _evidence(network: Bound, index: int) -> Tensor:
    """Return the exact evidence of a head that pools and then adds up."""
    with torch.no_grad():
        found = network(**network.batch.inputs)
    if CAM not in found:
        msg = "The network does not pool and then add up, so it has no exact evidence; choose grad-cam."
        raise RequestError(msg)
    evidence = found[CAM][:, index].clamp(min=0)
    return evidence / evidence.amax(dim=(-2, -1), keepdim=True).clamp(min=torch.finfo(evidence.dtype).tiny)


def methods(predictor: Predictor, study: Study, asked: Sequence[str]) -> tuple[str, ...]:
    """Return those of `asked` that work on the predictor's networks, tried on `study`."""
    works = []
    for method in asked:
        try:
            tried = [heat(bound(f, s), method, index=0, quick=True) for f, s in _samples(predictor, study)]
        except RequestError:
            if method not in METHODS:
                raise
            continue
        works += [method] if tried else []
    return tuple(works)


def _samples(predictor: Predictor, study: Study) -> Iterator[tuple[Fitted, Sample]]:
    """Yield the first sample of each network that classifies."""
    outputs = predictor.outputs(study)
    for name in dict(_places(predictor, outputs)):
        fitted = predictor.parts[name]
        yield fitted, next(iter(fitted.part.prepare(study, outputs)))


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked:
    """A network bound to the first sample of a study, and the class that its map is of."""

    part: str
    network: Bound
    index: int


def drawn(predictor: Predictor, study: Study) -> list[Asked]:
    """Return the networks whose maps `decode` draws, each with the last class it draws; all where it draws none."""
    outputs = predictor.outputs(study)
    bare = _field(predictor, study, outputs, None)
    places = dict(list(_seen(predictor, study, outputs, bare)) or _places(predictor, outputs))
    return [
        Asked(part=fitted.part.name, network=bound(fitted, sample), index=places[fitted.part.name])
        for fitted, sample in _samples(predictor, study)
        if fitted.part.name in places
    ]


def mapped(predictor: Predictor, study: Study, method: str) -> list[Mapped]:
    """Return the predictions of the system's classes that have a map of `method`; none where `decode` draws none.

    A map is only made of the parts and classes whose evidence `decode` draws: gradients are what costs.
    """
    outputs = predictor.outputs(study)
    names = {task.name for task in predictor.system.tasks if isinstance(task, Classify)}
    bare = _field(predictor, study, outputs, None)
    seen = _seen(predictor, study, outputs, bare)

    errors: list[float] = []
    notes: dict[str, None] = {}

    def draw(network: Bound, *, part: str, index: int) -> Tensor | None:
        if (part, index) not in seen:
            return None
        drawn = heat(network, method, index=index)
        errors.extend([] if drawn.error is None else [drawn.error])
        notes.update(dict.fromkeys(drawn.notes))
        return drawn.values

    found = []
    for at, one in enumerate(_decoded(predictor, study, outputs, draw) if seen else ()):
        # A map that is there without any evidence is another one: of an outline, say.
        if one.heat_map is not None and not bare[at].any() and one.task in names:
            field = np.any([field[at] for field in seen.values()], axis=0)
            found.append(Mapped(prediction=one, field=field, error=max(errors, default=None), notes=tuple(notes)))
    return found


Place = tuple[str, int]
"""A part and a class of it."""


def _places(predictor: Predictor, outputs: Outputs) -> list[Place]:
    """Return the parts that are explained and their classes."""
    said = {name: outputs[name] for name in explained(predictor) if outputs[name] and LOGITS in outputs[name][0].values}
    return [(name, index) for name, some in said.items() for index in range(len(some[0].values[LOGITS]))]


def _seen(
    predictor: Predictor, study: Study, outputs: Outputs, bare: Sequence[np.ndarray]
) -> dict[Place, list[np.ndarray]]:
    """Return, of the places whose evidence `decode` draws, where each prediction's map shows something of it.

    A map that is there without any evidence, as in `bare`, is another one, and says nothing of a place.
    """
    fields = {place: _field(predictor, study, outputs, place) for place in _places(predictor, outputs)}
    return {
        place: field
        for place, field in fields.items()
        if any(one.any() and not other.any() for one, other in zip(field, bare, strict=True))
    }


def _field(predictor: Predictor, study: Study, outputs: Outputs, place: Place | None) -> list[np.ndarray]:
    """Return where each prediction's map shows something, if there were evidence of `place` alone, and everywhere."""

    def draw(network: Bound, *, part: str, index: int) -> Tensor | None:
        return _everywhere(network) if (part, index) == place else None

    drawn = _decoded(predictor, study, outputs, draw)
    return [np.zeros(()) if one.heat_map is None else one.heat_map > 0 for one in drawn]


def _everywhere(network: Bound) -> Tensor:
    size = next(t for t in network.batch.inputs.values() if t.ndim == 4).shape
    return torch.ones(size[0], *size[-2:])


def _decoded(
    predictor: Predictor, study: Study, outputs: Outputs, draw: Callable[..., Tensor | None]
) -> list[Prediction]:
    """Return what the system says of `study`, with what `draw` makes of it in the place of each class's evidence."""
    drawn: dict[str, tuple[Output, ...]] = dict(outputs)
    for name, fitted in explained(predictor).items():
        said = outputs[name]
        if said and LOGITS in said[0].values:
            given = zip(fitted.part.prepare(study, outputs), said, strict=True)
            of_part = partial(draw, part=name)
            drawn[name] = tuple(_with_map(bound(fitted, sample), output, of_part) for sample, output in given)
    return predictor.system.decode(drawn, study)


def _with_map(network: Bound, output: Output, draw: Callable[..., Tensor | None]) -> Output:
    """Return the output with what `draw` makes of each class in the place of its evidence, 0 where that is nothing."""
    drawn = [draw(network, index=index) for index in range(len(output.values[LOGITS]))]
    like = next((one for one in drawn if one is not None), _everywhere(network))
    maps = [torch.zeros_like(like) if one is None else one for one in drawn]
    return replace(output, values={**output.values, CAM: torch.stack(maps)[:, 0].detach().float().cpu().numpy()})
