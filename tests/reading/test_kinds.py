from dataclasses import replace

import numpy as np
import pytest

from osteon.contract import Input
from osteon.reading.kinds import kind, takes
from osteon.types import Grid, Image, Item, Record, Spectrum


def image(modality, shape, **more):
    return Item(datum=Image(grid=Grid(shape=shape), modality=modality, load=lambda: np.zeros(shape), **more), file="f")


@pytest.mark.parametrize(
    ("item", "word"),
    [
        (image("CR", (9, 9)), "radiograph"),
        (image("DX", (9, 9)), "radiograph"),
        (image("OT", (9, 9)), "radiograph"),
        (image("CT", (9, 9, 9)), "ct"),
        (image("MR", (9, 9, 9)), "mri"),
        (image("PT", (9, 9, 9)), "pet"),
        (image("NM", (9, 9)), "scintigram"),
        (Item(datum=Record(values={}), file="f"), "table"),
        (Item(datum=Spectrum(shift_per_cm=np.arange(3), counts=np.arange(3)), file="f"), "spectrum"),
    ],
)
def test_each_datum_is_of_a_kind(item, word):
    assert kind(item).words == (word,)


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (image("CT", (9, 9)), "single CT slice"),
        (image("MR", (1, 9, 9)), "single MR slice"),
        (image("US", (9, 9)), "modality US"),
        (image("CT", (9, 9, 9), unit="label"), "segmentation"),
        (image("NM", (9, 9, 9), times_s=(0.0, 1.0)), "dynamic"),
    ],
)
def test_what_no_system_takes_has_a_reason(item, why):
    found = kind(item)
    assert found.words == ()
    assert why in found.why


def test_a_nifti_volume_is_told_what_it_lacks():
    assert "modality" in kind(image("OT", (9, 9, 9))).why
    assert "DICOM" in kind(image("OT", (9, 9, 9))).why


@pytest.mark.parametrize(
    ("item", "named", "taken"),
    [
        (image("OT", (9, 9)), "radiograph", {"radiograph"}),
        (image("OT", (9, 9)), "anterior", {"anterior"}),
        (image("OT", (9, 9)), "tile", {"tile"}),
        (image("SC", (9, 9)), "tile", {"tile"}),
        (image("OT", (9, 9)), "t1", set()),
        (image("OT", (9, 9, 9)), "t1", {"t1"}),
        (image("OT", (9, 9, 9)), "radiograph", set()),
        (image("CT", (9, 9, 9)), "radiograph", set()),
        (image("CT", (9, 9, 9)), "t1", set()),
        (image("MR", (9, 9, 9)), "t1", {"t1"}),
        (image("NM", (9, 9)), "anterior", {"anterior"}),
        (image("OT", (9, 9)), None, {"radiograph"}),
        (image("MR", (9, 9, 9)), None, {"t1", "t2"}),
        (image("OT", (9, 9, 9), unit="label"), "t1", set()),
    ],
)
def test_a_named_image_is_that_input_alone_and_only_where_it_can_be(item, named, taken):
    inputs = (("radiograph",) * 2, ("anterior", "scintigram"), ("tile",) * 2, ("t1", "mri"), ("t2", "mri"))
    asked = [Input(name=name, kind=what) for name, what in inputs]
    assert {i.name for i in asked if takes(i, replace(item, input=named))} == taken
