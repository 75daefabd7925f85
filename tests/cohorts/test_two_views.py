"""Both views of a bone scan in one DICOM file, as cameras write them: named in two rows, each gets its own frame."""

import numpy as np
import pytest
from dicom_maker import instance, item, save
from PIL import Image as Pillow
from pydicom.uid import NuclearMedicineImageStorage

from osteon import cohorts
from osteon.cohorts import lesions
from osteon.cohorts.rows import Row
from osteon.errors import CohortError, InputError
from osteon.io import files
from osteon.reading import tables

VIEWS = ["anterior", "posterior"]


def scan(folder, name, *, angles):
    """Write a planar scan with a frame a detector: at 180 degrees a detector sees the front, at 0 the back."""
    pixels = np.stack([np.full((8, 6), 10 * (n + 1)) + np.arange(6) for n in range(len(angles))]).astype(np.uint16)
    stated = {"DetectorInformationSequence": [item(StartAngle=a) for a in angles]} if angles[0] is not None else {}
    data = instance(
        pixels, modality="NM", sop_class=NuclearMedicineImageStorage, PixelSpacing=[2.2, 2.2],
        ImageType=["ORIGINAL", "PRIMARY", "WHOLE BODY", "EMISSION"], **stated,
    )  # fmt: skip
    save(data, folder / name)
    return pixels


def rows(path, *, inputs=VIEWS, **more):
    return [{"patient": "1", "path": path, "input": word, **more} for word in inputs]


@pytest.mark.parametrize("turned", [False, True])
def test_each_row_gets_the_frame_of_its_view(folder, turned):
    pixels = scan(folder.root, "s.dcm", angles=[0, 180] if turned else [180, 0])
    folder.table("cohort.csv", rows("s.dcm"))
    (study,) = cohorts.load(folder.root).studies
    assert set(study.data) == set(VIEWS)
    assert [study.data[view].facts["view"] for view in VIEWS] == VIEWS
    expected = pixels[::-1] if turned else pixels
    assert all(np.array_equal(study.data[view].read(), frame) for view, frame in zip(VIEWS, expected, strict=True))


def test_one_view_of_the_file_can_be_named_alone(folder):
    pixels = scan(folder.root, "s.dcm", angles=[180, 0])
    folder.table("cohort.csv", rows("s.dcm", inputs=["posterior"]))
    (study,) = cohorts.load(folder.root).studies
    assert np.array_equal(study.data["posterior"].read(), pixels[1])


def test_a_mask_and_the_lesions_belong_to_their_view(folder):
    scan(folder.root, "s.dcm", angles=[180, 0])
    mask = np.zeros((8, 6), np.uint8)
    mask[2:4, 1:3] = 255
    Pillow.fromarray(mask).save(folder.root / "m.png")
    both = rows("s.dcm")
    both[1]["mask"] = "m.png"
    folder.table("cohort.csv", both)
    box = dict(zip(lesions.BOX_2D, (2, 1, 4, 3), strict=True))
    folder.table("lesions.csv", [{"path": "s.dcm", "input": "posterior", "label": "hot", **box}])
    (study,) = cohorts.load(folder.root).studies
    assert set(study.truth.masks) == {"posterior"}
    assert [(x.input, x.label, x.box_px) for x in study.truth.lesions] == [("posterior", "hot", (2, 1, 4, 3))]


def test_a_lesion_on_neither_view_is_a_sentence():
    both = [Row(table="cohort.csv", number=n, cells={"path": "s", "input": v}) for n, v in enumerate(VIEWS)]
    for cells in ({}, {"input": "lateral"}):
        with pytest.raises(CohortError, match=r"row 2: .*anterior or posterior"):
            lesions.by_path([Row(table="lesions.csv", number=2, cells={"path": "s", **cells})], images=both)


@pytest.mark.parametrize(
    "table",
    [
        rows("s.dcm", inputs=["anterior", "anterior"]),
        rows("s.dcm", inputs=["anterior", "posterior", "posterior"]),
        rows("s.dcm", inputs=["anterior", "scan"]),
        [rows("s.dcm")[0], rows("s.dcm", inputs=["posterior"])[0] | {"patient": "2"}],
        [rows("s.dcm", study="a")[0], rows("s.dcm", inputs=["posterior"], study="b")[0]],
    ],
)
def test_any_other_row_of_the_file_is_still_a_file_named_twice(folder, table):
    scan(folder.root, "s.dcm", angles=[180, 0])
    folder.table("cohort.csv", table)
    with pytest.raises(CohortError, match="name every file once"):
        cohorts.load(folder.root)


def test_one_frame_is_not_both_views(folder):
    scan(folder.root, "s.dcm", angles=[None])
    folder.table("cohort.csv", rows("s.dcm"))
    with pytest.raises(CohortError, match="holds one view"):
        cohorts.load(folder.root)


def test_a_file_that_says_that_it_is_the_other_view_is_not_taken_for_this_one(tmp_path):
    scan(tmp_path, "s.dcm", angles=[180])
    assert files.open_image(tmp_path / "s.dcm", view="anterior").facts["view"] == "anterior"
    with pytest.raises(InputError, match="is the anterior view, not the posterior one"):
        files.open_image(tmp_path / "s.dcm", view="posterior")


def test_two_frames_that_do_not_say_their_view_are_not_guessed(tmp_path):
    scan(tmp_path, "s.dcm", angles=[None, None])
    with pytest.raises(InputError, match=r"holds 2 images .*unknown view"):
        files.open_image(tmp_path / "s.dcm", view="anterior")


def test_read_names_each_frame_by_its_row(folder):
    scan(folder.root, "s.dcm", angles=[180, 0])
    folder.table("cohort.csv", rows("s.dcm"))
    found = tables.heeded(files.scan([folder.root / "s.dcm"]), [folder.root / "s.dcm"])
    assert [(x.input, x.datum.facts["view"], x.patient_id) for x in found.items] == [(v, v, "1") for v in VIEWS]
