import shutil
from pathlib import Path

import numpy as np
import pytest
from dicom_maker import SECRET, ct_slices, instance, package_files, save, save_all, volume_of
from pydicom.uid import ComputedRadiographyImageStorage

from osteon.errors import GeometryError, InputError, OsteonError
from osteon.io import dicom


@pytest.fixture
def mixture(tmp_path, rng):
    """A folder with two patients, three series, a radiograph, a scout and stray files."""
    first, _ = ct_slices(volume_of(rng))
    second, _ = ct_slices(volume_of(rng, (4, 5, 6)), series="1.2.4", modality="MR")
    other, _ = ct_slices(volume_of(rng, (3, 5, 6)), series="1.2.3", PatientID="other")
    film = instance(
        rng.integers(0, 9, (9, 9)).astype(np.uint16), modality="CR", sop_class=ComputedRadiographyImageStorage
    )
    all_made = [*first, *second, *other, film]
    names = [f"{i % 3}/IM ü {i}" for i in rng.permutation(len(all_made))]
    save_all(all_made, tmp_path, names=names)
    (tmp_path / "notes.txt").write_text("not DICOM")
    (tmp_path / "0" / "empty.dcm").touch()
    return tmp_path


def every(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_mixture_is_parted_by_patient_and_series(mixture, rng):
    files = every(mixture)
    found = dicom.read_files([files[i] for i in rng.permutation(len(files))], root=mixture)
    kinds = sorted((item.datum.modality, item.datum.grid.shape, item.patient_id) for item in found.items)
    assert kinds == [
        ("CR", (9, 9), f"{SECRET}-17"),
        ("CT", (3, 5, 6), "other"),
        ("CT", (5, 6, 7), f"{SECRET}-17"),
        ("MR", (4, 5, 6), f"{SECRET}-17"),
    ]
    assert {r.file: r.why.split(";")[0] for r in found.refused} == {
        "notes.txt": "is not a DICOM file (no DICM mark and no data set at its start)",
        "0/empty.dcm": "is empty (0 bytes)",
    }
    assert all(SECRET not in f"{item.file} {item.about} {item.datum}" for item in found.items)


def test_the_order_of_files_does_not_matter(mixture):
    files = every(mixture)
    one, other = (dicom.read_files(order, root=mixture) for order in (files, files[::-1]))
    assert [item.about for item in one.items] == [item.about for item in other.items]
    for a, b in zip(one.items, other.items, strict=True):
        assert np.array_equal(a.datum.read(), b.datum.read())


def test_one_bad_file_does_not_stop_the_rest(mixture):
    victim = max(every(mixture), key=lambda path: path.name)
    victim.write_bytes(victim.read_bytes()[:300])
    found = dicom.read_files(every(mixture), root=mixture)
    assert len(found.items) >= 3
    assert all(refusal.why for refusal in found.refused)


def test_links_out_of_the_folder_are_refused(tmp_path, rng):
    made, _ = ct_slices(volume_of(rng))
    inside, outside = tmp_path / "in", tmp_path / "out"
    save_all(made, outside)
    inside.mkdir()
    (inside / "link.dcm").symlink_to(next(outside.iterdir()))
    (inside / "folder").symlink_to(outside)
    (inside / "gone.dcm").symlink_to(tmp_path / "nothing")
    files = [inside / "link.dcm", inside / "gone.dcm", *sorted((inside / "folder").iterdir())[:1]]
    found = dicom.read_files(files, root=inside)
    assert not found.items
    assert len(found.refused) == 3
    assert all("leads out of the folder" in refusal.why for refusal in found.refused)
    with pytest.raises(InputError, match="leads out of the folder"):
        dicom.read([inside / "link.dcm", inside / "link2.dcm"])


def test_links_within_the_folder_are_followed(tmp_path, rng):
    made, _ = ct_slices(volume_of(rng))
    save_all(made, tmp_path / "data")
    (tmp_path / "again").symlink_to(tmp_path / "data")
    found = dicom.read_files(sorted((tmp_path / "again").iterdir()), root=tmp_path)
    assert found.items[0].datum.grid.shape == (5, 6, 7)


def test_files_without_a_series_uid_go_by_folder(tmp_path, rng):
    for name in ("a", "b"):
        made, _ = ct_slices(volume_of(rng), SeriesInstanceUID=None)
        save_all(made, tmp_path / name)
    found = dicom.read_files(every(tmp_path), root=tmp_path)
    assert [(item.file, item.datum.grid.shape) for item in found.items] == [("a", (5, 6, 7)), ("b", (5, 6, 7))]


def test_read_wants_exactly_one_image(mixture, tmp_path):
    with pytest.raises(InputError, match=r"is empty|holds \d images .* exactly one is wanted"):
        dicom.read(every(mixture))
    with pytest.raises(InputError, match="not a DICOM file"):
        dicom.read(mixture / "notes.txt")
    with pytest.raises(InputError, match="cannot be opened"):
        dicom.read(tmp_path / "nothing.dcm")


@pytest.mark.parametrize(
    ("word", "match"),
    [
        ("RTSTRUCT", "contours"),
        ("SEG", "segmentation"),
        ("SR", "report"),
        ("US", "ultrasound"),
        ("ECG", "modality ECG"),
    ],
)
def test_what_is_no_image_says_what_it_is(word, match, tmp_path):
    path = save(instance(np.zeros((4, 4), np.uint16), modality=word), tmp_path / "a.dcm")
    with pytest.raises(InputError, match=match):
        dicom.read(path)
    assert dicom.modality(path) == word
    assert dicom.is_dicom(path)


def test_an_index_is_no_image():
    path = next(path for path in package_files() if path.name == "DICOMDIR")
    found = dicom.read_files([path], root=path.parent)
    assert "DICOMDIR" in found.refused[0].why


def test_modality_of_other_files_is_none(tmp_path):
    (tmp_path / "a.txt").write_text("hello")
    assert dicom.modality(tmp_path / "a.txt") is None
    assert not dicom.is_dicom(tmp_path / "a.txt")
    assert not dicom.is_dicom(tmp_path / "nothing")


def test_every_good_file_is_read(data_dir):
    good = data_dir / "dicom" / "good"
    for path in sorted(good.iterdir()):
        if path.name in ("seg_image_ct_binary.dcm",):
            continue
        image = dicom.read(path)
        pixels = image.read()
        assert pixels.dtype == np.float32
        assert pixels.shape == image.grid.shape
        assert np.ptp(pixels) > 0
    assert dicom.read(good / "ct_series_20_slices").grid.shape == (20, 512, 512)


@pytest.mark.parametrize(
    ("name", "kind", "match"),
    [
        ("gantrytilting/001", GeometryError, "gantry tilt"),
        ("sliceincrement/001", GeometryError, "misses 1 slice"),
        ("MR_truncated.dcm", InputError, "cut off: 8130 of 8192"),
        ("no_meta.dcm", InputError, "not a DICOM file"),
        ("badVR.dcm", InputError, "dose"),
        ("dwv-test_no-number-rows.dcm", InputError, "none for Rows"),
    ],
)
def test_every_bad_file_is_refused_with_its_reason(name, kind, match, data_dir):
    with pytest.raises(kind, match=match) as caught:
        dicom.read(data_dir / "dicom" / "bad" / name)
    assert caught.value.exit_code == 3


def test_all_files_of_pydicom_in_one_heap(tmp_path):
    for index, path in enumerate(package_files()):
        shutil.copy(path, tmp_path / f"{index:03d}")
    found = dicom.read_files(list(tmp_path.iterdir()), root=tmp_path)
    assert len(found.items) > 25
    assert all(refusal.why and not Path(refusal.file).is_absolute() for refusal in found.refused)
    for item in found.items:
        if np.prod(item.datum.grid.shape) < 100_000:
            try:
                item.datum.read()
            except OsteonError as error:
                continue_reason = str(error)
                assert continue_reason
