"""Tiny systems and cohorts of numbers drawn from a seed, for the engine's tests."""

from __future__ import annotations

import numpy as np
from torch import nn
from torch.nn import functional as F

from osteon.contract import Classify, Input, Once, Paper, Part, Segment, Sgd, System, label_of
from osteon.types import Cohort, Evidence, Grid, Image, Prediction, Sample, Study, Truth

CLASSES = ("benign", "malignant")
TASK = Classify(name="malignancy", unit="image", classes=CLASSES, positive="malignant")
PAPER = Paper(authors="Nobody", title="Nothing", year=2000, doi="10.0/0", evidence="F", sheet=0)
SIDE = 8


def picture(pixels):
    return Image(grid=Grid(shape=pixels.shape), modality="OT", load=lambda: pixels)


def cohort(n=60, *, seed=0, strength=1.0, shuffled=False, per_patient=2):
    """Return pictures whose brightness tells the class, two a patient; labels shuffled on demand."""
    rng = np.random.default_rng(seed)
    truth = np.repeat(rng.permutation(np.arange(n // per_patient) % 2), per_patient)
    said = np.repeat(rng.permutation(truth[::per_patient]), per_patient) if shuffled else truth
    studies = []
    for i in range(n):
        pixels = rng.normal(size=(SIDE, SIDE)).astype(np.float32)
        # A pattern for each patient, which a network can learn by heart.
        pixels += np.random.default_rng(1000 + i // per_patient).normal(size=(SIDE, SIDE)).astype(np.float32)
        pixels[2:5, 2:5] += strength * truth[i]
        mask = np.zeros((SIDE, SIDE), np.int32)
        mask[2:5, 2:5] = truth[i]
        masks = {"radiograph": picture(mask)} if truth[i] else {}
        told = Truth(labels={"malignancy": CLASSES[said[i]]}, masks=masks)
        patient = f"p{i // per_patient:03d}"
        data = {"radiograph": picture(pixels)}
        studies.append(Study(name=f"s{i:03d}", patient=patient, site=str(i % 3), data=data, truth=told))
    return Cohort(name="tiny", studies=tuple(studies), evidence=Evidence.SIMULATED, fingerprint=f"tiny-{n}-{seed}")


class Net(nn.Module):
    def __init__(self, width=6):
        super().__init__()
        self.conv = nn.Conv2d(1, width, 3, padding=1)
        self.norm = nn.BatchNorm2d(width)
        self.drop = nn.Dropout(0.2)
        self.head = nn.Linear(width * 4, 2)

    def features(self, image):
        return F.adaptive_avg_pool2d(F.relu(self.norm(self.conv(image))), 2).flatten(1)

    def forward(self, image):
        features = self.features(image)
        return {"logits": self.head(self.drop(features)), "features": features}

    def load_pretrained(self, state):
        own = self.state_dict()
        self.load_state_dict({**own, **{k: v for k, v in state.items() if k in own and not k.startswith("head")}})


def prepare(study, earlier):
    target = label_of(study, TASK)
    targets = {} if target is None else {"malignancy": target}
    pixels = study.data["radiograph"].read()[None]
    yield Sample(study=study.name, patient=study.patient, inputs={"image": pixels}, targets=targets, input="radiograph")


def augment(sample, rng):
    image = sample.inputs["image"]
    if rng.random() < 0.5:
        image = image[:, :, ::-1]
    from dataclasses import replace

    return replace(sample, inputs={"image": (image + rng.normal(0, 0.1, image.shape)).astype(np.float32)})


def loss(outputs, batch):
    return F.cross_entropy(outputs["logits"], batch.targets["malignancy"])


def softmax(logits):
    e = np.exp(logits - logits.max())
    return e / e.sum()


def decode(outputs, study):
    found = outputs[next(reversed(outputs))][0].values
    odds = found["probabilities"] if "probabilities" in found else softmax(found["logits"])
    return [
        Prediction(
            study=study.name, patient=study.patient, task="malignancy", input="radiograph",
            probabilities=dict(zip(CLASSES, map(float, odds), strict=True)), features=found.get("features"),
        )
    ]  # fmt: skip


FIT = Sgd(epochs=3, batch_size=8, lr=1e-2, weight_decay=1e-3, warmup=0.1)
PART = Part(name="net", takes=("radiograph",), prepare=prepare, build=Net, fit=FIT, loss=loss, augment=augment)


INPUTS = (Input(name="radiograph", kind="radiograph"),)


def system(*parts, tasks=(TASK,), decode=decode, name="tiny", **more):
    parts = parts or (PART,)
    return System(
        name=name, summary="Tiny.", paper=PAPER, tasks=tasks, inputs=INPUTS, parts=parts, decode=decode, **more
    )


def second_prepare(study, earlier):
    target = label_of(study, TASK)
    targets = {} if target is None else {"malignancy": target}
    (told,) = earlier["net"]
    yield Sample(study=study.name, patient=study.patient, inputs={"logits": told.values["logits"]}, targets=targets)


def logistic():
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression()


SECOND = Part(name="joined", takes=("net",), prepare=second_prepare, build=logistic, fit=Once())


class Outliner(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(1, 6, 3, padding=1), nn.ReLU(), nn.Conv2d(6, 1, 3, padding=1))

    def forward(self, image):
        return {"tumour": self.body(image)}


def outline_prepare(study, earlier):
    image = study.data["radiograph"]
    mask = study.truth.masks.get("radiograph") if study.truth else None
    targets = {"mask": mask.read()[None] if mask else np.zeros((1, *image.grid.shape), np.int32)}
    yield Sample(study=study.name, patient=study.patient, inputs={"image": image.read()[None]}, targets=targets)


def outline_loss(outputs, batch):
    return F.binary_cross_entropy_with_logits(outputs["tumour"], batch.targets["mask"].float())


def outline_decode(outputs, study):
    values = outputs["outline"][0].values["tumour"][0]
    return [
        Prediction(
            study=study.name,
            patient=study.patient,
            task="tumour",
            input="radiograph",
            label_map=(values > 0).astype(np.uint8),
        )
    ]


OUTLINE = Part(
    name="outline", takes=("radiograph",), prepare=outline_prepare, build=Outliner,
    fit=Sgd(epochs=8, batch_size=8, lr=2e-2), loss=outline_loss,
)  # fmt: skip
OUTLINES = (Segment(name="tumour", unit="image", input="radiograph"),)


def weights_of(run):
    """Return the bytes of every weights file of a run, by its path."""
    return {str(p.relative_to(run)): p.read_bytes() for p in sorted(run.rglob("weights.*"))}
