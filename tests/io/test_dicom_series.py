import numpy as np
import pytest
import SimpleITK as sitk
from dicom_maker import AXIAL, SECRET, ct_slices, instance, item, raw, rotation, save, save_all, volume_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.uid import JPEG2000Lossless

from osteon.errors import GeometryError, InputError
from osteon.io import dicom, dicom_series

ORIENTATIONS = {
    "axial": ((1, 0, 0), (0, 1, 0)),
    "flipped": ((-1, 0, 0), (0, -1, 0)),
    "upside down": ((1, 0, 0), (0, -1, 0)),
    "sagittal": ((0, 1, 0), (0, 0, -1)),
    "coronal": ((1, 0, 0), (0, 0, -1)),
    "oblique": ((0.8, 0.6, 0), (-0.48, 0.64, 0.6)),
}


@pytest.mark.parametrize("name", ORIENTATIONS)
def test_volume_and_affine_are_those_written_and_those_of_simpleitk(name, tmp_path, rng):
    row, column = ORIENTATIONS[name]
    volume = volume_of(rng)
    made, affine = ct_slices(volume, row=row, column=column)
    files = save_all(made, tmp_path, names=[f"{i}.dcm" for i in rng.permutation(len(made))])

    image = dicom.read(tmp_path)

    assert np.array_equal(image.read(), volume.astype(np.float32) - 1024)
    assert np.allclose(np.array(image.grid.affine), affine, atol=1e-6)
    assert image.grid.spacing_mm == pytest.approx((2.5, 0.7, 0.9))
    assert image.unit == "HU"
    assert [s.path.name for s in image.sources] == [f.name for f in files]

    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(tmp_path)))
    other = reader.Execute()
    assert np.array_equal(sitk.GetArrayFromImage(other), image.read())
    for index in ((0, 0, 0), (4, 5, 6), (1, 2, 3)):
        ours = np.array(image.grid.affine) @ (*index, 1)
        assert np.allclose(ours[:3], other.TransformIndexToPhysicalPoint(index[::-1]), atol=1e-4)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**31), spacing=st.tuples(*[st.floats(0.2, 12)] * 3), slices=st.integers(2, 6))
def test_any_oblique_grid_comes_back_in_mm(seed, spacing, slices, tmp_path_factory):
    rng = np.random.default_rng(seed)
    turned = rotation(rng)
    made, affine = ct_slices(
        volume_of(rng, (slices, 3, 4)),
        row=turned[0],
        column=turned[1],
        spacing=spacing,
        origin=rng.normal(size=3) * 300,
    )
    folder = tmp_path_factory.mktemp("ct")
    save_all(made, folder)
    image = dicom.read(folder)
    corners = np.array([[0, 0, 0, 1], [slices - 1, 2, 3, 1.0]])
    assert np.allclose(corners @ np.array(image.grid.affine).T, corners @ affine.T, atol=1e-3)


def test_each_slice_has_its_own_rescale(tmp_path, rng):
    volume = volume_of(rng)
    made, _ = ct_slices(volume)
    for index, one in enumerate(made):
        one.RescaleSlope, one.RescaleIntercept = index + 0.5, -index
    save_all(made, tmp_path)
    scale = np.arange(5)[:, None, None]
    assert np.allclose(dicom.read(tmp_path).read(), volume * (scale + 0.5) - scale)


def test_values_use_only_the_stored_bits(tmp_path, rng):
    volume = rng.integers(-2000, 2000, (3, 4, 5)).astype(np.int16)
    made, _ = ct_slices((volume & 0x0FFF) | np.int16(0x5000))  # old overlays in the upper bits
    for one in made:
        one.BitsStored, one.HighBit = 12, 11
    save_all(made, tmp_path)
    assert np.array_equal(dicom.read(tmp_path).read(), volume - 1024.0)


