"""Segmentations as 3D Slicer saves them: in one layer or several, cropped to what was drawn."""

import gzip

import numpy as np
import pytest
from dicom_maker import rotation

from osteon.errors import GeometryError, InputError
from osteon.geometry import volume_grid
from osteon.io import slicer
from osteon.types import Grid, Image

SHAPE = (6, 9, 8)


def image(seed=0, shape=SHAPE):
    affine = np.eye(4)
    affine[:3, :3] = rotation(np.random.default_rng(seed)) * (2.0, 0.9, 0.7)
    affine[:3, 3] = (-10.0, 5.0, 30.0)
    return Image(grid=volume_grid(shape, affine), modality="CT", load=lambda: np.zeros(shape))


def write(path, layers, grid, names, *, values=None, skip=()):
    """Write uint8 `layers` (layers, slices, rows, columns), as Slicer does: layer fastest, gzipped, LPS."""
    affine = np.array(grid.affine)
    vectors = [f"({','.join(f'{v:.12g}' for v in affine[:3, axis])})" for axis in (2, 1, 0)]
    several = len(layers) > 1
    sizes = (*((len(layers),) if several else ()), *layers.shape[:0:-1])
    lines = [
        "NRRD0004",
        "type: unsigned char",
        f"dimension: {len(sizes)}",
        "space: left-posterior-superior",
        f"sizes: {' '.join(map(str, sizes))}",
        f"space directions: {'none ' if several else ''}{' '.join(vectors)}",
        f"kinds: {'list ' if several else ''}domain domain domain",
        "encoding: gzip",
        f"space origin: ({','.join(f'{v:.12g}' for v in affine[:3, 3])})",
    ]
    for number, (name, layer) in enumerate(names):
        fields = {"Name": name, "LabelValue": (values or {}).get(name, number + 1), "Layer": layer, "ID": f"S_{number}"}
        lines += [f"Segment{number}_{key}:={value}" for key, value in fields.items() if key not in skip]
    pixels = np.moveaxis(layers, 0, -1) if several else layers[0]
    path.write_bytes("\n".join(lines).encode() + b"\n\n" + gzip.compress(np.ascontiguousarray(pixels).tobytes()))
    return path


def painted(seed=0, shape=SHAPE, top=3):
    return np.random.default_rng(seed).integers(0, top + 1, (1, *shape)).astype(np.uint8)


NAMES = (("bone", 0), ("tumour", 0), ("Necrosis", 0))


@pytest.mark.parametrize("seed", range(3))
def test_a_segment_lies_where_it_was_drawn(tmp_path, seed):
    ct, labels = image(seed), painted(seed)
    path = write(tmp_path / "a.seg.nrrd", labels, ct.grid, NAMES)
    mask = slicer.read(path, image=ct, wanted="tumour")
    assert np.array_equal(mask.read(), labels[0] == 2)
    assert (mask.grid, mask.unit, mask.notes) == (ct.grid, "label", ())


def test_several_segments_become_values_in_the_order_named(tmp_path):
    ct, labels = image(), painted()
    path = write(tmp_path / "a.seg.nrrd", labels, ct.grid, NAMES)
    drawn = slicer.read(path, image=ct, wanted="necrosis,bone").read()
    assert np.array_equal(drawn, np.select([labels[0] == 3, labels[0] == 1], [1, 2]))
    assert np.array_equal(slicer.read(path, image=ct, wanted="*").read(), labels[0] > 0)


def test_segments_that_overlap_lie_in_layers(tmp_path):
    ct = image()
    layers = np.concatenate([painted(1, top=1), painted(2, top=1)])
    path = write(tmp_path / "a.seg.nrrd", layers, ct.grid, (("bone", 0), ("tumour", 1)), values={"tumour": 1})
    for name, layer in (("bone", 0), ("tumour", 1)):
        assert np.array_equal(slicer.read(path, image=ct, wanted=name).read(), layers[layer] == 1)


def test_the_only_segment_needs_no_name(tmp_path):
    ct, labels = image(), painted(top=1)
    path = write(tmp_path / "a.seg.nrrd", labels, ct.grid, (("Segment_1", 0),), skip=("Layer", "LabelValue"))
    assert np.array_equal(slicer.read(path, image=ct).read(), labels[0])


