import json
import os
import re

import numpy as np
import pydicom
import pytest
from PIL import Image as Pillow

from osteon import reading
from osteon.errors import InputError, RequestError
from osteon.io import files, nifti, png, slide_write
from osteon.io.simulated import COUNTS, MODEL, NOTE, SAYS, is_simulated
from osteon.types import Grid

BOX = (40, 30, 80, 70)


def read_json(folder):
    return json.loads((folder / "reading.json").read_text(encoding="utf-8"))


@pytest.fixture
def one(tiny, made, rng, tmp_path):
    """A reading of one DICOM film with one bright square."""
    made.dicom(tmp_path / "in" / "a.dcm", made.film(rng, bright=[BOX]))
    readings = reading.read([tmp_path / "in"], out=tmp_path / "out")
    return readings, tmp_path / "out"


def test_the_file_for_programs_has_what_is_promised(one):
    _, out = one
    found = read_json(out)
    assert re.fullmatch(r"p[a-z2-7]{12}", found["patient"])
    assert found["maker"]["system"] == "osteon.reading"
    assert found["refused"] == []
    first, second = found["findings"]
    assert (first["system"], second["system"]) == ("tiny-film", "tiny-lesion")
    for finding in (first, second):
        assert finding["input"] == "radiograph"
        assert sum(finding["probabilities"].values()) == pytest.approx(1)
        assert 0 <= finding["uncertainty"] <= 1
        assert finding["out_of_distribution"] is False
        assert finding["box_px"] == list(BOX)
        assert (out / finding["mask"]).is_file()
        assert finding["maker"]["weights_sha256"]
    assert first["belief"] >= second["belief"] > 0.5


def test_the_mask_is_the_lesion_in_the_source_s_pixels(one):
    _, out = one
    mask = np.asarray(Pillow.open(out / read_json(out)["findings"][0]["mask"]))
    expected = np.zeros((160, 120), bool)
    expected[BOX[0] : BOX[2], BOX[1] : BOX[3]] = True
    assert mask.shape == (160, 120)
    assert ((mask > 0) == expected).all()


def test_seg_and_sr_refer_to_the_film_and_carry_its_patient(one, tmp_path):
    _, out = one
    first, second = read_json(out)["findings"]
    source = pydicom.dcmread(tmp_path / "in" / "a.dcm")
    seg, sr = pydicom.dcmread(out / first["seg"]), pydicom.dcmread(out / first["sr"])
    assert seg.Modality == "SEG"
    assert sr.Modality == "SR"
    assert seg.PatientID == sr.PatientID == source.PatientID
    assert seg.pixel_array.sum() == 1600
    assert source.SOPInstanceUID in str(sr)
    assert second["seg"] == first["seg"]
    assert second["sr"] != first["sr"]


def test_no_header_name_leaves_but_in_seg_and_sr(one):
    readings, out = one
    for path in out.iterdir():
        if path.suffix != ".dcm":
            text = path.read_bytes().decode("latin-1")
            for word in ("ID-4711", "Hidden", "Heinrich", "Doctor", "ACC-0815", "19500101"):
                assert word not in text, f"{word} in {path.name}"
    assert "4711" not in repr(readings)


def test_the_report_loads_nothing_and_says_what_it_is(one):
    _, out = one
    text = (out / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"""(src|href|url)\s*[=(]\s*["']?(?!data:)[a-z]*:?//""", text)
    assert "<script" not in text
    assert text.count("Research use only") >= 2
    assert "phantoms" in text
    assert len(text) < 4_000_000


def test_the_most_believed_comes_first(tiny, made, rng, tmp_path):
    made.dicom(tmp_path / "in" / "a-normal.dcm", made.film(rng))
    made.dicom(tmp_path / "in" / "b-tumour.dcm", made.film(rng, bright=[BOX]))
    (found,) = reading.read([tmp_path / "in"], out=tmp_path / "out")
    beliefs = [f.belief for f in found.findings]
    assert beliefs == sorted(beliefs, reverse=True)
    assert found.findings[0].file == "b-tumour.dcm"
    assert found.findings[-1].file == "a-normal.dcm"
    assert found.findings[-1].box_px is None
    assert found.findings[-1].mask is None


