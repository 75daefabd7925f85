"""Where the time of a training step goes: waiting for data, the loop itself, the network.

The engine trains EfficientNet-Lite0 (timm's, untrained) on 256 px films with affine and intensity augmentation; then
the same network does the same number of steps on one ready batch, in a bare loop. Run: python benchmarks/training.py
"""

import argparse
import csv
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import timm
import torch
from scipy import ndimage
from torch import nn

from osteon import engine
from osteon.contract import Classify, Input, Paper, Part, Sgd, System, label_of
from osteon.types import Cohort, Evidence, Grid, Image, Prediction, Sample, Study, Truth

TASK = Classify(name="malignancy", unit="image", classes=("benign", "malignant"), positive="malignant")
BATCH, SIDE = 16, 256


class Lite0(nn.Module):
    """EfficientNet-Lite0 with two classes."""

    def __init__(self):
        super().__init__()
        self.body = timm.create_model("tf_efficientnet_lite0", num_classes=2)

    def forward(self, image):
        """Return the logits of grey films."""
        return {"logits": self.body(image.expand(-1, 3, -1, -1))}


def prepare(study, _):
    """Yield the film, 0 to 1."""
    film = study.data["radiograph"].read()[None] / np.float32(255)
    yield Sample(
        study=study.name, patient=study.patient, inputs={"image": film}, targets={TASK.name: label_of(study, TASK)}
    )


def augment(sample, rng):
    """Return the film turned, scaled, shifted, flipped, and with other contrast, as most radiograph systems do."""
    film = sample.inputs["image"][0]
    angle, zoom = np.deg2rad(rng.uniform(-15, 15)), rng.uniform(0.85, 1.15)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / zoom
    middle = (np.array(film.shape) - 1) / 2
    film = ndimage.affine_transform(film, turn, middle - turn @ (middle + rng.uniform(-12, 12, 2)), order=1)
    film = film[:, ::-1] if rng.random() < 0.5 else film
    film = np.clip(film, 0, 1) ** np.float32(np.exp(rng.uniform(-0.3, 0.3)))
    return replace(sample, inputs={"image": film[None].astype(np.float32)})


def loss(outputs, batch):
    """Return the cross entropy."""
    return nn.functional.cross_entropy(outputs["logits"], batch.targets[TASK.name])


def decode(outputs, study):
    """Return the probabilities."""
    odds = np.exp(outputs["net"][0].values["logits"])
    odds = dict(zip(TASK.classes, (odds / odds.sum()).tolist(), strict=True))
    return [Prediction(study=study.name, patient=study.patient, task=TASK.name, probabilities=odds)]


def cohort(count):
    """Return films of smoothed noise with a label each."""

    def study(i):
        rng = np.random.default_rng(i)
        film = ndimage.gaussian_filter(rng.normal(size=(SIDE, SIDE)), 3)
        film = np.rint(255 * (film - film.min()) / np.ptp(film)).astype(np.float32)
        image = Image(grid=Grid(shape=film.shape), modality="OT", load=lambda: film)
        truth = Truth(labels={TASK.name: TASK.classes[i % 2]})
        return Study(name=f"s{i}", patient=f"p{i}", data={"radiograph": image}, truth=truth)

    studies = tuple(study(i) for i in range(count))
    return Cohort(name="noise", studies=studies, evidence=Evidence.SIMULATED, fingerprint=f"noise-{count}")


def bare(fit, steps):
    """Return the seconds a step of the network alone takes, on one ready batch."""
    torch.manual_seed(0)
    net = Lite0().to(memory_format=torch.channels_last).train()
    optimiser = torch.optim.AdamW(net.parameters(), lr=fit.lr, fused=True)
    image = torch.rand(BATCH, 1, SIDE, SIDE).to(memory_format=torch.channels_last)
    truth = torch.arange(BATCH) % 2
    spent = []
    for _ in range(steps):
        start = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=fit.precision != "32-true"):
            logits = net(image)["logits"]
        nn.functional.cross_entropy(logits.float(), truth).backward()
        optimiser.step()
        optimiser.zero_grad()
        spent.append(time.perf_counter() - start)
    return float(np.mean(spent[2:]))


def main():
    """Train, and print the shares."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--studies", type=int, default=320)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--precision", default="bf16-mixed")
    asked = parser.parse_args()
    fit = Sgd(epochs=asked.epochs, batch_size=BATCH, precision=asked.precision, ema=0.99)
    part = Part(name="net", takes=("radiograph",), prepare=prepare, build=Lite0, fit=fit, loss=loss, augment=augment)
    paper = Paper(authors="", title="", year=0, doi="", evidence="F", sheet=0)
    inputs = (Input(name="radiograph", kind="radiograph"),)
    system = System(name="bench", summary="", paper=paper, tasks=(TASK,), inputs=inputs, parts=(part,), decode=decode)
    steps = int(asked.studies * 0.7) // BATCH
    with tempfile.TemporaryDirectory() as folder:
        run = engine.train(system, cohort(asked.studies), Path(folder) / "run")
        rows = list(csv.DictReader((run / "log.csv").open()))
    alone = bare(fit, steps)
    for row in rows:
        print(
            f"epoch {row['epoch']}: {float(row['training_seconds']) / steps:.3f} s a step, "
            f"data waiting {100 * float(row['waiting']):.1f} %, network alone {alone:.3f} s"
        )
    worst = max(float(row["waiting"]) for row in rows[1:])
    print(f"data waiting at most {100 * worst:.1f} % of the step time (to be under 10 %)")


if __name__ == "__main__":
    main()
