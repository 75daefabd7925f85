import numpy as np
import pytest
from dicom_maker import ct_slices, instance, item, rotation, save, volume_of
from pydicom.uid import RTStructureSetStorage

from osteon.errors import GeometryError, InputError
from osteon.geometry import to_mm, volume_grid
from osteon.io import dicom, dicom_rt

AXIAL = np.array([[0, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1.0]])


def structures(path, regions, *, drawn_on=()):
    """Write an RTSTRUCT of {name: [contours in mm]}."""
    contours = []
    for number, shapes in enumerate(regions.values(), 1):
        items = []
        for points in shapes:
            data = [f"{v:.9g}" for v in np.asarray(points).ravel()]
            images = [item(ReferencedSOPClassUID="1.2", ReferencedSOPInstanceUID=uid) for uid in drawn_on]
            items.append(item(ContourGeometricType="CLOSED_PLANAR", ContourData=data, ContourImageSequence=images))
        contours.append(item(ReferencedROINumber=number, ContourSequence=items))
    names = [item(ROINumber=number, ROIName=name) for number, name in enumerate(regions, 1)]
    made = instance(
        None,
        modality="RTSTRUCT",
        sop_class=RTStructureSetStorage,
        StructureSetROISequence=names,
        ROIContourSequence=contours,
    )
    return save(made, path)


def circle(grid, *, plane, centre, radius, points=180):
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    index = np.stack(
        [np.full(points, float(plane)), centre[0] + radius * np.sin(angle), centre[1] + radius * np.cos(angle)], axis=1
    )
    return to_mm(grid, index)


def test_holes_are_holes(tmp_path):
    grid = volume_grid((3, 40, 40), AXIAL)
    rings = [circle(grid, plane=1, centre=(20, 20), radius=r) for r in (15.2, 8.2, 3.2)]
    path = structures(tmp_path / "rs.dcm", {"GTV": rings})
    mask = dicom_rt.mask(dicom_rt.read(path).region("gtv "), grid=grid)
    away = np.hypot(*np.meshgrid(np.arange(40) - 20, np.arange(40) - 20))
    assert np.array_equal(mask[1], (away < 3.2) | ((away > 8.2) & (away < 15.2)))
    assert not mask[[0, 2]].any()


def test_masks_land_on_the_same_millimetres_on_any_oblique_grid(tmp_path, rng):
    for _ in range(5):
        turned = rotation(rng)
        spacing = rng.uniform(0.5, 4, 3)
        made, affine = ct_slices(volume_of(rng, (4, 30, 30)), row=turned[0], column=turned[1], spacing=spacing)
        assert made
        grid = volume_grid((4, 30, 30), affine)
        shapes = [circle(grid, plane=k, centre=(12, 17), radius=4.3 + k) for k in range(4)]
        mask = dicom_rt.mask(dicom_rt.read(structures(tmp_path / "rs.dcm", {"a": shapes})).regions[0], grid=grid)
        away = np.hypot(*np.meshgrid(np.arange(30) - 17, np.arange(30) - 12))
        assert np.array_equal(mask, np.stack([away < 4.3 + k for k in range(4)]))


def test_pixel_centres_decide_and_edges_are_half_open():
    square = np.array([[2.0, 3.0], [2.0, 7.0], [5.0, 7.0], [5.0, 3.0]])
    filled = dicom_rt.filled([square], shape=(10, 10))
    assert filled.sum() == 12  # rows 2 to 4, columns 3 to 6
    assert filled[2:5, 3:7].all()
    assert np.array_equal(filled, dicom_rt.filled([square[::-1]], shape=(10, 10)))


def test_polygons_match_matplotlib_away_from_edges(rng):
    path = pytest.importorskip("matplotlib.path")
    rows, columns = np.mgrid[:40, :50]
    for _ in range(20):
        angle = np.sort(rng.uniform(0, 2 * np.pi, 12))
        radius = rng.uniform(3, 24, 12)
        polygon = np.stack([20 + radius * np.sin(angle), 25 + radius * np.cos(angle)], axis=1)
        inside = path.Path(polygon).contains_points(np.stack([rows.ravel(), columns.ravel()], axis=1)).reshape(40, 50)
        assert np.array_equal(dicom_rt.filled([polygon], shape=(40, 50)), inside)


def test_contours_beyond_the_image_are_cut():
    grid = volume_grid((2, 10, 10), AXIAL)
    region = dicom_rt.Region(
        number=1, name="", contours=tuple(circle(grid, plane=p, centre=(0, 0), radius=6) for p in (0, 5))
    )
    mask = dicom_rt.mask(region, grid=grid)
    assert 20 < mask[0].sum() < 40
    assert not mask[1].any()


def test_contours_of_another_image_are_refused():
    grid = volume_grid((4, 10, 10), AXIAL)
    between = dicom_rt.Region(number=1, name="", contours=(circle(grid, plane=1.5, centre=(5, 5), radius=3),))
    with pytest.raises(GeometryError, match="drawn on another image"):
        dicom_rt.mask(between, grid=grid)


def test_what_holds_no_contours_is_refused(tmp_path):
    path = structures(tmp_path / "rs.dcm", {"empty": []})
    found = dicom_rt.read(path)
    with pytest.raises(InputError, match="no closed contour"):
        dicom_rt.mask(found.regions[0], grid=volume_grid((4, 10, 10), AXIAL))
    with pytest.raises(InputError, match="no region of that name among its 1"):
        found.region("GTV")
    with pytest.raises(InputError, match="not an RTSTRUCT"):
        dicom_rt.read(save(instance(np.zeros((4, 4), np.int16)), tmp_path / "ct.dcm"))
    (tmp_path / "bad").write_bytes(b"\0" * 128 + b"DICM" + b"\x08\x00\x60\x00CS\xff\xffRT")
    with pytest.raises(InputError):
        dicom_rt.read(tmp_path / "bad")


def test_an_rtstruct_says_which_image_it_was_drawn_on(tmp_path, rng):
    made, _ = ct_slices(volume_of(rng))
    for index, one in enumerate(made):
        save(one, tmp_path / "ct" / f"{index}")
    image = dicom.read(tmp_path / "ct")
    shape = circle(image.grid, plane=1, centre=(3, 3), radius=2)
    drawn = dicom_rt.read(structures(tmp_path / "a", {"x": [shape]}, drawn_on=[made[1].SOPInstanceUID]))
    assert drawn.fits(image) is True
    assert dicom_rt.read(structures(tmp_path / "b", {"x": [shape]}, drawn_on=["1.2.9"])).fits(image) is False
    assert dicom_rt.read(structures(tmp_path / "c", {"x": [shape]})).fits(image) is None


@pytest.mark.parametrize("name", ["PET", "MR_T1", "CT"])
def test_sts_regions_equal_the_masks_made_of_them_elsewhere(name, data_dir):
    nibabel = pytest.importorskip("nibabel")
    folder = data_dir / "sts" / "dicom" / "STS_001" / name
    image = dicom.read(folder / "image")
    mask = dicom_rt.mask(dicom_rt.read(folder / "mask" / "RS.dcm").regions[0], grid=image.grid)
    other = np.asarray(nibabel.load(data_dir / "sts" / "nifti" / "STS_001" / f"{name}_mask.nii.gz").dataobj).T > 0
    if name == "CT":  # the other is at half the resolution in plane
        assert mask.sum() / 4 == pytest.approx(other.sum(), rel=0.005)
    else:
        assert np.array_equal(mask, other)
