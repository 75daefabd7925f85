"""Trained systems small enough to be made in a test: what is bright is a tumour, and how bright says which kind."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ComputedRadiographyImageStorage, CTImageStorage, ExplicitVRLittleEndian, generate_uid
from torch import nn

from osteon import systems, weights
from osteon.contract import Classify, Input, Paper, Part, Segment, Sgd, System
from osteon.engine import run
from osteon.engine.run import CohortRecord, PartRecord, RunRecord
from osteon.io import weights as files
from osteon.types import Prediction, Sample

PAPER = Paper(authors="Nobody", title="None", year=2026, doi="10.0/0", evidence="F", sheet=0)
FILM = Classify(name="film", unit="image", classes=("normal", "benign", "malignant"), positive="malignant")
LESION = Classify(name="lesion", unit="lesion", classes=("benign", "intermediate", "malignant"))


class Bright(nn.Module):
    """Logits from the brightest value; the map is bright where the image is."""

    def __init__(self):
        super().__init__()
        self.gain = nn.Parameter(torch.tensor(8.0))

    def forward(self, image):
        flat = image.flatten(1)
        top = flat.amax(dim=1)
        logits = torch.stack([self.gain * (0.6 - top), self.gain * (top - 0.6), 0.5 * self.gain * (top - 0.7)], dim=1)
        features = torch.stack([flat.mean(1), flat.std(1)], dim=1)
        return {"logits": logits, "tumour": self.gain * (image - 0.75), "features": features}


def _prepare(name):
    def prepare(study, _earlier):
        pixels = study.data[name].read().astype(np.float32)
        pixels = pixels / (255 if pixels.max() > 1.5 else 1)
        common = {"study": study.name, "patient": study.patient, "input": name}
        lesions = study.truth.lesions if study.truth else ()
        for number, lesion in enumerate(lesions, start=1):
            row0, column0, row1, column1 = lesion.box_px
            crop = np.resize(pixels[row0:row1, column0:column1], (1, 8, 8))
            yield Sample(item=f"lesion {number}", inputs={"image": crop}, **common)
        if not lesions:
            yield Sample(inputs={"image": pixels[None]}, **common)

    return prepare


def _decode(task, name):
    def decode(outputs, study):
        found = []
        for output in outputs["net"]:
            powers = np.exp(output.values["logits"] - output.values["logits"].max())
            odds = dict(zip(task.classes, (powers / powers.sum()).tolist(), strict=True))
            common = {"study": study.name, "patient": study.patient, "input": name, "item": output.sample.item}
            chance = 1 / (1 + np.exp(-output.values["tumour"][0]))
            heat = chance.astype(np.float32) if task is FILM else None
            features = output.values["features"]
            found.append(Prediction(task=task.name, probabilities=odds, features=features, heat_map=heat, **common))
            if task is FILM:
                found.append(Prediction(task="tumour", label_map=(chance > 0.5).astype(np.uint8), **common))
        return found

    return decode


def _system(kind, task):
    tasks = (task, Segment(name="tumour", unit="image", input=kind)) if task is FILM else (task,)
    part = Part(name="net", takes=(kind,), prepare=_prepare(kind), build=Bright, fit=Sgd(epochs=1))
    return System(
        summary=f"{kind}, tiny", paper=PAPER, tasks=tasks, inputs=(Input(name=kind, kind=kind),), parts=(part,),
        decode=_decode(task, kind),
    )  # fmt: skip


TINY = {
    "tiny-film": _system("radiograph", FILM),
    "tiny-lesion": _system("radiograph", LESION),
    "tiny-ct": _system("ct", FILM),
}


def save(name, folder, *, split=None):
    """Write a finished run of the tiny system `name`."""
    cohort = CohortRecord(name="phantoms", fingerprint="0", evidence="simulated", licence="CC0")
    here = run.begin(folder, RunRecord(system=name, cohort=cohort, split="70/20/10"))
    path = here.part_folder("net") / files.NETWORK
    digest = files.save_network(path, Bright().state_dict())
    here.finish_part("net", PartRecord(file=f"part-net/{files.NETWORK}", sha256=digest, shapes={"image": (1, 8, 8)}))
    (folder / run.CALIBRATION).write_text("{}", encoding="utf-8")
    rows = [f"{study},{study},{side}" for study, side in (split or {}).items()]
    (folder / run.SPLIT).write_text("\n".join(["study,patient,split", *rows]) + "\n", encoding="utf-8")
    here.seal(["net"])
    return folder


@pytest.fixture(autouse=True)
def key(tmp_path_factory, monkeypatch):
    """A key for pseudonyms that is the test's own."""
    monkeypatch.setenv("OSTEON_KEY", str(tmp_path_factory.mktemp("key") / "key"))


