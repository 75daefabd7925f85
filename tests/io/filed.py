"""What the tests of DICOM SEG and SR share: films, series, a maker, and the tools that judge the result."""

import shutil
import subprocess
import warnings

import numpy as np
import pydicom
import pytest
from dicom_maker import ct_slices, instance, save, save_all
from pydicom.data import get_testdata_file
from pydicom.uid import ComputedRadiographyImageStorage, NuclearMedicineImageStorage, generate_uid

from osteon.io import dicom
from osteon.types import Grid, Image, Maker, Source

MAKER = Maker(system="xray-triage-he2020", weights_sha256="ab" * 32, version="0.1.0", seed=1)


def film():
    """Return the demo's film: a CR that states neither pixel spacing nor a frame of reference."""
    return dicom.read(pydicom_file("RG3_J2KR.dcm"))


def pydicom_file(name):
    from pathlib import Path

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = get_testdata_file(name, download=False)
    if path is None:
        pytest.skip(f"{name} is not there: pip install pydicom-data")
    return Path(path)


def series(folder, shape=(5, 9, 8), **values):
    """Return a CT volume of `shape` that was written to `folder` as DICOM, and read from there."""
    made, affine = ct_slices(np.zeros(shape, dtype=np.int16), **values)
    save_all(made, folder)
    image = dicom.read(folder)
    assert image.grid.shape == shape
    return image, affine


def bone_scan(folder):
    """Return the second of the two frames of a planar bone scan."""
    made = instance(np.zeros((2, 12, 10), np.uint16), modality="NM", sop_class=NuclearMedicineImageStorage)
    path = save(made, folder / "nm.dcm")
    source = Source(path=path, sop_instance_uid=made.SOPInstanceUID, sop_class_uid=made.SOPClassUID, frame=2)
    return Image(grid=Grid(shape=(12, 10)), modality="NM", load=lambda: np.zeros((12, 10)), sources=(source,))


def radiograph(folder, **values):
    """Return a small CR written to `folder`, and read from there."""
    made = instance(np.zeros((20, 30), np.uint16), modality="CR", sop_class=ComputedRadiographyImageStorage, **values)
    return dicom.read(save(made, folder / f"{generate_uid()}.dcm"))


def errors_of_dciodvfy(path):
    """Return the errors that dicom3tools finds in a file."""
    tool = shutil.which("dciodvfy")
    if tool is None:
        pytest.skip("dciodvfy is not installed: apt-get install dicom3tools")
    said = subprocess.run([tool, "-new", path], capture_output=True, check=False).stderr.decode(errors="replace")
    return [line for line in said.splitlines() if line.startswith("Error")]


def dcmtk(tool, *arguments):
    """Return what a DCMTK tool prints; it must end well."""
    found = shutil.which(tool)
    if found is None:
        pytest.skip(f"{tool} is not installed: apt-get install dcmtk")
    done = subprocess.run([found, *map(str, arguments)], capture_output=True, check=True)
    return done.stdout.decode(errors="replace")


def read_dicom(path):
    """Return the data set at `path`, values not judged."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pydicom.dcmread(path)
