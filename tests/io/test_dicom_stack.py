from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from osteon.io.dicom_header import Header
from osteon.io.dicom_layout import Layout
from osteon.io.dicom_slices import Slice
from osteon.io.dicom_stack import StackError, stack, stacks

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)


def plane(position, *, orientation=AXIAL, spacing=(0.8, 0.6), rows=6, thickness=2.0, **keys):
    name = f"{position}.dcm"
    header = Header(path=Path(name), name=name, size=1, syntax="", pixels=None)
    layout = Layout(
        rows=rows, columns=5, frames=1, samples=1, bits=16, stored=16, high=15, signed=False,
        photometric="MONOCHROME2", native=True,
    )  # fmt: skip
    return Slice(
        header=header, layout=layout, frame=0, position=position, orientation=orientation, spacing=spacing,
        thickness=thickness, keys=keys,
    )  # fmt: skip


def at(*heights, **more):
    return [plane((1.0, 2.0, float(z)), **more) for z in heights]


@given(st.permutations([0.0, 2.5, 5.0, 7.5, 10.0]), st.booleans())
def test_any_order_gives_the_same_volume(heights, turned):
    planes = at(*heights)
    found = stack(planes[::-1] if turned else planes, name="s")
    assert [one.position[2] for one in found.slices] == [0.0, 2.5, 5.0, 7.5, 10.0]
    assert np.allclose(found.affine, [[0, 0, 0.6, 1], [0, 0.8, 0, 2], [2.5, 0, 0, 0], [0, 0, 0, 1]])


@pytest.mark.parametrize(
    ("planes", "kind", "said"),
    [
        (at(0, 1, 2, 4, 5), "gap", "misses 1 slice"),
        (at(0, 1, 2, 5, 6), "gap", "misses 2 slice"),
        (at(0, 1, 2.4, 3.4), "gap", "even distance"),
        (at(0, 1, 1, 2), "double", "1 of its 4 slices"),
        (at(0, 1) + at(2, rows=7), "mixed", "2 sizes"),
        (at(0, 1) + at(2, spacing=(0.8, 0.7)), "mixed", "pixels of 0.6 to 0.8 mm"),
        ([*at(0, 1), plane((0.0, 0.0, 2.0), orientation=CORONAL)], "mixed", "2 orientations"),
        ([plane((0.0, 0.3 * z, float(z))) for z in range(4)], "tilt", "16.7 degrees"),
        ([plane((0.0, 3.0 * (z == 2), float(z))) for z in range(5)], "gap", "off a straight"),
    ],
)
def test_what_makes_no_volume_says_why_and_names_the_series(planes, kind, said):
    with pytest.raises(StackError, match=said) as caught:
        stack(planes, name="CT Becken")
    assert (caught.value.kind, caught.value.file) == (kind, "CT Becken")


@pytest.mark.parametrize(("thickness", "step", "notes"), [(3.0, 3.0, 0), (None, 1.0, 1)])
def test_one_slice_is_as_thick_as_it_says(thickness, step, notes):
    found = stack(at(4, thickness=thickness), name="s")
    assert found.affine[2, 0] == step
    assert len(found.notes) == notes


def test_two_echoes_at_one_place_are_two_volumes():
    planes = at(0, 1, 2, EchoTime="10") + at(0, 1, 2, EchoTime="20")
    found = stacks(planes, name="s")
    assert [len(one.slices) for one in found] == [3, 3]
    assert [{s.keys["EchoTime"] for s in one.slices} for one in found] == [{"10"}, {"20"}]


def test_a_value_that_tells_only_some_doubles_apart_is_no_way_out():
    with pytest.raises(StackError, match="holds already"):
        stacks(at(0, 0, 1, EchoTime="10") + at(2, EchoTime="20"), name="s")
