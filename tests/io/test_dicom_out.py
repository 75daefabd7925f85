"""What every DICOM object that osteon writes shares."""

import numpy as np
import pydicom
import pytest
from dicom_maker import ct_slices, instance, save, save_all, volume_of
from filed import MAKER, bone_scan, radiograph
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes

from osteon.errors import InputError
from osteon.io import dicom, dicom_out
from osteon.types import Grid, Image, Maker, Source


def test_headers_come_once_a_file_in_slice_order(tmp_path, rng):
    made, _ = ct_slices(volume_of(rng))
    save_all(made, tmp_path)
    image = dicom.read(tmp_path)
    found = dicom_out.headers(image)
    assert [one.SOPInstanceUID for one in found] == [source.sop_instance_uid for source in image.sources]
    assert [float(one.ImagePositionPatient[2]) for one in found] == pytest.approx([30 + 2.5 * n for n in range(5)])
    assert all("PixelData" not in one for one in found)


def test_what_dicom_expects_is_there_if_empty(tmp_path, rng):
    made, _ = ct_slices(volume_of(rng), PatientID=None, SliceThickness=None)
    save_all(made, tmp_path)
    for one in dicom_out.headers(dicom.read(tmp_path)):
        assert all(keyword in one for keyword in dicom_out.EXPECTED)
        assert (one.PatientID, one.SliceThickness) == ("", None)


def test_slices_without_a_frame_of_reference_share_one_made_up(tmp_path, rng):
    made, _ = ct_slices(volume_of(rng))
    save_all(made, tmp_path)
    frames = {one.FrameOfReferenceUID for one in dicom_out.headers(dicom.read(tmp_path))}
    assert len(frames) == 1
    assert frames == {one.FrameOfReferenceUID for one in dicom_out.headers(dicom.read(tmp_path))}


def test_a_projection_loses_what_would_place_it(tmp_path):
    image = radiograph(tmp_path, FrameOfReferenceUID="1.2.3", ImagePositionPatient=[0, 0, 0])
    (found,) = dicom_out.headers(image)
    assert not any(keyword in found for keyword in ("FrameOfReferenceUID", "ImagePositionPatient"))
    assert found.NumberOfFrames == 1
    assert not dicom_out.states_spacing(found)
    spaced = dicom_out.headers(radiograph(tmp_path, PixelSpacing=[0.2, 0.1]))[0]
    assert dicom_out.states_spacing(spaced)
    measures = spaced.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    assert [float(v) for v in measures.PixelSpacing] == [0.2, 0.1]


@pytest.mark.parametrize(("frame", "count", "wanted"), [(2, 2, 2), (1, 1, None)])
def test_the_frame_of_a_projection(tmp_path, frame, count, wanted):
    made = instance(np.zeros((count, 6, 5), np.uint16), modality="NM")
    source = Source(path=save(made, tmp_path / "a.dcm"), sop_instance_uid="1.2", frame=frame)
    image = Image(grid=Grid(shape=(6, 5)), modality="NM", load=lambda: np.zeros((6, 5)), sources=(source,))
    assert dicom_out.frame_of(image) == wanted
    assert dicom_out.frame_of(bone_scan(tmp_path)) == 2


def test_an_image_that_is_no_dicom_has_nothing_to_refer_to(tmp_path):
    grid = Grid(shape=(2, 2))
    for sources in ((), (Source(path=tmp_path / "a.png"),)):
        image = Image(grid=grid, modality="OT", load=lambda: np.zeros((2, 2)), sources=sources)
        with pytest.raises(InputError, match="write NIfTI instead"):
            dicom_out.headers(image)


def test_a_source_that_has_gone_is_named(tmp_path):
    image = radiograph(tmp_path)
    image.sources[0].path.unlink()
    with pytest.raises(InputError, match=r"\.dcm: was read before") as caught:
        dicom_out.headers(image)
    assert caught.value.file == image.sources[0].path.name


@pytest.mark.parametrize("word", ["tumour", "Necrosis  ", "a word much longer than sixteen letters", "höhe"])
def test_words_become_codes_of_our_own(word):
    found = dicom_out.code(word)
    assert found.scheme_designator == dicom_out.SCHEME
    assert len(found.value) <= 16
    assert found.value.isascii()
    assert found.meaning == word[:64]
    assert dicom_out.code(word.upper()).value == found.value


def test_long_words_keep_apart_and_standard_ones_their_code():
    long = "a word much longer than sixteen letters"
    assert dicom_out.code(long).value != dicom_out.code(f"{long}, too").value
    assert dicom_out.code("höhe").value != dicom_out.code("hähe").value
    found = dicom_out.code("Bone", known={"bone": codes.SCT.Bone})
    assert (found.value, found.scheme_designator) == (codes.SCT.Bone.value, "SCT")


def test_the_maker_is_identified_by_weights_and_seed():
    assert dicom_out.parameters(MAKER) == [f"weights_sha256={'ab' * 32}", "seed=1", "device=cpu"]
    assert dicom_out.parameters(Maker(system="x", device="")) == []
    (said,) = dicom_out.algorithm(MAKER)
    assert (said.AlgorithmName, said.AlgorithmVersion) == ("xray-triage-he2020", "0.1.0")


def test_our_scheme_is_declared():
    data = Dataset()
    dicom_out.declare_scheme(data)
    assert data.CodingSchemeIdentificationSequence[0].CodingSchemeDesignator == dicom_out.SCHEME


def test_saved_in_utf_8(tmp_path):
    made = instance(np.zeros((2, 2), np.uint16), PatientName="Größe^Ä", SpecificCharacterSet="ISO_IR 100")
    dicom_out.save(made, tmp_path / "a.dcm")
    read = pydicom.dcmread(tmp_path / "a.dcm")
    assert (read.SpecificCharacterSet, str(read.PatientName)) == ("ISO_IR 192", "Größe^Ä")