def test_several_lesions_of_a_film_are_findings_of_their_own(tiny, made, rng, tmp_path):
    boxes = [(20, 20, 60, 60), (90, 70, 110, 90)]
    made.dicom(tmp_path / "a.dcm", made.film(rng, bright=boxes))
    (found,) = reading.read([tmp_path / "a.dcm"], out=tmp_path / "out")
    film, large, small = found.findings
    assert film.box_px == (20, 20, 110, 90)
    assert (large.box_px, small.box_px) == (boxes[0], boxes[1])
    assert film.belief == large.belief > small.belief
    assert len({film.mask, large.mask, small.mask}) == 3
    assert np.asarray(Pillow.open(tmp_path / "out" / small.mask)).astype(bool).sum() == 400


def test_several_patients_get_a_folder_each(tiny, made, rng, tmp_path):
    for patient in ("ID-1", "ID-2"):
        made.dicom(tmp_path / "in" / f"{patient}.dcm", made.film(rng, bright=[BOX]), patient=patient)
    readings = reading.read([tmp_path / "in"], out=tmp_path / "out")
    assert len({r.patient for r in readings}) == 2
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(r.patient for r in readings)
    for one in readings:
        assert read_json(tmp_path / "out" / one.patient)["patient"] == one.patient
        assert {f.file for f in one.findings} <= {"ID-1.dcm", "ID-2.dcm"}
        assert len({f.file for f in one.findings}) == 1


def test_what_no_system_takes_is_named_with_a_reason(tiny, made, rng, tmp_path):
    folder = tmp_path / "in"
    made.dicom(folder / "film.dcm", made.film(rng, bright=[BOX]))
    made.dicom(folder / "mr.dcm", made.film(rng), Modality="MR", SOPClassUID="1.2.840.10008.5.1.4.1.1.4")
    (folder / "broken.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\1\2\3")
    (folder / "empty.png").write_bytes(b"")
    (found,) = reading.read([folder], out=tmp_path / "out")
    why = {r.file: r.why for r in found.refused}
    assert set(why) == {"mr.dcm", "broken.dcm", "empty.png"}
    assert all(len(text) > 10 for text in why.values())
    assert len(found.findings) == 2
    assert "mr.dcm" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_an_image_goes_to_the_systems_for_its_input_in_the_cohort_s_table(tiny, made, rng, tmp_path):
    for name in ("scan", "film", "unnamed"):
        Pillow.fromarray(made.film(rng, bright=[BOX])).save(tmp_path / f"{name}.png")
    table = "patient,path,input\na,scan.png,anterior\na,film.png,radiograph\na,unnamed.png,\n"
    (tmp_path / "cohort.csv").write_text(table)
    (found,) = reading.read([tmp_path], out=tmp_path.parent / "out")
    assert {f.file for f in found.findings} == {"film.png", "unnamed.png"}
    why = {r.file: r.why for r in found.refused}["scan.png"]
    assert "no system of osteon reads a picture or volume that cohort.csv calls anterior yet" in why
    (tmp_path / "cohort.csv").unlink()
    (found,) = reading.read([tmp_path], out=tmp_path.parent / "without")
    assert {f.file for f in found.findings} == {"scan.png", "film.png", "unnamed.png"}


def test_a_volume_of_no_modality_is_read_by_its_name_in_the_table(tiny, made, rng, tmp_path):
    volume = np.stack([made.film(rng, bright=[(16, 24, 40, 64)], shape=(64, 80)) for _ in range(4)]) + 0.5
    grid = Grid(shape=volume.shape, spacing_mm=(2.0, 0.8, 0.8), affine=tuple(map(tuple, np.eye(4).tolist())))
    nifti.write(tmp_path / "a.nii.gz", volume.astype(np.float32), grid)
    (tmp_path / "cohort.csv").write_text("patient,path,input\na,a.nii.gz,ct\n")
    (found,) = reading.read([tmp_path / "a.nii.gz"], out=tmp_path / "out")
    assert {f.system for f in found.findings} == {"tiny-ct"}


