"""The weights a network starts from: an earlier part's, a named pre-training's, another run's, a file's."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from osteon import weights
from osteon.contract import Part
from osteon.engine import tuning
from osteon.errors import OsteonError, RequestError
from osteon.io import pretrained

State = Mapping[str, Tensor]


def pretraining(part: Part) -> State | None:
    """Return the weights that `part` starts from, None from scratch.

    Beside what `pretrained.load` knows: `SYSTEM.VARIANT:PART` is a network of packaged weights.

    Raises:
        WeightsError: They cannot be found.

    """
    if not part.start_from:
        return None
    run, _, other = part.start_from.partition(":")
    if run in weights.names():
        return pretrained.load(str(weights.named(run)), part=other or part.name)
    return pretrained.load(part.start_from, part=part.name)


def starter(part: Part, state: State, *, of_part: bool = False) -> Callable[[nn.Module], None]:
    """Return what gives a network of `part` the weights `state`.

    Weights of the same network as the part builds (another run's, a file of osteon's) are taken as they are; of its
    head only what fits, since another question has other classes. All others, and an earlier part's, go through
    the network's own `load_pretrained`.

    Args:
        part: Whose `start_from` names them.
        state: Tensors by name.
        of_part: They are an earlier part's.

    """

    def start(network: nn.Module) -> None:
        if not of_part and set(state) == set(network.state_dict()):
            _take(network, state, part)
            return
        load = getattr(network, "load_pretrained", None)
        if load is None:
            msg = f"The network of {part.name} has no `load_pretrained`, so it cannot start from {part.start_from}."
            raise RequestError(msg)
        try:
            load(state)
        except (RuntimeError, KeyError, ValueError, OsteonError) as error:
            msg = f"The network of {part.name} cannot start from {part.start_from}: its weights do not fit."
            raise RequestError(msg) from error

    return start


def fingerprint(state: State) -> str:
    """Return the sha256 of the tensors' names, shapes and values, twelve letters of it."""
    found = hashlib.sha256()
    for name in sorted(state):
        tensor = state[name].detach().cpu().contiguous()
        found.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
        found.update(tensor.flatten().view(torch.uint8).numpy().tobytes() if tensor.numel() else b"")
    return found.hexdigest()[:12]


def _take(network: nn.Module, state: State, part: Part) -> None:
    """Load what fits; refuse where more than the head does not."""
    own = network.state_dict()
    other = {name for name, tensor in own.items() if state[name].shape != tensor.shape}
    place = tuning.stages(network)
    wrong = sorted(name for name in other if place.get(name, 1) > 0)
    if wrong:
        msg = (
            f"The network of {part.name} cannot start from {part.start_from}: {len(wrong)} of its {len(own)} tensors "
            f"are of another shape, first {wrong[0]}."
        )
        raise RequestError(msg)
    network.load_state_dict({name: own[name] if name in other else tensor for name, tensor in state.items()})
