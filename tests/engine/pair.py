"""Trainings on two processes of the CPU, in a program of its own: the second process runs it too."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import tiny
from torch import nn

from osteon import engine
from osteon.contract import Sgd
from osteon.engine import machine

OPTIONS = engine.TrainOptions(threads=1, seed=3, device="cpu", workers=0)


class Plain(nn.Module):
    """Neither batch norm nor dropout: the mean of two halves' gradients is the gradient of the whole."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(tiny.SIDE**2, 2)

    def forward(self, image):
        return {"logits": self.head(image.flatten(1))}


def plain():
    part = replace(tiny.PART, build=Plain, augment=None, fit=Sgd(epochs=2, batch_size=8, lr=1e-2, optimiser="sgd"))
    return tiny.system(part)


def main(out):
    two = replace(OPTIONS, devices=2)
    engine.train(tiny.system(), tiny.cohort(), out / "one", options=two)
    engine.train(tiny.system(), tiny.cohort(), out / "other", options=two)
    engine.train(plain(), tiny.cohort(), out / "plain", options=two)
    scores = engine.cross_validate(tiny.system(), tiny.cohort(), out / "folds", options=replace(two, split="kfold:2"))
    (out / f"process-{int(machine.helping())}").write_text(f"{len(scores)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