def test_a_volume_is_read_with_its_box_in_voxels(tiny, made, rng, tmp_path):
    for k in range(6):
        pixels = made.film(rng, bright=[(16, 24, 40, 64)] if 2 <= k < 5 else [], shape=(64, 80))
        made.dicom(tmp_path / "ct" / f"{k}.dcm", pixels, series="1.2.3.4", place=(0, 0, 2 * k), InstanceNumber=k + 1)
    (found,) = reading.read([tmp_path / "ct"], out=tmp_path / "out")
    (finding,) = found.findings
    assert finding.system == "tiny-ct"
    assert finding.box_px is None
    assert finding.box_voxels == (2, 16, 24, 5, 40, 64)
    assert finding.mask.endswith(".nii.gz")
    assert finding.measurements["volume_ml"] == pytest.approx(3 * 24 * 40 * 0.8 * 0.8 * 2 / 1000, rel=1e-3)
    assert pydicom.dcmread(tmp_path / "out" / finding.seg).Modality == "SEG"


def test_a_single_ct_slice_is_not_silently_read(tiny, made, rng, tmp_path):
    made.dicom(tmp_path / "in" / "slice.dcm", made.film(rng), place=(0, 0, 0))
    (found,) = reading.read([tmp_path / "in"], out=tmp_path / "out")
    assert found.findings == ()
    assert found.refused[0].file == "slice.dcm"
    assert "slice" in found.refused[0].why


@pytest.mark.parametrize("name", ["Röntgen größer.dcm", "a b & <i>c.dcm"])
def test_names_with_spaces_umlauts_and_markup(tiny, made, rng, tmp_path, name):
    if os.name != "posix":
        pytest.skip("not a file name here")
    made.dicom(tmp_path / "ein gang ä" / name, made.film(rng, bright=[BOX]))
    out = tmp_path / "aus gang ü"
    (found,) = reading.read([tmp_path / "ein gang ä"], out=out)
    assert found.findings[0].file == name
    text = (out / "report.html").read_text(encoding="utf-8")
    assert "<i>c" not in text
    assert read_json(out)["findings"][0]["file"] == name


def test_a_constant_film_gets_no_answer(tiny, made, tmp_path):
    made.dicom(tmp_path / "a.dcm", np.full((160, 120), 250))
    (found,) = reading.read([tmp_path / "a.dcm"], out=tmp_path / "out")
    (finding,) = found.findings
    assert finding.out_of_distribution
    assert finding.uncertainty == 1
    assert set(finding.probabilities.values()) == {1 / 3}
    assert finding.mask is finding.seg is finding.sr is finding.box_px is None
    assert "constant" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert read_json(tmp_path / "out")["findings"][0]["why_out_of_distribution"] == "The picture is constant."


def written(folder, name, rng, made):
    """Write one simulated input, of which no file states more than its own format has room for."""
    counts = "\n".join(f"{400 + i},{i}" for i in range(20))
    texts = {
        "patients.csv": "patient,age_years,simulated\nx,31,by osteon\n",
        "spectrum.csv": f"raman_shift_per_cm,{COUNTS}\n{counts}\n",
        "genes.csv": f"gene,{COUNTS}\nSATB2,3\n",
    }
    if name in texts:
        (folder / name).write_text(texts[name])
    elif name == "film.png":
        png.write(folder / name, made.film(rng, bright=[BOX]), note=SAYS)
    elif name == "volume.nii.gz":
        grid = Grid(shape=(2, 8, 8), spacing_mm=(2.0, 1.0, 1.0), affine=tuple(map(tuple, np.eye(4).tolist())))
        nifti.write(folder / name, rng.random((2, 8, 8)), grid, note=SAYS)
    elif name == "slide.tif":
        layout = slide_write.Layout(size_px=(300, 300), um_per_pixel=(0.5, 0.5), tile_px=128, description=SAYS)
        slide_write.write(folder / name, lambda _x, _y, w, h: np.full((h, w, 3), 200, np.uint8), layout=layout)
    else:
        made.dicom(folder / name, made.film(rng, bright=[BOX]), ManufacturerModelName=MODEL)


KINDS = ("film.png", "film.dcm", "volume.nii.gz", "slide.tif", "spectrum.csv", "genes.csv", "patients.csv")


@pytest.mark.parametrize("name", KINDS)
def test_a_reading_of_any_simulated_input_says_so_also_when_no_system_takes_it(tiny, made, rng, tmp_path, name):
    (tmp_path / "in").mkdir()
    written(tmp_path / "in", name, rng, made)
    (found,) = reading.read([tmp_path / "in"], out=tmp_path / "out")
    said = "All that was read here is simulated: no patient was examined, and no reading of it is clinical evidence."
    assert found.notes == (said,)
    assert read_json(tmp_path / "out")["notes"] == [said]
    assert said in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert bool(found.findings) == name.startswith("film")
    assert all(NOTE in f.notes for f in found.findings)