def test_gantry_tilt_is_refused_with_its_angle(tmp_path, rng):
    made, _ = ct_slices(volume_of(rng))
    for index, one in enumerate(made):
        one.ImagePositionPatient = [0, index * 2.5 * np.tan(np.radians(14)), index * 2.5]
    save_all(made, tmp_path)
    with pytest.raises(GeometryError, match=r"14\.0 degrees \(gantry tilt\)"):
        dicom.read(tmp_path)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda made: made.pop(2), r"misses 1 slice\(s\)"),
        (lambda made: made.append(made[2]), "1 of its 6 slices at a place that another one holds"),
        (lambda made: setattr(made[2], "ImagePositionPatient", [-10, 5, 35.9]), "apart; an even distance is needed"),
        (lambda made: setattr(made[2], "ImagePositionPatient", [-8, 5, 35]), "off a straight, even stack"),
        (lambda made: setattr(made[1], "ImageOrientationPatient", [0, 1, 0, 0, 0, -1]), "mixes slices of 2 orient"),
        (lambda made: setattr(made[1], "PixelSpacing", [0.7, 0.7]), "pixels of 0.7 to 0.9 mm"),
        (lambda made: setattr(made[1], "ImageOrientationPatient", [1, 0, 0, 1, 0, 0]), "right angles"),
        (lambda made: delattr(made[1], "ImagePositionPatient"), "states no usable ImagePositionPatient"),
        (lambda made: delattr(made[1], "PixelSpacing"), "states no usable PixelSpacing"),
        (lambda made: setattr(made[1], "RescaleSlope", 0), "impossible RescaleSlope"),
        (lambda made: setattr(made[1], "ImageType", ["ORIGINAL", "PRIMARY", "M", "MOSAIC"]), "mosaic of slices"),
        (lambda made: setattr(made[1], "PixelData", made[1].PixelData[:-2]), "cut off: 82 of 84 bytes"),
    ],
)
def test_what_is_no_volume_is_refused_with_the_reason(change, match, tmp_path, rng):
    made, _ = ct_slices(volume_of(rng))
    change(made)
    save_all(made, tmp_path)
    with pytest.raises(InputError, match=match) as caught:
        dicom.read(tmp_path)
    assert caught.value.exit_code == 3
    assert SECRET not in str(caught.value)
    found = dicom.read_files(list(tmp_path.iterdir()), root=tmp_path)
    assert not found.items
    assert len(found.refused) == 1


def test_mixed_sizes_are_refused(tmp_path, rng):
    made, _ = ct_slices(volume_of(rng))
    small, _ = ct_slices(volume_of(rng, (1, 3, 3)), origin=(-10, 5, 42.5))
    save_all([*made, *small], tmp_path)
    with pytest.raises(GeometryError, match=r"2 sizes \(3x3, 6x7\)"):
        dicom.read(tmp_path)


def test_localizers_are_set_apart(tmp_path, rng):
    made, _ = ct_slices(volume_of(rng))
    scout, _ = ct_slices(
        volume_of(rng, (1, 9, 9)), row=(0, 1, 0), column=(0, 0, -1), ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]
    )
    save_all([*made, *scout], tmp_path)
    found = dicom.read_files(list(tmp_path.iterdir()), root=tmp_path)
    assert [item.datum.grid.shape for item in found.items] == [(5, 6, 7)]
    assert "localizer" in found.refused[0].why


def test_two_echoes_of_one_series_are_two_volumes(tmp_path, rng):
    one, two = volume_of(rng), volume_of(rng)
    early, _ = ct_slices(one, modality="MR", EchoTime=10)
    late, _ = ct_slices(two, modality="MR", EchoTime=80)
    save_all([*early, *late], tmp_path)
    found = dicom.read_files(list(tmp_path.iterdir()), root=tmp_path)
    by_echo = {item.datum.facts["EchoTime"]: item.datum.read() + 1024 for item in found.items}
    assert np.array_equal(by_echo[10], one)
    assert np.array_equal(by_echo[80], two)
    assert all("several volumes" in item.datum.notes[-1] for item in found.items)


def test_a_single_slice_is_a_volume_of_one(tmp_path, rng):
    made, _ = ct_slices(volume_of(rng)[:1])
    del made[0].SliceThickness
    image = dicom.read(save(made[0], tmp_path / "one.dcm"))
    assert image.grid.shape == (1, 6, 7)
    assert "1 mm is assumed" in image.notes[0]


def enhanced(volume, affine, *, shared_orientation=True, stack=None):
    """Return an enhanced CT whose frames are given in reverse."""
    frames = []
    for index in reversed(range(len(volume))):
        at = affine[:3, 3] + index * affine[:3, 0]
        groups = {"PlanePositionSequence": [item(ImagePositionPatient=[f"{v:.9g}" for v in at])]}
        groups["PixelValueTransformationSequence"] = [item(RescaleSlope=index + 1, RescaleIntercept=-7)]
        if stack:
            groups["FrameContentSequence"] = [item(StackID=stack[index])]
        frames.append(item(**groups))
    row, column = affine[:3, 2], affine[:3, 1]
    cosines = [f"{v:.9g}" for v in (*(row / np.linalg.norm(row)), *(column / np.linalg.norm(column)))]
    spacing = [f"{np.linalg.norm(column):.9g}", f"{np.linalg.norm(row):.9g}"]
    shared = item(PixelMeasuresSequence=[item(PixelSpacing=spacing, SliceThickness=1)])
    if shared_orientation:
        shared.PlaneOrientationSequence = [item(ImageOrientationPatient=cosines)]
    else:
        for frame in frames:
            frame.PlaneOrientationSequence = [item(ImageOrientationPatient=cosines)]
    return instance(
        volume[::-1].copy(), sop_class="1.2.840.10008.5.1.4.1.1.2.1",
        SharedFunctionalGroupsSequence=[shared], PerFrameFunctionalGroupsSequence=frames,
    )  # fmt: skip


