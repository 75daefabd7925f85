import gzip
import zipfile

import nibabel as nib
import numpy as np
import pytest
from dicom_maker import SECRET, ct_slices, instance, save, save_all
from PIL import Image as Pillow

from osteon.errors import InputError, MissingExtraError
from osteon.io import files, kinds
from osteon.types import Image, Record, Slide, Spectrum


def why(found):
    return {refusal.file: refusal.why for refusal in found.refused}


@pytest.fixture
def folder(tmp_path, data_dir):
    """A folder as it comes: good files of every kind among bad ones, with spaces and umlauts."""
    home = tmp_path / "Patientin Müller"
    home.mkdir()
    made, _ = ct_slices(np.zeros((4, 6, 5), np.int16))
    save_all(made, home / "CT Becken")
    Pillow.new("L", (7, 5)).save(home / "Röntgen 1.png")
    nib.save(nib.Nifti1Image(np.zeros((4, 5, 6), np.int16), np.eye(4)), home / "t1.nii.gz")
    (home / "spektren.csv").write_text("shift,a,b\n" + "".join(f"{400 + i},{i},{2 * i}\n" for i in range(20)))
    (home / "patients.csv").write_text("patient,age_years,grade\nP1,12,high\nP2,,\n")
    for name, source in {"slide.svs": "CMU-1-Small-Region.svs", "broken.svs": "broken.svs"}.items():
        (home / name).write_bytes((data_dir / "slides" / source).read_bytes())
    (home / "leer.dcm").write_bytes(b"")
    (home / "notes.txt").write_text("hello")
    (home / ".DS_Store").write_bytes(b"\0" * 10)
    (home / "cut.nii").write_bytes(b"\x5c\x01\0\0" + bytes(340) + b"n+1\0")
    return home


def test_everything_good_is_read_and_everything_else_named(folder):
    found = files.scan([folder])
    kinds_found = sorted((item.file, type(item.datum).__name__) for item in found.items)
    assert kinds_found == sorted(
        (name, kind.__name__)
        for name, kind in [
            ("CT Becken", Image),
            ("Röntgen 1.png", Image),
            ("t1.nii.gz", Image),
            ("slide.svs", Slide),
            ("spektren.csv", Spectrum),
            ("spektren.csv", Spectrum),
            ("patients.csv", Record),
            ("patients.csv", Record),
        ]
    )
    refused = why(found)
    assert set(refused) == {"broken.svs", "leer.dcm", "notes.txt", ".DS_Store", "cut.nii"}
    assert "0 bytes" in refused["leer.dcm"]
    assert "no kind" in refused["notes.txt"]
    assert not any(str(folder) in reason or "\n" in reason for reason in refused.values())
    rows = [item for item in found.items if isinstance(item.datum, Record)]
    assert [row.patient_id for row in rows] == ["P1", "P2"]
    assert rows[1].datum.values == {"age_years": None, "grade": None}


def test_content_goes_before_the_name(tmp_path):
    made, _ = ct_slices(np.zeros((1, 6, 5), np.int16))
    save(made[0], tmp_path / "IM0001")
    Pillow.new("L", (7, 5)).save(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "a.dat")
    nib.save(nib.Nifti1Image(np.zeros((4, 5, 6), np.int16), np.eye(4)), tmp_path / "b.nii")
    assert kinds.kind_of(tmp_path / "IM0001") is kinds.Kind.DICOM
    assert kinds.kind_of(tmp_path / "a.dat") is kinds.Kind.PICTURE
    (tmp_path / "c.bin").write_bytes(gzip.compress((tmp_path / "b.nii").read_bytes()))
    assert kinds.kind_of(tmp_path / "c.bin") is kinds.Kind.NIFTI


def test_links_are_followed_within_the_folder_only(tmp_path):
    home, outside = tmp_path / "home", tmp_path / "outside"
    home.mkdir()
    outside.mkdir()
    for place in (home, outside):
        Pillow.new("L", (7, 5)).save(place / "a.png")
    (home / "within.png").symlink_to(home / "a.png")
    (home / "out.png").symlink_to(outside / "a.png")
    (home / "folder").symlink_to(outside)
    (home / "dead.png").symlink_to(home / "nothing.png")
    (home / "round").symlink_to(home)
    found = files.scan([home])
    assert sorted(item.file for item in found.items) == ["a.png", "within.png"]
    refused = why(found)
    assert set(refused) == {"out.png", "folder", "dead.png", "round"}
    assert "leaves the folder" in refused["out.png"]
    assert "leaves the folder" in refused["folder"]


