"""Where a fitted network's answers come from, by several methods, in the study's own geometry.

A map takes the place of the class evidence `cam` in a part's outputs, and the system's own `decode` brings it home.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from osteon.contract import Classify
from osteon.engine.apply import Fitted, collate
from osteon.engine.machine import forward, moved
from osteon.engine.predictor import Predictor
from osteon.errors import RequestError
from osteon.explain.grad_cam import grad_cam
from osteon.explain.integrated_gradients import integrated_gradients
from osteon.types import Batch, Output, Outputs, Prediction, Sample, Study

CAM, LOGITS = "cam", "logits"
METHODS = ("evidence", "grad-cam", "integrated-gradients")


class Bound(nn.Module):
    """A network with one sample's batch: what is not explained of it, and which inputs are there, stay as they are."""

    def __init__(self, network: nn.Module, batch: Batch) -> None:
        super().__init__()
        self.network, self.batch = network, batch

    def forward(self, **inputs: Tensor) -> Mapping[str, Tensor]:
        """Return the network's outputs."""
        return forward(self.network, replace(self.batch, inputs=inputs))


@dataclass(frozen=True, kw_only=True, eq=False)
class Mapped:
    """A prediction with the heat map of one method.

    Attributes:
        prediction: `heat_map` is the method's.
        field: Where the network looked, bool on the same grid.

    """

    prediction: Prediction
    field: np.ndarray


def explained(predictor: Predictor) -> dict[str, Fitted]:
    """Return the parts that can be explained: networks; whether one classifies pictures its outputs tell."""
    return {name: fitted for name, fitted in predictor.parts.items() if isinstance(fitted.model, nn.Module)}


def bound(fitted: Fitted, sample: Sample) -> Bound:
    """Return the network of `fitted`, bound to `sample`."""
    return Bound(fitted.model, moved(collate(fitted.part, [sample], fitted.shapes), fitted.device))


def heat(network: Bound, method: str, *, index: int) -> Tensor:
    """Return where the evidence for the class `index` lies: (batch, height, width), 0 to 1.

    Raises:
        RequestError: The method is unknown, or the network is not of a kind that it explains.

    """
    if method == "evidence":
        return _evidence(network, index)
    if method == "grad-cam":
        return grad_cam(network, network.batch.inputs, index=index)
    if method == "integrated-gradients":
        return integrated_gradients(network, network.batch.inputs, index=index).heat()
    msg = f"There is no method {method!r}; there are {', '.join(METHODS)}."
    raise RequestError(msg)


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
            tried = [heat(bound(f, s), method, index=0) for f, s in _samples(predictor, study)]
        except RequestError:
            if method not in METHODS:
                raise
            continue
        works += [method] if tried else []
    return tuple(works)


def _samples(predictor: Predictor, study: Study) -> Iterator[tuple[Fitted, Sample]]:
    """Yield the first sample of each network that classifies."""
    outputs = predictor.outputs(study)
    for name, fitted in explained(predictor).items():
        if outputs[name] and LOGITS in outputs[name][0].values:
            yield fitted, next(iter(fitted.part.prepare(study, outputs)))


def samples(predictor: Predictor, study: Study) -> list[tuple[Fitted, Sample]]:
    """Return the first sample of each network that classifies."""
    return list(_samples(predictor, study))


def mapped(predictor: Predictor, study: Study, method: str) -> list[Mapped]:
    """Return the predictions of the system's classes that have a map of `method`; none where `decode` draws none."""
    outputs = predictor.outputs(study)
    names = {task.name for task in predictor.system.tasks if isinstance(task, Classify)}
    drawn = _decoded(predictor, study, outputs, lambda network, index: heat(network, method, index=index))
    whole = _decoded(predictor, study, outputs, lambda network, _: _everywhere(network))
    found = []
    for one, everywhere in zip(drawn, whole, strict=True):
        if one.heat_map is not None and everywhere.heat_map is not None and one.task in names:
            found.append(Mapped(prediction=one, field=everywhere.heat_map > 0))
    return found


def _everywhere(network: Bound) -> Tensor:
    size = next(t for t in network.batch.inputs.values() if t.ndim == 4).shape
    return torch.ones(size[0], *size[-2:])


def _decoded(
    predictor: Predictor, study: Study, outputs: Outputs, draw: Callable[[Bound, int], Tensor]
) -> list[Prediction]:
    """Return what the system says of `study`, with `draw` in the place of the evidence of each class."""
    drawn: dict[str, tuple[Output, ...]] = dict(outputs)
    for name, fitted in explained(predictor).items():
        said = outputs[name]
        if said and LOGITS in said[0].values:
            given = zip(fitted.part.prepare(study, outputs), said, strict=True)
            drawn[name] = tuple(_with_map(bound(fitted, sample), output, draw) for sample, output in given)
    return predictor.system.decode(drawn, study)


def _with_map(network: Bound, output: Output, draw: Callable[[Bound, int], Tensor]) -> Output:
    maps = [draw(network, index)[0].detach().float().cpu().numpy() for index in range(len(output.values[LOGITS]))]
    return replace(output, values={**output.values, CAM: np.stack(maps)})
