"""Whether a film looks like those a system was trained on, asked of a network that never saw the task.

EfficientNet-Lite0 with its ImageNet weights describes the film by the means of its maps at strides 8, 16 and 32. A
network fine-tuned on bones forgets what tells a chest from a knee; this one has not learnt to look past it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import torch

from osteon.engine.ood.film import shrunk
from osteon.io import pretrained
from osteon.models.efficientnet_lite import LiteEncoder

SIDE_PX = 224


class Describer:
    """Films to descriptions of 1,432 numbers; the network is loaded for the first of them."""

    @cached_property
    def network(self) -> LiteEncoder:
        """The ImageNet network."""
        network = LiteEncoder(head=True)
        network.load_pretrained(pretrained.load("imagenet-lite0"))
        return network.eval()

    def __call__(self, films: Sequence[np.ndarray]) -> np.ndarray:
        """Return (n, 1432) of `films`, each (rows, columns[, 3])."""
        stacked = np.stack([shrunk(film, side=SIDE_PX) for film in films])
        image = (torch.from_numpy(stacked)[:, None] * 255 - 127) / 128
        with torch.inference_mode():
            maps = self.network.pyramid(image.expand(-1, 3, -1, -1))
            top = maps[-1] if self.network.top is None else self.network.top(maps[-1])
            means = [m.mean(dim=(2, 3)) for m in (maps[2], maps[3], top)]
        return torch.cat(means, dim=1).numpy()
