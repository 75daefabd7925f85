"""Planning surfaces: size, place on an oblique and anisotropic grid, the margin in mm, files and refusals."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree

from osteon.errors import GeometryError, InputError, RequestError
from osteon.geometry import to_mm, volume_grid
from osteon.io.simulated import NOTE
from osteon.report import planning
from osteon.types import Grid, Image

CENTRE = np.array([31.0, -112.0, 845.0])


def ball(radius_mm, *, spacing=(1.0, 1.0, 1.0), turned=False, mirror=1.0, field_mm=60.0):
    """Return the mask of a ball at CENTRE on a grid, oblique if asked."""
    turn = np.linalg.qr(np.random.default_rng(5).standard_normal((3, 3)))[0] if turned else np.eye(3)
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.diag(np.array(spacing) * (1, 1, mirror))
    shape = tuple(int(field_mm / s) for s in spacing)
    affine[:3, 3] = CENTRE - affine[:3, :3] @ ((np.array(shape) - 1) / 2 + 0.2)
    grid = volume_grid(shape, affine)
    index = np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), axis=-1)
    return np.linalg.norm(to_mm(grid, index) - CENTRE, axis=-1) <= radius_mm, grid


@pytest.mark.parametrize(
    ("spacing", "turned", "mirror"),
    [((1.0, 1.0, 1.0), False, 1.0), ((2.0, 0.8, 1.1), True, 1.0), ((2.0, 0.8, 1.1), True, -1.0)],
)
def test_a_ball_has_its_volume_where_the_patient_has_it(spacing, turned, mirror):
    mask, grid = ball(20.0, spacing=spacing, turned=turned, mirror=mirror)
    found = planning.around(mask, grid=grid)
    assert found.closed()
    assert found.volume == pytest.approx(4 / 3 * np.pi * 20.0**3, rel=0.01)
    assert np.allclose(found.points.mean(axis=0), CENTRE, atol=0.3)
    assert np.abs(np.linalg.norm(found.points - CENTRE, axis=1) - 20.0).max() < max(spacing)


@pytest.mark.parametrize("margin", [3.0, 10.0])
@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (3.0, 0.8, 1.1)])
def test_the_margin_is_in_millimetres_in_every_direction(margin, spacing):
    mask, grid = ball(15.0, spacing=spacing, turned=True)
    inner, outer = planning.around(mask, grid=grid), planning.around(mask, grid=grid, margin_mm=margin)
    assert outer.closed()
    away = cKDTree(inner.points).query(outer.points)[0]
    assert np.median(away) == pytest.approx(margin, abs=0.1)
    assert np.abs(away - margin).max() < 0.5
    # Of the ball itself the mask knows no more than its slices tell.
    radii, slice_mm = np.linalg.norm(outer.points - CENTRE, axis=1) - 15.0, max(spacing)
    assert np.mean(radii) == pytest.approx(margin, abs=0.25 * slice_mm)
    assert np.abs(radii - margin).max() < 0.8 * slice_mm
    assert outer.volume == pytest.approx(4 / 3 * np.pi * (15.0 + margin) ** 3, rel=0.03 * slice_mm)


def test_the_margin_around_a_box_has_round_edges():
    """A ball rolled around a box: faces, quarter pipes and an eighth of a ball at each corner."""
    mask = np.zeros((80, 80, 80), bool)
    mask[20:60, 24:56, 30:50] = True
    grid = volume_grid(mask.shape, np.diag([0.5, 0.5, 0.5, 1.0]))
    a, b, c, r = 20.0, 16.0, 10.0, 8.0
    whole = a * b * c + 2 * r * (a * b + b * c + c * a) + np.pi * r**2 * (a + b + c) + 4 / 3 * np.pi * r**3
    assert planning.around(mask, grid=grid, margin_mm=r).volume == pytest.approx(whole, rel=0.02)


def test_a_mask_at_the_border_is_closed_and_its_margin_goes_beyond():
    mask, grid = ball(20.0, field_mm=30.0)
    assert mask[0].any()
    found = planning.around(mask, grid=grid, margin_mm=5.0)
    assert found.closed()
    assert np.ptp(found.points[:, 0]) == pytest.approx(40.0, abs=1.0)


def test_one_voxel_has_a_surface():
    mask = np.zeros((3, 3, 3), bool)
    mask[1, 1, 1] = True
    found = planning.around(mask, grid=volume_grid(mask.shape, np.diag([2.0, 1.0, 1.0, 1.0])), margin_mm=0.0)
    assert found.closed()
    assert 0 < found.volume < 2.0


def _image(pixels, grid):
    return Image(grid=grid, modality="OT", unit="label", load=pixels.copy)


def test_files_and_numbers(tmp_path):
    mask, grid = ball(10.0, field_mm=40.0)
    pixels = mask.astype(np.int32)
    pixels[:3, :3, :3] = 2
    done = planning.write(_image(pixels, grid), tmp_path / "out", margins_mm=(0.0, 2.5), formats=("stl", "ply"))
    assert [(d.label, d.margin_mm) for d in done] == [(1, 0.0), (1, 2.5), (2, 0.0), (2, 2.5)]
    assert done[1].files == ("label-1-margin-2.5mm.stl", "label-1-margin-2.5mm.ply")
    assert done[0].volume_ml == pytest.approx(4.19, rel=0.01)
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"surfaces.json", *(f for d in done for f in d.files)}
    told = json.loads((tmp_path / "out" / "surfaces.json").read_text())
    assert "LPS" in told["space"]
    assert told["surfaces"][1]["margin_mm"] == 2.5
    only = planning.write(_image(pixels, grid), tmp_path / "one", labels=(2,))
    assert [d.label for d in only] == [2]


@pytest.mark.parametrize("notes", [(NOTE,), ("A note.",)])
def test_surfaces_of_a_simulated_mask_say_so(notes, tmp_path):
    mask, grid = ball(6.0, field_mm=20.0)
    image = replace(_image(mask.astype(np.int32), grid), notes=notes)
    planning.write(image, tmp_path / "out", formats=("obj",))
    told = json.loads((tmp_path / "out" / "surfaces.json").read_text())
    assert told["notes"] == list(notes)
    assert ("simulated" in (tmp_path / "out" / "label-1.obj").read_text()) == (NOTE in notes)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"labels": (7,)}, InputError),
        ({"margins_mm": (-1.0,)}, RequestError),
        ({"margins_mm": (float("nan"),)}, RequestError),
        ({"formats": ("step",)}, RequestError),
        ({"formats": ()}, RequestError),
    ],
)
def test_what_cannot_be_meant_is_refused(change, error, tmp_path):
    mask, grid = ball(5.0, field_mm=20.0)
    with pytest.raises(error):
        planning.write(_image(mask.astype(np.int32), grid), tmp_path / "out", **change)
    assert not (tmp_path / "out").exists()


def test_what_is_no_mask_is_refused(tmp_path):
    mask, grid = ball(5.0, field_mm=20.0)
    with pytest.raises(InputError, match="no label map"):
        planning.write(_image(mask * 0.5, grid), tmp_path / "a")
    with pytest.raises(InputError, match="empty"):
        planning.write(_image(mask * 0, grid), tmp_path / "b")
    with pytest.raises(GeometryError, match="in mm"):
        planning.write(_image(mask.astype(np.int32), Grid(shape=mask.shape)), tmp_path / "c")
    with pytest.raises(GeometryError, match="one volume"):
        planning.around(mask[1:], grid=grid)
