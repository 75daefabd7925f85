"""The surface is closed in every case, and is that of simple bodies."""

from collections import Counter

import numpy as np
import pytest

from osteon.transforms.radiomics import mesh


def edges(triangles):
    """Return each directed edge of the triangles."""
    rounded = [[tuple(np.round(p, 3)) for p in t] for t in triangles]
    return [(t[n], t[(n + 1) % 3]) for t in rounded for n in range(3)]


def test_the_surface_is_closed_and_turned_one_way(rng):
    for _ in range(12):
        inside = np.pad(rng.random((3, 4, 3)) < 0.5, 1)
        found = []
        for place in np.ndindex(tuple(n - 1 for n in inside.shape)):
            case = sum(int(inside[tuple((place + c).astype(int))]) << n for n, c in enumerate(mesh.CORNERS))
            found += [t + np.array(place) for t in mesh.triangles(case)]
        directed = Counter(edges(found))
        assert all(count == directed[edge[::-1]] for edge, count in directed.items())


def test_counting_cases_equals_summing_triangles(rng):
    mask, spacing = rng.random((4, 5, 6)) < 0.6, (2.0, 0.7, 0.9)
    inside, area, volume = np.pad(mask, 1), 0.0, 0.0
    for place in np.ndindex(tuple(n - 1 for n in inside.shape)):
        case = sum(int(inside[tuple((place + c).astype(int))]) << n for n, c in enumerate(mesh.CORNERS))
        for triangle in mesh.triangles(case):
            a, b, c = (triangle + np.array(place)) * spacing
            area += np.linalg.norm(np.cross(b - a, c - a)) / 2
            volume += a @ np.cross(b, c) / 6
    assert mesh.area_and_volume(mask, spacing_mm=spacing) == pytest.approx((area, volume))


def test_one_voxel_is_an_octahedron():
    area, volume = mesh.area_and_volume(np.ones((1, 1, 1), bool), spacing_mm=(1.0, 1.0, 1.0))
    assert volume == pytest.approx(1 / 6)
    assert area == pytest.approx(8 * 3**0.5 / 8)
    assert sorted(map(tuple, mesh.vertices(np.ones((1, 1, 1), bool)).tolist())) == [
        (1, 2, 2), (2, 1, 2), (2, 2, 1), (2, 2, 3), (2, 3, 2), (3, 2, 2),
    ]  # fmt: skip


def test_a_ball_has_its_volume_and_touching_corners_stay_apart():
    z, y, x = np.ogrid[-20:21, -20:21, -20:21]
    _, volume = mesh.area_and_volume(z * z + y * y + x * x <= 15.5**2, spacing_mm=(1.0, 1.0, 1.0))
    assert volume == pytest.approx(4 / 3 * np.pi * 15.5**3, rel=0.01)
    one = mesh.area_and_volume(np.ones((1, 1, 1), bool), spacing_mm=(1.0, 1.0, 1.0))
    two = mesh.area_and_volume(np.eye(2, dtype=bool)[None], spacing_mm=(1.0, 1.0, 1.0))
    assert two == pytest.approx((2 * one[0], 2 * one[1]))


def test_a_cavity_adds_its_wall_and_takes_its_volume():
    outer = np.zeros((7, 7, 7), bool)
    outer[1:6, 1:6, 1:6] = True
    hollow = outer.copy()
    hollow[2:5, 2:5, 2:5] = False
    found = [mesh.area_and_volume(m, spacing_mm=(1.5, 1.0, 0.5)) for m in (hollow, outer, outer & ~hollow)]
    assert found[0][0] == pytest.approx(found[1][0] + found[2][0])
    assert found[0][1] == pytest.approx(found[1][1] - found[2][1])