@pytest.fixture
def tiny(tmp_path_factory, monkeypatch):
    """Package the three tiny systems, and nothing else; returns their folders by name."""
    home = tmp_path_factory.mktemp("weights")
    folders = {name: save(name, home / name) for name in TINY}
    real = systems.get
    monkeypatch.setattr(systems, "get", lambda name: replace(TINY[name], name=name) if name in TINY else real(name))
    monkeypatch.setattr(weights, "names", lambda: sorted(folders))
    monkeypatch.setattr(weights, "folder", folders.__getitem__)
    return folders


def film(rng, *, bright=(), shape=(160, 120)):
    """Return a film (uint8) of dim smooth tissue with a bright square at each box of `bright`."""
    pixels = np.kron(rng.integers(20, 90, (shape[0] // 8, shape[1] // 8)), np.ones((8, 8)))
    pixels = pixels + rng.normal(0, 4, shape)
    for row0, column0, row1, column1 in bright:
        pixels[row0:row1, column0:column1] = 250
    return np.clip(pixels, 0, 255).astype(np.uint8)


def dicom(path: Path, pixels, *, patient="ID-4711", name="Hidden^Heinrich", series=None, place=None, **more):
    """Write `pixels` as a CR, or as one slice of a CT where `place` (x, y, z) is given."""
    kind = CTImageStorage if place is not None else ComputedRadiographyImageStorage
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = kind, generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    data.SOPClassUID, data.SOPInstanceUID = kind, meta.MediaStorageSOPInstanceUID
    data.PatientID, data.PatientName = patient, name
    data.PatientBirthDate, data.PatientSex, data.StudyDate, data.StudyTime = "19500101", "O", "20200101", "120000"
    data.StudyID, data.AccessionNumber, data.ReferringPhysicianName = "1", "ACC-0815", "Doctor^Dora"
    data.StudyInstanceUID = generate_uid(entropy_srcs=[patient])
    data.SeriesInstanceUID = series or generate_uid()
    data.FrameOfReferenceUID = generate_uid(entropy_srcs=[str(series)])
    data.SeriesNumber, data.InstanceNumber = 1, 1
    data.Modality = "CR" if place is None else "CT"
    data.Rows, data.Columns = pixels.shape
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 8, 7, 0
    data.PixelData = pixels.astype("<u2").tobytes()
    if place is not None:
        data.ImagePositionPatient, data.ImageOrientationPatient = list(place), [1, 0, 0, 0, 1, 0]
        data.PixelSpacing, data.SliceThickness = [0.8, 0.8], 2.0
        data.RescaleSlope, data.RescaleIntercept = 1, 0
    for keyword, value in more.items():
        setattr(data, keyword, value)
    path.parent.mkdir(parents=True, exist_ok=True)
    data.save_as(path, enforce_file_format=True)
    return path


@pytest.fixture
def made():
    """The makers of films, DICOM files and runs, for tests that need their own."""
    return type("Made", (), {"film": staticmethod(film), "dicom": staticmethod(dicom), "save": staticmethod(save)})
