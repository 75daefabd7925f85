"""Surfaces as STL, OBJ and PLY: millimetres in the DICOM patient frame (LPS), and said so in each header."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from osteon.errors import InputError, RequestError
from osteon.io import atomic

SPACE = "SPACE=LPS UNIT=mm osteon, research use only"  # 3D Slicer reads SPACE=LPS from a header
SIMULATED = ", simulated"
HEADER_BYTES = 80


def write(path: Path, points_mm: np.ndarray, faces: np.ndarray, *, simulated: bool = False) -> None:
    """Write triangles to `path`, in the format of its ending: .stl (binary), .obj or .ply (binary).

    Args:
        path: File to write.
        points_mm: (n, 3), x to the patient's left, y to the back, z to the head.
        faces: (m, 3) indices of points, counterclockwise seen from outside.
        simulated: Whether it is of no patient, which the header then says.

    Raises:
        RequestError: The ending is none of these.
        InputError: A point is no finite number, or a face names a point that there is not.

    """
    form = FORMATS.get(Path(path).suffix.lower())
    if form is None:
        msg = f"Surfaces are written as {', '.join(FORMATS)}, not as {Path(path).suffix or 'a file without ending'!r}."
        raise RequestError(msg)
    points, faces = np.asarray(points_mm, dtype=np.float64), np.asarray(faces, dtype=np.int64)
    whole = points.ndim == faces.ndim == 2 and points.shape[1] == faces.shape[1] == 3 and np.isfinite(points).all()
    if not whole or not faces.size or faces.min() < 0 or faces.max() >= len(points):
        msg = f"A surface of {points.shape} points and {faces.shape} faces is not one; give finite points, 3 a face."
        raise InputError(msg, file=Path(path).name)
    atomic.write_bytes(path, form(points, faces, SPACE + SIMULATED * simulated))


def _stl(points: np.ndarray, faces: np.ndarray, says: str) -> bytes:
    corners = points[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    rows = np.zeros(len(faces), dtype=[("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("more", "<u2")])
    rows["normal"], rows["corners"] = normals, corners
    header = says.encode("ascii").ljust(HEADER_BYTES)
    return header + np.array(len(faces), "<u4").tobytes() + rows.tobytes()


def _obj(points: np.ndarray, faces: np.ndarray, says: str) -> bytes:
    lines = [f"# {says}", *(f"v {x:.5f} {y:.5f} {z:.5f}" for x, y, z in points)]
    lines += [f"f {a} {b} {c}" for a, b, c in faces + 1]
    return ("\n".join(lines) + "\n").encode("ascii")


def _ply(points: np.ndarray, faces: np.ndarray, says: str) -> bytes:
    header = [
        "ply", "format binary_little_endian 1.0", f"comment {says}", f"element vertex {len(points)}",
        "property float x", "property float y", "property float z", f"element face {len(faces)}",
        "property list uchar int vertex_indices", "end_header",
    ]  # fmt: skip
    rows = np.zeros(len(faces), dtype=[("count", "u1"), ("corners", "<i4", 3)])
    rows["count"], rows["corners"] = 3, faces
    return ("\n".join(header) + "\n").encode("ascii") + points.astype("<f4").tobytes() + rows.tobytes()


FORMATS: Mapping[str, Callable[[np.ndarray, np.ndarray, str], bytes]] = {".stl": _stl, ".obj": _obj, ".ply": _ply}