@pytest.mark.parametrize("shared", [True, False])
def test_enhanced_multi_frame_is_placed_by_its_functional_groups(shared, tmp_path, rng):
    volume = volume_of(rng)
    _, affine = ct_slices(volume, row=(0.8, 0.6, 0), column=(-0.48, 0.64, 0.6))
    image = dicom.read(save(enhanced(volume, affine, shared_orientation=shared), tmp_path / "e.dcm"))
    assert np.allclose(np.array(image.grid.affine), affine, atol=1e-5)
    assert np.allclose(image.read(), volume * (np.arange(5)[:, None, None] + 1.0) - 7)
    assert [s.frame for s in image.sources] == [5, 4, 3, 2, 1]


def test_stacks_of_an_enhanced_file_are_told_apart(tmp_path, rng):
    volume = volume_of(rng, (6, 4, 4))
    _, affine = ct_slices(volume)
    made = enhanced(volume, affine, stack=["1", "1", "1", "2", "2", "2"])
    for frame in made.PerFrameFunctionalGroupsSequence[:3]:
        at = frame.PlanePositionSequence[0]
        at.ImagePositionPatient = [
            at.ImagePositionPatient[0],
            at.ImagePositionPatient[1],
            at.ImagePositionPatient[2] + 100,
        ]
    save(made, tmp_path / "e.dcm")
    found = dicom.read_files([tmp_path / "e.dcm"], root=tmp_path)
    assert [item.datum.grid.shape for item in found.items] == [(3, 4, 4)] * 2


def test_frames_without_positions_are_refused(tmp_path, rng):
    path = save(instance(volume_of(rng), PixelSpacing=[1, 1], ImageOrientationPatient=list(AXIAL)), tmp_path / "m.dcm")
    with pytest.raises(GeometryError, match="without saying where each lies"):
        dicom.read(path)


def test_a_ct_without_rescale_is_not_called_hu(tmp_path, rng):
    made, _ = ct_slices(volume_of(rng), RescaleSlope=None, RescaleIntercept=None)
    save_all(made, tmp_path)
    image = dicom.read(tmp_path)
    assert image.unit is None
    assert "no rescale" in image.notes[0]


def test_a_file_that_shrinks_after_it_was_found_is_refused_when_read(tmp_path, rng):
    made, _ = ct_slices(volume_of(rng))
    paths = save_all(made, tmp_path)
    image = dicom.read(tmp_path)
    paths[0].write_bytes(raw(made[0])[:-9])
    with pytest.raises(InputError, match="cut off"):
        image.read()


def test_no_files_are_no_image(tmp_path):
    with pytest.raises(InputError, match="holds no DICOM image"):
        dicom.read(tmp_path)
    assert dicom.read_files([], root=tmp_path).items == ()


def compressed(folder, rng, *, count=7):
    volume = rng.integers(0, 4000, (count, 64, 70)).astype(np.int16)
    made, _ = ct_slices(volume)
    for one in made:
        one.compress(JPEG2000Lossless)
    return volume, save_all(made, folder)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_compressed_slices_are_decoded_in_threads_to_the_same_volume(threads, tmp_path, rng, monkeypatch):
    monkeypatch.setattr(dicom_series, "_threads", lambda: threads)
    volume, _ = compressed(tmp_path, rng)
    assert np.array_equal(dicom.read(tmp_path).read(), volume - 1024.0)


def test_a_damaged_slice_among_threads_is_the_one_named(tmp_path, rng):
    _, files = compressed(tmp_path, rng)
    image = dicom.read(tmp_path)
    for damaged in (files[4], files[2]):
        raw = damaged.read_bytes()
        damaged.write_bytes(raw[: len(raw) // 2] + bytes(len(raw) - len(raw) // 2))
    with pytest.raises(InputError) as caught:
        image.read()
    assert caught.value.file == files[2].name  # the first of them in the volume's order, whichever thread was first


def test_no_more_threads_than_cores():
    assert 1 <= dicom_series._threads() <= dicom_series.MOST_THREADS
