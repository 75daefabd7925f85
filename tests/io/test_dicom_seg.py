import highdicom as hd
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from dicom_maker import SECRET, rotation
from filed import MAKER, bone_scan, dcmtk, errors_of_dciodvfy, film, pydicom_file, radiograph, read_dicom, series
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.uid import generate_uid

from osteon import geometry
from osteon.errors import GeometryError, InputError, RequestError
from osteon.io import dicom, dicom_seg

QUIET = [HealthCheck.function_scoped_fixture]


def blob(shape, rng, labels=1):
    mask = np.zeros(shape, dtype=np.int64)
    mask[tuple(slice(n // 4, n - n // 4) for n in shape)] = rng.integers(
        0, labels + 1, [n - 2 * (n // 4) for n in shape]
    )
    mask.flat[0] = labels  # a corner, so that an off-by-one cannot hide
    return mask


def write(path, image, mask, structures=("tumour",)):
    dicom_seg.write(path, image=image, label_map=mask, structures=structures, maker=MAKER)
    return path


def centroid(grid, mask):
    return geometry.to_mm(grid, np.argwhere(mask)).mean(axis=0)


@settings(max_examples=8, deadline=None, suppress_health_check=QUIET)
@given(seed=st.integers(0, 2**32 - 1), spacing=st.tuples(*[st.floats(0.3, 6)] * 3), flip=st.booleans())
def test_a_mask_comes_back_on_the_same_millimetres(tmp_path_factory, seed, spacing, flip):
    folder = tmp_path_factory.mktemp("oblique")
    rng = np.random.default_rng(seed)
    turned = rotation(rng)
    row, column = (-turned[0], turned[1]) if flip else (turned[0], turned[1])
    image, _ = series(folder / "ct", row=row, column=column, spacing=spacing, origin=rng.normal(size=3) * 100)
    mask = blob(image.grid.shape, rng)
    path = write(folder / "a.seg.dcm", image, mask)

    assert np.array_equal(dicom_seg.read(path, image)["tumour"], mask == 1)
    theirs = hd.seg.segread(path).get_volume(combine_segments=True, allow_missing_positions=True)
    reference = theirs.affine @ [*np.argwhere(theirs.array).mean(axis=0), 1]
    assert np.abs(reference[:3] - centroid(image.grid, mask)).max() < 1e-3


def test_the_series_read_by_simpleitk_places_the_mask_alike(tmp_path, rng):
    turned = rotation(rng)
    image, _ = series(tmp_path / "ct", row=turned[0], column=turned[1], spacing=(3.0, 0.7, 1.2))
    mask = blob(image.grid.shape, rng)
    back = dicom_seg.read(write(tmp_path / "a.seg.dcm", image, mask), image)["tumour"]
    names = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(tmp_path / "ct"))
    theirs = sitk.ReadImage(names)
    order = [[s.path.name for s in image.sources].index(n.rsplit("/", 1)[1]) for n in names]
    label = sitk.GetImageFromArray(back[order].astype(np.uint8))
    label.CopyInformation(theirs)
    stats = sitk.LabelShapeStatisticsImageFilter()
    stats.Execute(label)
    assert np.abs(np.array(stats.GetCentroid(1)) - centroid(image.grid, mask)).max() < 1e-3


def test_several_structures_and_their_codes(tmp_path, rng):
    image, _ = series(tmp_path / "ct")
    mask = blob(image.grid.shape, rng, labels=3)
    path = write(tmp_path / "a.seg.dcm", image, mask, structures=("tumour", "bone", "oedema"))
    back = dicom_seg.read(path, image)
    assert {name: int(m.sum()) for name, m in back.items()} == {
        n: int((mask == i).sum()) for i, n in enumerate(("tumour", "bone", "oedema"), start=1)
    }
    data = read_dicom(path)
    types = [s.SegmentedPropertyTypeCodeSequence[0] for s in data.SegmentSequence]
    assert [(t.CodeValue, t.CodingSchemeDesignator) for t in types] == [
        ("108369006", "SCT"),
        ("272673000", "SCT"),
        ("oedema", "99OSTEON"),
    ]
    algorithm = data.SegmentSequence[0].SegmentationAlgorithmIdentificationSequence[0]
    assert (algorithm.AlgorithmName, algorithm.AlgorithmVersion) == (MAKER.system, MAKER.version)
    assert MAKER.weights_sha256 in str(algorithm.AlgorithmParameters)
    assert errors_of_dciodvfy(path) == []


def test_film_without_spacing_or_frame_of_reference(tmp_path, rng):
    image = film()
    mask = blob(image.grid.shape, rng)
    path = write(tmp_path / "a.seg.dcm", image, mask)
    assert np.array_equal(dicom_seg.read(path, image)["tumour"], mask == 1)
    data, source = read_dicom(path), read_dicom(image.sources[0].path)
    for keyword in ("PatientName", "PatientID", "PatientBirthDate", "StudyInstanceUID", "PatientOrientation"):
        assert data[keyword].value == source[keyword].value
    assert "PixelMeasuresSequence" not in data.SharedFunctionalGroupsSequence[0]
    assert data.SourceImageSequence[0].ReferencedSOPInstanceUID == source.SOPInstanceUID
    assert errors_of_dciodvfy(path) == []
    assert "Segmentation" in dcmtk("dcmdump", path)


def test_source_that_leaves_out_what_dicom_asks_for(tmp_path):
    image = radiograph(tmp_path, PatientName="Müller^Jürgen", SpecificCharacterSet="ISO_IR 100")
    mask = np.zeros(image.grid.shape, int)
    mask[3, 4] = 1
    path = write(tmp_path / "Läsion 1.seg.dcm", image, mask)
    assert str(read_dicom(path).PatientName) == "Müller^Jürgen"
    assert errors_of_dciodvfy(path) == []


def test_frame_of_a_multi_frame_projection(tmp_path):
    image = bone_scan(tmp_path)
    mask = np.zeros((12, 10), int)
    mask[2:5, 3:9] = 1
    path = write(tmp_path / "a.seg.dcm", image, mask)
    source = read_dicom(path).PerFrameFunctionalGroupsSequence[0].DerivationImageSequence[0].SourceImageSequence[0]
    assert source.ReferencedFrameNumber == 2
    assert [e for e in errors_of_dciodvfy(path) if "Rows" not in e] == []
    assert np.array_equal(dicom_seg.read(path, image)["tumour"], mask == 1)


def test_enhanced_multi_frame_volume(tmp_path, rng):
    image = dicom.read(pydicom_file("eCT_Supplemental.dcm"))
    mask = blob(image.grid.shape, rng)
    path = write(tmp_path / "a.seg.dcm", image, mask)
    assert np.array_equal(dicom_seg.read(path, image)["tumour"], mask == 1)
    frames = {
        s.ReferencedFrameNumber
        for g in read_dicom(path).PerFrameFunctionalGroupsSequence
        for s in g.DerivationImageSequence[0].SourceImageSequence
    }
    assert frames == {1, 2}


def test_empty_mask_is_refused_and_nothing_is_written(tmp_path):
    image, _ = series(tmp_path / "ct")
    with pytest.raises(InputError, match="empty"):
        write(tmp_path / "a.seg.dcm", image, np.zeros(image.grid.shape, int))
    assert not list(tmp_path.glob("*.dcm"))


def test_mask_of_another_grid_is_refused(tmp_path):
    image, _ = series(tmp_path / "ct")
    with pytest.raises(GeometryError, match=r"\(2, 2, 2\)"):
        write(tmp_path / "a.seg.dcm", image, np.ones((2, 2, 2), int))


def test_label_without_a_name_is_refused(tmp_path):
    image, _ = series(tmp_path / "ct")
    with pytest.raises(RequestError, match="1 structures"):
        write(tmp_path / "a.seg.dcm", image, np.full(image.grid.shape, 2))


def test_a_picture_has_nothing_to_refer_to(tmp_path):
    from PIL import Image as Pillow

    from osteon.io import picture

    Pillow.new("L", (4, 3)).save(tmp_path / "a.png")
    with pytest.raises(InputError, match="NIfTI"):
        write(tmp_path / "a.seg.dcm", picture.read(tmp_path / "a.png"), np.ones((3, 4), int))


def test_source_without_a_study_is_refused_without_naming_the_patient(tmp_path):
    image, _ = series(tmp_path / "ct", StudyInstanceUID="")
    with pytest.raises(InputError, match="StudyInstanceUID") as caught:
        write(tmp_path / "a.seg.dcm", image, np.ones(image.grid.shape, int))
    assert SECRET not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_segmentation_of_another_image_is_refused(tmp_path):
    one, other = radiograph(tmp_path), radiograph(tmp_path)
    path = write(tmp_path / "a.seg.dcm", one, np.ones((20, 30), int))
    with pytest.raises(GeometryError, match="other images"):
        dicom_seg.read(path, other)


@pytest.mark.parametrize("change", [{"spacing": (2.5, 0.7, 0.8)}, {"origin": (-10.3, 5.0, 30.0)}, {"shape": (5, 9, 7)}])
def test_segmentation_on_another_grid_is_refused(tmp_path, change):
    image, _ = series(tmp_path / "ct")
    path = write(tmp_path / "a.seg.dcm", image, np.ones(image.grid.shape, int))
    other, _ = series(tmp_path / "other", **change)
    with pytest.raises(GeometryError, match="another grid"):
        dicom_seg.read(path, other)


def test_a_shifted_crop_of_the_image_takes_what_lies_in_it(tmp_path):
    image, _ = series(tmp_path / "ct")
    mask = np.zeros(image.grid.shape, int)
    mask[2, 3, 4] = 1
    path = write(tmp_path / "a.seg.dcm", image, mask)
    crop, _ = series(tmp_path / "crop", shape=(4, 9, 8), origin=(-10.0, 5.0, 32.5))
    assert np.argwhere(dicom_seg.read(path, crop)["tumour"]).tolist() == [[1, 3, 4]]


def test_fractional_segments_of_another_maker(tmp_path, rng):
    image, _ = series(tmp_path / "ct", StudyID="1", StudyDate="", StudyTime="", AccessionNumber="", PatientSex="")
    sources = [read_dicom(s.path) for s in image.sources]
    for source in sources:
        source.PatientBirthDate, source.FrameOfReferenceUID = "", "1.2.5"
    values = np.zeros(image.grid.shape)
    values[2, 1:5, 2:6] = rng.random((4, 4))
    kind = hd.seg.SegmentDescription(
        1, "lesion", dicom_seg.ABNORMAL, dicom_seg.ABNORMAL, hd.seg.SegmentAlgorithmTypeValues.MANUAL
    )
    seg = hd.seg.Segmentation(
        sources, values, "FRACTIONAL", [kind], generate_uid(), 1, generate_uid(), 1, "m", "m", "1", "1"
    )
    seg.save_as(tmp_path / "f.dcm")
    back = dicom_seg.read(tmp_path / "f.dcm", image)["lesion"]
    assert back.dtype == np.float32
    assert np.abs(back - values).max() <= 0.5 / 255 + 1e-6


def test_files_that_are_no_segmentation(tmp_path, data_dir):
    image, _ = series(tmp_path / "ct")
    (tmp_path / "noise.dcm").write_bytes(b"\x00\x01" * 300)
    for path, word in [(tmp_path / "noise.dcm", "cannot be read"), (image.sources[0].path, "no segmentation")]:
        with pytest.raises(InputError, match=word):
            dicom_seg.read(path, image)
    with pytest.raises(GeometryError):
        dicom_seg.read(data_dir / "dicom" / "good" / "seg_image_ct_binary.dcm", image)


def test_cut_off_segmentation(tmp_path):
    image, _ = series(tmp_path / "ct")
    path = write(tmp_path / "a.seg.dcm", image, np.ones(image.grid.shape, int))
    data = pydicom.dcmread(path)
    data.PixelData = data.PixelData[:4]
    data.save_as(path)
    with pytest.raises(InputError, match="cannot be decoded"):
        dicom_seg.read(path, image)


def test_folder_that_cannot_be_written_to(tmp_path):
    image, _ = series(tmp_path / "ct")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match=r"a\.seg\.dcm: cannot be written .* choose an output folder"):
        write(tmp_path / "file" / "a.seg.dcm", image, np.ones(image.grid.shape, int))
    assert (tmp_path / "file").read_text() == "in the way"
