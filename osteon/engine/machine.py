"""Where the computing happens: device, precision, several GPUs; on lightning-fabric."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch import distributed as dist

from osteon.errors import RequestError
from osteon.types import Batch

PRECISIONS = ("32-true", "bf16-mixed", "16-mixed")
COMPILERS = ("c++", "g++", "clang++", "cl")
LOST = ("gloo", "Connection closed", "NCCL", "ProcessGroup")
"""What torch says in a `RuntimeError` of a process that lost another one of the same training."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A device to compute on, and how many of them.

    Attributes:
        device: "cpu", "cuda", "cuda:1", or "auto" (a GPU when there is one).
        devices: GPUs, or processes on the CPU, that share each batch. The program is started again for each further
            one, so a script that trains on several must be a file.
        workers: Threads that prepare batches ahead.
        compile: Compile networks before training: slower to start, faster a step.

    """

    device: str = "auto"
    devices: int = 1
    workers: int = 2
    compile: bool = False
    _fabrics: dict[str, Fabric] = field(default_factory=dict, repr=False, compare=False)

    @property
    def torch_device(self) -> torch.device:
        """The device by torch's name."""
        return device(self.device)

    @property
    def first(self) -> bool:
        """Whether this is the process that writes: the only one, or the first of several."""
        return self.devices == 1 or self.fabric(PRECISIONS[0]).global_rank == 0

    def barrier(self) -> None:
        """Wait for the other processes of this training, if there are any."""
        if self.devices > 1:
            self.fabric(PRECISIONS[0]).barrier()

    def check(self, precision: str) -> None:
        """Refuse what this machine cannot do, before anything is prepared.

        Raises:
            RequestError: The device is not there, it cannot compute in `precision`, or nothing can compile for it.

        """
        if precision not in PRECISIONS:
            msg = f"The precision {precision!r} is unknown; it may be {', '.join(PRECISIONS)}."
            raise RequestError(msg)
        if precision == "16-mixed" and self.torch_device.type == "cpu":
            msg = "The precision 16-mixed needs a GPU; on the CPU choose bf16-mixed or 32-true."
            raise RequestError(msg)
        if self.compile and not (os.environ.get("CXX") or any(map(shutil.which, COMPILERS))):
            msg = "To compile takes a C++ compiler, and there is none (g++, clang++ or CXX); leave --compile out."
            raise RequestError(msg)

    def fabric(self, precision: str) -> Fabric:
        """Return the launched fabric of this machine for `precision`."""
        self.check(precision)
        if precision not in self._fabrics:
            where = self.torch_device
            one = where.type == "cuda" and where.index is not None and self.devices == 1
            devices = [where.index] if one else self.devices
            known: Any = precision  # one of PRECISIONS
            fabric = Fabric(
                accelerator=where.type,
                devices=devices,
                precision=known,
                strategy="ddp" if self.devices > 1 else "auto",
            )
            fabric.launch()
            self._fabrics[precision] = fabric
        return self._fabrics[precision]


def lost(error: RuntimeError, *, devices: int) -> bool:
    """Return whether `error` says that another process of a training on several `devices` is gone."""
    return devices > 1 and any(word in str(error) for word in LOST)


def helping() -> bool:
    """Return whether this process only helps the first one of a training on several devices."""
    return dist.is_available() and dist.is_initialized() and dist.get_rank() > 0


def device(name: str) -> torch.device:
    """Return the torch device called `name`; "auto" is a GPU when there is one.

    Raises:
        RequestError: It is unknown or not in this machine.

    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        found = torch.device(name)
    except RuntimeError:
        found = None
    if found is None or found.type not in ("cpu", "cuda", "mps"):
        msg = f"The device {name!r} is unknown; it may be cpu, cuda, cuda:1 or auto."
        raise RequestError(msg)
    if found.type == "cuda" and (found.index or 0) >= torch.cuda.device_count():
        msg = f"The device {name} is not in this machine, which has {torch.cuda.device_count()} GPUs; use cpu or auto."
        raise RequestError(msg)
    return found


def cores() -> int:
    """Return the number of CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def forward(network: nn.Module, batch: Batch) -> Mapping[str, Tensor]:
    """Return the network's outputs of a batch; `present` goes along where `forward` takes it."""
    if _takes_present(network):
        return network(**batch.inputs, present=batch.present)
    return network(**batch.inputs)


def _takes_present(network: nn.Module) -> bool:
    inner = getattr(network, "module", network)
    code = getattr(type(getattr(inner, "_orig_mod", inner)).forward, "__code__", None)
    return code is not None and "present" in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def moved(batch: Batch, where: torch.device) -> Batch:
    """Return `batch` with its tensors on the device `where`."""
    if where.type == "cpu":
        return batch
    parts = {
        name: {k: t.to(where, non_blocking=True) for k, t in getattr(batch, name).items()}
        for name in ("inputs", "targets", "present")
    }
    return Batch(**parts, samples=batch.samples)


def as_float32(outputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return `outputs` with low-precision tensors as float32."""
    return {name: t.float() if t.is_floating_point() else t for name, t in outputs.items()}


def channels_last(network: nn.Module) -> nn.Module:
    """Return `network` with the weights of its 2-D convolutions in channels-last memory, which is faster."""
    if any(isinstance(m, nn.Conv2d | nn.ConvTranspose2d) for m in network.modules()):
        return network.to(memory_format=torch.channels_last)
    return network
