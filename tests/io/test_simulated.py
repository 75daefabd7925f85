"""What is simulated says so after a round trip through each format; what is not does not."""

from __future__ import annotations

import numpy as np
import pytest

from osteon.geometry import volume_grid
from osteon.io import dicom, dicom_write, files, nifti, picture
from osteon.io.simulated import MODEL, NOTE, SAYS, notes_of
from osteon.types import Grid


@pytest.mark.parametrize("said", [SAYS, MODEL, SAYS + " Twice.", SAYS + "\0\0"])
def test_what_says_so_gets_the_note(said):
    assert notes_of(said) == (NOTE,)


@pytest.mark.parametrize("said", [None, "", "not simulated", "A phantom simulated by osteon's peer"])
def test_what_does_not_say_so_gets_none(said):
    assert notes_of(said) == ()


@pytest.mark.parametrize("note", [SAYS, ""])
def test_pictures_and_volumes_keep_the_word(tmp_path, note):
    picture.write(tmp_path / "a.png", np.arange(12, dtype=np.uint8).reshape(3, 4), note=note)
    grid = volume_grid((2, 3, 4), np.eye(4))
    nifti.write(tmp_path / "a.nii.gz", np.ones((2, 3, 4), np.uint8), grid, note=note)
    for name in ("a.png", "a.nii.gz"):
        assert (NOTE in files.open_image(tmp_path / name).notes) == bool(note)


def test_dicom_keeps_the_word_by_either_way_in(tmp_path):
    who = dicom_write.SimulatedPatient(name="simulated-000001", sex="female", age_years=30.0)
    series = dicom_write.SimulatedSeries(key="x", name="film")
    grid = Grid(shape=(8, 9), spacing_mm=(0.2, 0.2), spacing_at="detector")
    film, ct = tmp_path / "film.dcm", tmp_path / "ct"
    dicom_write.film(film, pixels=np.arange(72, dtype=np.uint16).reshape(8, 9), grid=grid, patient=who, series=series)
    cube = volume_grid((3, 8, 9), np.diag([2.0, 1.0, 1.0, 1.0])[[2, 1, 0, 3]])
    dicom_write.ct(ct, hu=np.zeros((3, 8, 9)), grid=cube, patient=who, series=series)
    assert dicom.read(film).notes[0] == dicom.read(ct).notes[0] == NOTE
    found = files.scan([tmp_path])
    assert len(found.items) == 2
    assert all(item.datum.notes.count(NOTE) == 1 for item in found.items)


def test_real_dicom_does_not():
    from osteon.reading import demo

    assert NOTE not in dicom.read(demo.film()).notes
