"""Synthetic DICOM written by pydicom, for the tests of the DICOM readers."""

import io
import warnings
from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

SECRET = "Zweitname"
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


def instance(pixels, *, modality="CT", sop_class=CTImageStorage, series="1.2.3", **values):
    """Return a data set with `pixels` of shape ([frames,] rows, columns) and `values` by keyword."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = generate_uid()
    made = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    made.SOPClassUID, made.SOPInstanceUID = sop_class, meta.MediaStorageSOPInstanceUID
    made.PatientName, made.PatientID = f"{SECRET}^Patient", f"{SECRET}-17"
    made.StudyInstanceUID, made.SeriesInstanceUID, made.Modality = "1.2.1", series, modality
    if pixels is not None:
        _set_pixels(made, np.asarray(pixels))
    for keyword, value in values.items():
        if value is None:
            made.pop(keyword, None)
        else:
            setattr(made, keyword, value)
    return made


def _set_pixels(made, pixels):
    made.Rows, made.Columns = pixels.shape[-2:]
    if pixels.ndim == 3:
        made.NumberOfFrames = len(pixels)
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.BitsAllocated = made.BitsStored = pixels.dtype.itemsize * 8
    made.HighBit = made.BitsStored - 1
    made.PixelRepresentation = int(pixels.dtype.kind == "i")
    made.PixelData = pixels.tobytes()
    made["PixelData"].VR = "OW"


def save(made, path):
    """Write a data set; what is wrong with it on purpose is not warned of."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made.save_as(path, enforce_file_format=bool(made.file_meta))
    return Path(path)


def raw(made):
    """Return a data set as bytes."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def item(**values):
    """Return a sequence item."""
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def rotation(rng):
    """Return a random rotation matrix."""
    turned, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return turned * np.sign(np.linalg.det(turned))


def ct_slices(volume, *, row=(1, 0, 0), column=(0, 1, 0), origin=(-10.0, 5.0, 30.0), spacing=(2.5, 0.7, 0.9), **values):
    """Return one data set a slice of `volume` (int16), and the affine of (slice, row, column) to mm.

    `spacing` is (between slices, between rows, between columns).
    """
    row, column = np.asarray(row, float), np.asarray(column, float)
    normal = np.cross(row, column)
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1], affine[:3, 2] = normal * spacing[0], column * spacing[1], row * spacing[2]
    affine[:3, 3] = origin
    made = []
    for index, plane in enumerate(volume):
        at = affine[:3, 3] + index * affine[:3, 0]
        stated = {
            "ImagePositionPatient": [f"{v:.9g}" for v in at],
            "ImageOrientationPatient": [f"{v:.9g}" for v in (*row, *column)],
            "PixelSpacing": [f"{spacing[1]:.9g}", f"{spacing[2]:.9g}"],
            "RescaleSlope": 1,
            "RescaleIntercept": -1024,
            "RescaleType": "HU",
            "InstanceNumber": index + 1,
            "SliceThickness": spacing[0],
        } | values
        made.append(instance(plane, **stated))
    return made, affine


def save_all(made, folder, *, names=None):
    """Write data sets as files of `folder`, named so that their order says nothing."""
    paths = []
    for index, one in enumerate(made):
        name = names[index] if names else f"{(index * 7919) % 104729:06d}.dcm"
        paths.append(save(one, Path(folder) / name))
    return paths


def volume_of(rng, shape=(5, 6, 7)):
    """Return distinct int16 values of `shape`."""
    return rng.permutation(np.arange(np.prod(shape), dtype=np.int16)).reshape(shape)


def package_files():
    """Return the DICOM-ish files that pydicom and pydicom-data ship; nothing is fetched."""
    import data_store

    roots = (Path(pydicom.__file__).parent / "data" / "test_files", Path(data_store.__file__).parent / "data")
    return sorted(path for root in roots for path in root.rglob("*") if path.is_file() and path.suffix != ".py")
