"""Simulated films, bone scans and SPECT: read back by osteon to the same values; valid DICOM."""

import numpy as np
import pytest
from filed import errors_of_dciodvfy
from test_dicom_write_slices import PATIENT, oblique, series, values_of

from osteon.errors import GeometryError, RequestError
from osteon.geometry import same_place, to_mm, volume_grid
from osteon.io import dicom, dicom_write
from osteon.io.simulated import NOTE
from osteon.types import Grid

PIXELS = np.random.default_rng(1).integers(0, 65536, (7, 5)).astype(np.uint16)
AT_DETECTOR = Grid(shape=(7, 5), spacing_mm=(0.15, 0.14), spacing_at="detector")
AT_PATIENT = Grid(shape=(7, 5), spacing_mm=(0.15, 0.14), spacing_at="patient")
UNKNOWN = Grid(shape=(7, 5))


def film(path, grid, *, modality="DX", **facts):
    return dicom_write.film(
        path, pixels=PIXELS, grid=grid, patient=PATIENT, series=series("film", **facts), modality=modality
    )


@pytest.mark.parametrize(
    ("grid", "modality"),
    [(AT_DETECTOR, "DX"), (AT_PATIENT, "DX"), (AT_DETECTOR, "CR"), (AT_PATIENT, "CR"), (UNKNOWN, "CR")],
)
def test_a_film_is_read_back_as_written(tmp_path, grid, modality):
    path = film(tmp_path / "film.dcm", grid, modality=modality)
    image = dicom.read(path)
    assert np.allclose(image.read(), PIXELS / 65535, atol=1e-6)
    assert (image.grid, image.modality) == (grid, modality)
    assert errors_of_dciodvfy(path) == []


def test_a_film_states_view_side_and_part(tmp_path):
    path = film(tmp_path / "film.dcm", AT_DETECTOR, ViewPosition="LL", ImageLaterality="R", BodyPartExamined="KNEE")
    facts = dicom.read(path).facts
    assert (facts["ViewPosition"], facts["Laterality"], facts["BodyPartExamined"]) == ("LL", "R", "KNEE")
    assert errors_of_dciodvfy(path) == []


def test_the_same_bytes_twice(tmp_path):
    one, other = (film(tmp_path / name, AT_DETECTOR).read_bytes() for name in ("a.dcm", "b.dcm"))
    assert one == other


def test_a_dx_without_spacing_is_refused(tmp_path):
    with pytest.raises(RequestError, match="write a CR"):
        film(tmp_path / "film.dcm", UNKNOWN)


def test_a_spacing_that_does_not_say_where_is_refused(tmp_path):
    with pytest.raises(RequestError, match="at the detector or at the patient"):
        film(tmp_path / "film.dcm", Grid(shape=(7, 5), spacing_mm=(0.1, 0.1)))


@pytest.mark.parametrize(
    ("pixels", "modality"),
    [(PIXELS.astype(float), "DX"), (PIXELS[:3], "DX"), (PIXELS, "MG"), (PIXELS.astype(np.int16), "CR")],
)
def test_other_pixels_and_modalities_are_refused(tmp_path, pixels, modality):
    with pytest.raises(RequestError, match="uint16"):
        dicom_write.film(
            tmp_path / "x.dcm",
            pixels=pixels,
            grid=AT_DETECTOR,
            patient=PATIENT,
            series=series("film"),
            modality=modality,
        )
    assert list(tmp_path.iterdir()) == []


def scan(path, anterior, posterior):
    return dicom_write.bone_scan(
        path,
        views={"anterior": anterior, "posterior": posterior},
        spacing_mm=(2.4, 2.2),
        patient=PATIENT,
        series=series("bone scan"),
    )


def test_a_bone_scan_has_both_views_in_one_file(tmp_path):
    front, back = np.random.default_rng(2).poisson(30, (2, 1024, 256))
    path = scan(tmp_path / "nm.dcm", front, back)
    items = dicom.read_files([path], root=tmp_path).items
    views = {item.datum.facts["view"]: item.datum for item in items}
    assert np.array_equal(views["anterior"].read(), front)
    assert np.array_equal(views["posterior"].read(), back)
    assert {image.grid.shape for image in views.values()} == {(1024, 256)}
    assert {image.grid.spacing_mm for image in views.values()} == {(2.4, 2.2)}
    assert all((image.unit, image.notes) == ("counts", (NOTE,)) for image in views.values())
    assert errors_of_dciodvfy(path) == []


@pytest.mark.parametrize("view", ["anterior", "posterior"])
def test_a_view_may_have_a_file_of_its_own(tmp_path, view):
    counts = np.random.default_rng(2).poisson(30, (64, 16))
    path = dicom_write.bone_scan(
        tmp_path / "nm.dcm", views={view: counts}, spacing_mm=(2.4, 2.2), patient=PATIENT, series=series(view)
    )
    (item,) = dicom.read_files([path], root=tmp_path).items
    assert item.datum.facts["view"] == view
    assert np.array_equal(item.datum.read(), counts)
    assert [source.frame for source in item.datum.sources] == [None]
    assert errors_of_dciodvfy(path) == []


@pytest.mark.parametrize("views", [{}, {"lateral": np.ones((4, 3))}])
def test_other_views_are_refused(tmp_path, views):
    with pytest.raises(RequestError, match="anterior and posterior, or one of them"):
        dicom_write.bone_scan(
            tmp_path / "nm.dcm", views=views, spacing_mm=(2.4, 2.2), patient=PATIENT, series=series("bone scan")
        )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("bad", [0.5, -1, 65536, np.nan])
def test_counts_that_are_none_are_refused(tmp_path, bad):
    counts = np.ones((4, 3))
    wrong = counts.copy()
    wrong[1, 1] = bad
    with pytest.raises(RequestError, match="whole numbers"):
        scan(tmp_path / "nm.dcm", counts, wrong)


def test_views_of_two_shapes_are_refused(tmp_path):
    with pytest.raises(RequestError, match="shapes"):
        scan(tmp_path / "nm.dcm", np.ones((4, 3)), np.ones((3, 4)))


@pytest.mark.parametrize("seed", range(4))
def test_a_spect_is_read_back_in_the_same_place(tmp_path, seed):
    grid, counts = oblique(seed), values_of(seed)
    path = dicom_write.spect(tmp_path / "spect.dcm", counts=counts, grid=grid, patient=PATIENT, series=series("spect"))
    image = dicom.read(path)
    assert np.array_equal(image.read(), counts)
    assert same_place(image.grid, grid, tolerance_mm=1e-6)
    assert (image.modality, image.unit) == ("NM", "counts")
    assert errors_of_dciodvfy(path) == []


def test_a_spect_whose_slices_run_the_other_way_keeps_its_place(tmp_path):
    affine = np.eye(4)
    affine[:3, :3] = np.array([[0, 0, 0.7], [0, 0.9, 0], [-2.0, 0, 0]])
    grid = volume_grid((4, 6, 5), affine)
    path = dicom_write.spect(tmp_path / "s.dcm", counts=values_of(), grid=grid, patient=PATIENT, series=series("spect"))
    image = dicom.read(path)
    assert np.array_equal(image.read(), values_of()[::-1])
    assert np.allclose(to_mm(image.grid, [0, 0, 0]), to_mm(grid, [3, 0, 0]))


def test_a_spect_of_another_grid_is_refused(tmp_path):
    with pytest.raises(GeometryError, match="one grid"):
        dicom_write.spect(
            tmp_path / "x.dcm", counts=values_of()[:2], grid=oblique(), patient=PATIENT, series=series("spect")
        )
