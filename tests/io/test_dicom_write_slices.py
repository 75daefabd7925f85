"""Simulated CT, MR and PET: read back by osteon to the same values in the same millimetres; valid DICOM."""

import itertools

import numpy as np
import pydicom
import pytest
from dicom_maker import rotation
from filed import errors_of_dciodvfy

from osteon.errors import GeometryError, RequestError
from osteon.geometry import same_place, to_mm, volume_grid
from osteon.io import dicom, dicom_write
from osteon.io.simulated import NOTE

SHAPE = (4, 6, 5)
PATIENT = dicom_write.SimulatedPatient(name="simulated-000001", sex="male", age_years=17.0, weight_kg=61.5)
DOSE = dicom_write.Dose(injected_bq=2.5e8, uptake_s=3600)


def series(name, **facts):
    return dicom_write.SimulatedSeries(key="test/1", name=name, facts=facts)


def oblique(seed=0, *, shape=SHAPE):
    """Return a turned grid whose slices run along row x column, 2.5 x 0.9 x 0.7 mm."""
    turned, affine = rotation(np.random.default_rng(seed)), np.eye(4)
    affine[:3, :3] = np.stack([turned[:, 2] * 2.5, turned[:, 1] * 0.9, turned[:, 0] * 0.7], axis=1)
    affine[:3, 3] = (-310.25, 5, 1030.7)
    return volume_grid(shape, affine)


def values_of(seed=0, *, low=0, high=4000, shape=SHAPE):
    return np.random.default_rng(seed).integers(low, high, shape)


def write(kind, folder, values, grid):
    """Write `values` by the writer of this name."""
    if kind == "ct":
        return dicom_write.ct(folder, hu=values, grid=grid, patient=PATIENT, series=series("ct"))
    if kind == "mr":
        return dicom_write.mr(folder, values=values, grid=grid, patient=PATIENT, series=series("t1"))
    return dicom_write.pet(folder, bq_per_ml=values, grid=grid, patient=PATIENT, series=series("pet"), dose=DOSE)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["ct", "mr", "pet"])
def test_read_back_in_the_same_place(tmp_path, kind, seed):
    grid = oblique(seed)
    values = values_of(seed)
    image = dicom.read(write(kind, tmp_path / kind, values, grid))
    assert image.notes == (NOTE,)
    assert same_place(image.grid, grid, tolerance_mm=1e-6)
    factor = 1.0 if kind != "pet" else 61.5e3 / (2.5e8 * 2 ** (-3600 / 6586.2))
    assert np.allclose(image.read(), values * factor, rtol=1e-6)


@pytest.mark.parametrize(("kind", "unit"), [("ct", "HU"), ("mr", None), ("pet", "SUVbw")])
def test_unit_and_modality(tmp_path, kind, unit):
    image = dicom.read(write(kind, tmp_path / kind, values_of(), oblique()))
    assert (image.unit, image.modality) == (unit, {"ct": "CT", "mr": "MR", "pet": "PT"}[kind])


@pytest.mark.parametrize("kind", ["ct", "mr", "pet"])
def test_valid_for_dciodvfy(tmp_path, kind):
    folder = write(kind, tmp_path / kind, values_of() / (1 if kind == "ct" else 3), oblique())
    for file in sorted(folder.iterdir()):
        assert errors_of_dciodvfy(file) == []


@pytest.mark.parametrize("kind", ["ct", "mr", "pet"])
def test_the_same_bytes_twice(tmp_path, kind):
    one, other = (write(kind, tmp_path / n, values_of(), oblique()) for n in ("a", "b"))
    names = [file.name for file in sorted(one.iterdir())]
    assert names == ["0001.dcm", "0002.dcm", "0003.dcm", "0004.dcm"]
    assert all((one / name).read_bytes() == (other / name).read_bytes() for name in names)


def test_flipped_and_permuted_grids_keep_every_voxel_in_its_place(tmp_path):
    values = values_of()
    for number, (order, signs) in enumerate(
        itertools.product(itertools.permutations(range(3)), itertools.product((1, -1), repeat=3))
    ):
        affine = np.eye(4)
        affine[:3, :3] = (np.diag([2.0, 0.9, 0.7]) * signs)[list(order)]
        grid = volume_grid(SHAPE, affine)
        image = dicom.read(write("ct", tmp_path / str(number), values, grid))
        upright = np.linalg.det(np.array(image.grid.affine)[:3, :3]) * np.linalg.det(affine[:3, :3]) > 0
        expected = values if upright else values[::-1]
        assert np.array_equal(image.read(), expected)
        first = to_mm(grid, [0 if upright else SHAPE[0] - 1, 0, 0])
        assert np.allclose(to_mm(image.grid, [0, 0, 0]), first)


def test_hounsfield_units_below_air_and_above_metal(tmp_path):
    values = np.array([-33792, -1024.4, -1000, 0, 0.6, 31743.0]).reshape(1, 2, 3)
    image = dicom.read(write("ct", tmp_path / "ct", values, oblique(shape=(1, 2, 3))))
    assert image.read().ravel().tolist() == [-33792, -1024, -1000, 0, 1, 31743]


@pytest.mark.parametrize("value", [-33793, 31744])
def test_hounsfield_units_beyond_16_bits_are_refused(tmp_path, value):
    with pytest.raises(RequestError, match="16 bits"):
        write("ct", tmp_path / "ct", np.full(SHAPE, value), oblique())
    assert not (tmp_path / "ct").exists()