def test_cropped_to_what_was_drawn(tmp_path):
    ct, labels = image(), painted(top=1)
    affine = np.array(ct.grid.affine)
    affine[:3, 3] += affine[:3, :3] @ (1, 3, 2)
    cropped = labels[:, 1:4, 3:8, 2:7]
    path = write(tmp_path / "a.seg.nrrd", cropped, volume_grid((3, 5, 5), affine), (("tumour", 0),))
    expected = np.zeros(SHAPE, int)
    expected[1:4, 3:8, 2:7] = cropped[0]
    mask = slicer.read(path, image=ct)
    assert np.array_equal(mask.read(), expected)
    assert mask.notes == ()


def test_oversampled_labels_are_taken_from_the_nearest_voxel(tmp_path):
    ct, labels = image(), painted(top=1)
    affine = np.array(ct.grid.affine)
    fine = affine.copy()
    fine[:3, :3] /= 3
    fine[:3, 3] = affine[:3, 3] - affine[:3, :3] @ np.full(3, 1 / 3)
    path = write(tmp_path / "a.seg.nrrd", labels.repeat(3, 1).repeat(3, 2).repeat(3, 3),
                 volume_grid((18, 27, 24), fine), (("tumour", 0),))  # fmt: skip
    mask = slicer.read(path, image=ct)
    assert np.array_equal(mask.read(), labels[0])
    fine[:3, 3] += 0.1
    write(path, labels.repeat(3, 1).repeat(3, 2).repeat(3, 3), volume_grid((18, 27, 24), fine), (("tumour", 0),))
    assert "nearest label" in slicer.read(path, image=ct).notes[0]


@pytest.mark.parametrize(("wanted", "said"), [("", "3 segments; say after a #"), ("liver", "check the word")])
def test_a_segment_must_be_meant(tmp_path, wanted, said):
    ct = image()
    path = write(tmp_path / "a.seg.nrrd", painted(), ct.grid, NAMES)
    with pytest.raises(InputError, match=said):
        slicer.read(path, image=ct, wanted=wanted)


def test_an_image_elsewhere_is_refused(tmp_path):
    ct = image()
    affine = np.array(ct.grid.affine)
    affine[:3, 3] += 900
    path = write(tmp_path / "a.seg.nrrd", painted(), volume_grid(SHAPE, affine), NAMES)
    with pytest.raises(GeometryError, match="marks nothing within the image"):
        slicer.read(path, image=ct, wanted="bone").read()


def test_a_picture_has_no_segments(tmp_path):
    path = write(tmp_path / "a.seg.nrrd", painted(), image().grid, NAMES)
    film = Image(grid=Grid(shape=(9, 8)), modality="DX", load=lambda: np.zeros((9, 8)))
    with pytest.raises(GeometryError, match="give the volume"):
        slicer.read(path, image=film, wanted="bone")


def test_a_layer_that_is_not_there_is_refused(tmp_path):
    ct = image()
    path = write(tmp_path / "a.seg.nrrd", painted(), ct.grid, (("bone", 4),))
    with pytest.raises(InputError, match="layer that it does not hold"):
        slicer.read(path, image=ct).read()


def test_damaged_files_are_refused(tmp_path):
    ct = image()
    with pytest.raises(InputError, match="cannot be opened"):
        slicer.read(tmp_path / "none.seg.nrrd", image=ct)
    path = write(tmp_path / "a.seg.nrrd", painted(), ct.grid, NAMES, skip=("Name",))
    with pytest.raises(InputError, match="damaged list of segments"):
        slicer.read(path, image=ct)
    path = write(tmp_path / "b.seg.nrrd", painted(), ct.grid, ())
    with pytest.raises(InputError, match="names no segments"):
        slicer.read(path, image=ct)
    path = write(tmp_path / "c.seg.nrrd", painted(), ct.grid, NAMES)
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(InputError, match="cannot be read"):
        slicer.read(path, image=ct, wanted="bone").read()
