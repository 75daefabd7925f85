"""A folder of CT slices to a volume in HU, against pydicom decoding the same pixels and doing nothing else."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pydicom
from measure import interleaved, medians, table
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, JPEG2000Lossless, generate_uid

from osteon.io import dicom

WANTED_TIME, WANTED_MEMORY = 1.3, 2.5


def make(folder: Path, *, slices: int, compressed: bool) -> None:
    """Write a series of 512x512 slices of a smooth body with noise, in shuffled file names."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[-1:1:512j, -1:1:512j]
    body = np.where(rows**2 + columns**2 < 0.7, 1064.0, 24.0)
    series, study = generate_uid(), generate_uid()
    for index, name in enumerate(rng.permutation(slices)):
        pixels = (body + rng.normal(0, 12, body.shape)).clip(0, 4095).astype(np.int16)
        meta = FileMetaDataset()
        meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, CTImageStorage
        meta.MediaStorageSOPInstanceUID = generate_uid()
        made = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
        made.SOPClassUID, made.SOPInstanceUID, made.Modality = CTImageStorage, meta.MediaStorageSOPInstanceUID, "CT"
        made.StudyInstanceUID, made.SeriesInstanceUID, made.PatientID = study, series, "benchmark"
        made.ImageType, made.InstanceNumber = ["ORIGINAL", "PRIMARY", "AXIAL"], index + 1
        made.ImagePositionPatient, made.ImageOrientationPatient = [-180, -180, index * 1.25], [1, 0, 0, 0, 1, 0]
        made.PixelSpacing, made.SliceThickness = [0.7, 0.7], 1.25
        made.Rows, made.Columns, made.SamplesPerPixel, made.PhotometricInterpretation = 512, 512, 1, "MONOCHROME2"
        made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 16, 15, 1
        made.RescaleSlope, made.RescaleIntercept, made.RescaleType = 1, -1024, "HU"
        made.PixelData = pixels.tobytes()
        made["PixelData"].VR = "OW"
        if compressed:
            made.compress(JPEG2000Lossless)
        made.save_as(folder / f"{name:05d}.dcm", enforce_file_format=True)


def peak_share(folder: Path) -> float:
    """Return the peak memory of reading `folder` over the size of the volume, measured in a process of its own."""
    command = [sys.executable, __file__, "--memory", str(folder)]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return float(out)


def memory(folder: Path) -> float:
    """Return what reading `folder` adds to this process's largest memory, over the volume's bytes."""
    before = _largest_kib()
    volume = dicom.read(folder).read()
    return (_largest_kib() - before) * 1024 / volume.nbytes


def _largest_kib() -> int:
    """Return the largest resident memory of this process so far; unlike getrusage's, not its parent's."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def compare(folder: Path, *, rounds: int) -> dict[str, float]:
    """Return median seconds by name, taken turn by turn; the last is pydicom without opening any file."""
    files = sorted(folder.iterdir())
    opened = [pydicom.dcmread(file) for file in files]

    def decoded_only() -> list[np.ndarray]:
        for one in opened:
            one._pixel_array = None  # pydicom keeps what it has decoded
            one._pixel_id = {}
        return [one.pixel_array for one in opened]

    ways = {
        "osteon": lambda: dicom.read(folder).read(),
        "pydicom.dcmread(file).pixel_array": lambda: [pydicom.dcmread(file).pixel_array for file in files],
        "pydicom.pixels.pixel_array(file)": lambda: [pydicom.pixels.pixel_array(file) for file in files],
        "dataset.pixel_array, files read before": decoded_only,
    }
    seconds, _ = interleaved(ways, rounds=rounds)
    return medians(seconds)


def main() -> str:
    """Return the comparison as Markdown."""
    rows = []
    for slices, compressed, rounds in ((300, False, 9), (60, True, 3)):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            make(folder, slices=slices, compressed=compressed)
            seconds, share = compare(folder, rounds=rounds), peak_share(folder)
        what = f"{slices} slices, {'JPEG 2000' if compressed else 'uncompressed'}"
        ours = seconds.pop("osteon")
        for way, theirs in seconds.items():
            rows.append([what, way, f"{theirs:.3f}", f"{ours:.3f}", f"{ours / theirs:.2f}", f"{share:.2f}"])
    head = ["folder", "pydicom does", "its s", "osteon's s", "ratio", "peak memory / volume"]
    return (
        "## A CT folder to a volume\n\n"
        "osteon reads every header, sorts, checks the geometry, decodes and rescales to a float32 volume in HU. "
        f"Wanted: a ratio of at most {WANTED_TIME} and memory of at most {WANTED_MEMORY} volumes.\n\n"
        + table(head, rows)
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--memory", type=Path)
    asked = parser.parse_args()
    print(main() if asked.memory is None else memory(asked.memory))