def test_zip_is_read_and_the_bad_one_is_named(tmp_path):
    Pillow.new("L", (7, 5)).save(tmp_path / "a.png")
    with zipfile.ZipFile(tmp_path / "gut ü.zip", "w") as made:
        made.write(tmp_path / "a.png", "in der Mappe/b ü.png")
        made.writestr("x.txt", "1")
    with zipfile.ZipFile(tmp_path / "slip.zip", "w") as made:
        made.writestr("../evil.png", "1")
    found = files.scan([tmp_path])
    assert sorted(item.file for item in found.items) == ["a.png", "gut ü.zip/in der Mappe/b ü.png"]
    assert all(item.datum.read().shape == (5, 7) for item in found.items)
    assert set(why(found)) == {"gut ü.zip/x.txt", "slip.zip"}
    assert not (tmp_path.parent / "evil.png").exists()


def test_zip_goes_where_it_is_told(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        made.writestr("x.txt", "1")
    (tmp_path / "scratch").mkdir()
    files.scan([tmp_path / "a.zip"], scratch=tmp_path / "scratch")
    assert [p.name for p in (tmp_path / "scratch").rglob("*.txt")] == ["x.txt"]


def test_names_of_several_folders_stay_apart(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        Pillow.new("L", (7, 5)).save(tmp_path / name / "a.png")
    (tmp_path / "empty.png").write_bytes(b"")
    found = files.scan([tmp_path / "one", tmp_path / "two", tmp_path / "empty.png"])
    assert [item.file for item in found.items] == ["one/a.png", "two/a.png"]
    assert list(why(found)) == ["empty.png"]


@pytest.mark.parametrize(
    ("names", "called"),
    [
        (["a/film.png"], ["film.png"]),
        (["a/film.png", "a/scan.png"], ["film.png", "scan.png"]),
        (["a/film.png", "b/film.png"], ["a/film.png", "b/film.png"]),
        (["a/film.png", "b/scan.png"], ["a/film.png", "b/scan.png"]),
        (["a/x/film.png", "b/x/film.png", "b/x/scan.png"], ["a/x/film.png", "b/x/film.png", "x/scan.png"]),
        (["a/film.png", "a/film.png"], ["film.png", "film.png"]),
        (["a/x", "b/x"], ["a/x/film.png", "b/x/film.png", "b/x/scan.png"]),
        (["a/x", "b/x/film.png"], ["x/film.png", "film.png"]),
    ],
)
def test_no_two_files_that_are_named_are_called_alike(tmp_path, names, called):
    for name in (
        "a/film.png",
        "a/scan.png",
        "b/film.png",
        "b/scan.png",
        "a/x/film.png",
        "b/x/film.png",
        "b/x/scan.png",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Pillow.new("L", (7, 5)).save(tmp_path / name)
    found = files.scan([tmp_path / name for name in names])
    assert [item.file for item in found.items] == called


def test_dicom_slide_keeps_its_owner_in_memory(data_dir):
    (item,) = files.scan([data_dir / "slides" / "dicom_wsi.dcm"]).items
    assert isinstance(item.datum, Slide)
    assert item.patient_id
    assert item.patient_id not in item.about + item.file


def test_missing_path_and_missing_extra(tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"none\.png: does not exist"):
        files.scan([tmp_path / "none.png"])

    def absent(path):
        raise MissingExtraError('This needs the package "openslide": pip install "osteon[slides]"')

    from osteon.io import slide

    monkeypatch.setattr(slide, "read", absent)
    (tmp_path / "a.svs").write_bytes(b"II*\0")
    assert "osteon[slides]" in why(files.scan([tmp_path]))["a.svs"]


def test_open_image(folder, tmp_path):
    assert files.open_image(folder / "Röntgen 1.png").grid.shape == (5, 7)
    assert files.open_image(folder / "CT Becken").grid.shape == (4, 6, 5)
    assert isinstance(files.open_image(folder / "slide.svs"), Slide)
    with pytest.raises(InputError, match=r"leer\.dcm: is empty"):
        files.open_image(folder / "leer.dcm")
    with pytest.raises(InputError, match="holds 2 images"):
        files.open_image(folder / "spektren.csv")
    (tmp_path / "nothing").mkdir()
    with pytest.raises(InputError, match="empty folder"):
        files.open_image(tmp_path / "nothing")


def test_no_patient_is_named(tmp_path):
    save(instance(np.zeros((4, 4), np.uint16), modality="US"), tmp_path / "a.dcm")
    found = files.scan([tmp_path])
    assert SECRET not in str(found)


def test_no_path_of_this_machine_is_in_a_reason(folder, data_dir, tmp_path):
    for name in ("bad", "good"):
        (folder / name).symlink_to(data_dir / "dicom" / name)
    found = files.scan([folder, data_dir / "dicom" / "bad", data_dir / "slides"])
    (tmp_path / "slide.dcm").write_bytes((data_dir / "slides" / "dicom_wsi.dcm").read_bytes()[:3000])
    cut = files.scan([tmp_path / "slide.dcm"])
    reasons = [refusal.file + refusal.why for refusal in (*found.refused, *cut.refused)]
    assert len(reasons) > 10
    assert cut.refused
    assert not any(str(place) in reason for reason in reasons for place in (tmp_path, data_dir))
