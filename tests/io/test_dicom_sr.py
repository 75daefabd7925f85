from dataclasses import replace

import highdicom as hd
import numpy as np
import pytest
from filed import MAKER, bone_scan, dcmtk, errors_of_dciodvfy, film, radiograph, read_dicom, series

from osteon.errors import GeometryError, InputError, RequestError
from osteon.io import dicom_seg, dicom_sr
from osteon.metrics import size
from osteon.types import Finding

FINDING = Finding(
    system=MAKER.system,
    task="diagnosis",
    study="s",
    probabilities={"benign": 0.7, "intermediate": 0.1, "malignant": 0.2},
    uncertainty=0.73,
    maker=MAKER,
)


def report(path):
    return hd.sr.srread(path).content


def numbers(group):
    return {m.name.meaning: (m.value, m.unit.value) for m in group.get_measurements()}


def segmented(folder, image, mask, structures=("tumour",)):
    path = folder / "a.seg.dcm"
    dicom_seg.write(path, image=image, label_map=mask, structures=structures, maker=MAKER)
    return path


def test_film_without_spacing_is_measured_in_pixels(tmp_path):
    image = film()
    mask = np.zeros(image.grid.shape, int)
    mask[100:200, 50:150] = 1
    finding = replace(FINDING, measurements=size.measure(mask == 1, grid=image.grid), notes=("Größe ungewiss.",))
    seg, path = segmented(tmp_path, image, mask), tmp_path / "a.sr.dcm"
    dicom_sr.write(path, image=image, finding=finding, label_map=mask, seg_path=seg)

    assert errors_of_dciodvfy(path) == []
    text = dcmtk("dsrdump", "+Pl", "+Pc", path)
    assert "mm,UCUM" not in text
    assert "{pixels},UCUM" in text
    for said in ("Größe ungewiss", "research only", "no pixel spacing"):
        assert said in text
    (group,) = report(path).get_planar_roi_measurement_groups()
    values = numbers(group)
    assert values["Area"] == (10000.0, "{pixels}")
    assert values["Diameter"] == (pytest.approx(np.hypot(100, 100)), "{pixels}")
    assert values["Probability of malignant"] == (0.2, "1")
    assert sum(v for k, (v, _) in values.items() if k.startswith("Probability")) == pytest.approx(1)
    assert group.get_qualitative_evaluations()[0].value.meaning == "Benign"
    referenced = group.referenced_segmentation_frame[0].ReferencedSOPSequence[0]
    assert referenced.ReferencedSOPInstanceUID == read_dicom(seg).SOPInstanceUID
    data, source = read_dicom(path), read_dicom(image.sources[0].path)
    assert (data.PatientID, data.StudyInstanceUID) == (source.PatientID, source.StudyInstanceUID)
    assert data.VerificationFlag == "UNVERIFIED"


def test_volume_with_several_labels_reports_the_lowest(tmp_path, rng):
    image, _ = series(tmp_path / "ct")
    mask = np.zeros(image.grid.shape, int)
    mask[1:4, 2:5, 2:6] = 2
    finding = replace(FINDING, measurements=size.measure(mask == 2, grid=image.grid))
    seg, path = segmented(tmp_path, image, mask, ("bone", "tumour")), tmp_path / "a.sr.dcm"
    dicom_sr.write(path, image=image, finding=finding, label_map=mask, seg_path=seg)
    assert errors_of_dciodvfy(path) == []
    (group,) = report(path).get_volumetric_roi_measurement_groups()
    assert numbers(group)["Volume"] == (pytest.approx(3 * 3 * 4 * 2.5 * 0.7 * 0.9 / 1000), "ml")
    assert numbers(group)["Long axis"][1] == "mm"
    referenced = group.referenced_segment[0].ReferencedSOPSequence[0]
    assert referenced.ReferencedSegmentNumber == 2
    assert "ml,UCUM" in dcmtk("dsrdump", "+Pl", "+Pc", path)


