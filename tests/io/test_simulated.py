"""What is simulated says so after a round trip through each format; what is not does not."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile

from osteon.geometry import volume_grid
from osteon.io import dicom, dicom_write, expression, files, nifti, png, slide, slide_write
from osteon.io.simulated import (
    COLUMN,
    COUNTS,
    MAKER,
    MODEL,
    NOTE,
    SAYS,
    is_simulated,
    marked,
    notes_of,
    notes_of_cell,
    says,
    told,
)
from osteon.types import Expression, Grid, Record, Spectrum


@pytest.mark.parametrize("said", [SAYS, MODEL, SAYS + " Twice.", SAYS + "\0\0"])
def test_what_says_so_gets_the_note(said):
    assert notes_of(said) == (NOTE,)


@pytest.mark.parametrize("said", [None, "", "not simulated", "A phantom simulated by osteon's peer"])
def test_what_does_not_say_so_gets_none(said):
    assert notes_of(said) == ()


@pytest.mark.parametrize("note", [SAYS, ""])
def test_pictures_and_volumes_keep_the_word(tmp_path, note):
    png.write(tmp_path / "a.png", np.arange(12, dtype=np.uint8).reshape(3, 4), note=note)
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


@pytest.mark.parametrize("note", [SAYS, ""])
@pytest.mark.parametrize("side", [300, 90], ids=["pyramid", "one level"])
def test_slides_keep_the_word(tmp_path, note, side):
    layout = slide_write.Layout(size_px=(side, side), um_per_pixel=(0.5, 0.5), tile_px=128, description=note)
    slide_write.write(tmp_path / "a.tif", lambda _x, _y, w, h: np.full((h, w, 3), 200, np.uint8), layout=layout)
    assert slide.read(tmp_path / "a.tif").notes == ((NOTE,) if note else ())


@pytest.mark.parametrize("note", [SAYS, ""])
def test_a_plain_pyramid_keeps_the_word(tmp_path, note):
    with tifffile.TiffWriter(tmp_path / "a.tif") as tiff:
        tiff.write(np.full((64, 64, 3), 9, np.uint8), subifds=1, photometric="rgb", description=note, metadata=None)
        tiff.write(np.full((32, 32, 3), 9, np.uint8), subfiletype=1, photometric="rgb", metadata=None)
    assert slide.read(tmp_path / "a.tif").notes == ((NOTE,) if note else ())


@pytest.mark.parametrize("column", [COUNTS, "counts"])
def test_spectra_and_genes_keep_the_word(tmp_path, column):
    lines = [f"{400 + i},{i}" for i in range(20)]
    (tmp_path / "spectrum.csv").write_text("\n".join([f"raman_shift_per_cm,{column}", *lines]) + "\n")
    genes = Expression(genes=("SATB2", "MDM2"), values=np.array([3.0, 4.0]))
    expression.write(tmp_path / "genes.csv", genes, unit=column)
    found = [item.datum for item in files.scan([tmp_path]).items]
    assert {type(datum) for datum in found} == {Spectrum, Expression}
    assert all(datum.notes == ((NOTE,) if column == COUNTS else ()) for datum in found)


def test_real_dicom_does_not():
    from osteon.reading import demo

    assert NOTE not in dicom.read(demo.film()).notes


MADE, TAKEN = Record(values={}, notes=(NOTE,)), Record(values={})


@pytest.mark.parametrize("cell", [MAKER, "yes", "TRUE", 1, 1.0, True, "by another tool"])
def test_a_cell_that_says_so_gives_the_note(cell):
    assert notes_of_cell(cell) == (NOTE,)


@pytest.mark.parametrize("cell", ["", "  ", None, "no", "False", 0, 0.0, "0.0", float("nan"), "n/a", "--", False])
def test_a_cell_that_does_not_gives_none(cell):
    assert notes_of_cell(cell) == ()


def test_a_row_marks_what_it_names_once_and_nothing_else():
    assert is_simulated(marked(TAKEN, MAKER))
    assert marked(MADE, MAKER) is MADE
    assert marked(TAKEN, "") is TAKEN
    spectrum = Spectrum(shift_per_cm=np.arange(2.0), counts=np.ones(2), notes=("Its axis was turned.",))
    assert marked(spectrum, "yes").notes == (NOTE, "Its axis was turned.")


def test_what_is_made_from_it_says_so_too():
    assert says(MADE) == SAYS
    assert says(TAKEN) == says(None) == ""


def test_a_page_counts_what_is_simulated():
    assert told([]) == told([TAKEN]) == ()
    assert told([MADE, MADE])[0].startswith("All that was read here is simulated: ")
    assert told([MADE, TAKEN, TAKEN])[0].startswith("1 of the 3 inputs read here are simulated: ")


def test_a_table_says_it_in_a_column_that_is_no_clinical_value(tmp_path):
    path = tmp_path / "patients.csv"
    path.write_text(f"patient,age_years,{COLUMN}\na,31,{MAKER}\nb,40,\n")
    made, taken = (item.datum for item in files.scan([path]).items)
    assert made == Record(values={"age_years": 31.0}, notes=(NOTE,))
    assert taken == Record(values={"age_years": 40.0})
