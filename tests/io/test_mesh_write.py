"""STL, OBJ and PLY: read back by hand, with the frame and the unit in each header."""

import struct

import numpy as np
import pytest

from osteon.errors import InputError, RequestError
from osteon.io import mesh_write

POINTS = np.array([[0.0, 0, 0], [10.5, 0, 0], [0, -20.25, 0], [0, 0, 30.125]])
FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])


def test_stl(tmp_path):
    mesh_write.write(tmp_path / "a.stl", POINTS, FACES)
    data = (tmp_path / "a.stl").read_bytes()
    assert len(data) == 84 + 50 * len(FACES)
    assert not data.startswith(b"solid")
    assert b"SPACE=LPS" in data[:80]
    assert b"UNIT=mm" in data[:80]
    assert struct.unpack("<I", data[80:84]) == (len(FACES),)
    for n, face in enumerate(FACES):
        values = struct.unpack("<12fH", data[84 + 50 * n : 134 + 50 * n])
        corners = np.array(values[3:12]).reshape(3, 3)
        assert np.allclose(corners, POINTS[face])
        normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
        assert np.allclose(values[:3], normal / np.linalg.norm(normal), atol=1e-6)


def test_obj(tmp_path):
    mesh_write.write(tmp_path / "a.obj", POINTS, FACES)
    lines = (tmp_path / "a.obj").read_text().splitlines()
    assert lines[0].startswith("# SPACE=LPS UNIT=mm")
    points = [[float(w) for w in line.split()[1:]] for line in lines if line.startswith("v ")]
    faces = [[int(w) for w in line.split()[1:]] for line in lines if line.startswith("f ")]
    assert np.allclose(points, POINTS)
    assert np.array_equal(np.array(faces) - 1, FACES)


def test_ply(tmp_path):
    mesh_write.write(tmp_path / "a.PLY", POINTS, FACES)
    head, _, body = (tmp_path / "a.PLY").read_bytes().partition(b"end_header\n")
    assert b"comment SPACE=LPS UNIT=mm" in head
    assert b"element vertex 4\n" in head
    assert np.allclose(np.frombuffer(body[:48], "<f4").reshape(4, 3), POINTS)
    for n, face in enumerate(FACES):
        assert struct.unpack("<B3i", body[48 + 13 * n : 61 + 13 * n]) == (3, *face)
    assert len(body) == 48 + 13 * len(FACES)


@pytest.mark.parametrize("name", ["a.stl", "a.obj", "a.ply"])
def test_a_surface_of_no_patient_says_so_in_its_header(tmp_path, name):
    for simulated in (True, False):
        mesh_write.write(tmp_path / name, POINTS, FACES, simulated=simulated)
        assert (b"research use only, simulated" in (tmp_path / name).read_bytes()[:120]) == simulated


def test_an_unknown_ending_is_refused(tmp_path):
    with pytest.raises(RequestError, match=r"\.stl, \.obj, \.ply"):
        mesh_write.write(tmp_path / "a.vtk", POINTS, FACES)


@pytest.mark.parametrize(
    ("points", "faces"), [(POINTS * np.nan, FACES), (POINTS, FACES + 1), (POINTS, FACES[:0]), (POINTS[:, :2], FACES)]
)
def test_what_is_no_surface_is_refused(points, faces, tmp_path):
    with pytest.raises(InputError, match="is not one"):
        mesh_write.write(tmp_path / "a.stl", points, faces)
    assert not (tmp_path / "a.stl").exists()