def test_outline_where_there_is_no_segmentation(tmp_path):
    image = radiograph(tmp_path, PixelSpacing=[0.2, 0.2])
    mask = np.zeros(image.grid.shape, int)
    mask[5:9, 10:16] = 1
    path = tmp_path / "a.sr.dcm"
    dicom_sr.write(path, image=image, finding=FINDING, label_map=mask)
    assert errors_of_dciodvfy(path) == []
    line = report(path).get_planar_roi_measurement_groups()[0].roi.value
    assert (line.min(axis=0).tolist(), line.max(axis=0).tolist()) == ([10, 5], [16, 9])


def test_outlines_of_a_volume_name_their_slices(tmp_path):
    image, _ = series(tmp_path / "ct")
    mask = np.zeros(image.grid.shape, int)
    mask[2:4, 2:5, 2:6] = 1
    path = tmp_path / "a.sr.dcm"
    dicom_sr.write(path, image=image, finding=FINDING, label_map=mask)
    assert errors_of_dciodvfy(path) == []
    (group,) = report(path).get_volumetric_roi_measurement_groups()
    named = [r.ContentSequence[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID for r in group.roi]
    assert named == [s.sop_instance_uid for s in image.sources[2:4]]


def test_the_number_of_parts_is_stated_and_valid(tmp_path):
    image = radiograph(tmp_path)
    path = tmp_path / "a.sr.dcm"
    sizes = {"area_px": 60.0, "longest_diameter_px": 10.0, "parts": 2.0}
    dicom_sr.write(path, image=image, finding=replace(FINDING, box_px=(1, 2, 7, 9), measurements=sizes))
    assert errors_of_dciodvfy(path) == []
    (group,) = report(path).get_planar_roi_measurement_groups()
    told = {m.name.meaning: (m.value, m.unit.value) for m in group.get_measurements()}
    assert told["Number of separate parts"] == (2.0, "{parts}")


def test_box_where_there_is_no_outline(tmp_path):
    image = radiograph(tmp_path)
    path = tmp_path / "a.sr.dcm"
    dicom_sr.write(path, image=image, finding=replace(FINDING, box_px=(1, 2, 7, 9)))
    line = report(path).get_planar_roi_measurement_groups()[0].roi.value
    assert (line.min(axis=0).tolist(), line.max(axis=0).tolist()) == ([2, 1], [9, 7])


def test_whole_image_and_frame_of_several(tmp_path):
    path = tmp_path / "a.sr.dcm"
    dicom_sr.write(path, image=bone_scan(tmp_path), finding=replace(FINDING, out_of_distribution=True))
    assert errors_of_dciodvfy(path) == []
    (group,) = report(path).get_image_measurement_groups()
    assert group.source_images[0].referenced_frame_numbers == [2]
    assert "do not rely on its answer" in dcmtk("dsrdump", "+Pl", "+Pc", path)


def test_millimetres_that_the_film_does_not_state_are_refused(tmp_path):
    with pytest.raises(GeometryError, match="pixels"):
        dicom_sr.write(
            tmp_path / "a.sr.dcm",
            image=radiograph(tmp_path),
            finding=replace(FINDING, measurements={"longest_diameter_mm": 12.0}),
        )
    assert not (tmp_path / "a.sr.dcm").exists()


def test_spacing_at_the_detector_is_said(tmp_path):
    image = radiograph(tmp_path, ImagerPixelSpacing=[0.1, 0.1])
    path = tmp_path / "a.sr.dcm"
    dicom_sr.write(path, image=image, finding=replace(FINDING, measurements={"longest_diameter_mm": 12.0}))
    assert "magnified" in dcmtk("dsrdump", "+Pl", "+Pc", path)


def test_unknown_measurement_and_foreign_segmentation(tmp_path):
    image = radiograph(tmp_path)
    path = tmp_path / "a.sr.dcm"
    with pytest.raises(RequestError, match="area_px"):
        dicom_sr.write(path, image=image, finding=replace(FINDING, measurements={"girth": 1.0}))
    mask = np.zeros(image.grid.shape, int)
    mask[0, 0] = 1
    seg = segmented(tmp_path, image, mask)
    with pytest.raises(InputError, match="not 2"):
        dicom_sr.write(path, image=image, finding=FINDING, label_map=mask * 2, seg_path=seg)
    with pytest.raises(GeometryError, match="label map"):
        dicom_sr.write(path, image=image, finding=FINDING, label_map=mask[1:])
