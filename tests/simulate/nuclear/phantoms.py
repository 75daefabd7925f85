"""Small bodies and sources for the tests of nuclear medicine."""

from dataclasses import replace

import numpy as np

from osteon.geometry import matrix, volume_grid
from osteon.simulate.nuclear.gamma_camera import Bed, Camera, heads
from osteon.simulate.nuclear.photon_space import ordered, space
from osteon.simulate.nuclear.photon_tables import Window, tables
from osteon.simulate.nuclear.photon_transport import Game, emission, majorant
from osteon.simulate.person.body import Body
from osteon.simulate.person.tissues import Tissue

SMALL = Bed(shape=(64, 64), pixel_mm=4.0)


def box(tissue=Tissue.MUSCLE, *, shape=(30, 30, 30), voxel_mm=8.0):
    """A box of one tissue, (slices, rows, columns), its middle at x = y = z = 0."""
    labels = np.full(shape, tissue, np.uint8)
    nothing = np.zeros(shape, np.uint8)
    affine = np.zeros((4, 4))
    affine[2, 0] = affine[1, 1] = affine[0, 2] = voxel_mm
    affine[:3, 3] = [-(n - 1) / 2 * voxel_mm for n in (shape[2], shape[1], shape[0])]
    affine[3, 3] = 1.0
    return Body(grid=volume_grid(shape, affine), tissue=labels, bone=nothing.copy(), lesion=nothing.copy())


def point(body, index):
    """Activity in one voxel (slice, row, column)."""
    activity = np.zeros(body.tissue.shape)
    activity[index] = 1.0
    return activity


def game(body, activity, *, camera=None, bed=SMALL, window=None, forced=True):
    """All that the transport needs."""
    camera = camera or Camera(window=window or Window())
    inside, table = space(body), tables(camera.window)
    return Game(
        space=inside,
        emission=emission(ordered(activity, body.grid)),
        tables=table,
        heads=heads(inside, camera=camera, bed=bed),
        majorant=majorant(inside, table),
        forced=forced,
    )


def flipped(body, axis):
    """The same body in the same place, held with one axis of its arrays running the other way."""
    affine = matrix(body.grid)
    affine[:3, 3] += affine[:3, axis] * (body.grid.shape[axis] - 1)
    affine[:3, axis] *= -1.0
    held = {name: np.flip(getattr(body, name), axis) for name in ("tissue", "bone", "lesion")}
    return replace(body, grid=volume_grid(body.grid.shape, affine), **held)