def test_every_picture_made_from_a_simulated_one_says_so(tiny, made, rng, tmp_path):
    for name in ("film.dcm", "film.png"):
        written(tmp_path, name, rng, made)
    (found,) = reading.read([tmp_path], out=tmp_path / "out")
    pictures = [tmp_path / "out" / n for f in found.findings for n in (f.mask, f.heat_map) if n]
    assert len(pictures) >= 4
    assert all(is_simulated(files.open_image(path)) for path in pictures)
    reports = [tmp_path / "out" / f.sr for f in found.findings if f.sr]
    assert reports
    assert all(NOTE.encode() in path.read_bytes() for path in reports)


def test_a_reading_of_both_says_how_many_and_one_of_a_patient_nothing(tiny, made, rng, tmp_path):
    written(tmp_path, "film.png", rng, made)
    Pillow.fromarray(made.film(rng, bright=[BOX])).save(tmp_path / "real.png")
    (found,) = reading.read([tmp_path], out=tmp_path.parent / "both")
    assert found.notes[0].startswith("1 of the 2 inputs read here are simulated")
    (found,) = reading.read([tmp_path / "real.png"], out=tmp_path.parent / "real")
    assert found.notes == ()
    assert not is_simulated(files.open_image(tmp_path.parent / "real" / found.findings[0].mask))
    assert "simulated" not in (tmp_path.parent / "real" / "reading.json").read_text(encoding="utf-8").lower()


def test_loose_films_are_one_reading_that_says_it_assumed_one_patient(tiny, made, rng, tmp_path):
    for name in ("a", "b"):
        Pillow.fromarray(made.film(rng)).save(tmp_path / f"{name}.png")
    (found,) = reading.read([tmp_path / "a.png", tmp_path / "b.png"], out=tmp_path / "out", systems=["tiny-film"])
    told = read_json(tmp_path / "out")
    assert told["patient_assumed"] is found.patient_assumed is True
    assert "None of these 2 files states a patient" in told["notes"][0]
    assert "None of these 2 files states a patient" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    (alone,) = reading.read([tmp_path / "a.png"], out=tmp_path / "alone", systems=["tiny-film"])
    assert (alone.patient_assumed, alone.notes) == (False, ())


def test_films_of_one_name_in_two_folders_are_two_films(tiny, made, rng, tmp_path):
    for folder, bright in (("one", [BOX]), ("two", [])):
        (tmp_path / folder).mkdir()
        Pillow.fromarray(made.film(rng, bright=bright)).save(tmp_path / folder / "film.png")
    paths = [tmp_path / folder / "film.png" for folder in ("one", "two")]
    one, two = reading.read(paths, out=tmp_path / "out", systems=["tiny-film"])
    assert [r.findings[0].file for r in (one, two)] == ["one/film.png", "two/film.png"]
    assert one.findings[0].study != two.findings[0].study
    assert [r.patient_assumed for r in (one, two)] == [False, False]


def test_a_colour_photograph_gets_no_answer(tiny, rng, tmp_path):
    pixels = np.stack([np.kron(rng.integers(0, 255, (20, 16)), np.ones((8, 8))) for _ in range(3)], axis=-1)
    Pillow.fromarray(pixels.astype(np.uint8)).save(tmp_path / "cat.png")
    (found,) = reading.read([tmp_path / "cat.png"], out=tmp_path / "out")
    assert all(f.out_of_distribution for f in found.findings)
    assert found.findings or found.refused