@pytest.mark.parametrize("kind", ["ct", "mr", "pet"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_no_numbers_are_refused(tmp_path, kind, value):
    with pytest.raises(RequestError, match="NaN"):
        write(kind, tmp_path / "x", np.full(SHAPE, value), oblique())


def test_mr_fractions_keep_65535_steps(tmp_path):
    values = np.random.default_rng(0).random(SHAPE) * 3.7
    image = dicom.read(write("mr", tmp_path / "mr", values, oblique()))
    assert np.abs(image.read() - values).max() <= 3.7 / 65535 / 2 * 1.01


def test_mr_whole_numbers_are_stored_without_a_slope(tmp_path):
    folder = write("mr", tmp_path / "mr", values_of(), oblique())
    assert "RescaleSlope" not in pydicom.dcmread(folder / "0001.dcm")


def test_mr_below_zero_is_refused(tmp_path):
    with pytest.raises(RequestError, match="below 0"):
        write("mr", tmp_path / "mr", values_of() - 1 - values_of().min(), oblique())


def test_mr_states_how_it_was_made(tmp_path):
    made = series("dwi", EchoTime=90.0, RepetitionTime=4000.0, DiffusionBValue=800.0, ScanningSequence="EP")
    folder = dicom_write.mr(tmp_path / "dwi", values=values_of(), grid=oblique(), patient=PATIENT, series=made)
    facts = dicom.read(folder).facts
    assert {k: facts[k] for k in ("EchoTime", "RepetitionTime", "DiffusionBValue", "ScanningSequence")} == {
        "EchoTime": 90,
        "RepetitionTime": 4000,
        "DiffusionBValue": 800,
        "ScanningSequence": "EP",
    }


def test_mr_series_of_one_exam_share_a_frame_of_reference(tmp_path):
    uids = set()
    for name in ("t1", "t2"):
        folder = dicom_write.mr(
            tmp_path / name, values=values_of(), grid=oblique(), patient=PATIENT, series=series(name)
        )
        uids.add(pydicom.dcmread(folder / "0001.dcm").FrameOfReferenceUID)
    assert len(uids) == 1


def dynamic(folder, values, times):
    return dicom_write.mr(folder, values=values, grid=oblique(), patient=PATIENT, series=series("dce"), times_s=times)


def test_a_dynamic_series_states_position_and_time(tmp_path):
    folder = dynamic(tmp_path / "dce", values_of(shape=(3, *SHAPE)), (0, 10.5, 60))
    read = [pydicom.dcmread(file) for file in sorted(folder.iterdir())]
    assert [one.TemporalPositionIdentifier for one in read] == [1] * 4 + [2] * 4 + [3] * 4
    assert {one.NumberOfTemporalPositions for one in read} == {3}
    assert [one.AcquisitionTime for one in read[::4]] == ["120000.000000", "120010.500000", "120100.000000"]
    assert errors_of_dciodvfy(folder / "0005.dcm") == []


@pytest.mark.parametrize(("frames", "times"), [(3, (0, 1)), (3, (0, 2, 1)), (3, (0, 0, 1)), (None, (0,)), (3, None)])
def test_times_that_do_not_fit_are_refused(tmp_path, frames, times):
    shape = SHAPE if frames is None else (frames, *SHAPE)
    with pytest.raises(RequestError, match="rising times"):
        dynamic(tmp_path / "dce", values_of(shape=shape), times)


def test_pet_below_zero_comes_back(tmp_path):
    values = np.random.default_rng(0).normal(size=SHAPE) * 1e4
    image = dicom.read(write("pet", tmp_path / "pet", values, oblique()))
    suv = values * 61.5e3 / (2.5e8 * 2 ** (-3600 / 6586.2))
    assert np.abs(image.read() - suv).max() <= np.abs(suv).max() / 32767 / 2 * 1.01


def test_pet_over_midnight(tmp_path):
    night = dicom_write.SimulatedSeries(key="k", name="pet", day=3, start_s=600.0)
    folder = dicom_write.pet(
        tmp_path / "pet", bq_per_ml=values_of(), grid=oblique(), patient=PATIENT, series=night, dose=DOSE
    )
    given = pydicom.dcmread(folder / "0001.dcm").RadiopharmaceuticalInformationSequence[0]
    assert given.RadiopharmaceuticalStartDateTime == "20000103231000.000000"
    factor = 61.5e3 / (2.5e8 * 2 ** (-3600 / 6586.2))
    assert np.allclose(dicom.read(folder).read(), values_of() * factor, rtol=1e-6)


def test_pet_without_weight_is_refused(tmp_path):
    nobody = dicom_write.SimulatedPatient(name="x")
    with pytest.raises(RequestError, match="weight"):
        dicom_write.pet(
            tmp_path / "pet", bq_per_ml=values_of(), grid=oblique(), patient=nobody, series=series("pet"), dose=DOSE
        )


def test_values_of_another_shape_are_refused(tmp_path):
    with pytest.raises(GeometryError, match="one grid"):
        write("ct", tmp_path / "ct", values_of(shape=(4, 5, 6)), oblique())


def test_a_folder_with_files_is_never_written_over(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(RequestError, match="already"):
        write("ct", tmp_path, values_of(), oblique())
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]
