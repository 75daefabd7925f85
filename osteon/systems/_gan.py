"""A generative network of the lesion crops of one class, trained by the engine's own loop as any part is.

It is no published system and answers nothing: `osteon augment gan` trains it and draws from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from osteon.contract import Classify, Input, Paper, Part, Sgd, System
from osteon.systems._lesion_crop import INPUT, crops
from osteon.types import Outputs, Sample, Study

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor, nn

    from osteon.types import Batch

NAME = "gan"
FILM_PX = 256
CRITIC_STEPS = 3
"""The generator of a WGAN-GP learns in one step of so many, drawn by chance."""
PAPERS = {
    "dcgan": ("Radford A, Metz L, Chintala S.", "Unsupervised representation learning with DCGAN", 2016),
    "wgan-gp": ("Gulrajani I, Ahmed F, Arjovsky M, et al.", "Improved training of Wasserstein GANs", 2017),
}


def gan_system(kind: str, *, side_px: int = 64, epochs: int = 200) -> System:
    """Return the "system" whose one part is a GAN of lesion crops, "dcgan" or "wgan-gp", of `side_px` a side."""
    authors, title, year = PAPERS[kind]
    part = Part(
        name=NAME,
        takes=(INPUT,),
        prepare=partial(seen_crops, side_px),
        build=partial(_gan, kind, side_px),
        fit=Sgd(epochs=epochs, batch_size=16, optimiser="adam", lr=2e-4, schedule="constant", ema=0.99),
        step=partial(_step, kind),
    )
    return System(
        name=f"gan-{kind}",
        summary=f"Lesion crops of one class, drawn by a {kind}",
        paper=Paper(authors=authors, title=title, year=year, doi="", evidence="F", sheet=0),
        tasks=(),
        inputs=(Input(name=INPUT, kind="radiograph"),),
        parts=(part,),
        decode=lambda _outputs, _study: [],
    )


def _gan(kind: str, side_px: int) -> nn.Module:
    from osteon.models.gan import Gan

    return Gan("dcgan" if kind == "dcgan" else "wgan-gp", side_px=side_px)


def seen_crops(side_px: int, study: Study, earlier: Outputs) -> Iterator[Sample]:
    """Yield the crop of each boxed lesion; `real` is a target that only says that it may be learned from."""
    from dataclasses import replace

    every = Classify(name="real", unit="lesion", classes=("yes",))
    for sample in crops(every, lambda: side_px, film_px=FILM_PX)(study, earlier):
        yield replace(sample, targets={"real": 0})


def _step(kind: str, network: nn.Module, batch: Batch, rng: np.random.Generator) -> Tensor:
    import torch

    from osteon.models.gan import NOISE

    image = batch.inputs["image"]
    noise = torch.from_numpy(rng.standard_normal((len(image), NOISE), dtype="float32")).to(image.device)
    draws = kind == "dcgan" or bool(rng.random() * CRITIC_STEPS < 1)
    return network(image, noise, draws=draws)["loss"]