def test_nothing_that_can_be_read_is_an_error_that_names_the_file(tiny, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.dcm").write_bytes(b"")
    with pytest.raises(InputError) as caught:
        reading.read([tmp_path / "in"], out=tmp_path / "out")
    assert caught.value.file == "a.dcm"
    assert not (tmp_path / "out").exists()


def test_a_folder_with_files_is_not_overwritten_unasked(one, tmp_path):
    _, out = one
    before = (out / "report.html").read_bytes()
    with pytest.raises(RequestError, match="--overwrite"):
        reading.read([tmp_path / "in"], out=out)
    assert (out / "report.html").read_bytes() == before
    reading.read([tmp_path / "in"], out=out, overwrite=True)
    assert read_json(out)["findings"]


def test_overwrite_replaces_readings_only(one, tmp_path):
    _, out = one
    (out / "thesis.docx").write_text("years of work")
    with pytest.raises(RequestError, match="thesis"):
        reading.read([tmp_path / "in"], out=out, overwrite=True)
    assert (out / "thesis.docx").exists()


def test_a_reading_does_not_read_itself(tiny, made, rng, tmp_path):
    made.dicom(tmp_path / "in" / "a.dcm", made.film(rng))
    reading.read([tmp_path / "in"], out=tmp_path / "in" / "out")
    with pytest.raises(RequestError, match="within what is read"):
        reading.read([tmp_path / "in"], out=tmp_path / "in" / "out", overwrite=True)


def test_nothing_half_written_when_a_system_fails(tiny, made, rng, tmp_path, monkeypatch):
    made.dicom(tmp_path / "a.dcm", made.film(rng))
    monkeypatch.setattr("osteon.reading.page.html", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        reading.read([tmp_path / "a.dcm"], out=tmp_path / "out")
    assert [p.name for p in tmp_path.iterdir()] == ["a.dcm"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_one_sentence(tiny, made, rng, tmp_path):
    made.dicom(tmp_path / "a.dcm", made.film(rng))
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(InputError, match="cannot be written"):
        reading.read([tmp_path / "a.dcm"], out=tmp_path / "locked" / "out")


def test_chosen_systems_only(tiny, made, rng, tmp_path):
    made.dicom(tmp_path / "a.dcm", made.film(rng, bright=[BOX]))
    (found,) = reading.read([tmp_path / "a.dcm"], out=tmp_path / "out", systems=["tiny-film"])
    assert [f.system for f in found.findings] == ["tiny-film"]
    with pytest.raises(RequestError, match="tiny-film"):
        reading.read([tmp_path / "a.dcm"], out=tmp_path / "out2", systems=["no-such"])


def test_a_run_folder_is_a_system_too(tiny, made, rng, tmp_path):
    made.dicom(tmp_path / "a.dcm", made.film(rng, bright=[BOX]))
    run = made.save("tiny-film", tmp_path / "run")
    (found,) = reading.read([tmp_path / "a.dcm"], out=tmp_path / "out", systems=[run])
    assert found.findings[0].system == "tiny-film"


def test_no_packaged_system_leaves_a_reading_that_says_so(tiny, made, rng, tmp_path, monkeypatch):
    monkeypatch.setattr("osteon.weights.names", list)
    made.dicom(tmp_path / "a.dcm", made.film(rng))
    (found,) = reading.read([tmp_path / "a.dcm"], out=tmp_path / "out")
    assert found.findings == ()
    assert "no trained system" in found.refused[0].why


def test_a_file_named_twice_is_read_once(tiny, made, rng, tmp_path):
    path = made.dicom(tmp_path / "in" / "a.dcm", made.film(rng, bright=[BOX]))
    for number, paths in enumerate(([path, path], [path.parent, path], [path, path.parent / ".." / "in"])):
        (found,) = reading.read(paths, out=tmp_path / str(number), systems=["tiny-film"])
        assert len(found.findings) == 1


def test_an_earlier_reading_among_the_files_is_not_read(tiny, made, rng, tmp_path):
    made.dicom(tmp_path / "in" / "a.dcm", made.film(rng, bright=[BOX]))
    reading.read([tmp_path / "in"], out=tmp_path / "in" / "out")
    (found,) = reading.read([tmp_path / "in"], out=tmp_path / "again")
    assert {f.file for f in found.findings} == {"a.dcm"}
    assert [(r.file, r.why) for r in found.refused] == [("out", "is an earlier reading of osteon; not read.")]


def test_the_page_of_a_patient_names_no_file_of_another(tiny, made, rng, tmp_path):
    for patient in ("one", "two"):
        made.dicom(tmp_path / "in" / patient / "a.dcm", made.film(rng), patient=patient)
        (tmp_path / "in" / patient / "broken.png").write_bytes(b"")
    (tmp_path / "in" / "stray.png").write_bytes(b"")
    readings = reading.read([tmp_path / "in"], out=tmp_path / "out")
    told = {r.findings[0].file: {x.file for x in r.refused} for r in readings}
    assert told == {f"{p}/a.dcm": {f"{p}/broken.png", "stray.png"} for p in ("one", "two")}


@pytest.mark.parametrize("out", [".", ""])
def test_the_folder_one_stands_in_is_no_output(tiny, made, rng, tmp_path, monkeypatch, out):
    path = made.dicom(tmp_path / "a.dcm", made.film(rng))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(RequestError, match="--out reading"):
        reading.read([path], out=out)


def test_a_reason_that_holds_for_many_rows_of_a_file_is_told_once(tiny, tmp_path):
    np.savez(tmp_path / "s.npz", shift=np.arange(300.0, 400), counts=np.ones((5, 100)))
    rows = "\n".join(f"{s},{s},{s}" for s in range(300, 400))
    (tmp_path / "s.npz").unlink()
    (tmp_path / "s.csv").write_text("shift,one,two\n" + rows)
    (found,) = reading.read([tmp_path / "s.csv"], out=tmp_path / "out")
    assert [r.file for r in found.refused] == ["s.csv"]


PRIVATE = {
    "PatientBirthDate": "19610317", "AccessionNumber": "ACCX5544", "InstitutionName": "Klinik Niemandsland",
    "ReferringPhysicianName": "Arzt^Anton", "StudyDescription": "<script>Study of Gundula</script>",
    "PatientAddress": "Hauptstr 77", "OtherPatientIDs": "OPID-3131", "ImageComments": "IMGC Gundula",
    "OperatorsName": "Op^Olga", "StationName": "STATIONX9", "DeviceSerialNumber": "SERNO4242", "StudyID": "STID7777",
    "StudyDate": "20210203", "ProtocolName": "Gundula knee", "SeriesDescription": "For Gundula",
    "BodyPartExamined": "LEG",
}  # fmt: skip


def test_no_identifying_tag_leaves_but_in_seg_and_sr(tiny, made, rng, tmp_path):
    path = made.dicom(
        tmp_path / "a.dcm", made.film(rng, bright=[BOX]), patient="PID-998877", name="Geheim^Gundula", **PRIVATE
    )
    (found,) = reading.read([path], out=tmp_path / "out")
    source = pydicom.dcmread(path)
    words = [*PRIVATE.values(), "998877", "Geheim", "Gundula", source.StudyInstanceUID, source.SOPInstanceUID]
    words.remove("LEG")
    kept = [p for p in (tmp_path / "out").iterdir() if not p.name.endswith((".seg.dcm", ".sr.dcm"))]
    assert {p.suffix for p in kept} == {".json", ".html", ".png"}
    for text in [repr(found), *(p.read_bytes().decode("latin-1") for p in kept)]:
        assert [word for word in words if word in text] == []
    seg = pydicom.dcmread(tmp_path / "out" / found.findings[0].seg)
    assert (seg.PatientID, seg.AccessionNumber) == ("PID-998877", "ACCX5544")


def test_a_grey_film_in_three_channels_is_read_as_the_film(tiny, made, rng, tmp_path):
    pixels = made.film(rng, bright=[BOX])
    Pillow.fromarray(pixels).save(tmp_path / "one.png")
    Pillow.fromarray(np.stack([pixels] * 3, axis=-1)).save(tmp_path / "three.png")
    (one,), (three,) = (reading.read([tmp_path / f"{n}.png"], out=tmp_path / n) for n in ("one", "three"))
    assert [f.probabilities for f in one.findings] == [pytest.approx(f.probabilities) for f in three.findings]
    assert three.findings[0].box_px == BOX


def test_a_file_that_proves_damaged_when_its_pixels_are_read(tiny, made, rng, tmp_path):
    Pillow.fromarray(made.film(rng)).save(tmp_path / "a.png")
    (tmp_path / "a.png").write_bytes((tmp_path / "a.png").read_bytes()[:3000])
    pixels = rng.random((100, 100)).astype(np.float32)
    pixels[3, 3] = np.nan
    Pillow.fromarray(pixels).save(tmp_path / "b.tif")
    for name in ("a.png", "b.tif"):
        with pytest.raises(InputError) as caught:
            reading.read([tmp_path / name], out=tmp_path / "out")
        assert caught.value.file == name
        assert not (tmp_path / "out").exists()
    made.dicom(tmp_path / "c.dcm", made.film(rng))
    (found,) = reading.read([tmp_path], out=tmp_path / "out")
    assert {r.file for r in found.refused} == {"a.png", "b.tif"}
    assert {f.file for f in found.findings} == {"c.dcm"}
