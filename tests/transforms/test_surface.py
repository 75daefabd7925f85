"""Surfaces: closed, of the right size and side, one with what radiomics measures; refused where they cannot close."""

import numpy as np
import pytest

from osteon.errors import InputError
from osteon.transforms.radiomics.mesh import area_and_volume
from osteon.transforms.surface import surface


def depth(radius, side=48, spacing=(1.0, 1.0, 1.0)):
    """Return the exact distance to a ball in the middle, (side, side, side)."""
    axes = np.meshgrid(*((np.arange(side) - (side - 1) / 2) * s for s in spacing), indexing="ij")
    return np.sqrt(np.sum(np.square(axes), axis=0)) - radius


@pytest.mark.parametrize("level", [-5.0, 0.0, 4.0])
def test_a_ball_has_its_volume_and_area_within_a_per_cent(level):
    found, radius = surface(depth(15.0), level=level), 15.0 + level
    assert found.closed()
    assert found.volume == pytest.approx(4 / 3 * np.pi * radius**3, rel=0.01)
    assert found.area == pytest.approx(4 * np.pi * radius**2, rel=0.01)
    assert np.abs(np.linalg.norm(found.points - 23.5, axis=1) - radius).max() < 0.05


def test_a_mask_has_the_surface_that_radiomics_measures(rng):
    """The radiomics' mesh counts cases and builds none; built, the triangles come to the same."""
    mask = np.zeros((9, 11, 10), bool)
    mask[1:-1, 1:-1, 1:-1] = rng.random((7, 9, 8)) > 0.5
    spacing = np.array([2.0, 0.7, 1.3])
    found = surface(np.where(mask, -1.0, 1.0)).moved(np.diag([*spacing, 1.0]))
    area, volume = area_and_volume(mask, spacing_mm=tuple(spacing))
    assert found.closed()
    assert found.area == pytest.approx(area)
    assert found.volume == pytest.approx(abs(volume))


@pytest.mark.parametrize("mirror", [1.0, -1.0])
def test_triangles_look_outwards_after_a_move_that_mirrors(mirror):
    turned = np.diag([2.0, mirror * 1.5, 1.0, 1.0])
    turned[:3, 3] = (10, -20, 30)
    found = surface(depth(10.0, side=32)).moved(turned)
    assert found.volume == pytest.approx(3.0 * 4 / 3 * np.pi * 1000, rel=0.01)
    corners = found.points[found.faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    outwards = corners.mean(axis=1) - found.points.mean(axis=0)
    assert (np.einsum("ij,ij->i", normals, outwards) > 0).all()


def test_two_bodies_and_a_hollow_one():
    field = np.ones((12, 12, 24))
    field[2:9, 2:9, 2:9] = -1
    field[5, 5, 5] = 1
    field[4:6, 4:6, 16:19] = -1
    found = surface(field)
    assert found.closed()
    assert found.volume == pytest.approx(
        sum(area_and_volume(m, spacing_mm=(1, 1, 1))[1] for m in [field < 0]), rel=1e-6
    )


def test_bodies_that_touch_along_an_edge_are_closed():
    field = np.ones((6, 6, 6))
    field[2, 2, 2] = field[3, 3, 2] = -1
    assert surface(field).closed()


def test_an_opened_surface_is_seen():
    found = surface(depth(6.0, side=20))
    opened = type(found)(points=found.points, faces=found.faces[1:])
    assert found.closed()
    assert not opened.closed()


@pytest.mark.parametrize("field", [np.ones((5, 5, 5)), -np.ones((5, 5, 5))], ids=["empty", "to the border"])
def test_what_cannot_be_closed_is_refused(field):
    with pytest.raises(InputError, match="empty frame"):
        surface(field)
