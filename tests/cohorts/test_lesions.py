import pytest
from hypothesis import given
from hypothesis import strategies as st

from osteon.cohorts.lesions import BOX_2D, BOX_3D, by_path
from osteon.cohorts.rows import Row
from osteon.errors import CohortError
from osteon.types import Lesion

IMAGE = (Row(table="cohort.csv", number=2, cells={"path": "a.png"}),)


def row(**cells):
    return Row(table="lesions.csv", number=2, cells={"path": "a.png", **cells})


def test_boxes_labels_and_mask_values():
    flat = row(label="cyst", mask_value="2", **dict(zip(BOX_2D, "1234", strict=True)))
    deep = row(**dict(zip(BOX_3D, "012345", strict=True)))
    bare = row(label="NA")
    assert by_path([flat, deep, bare], images=IMAGE) == {
        "a.png": (
            Lesion(label="cyst", mask_value=2, box_px=(1, 2, 3, 4)),
            Lesion(box_px=(0, 1, 2, 3, 4, 5)),
            Lesion(),
        )
    }


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"path": "b.png"}, "not in cohort.csv"),
        ({"row0": "1"}, "must have row0"),
        (dict(zip(BOX_2D, ("1", "2", "1", "4"), strict=True)), "beyond its start"),
        (dict(zip(BOX_2D, ("-1", "2", "1", "4"), strict=True)), "none below 0"),
        ({"mask_value": "1.5"}, "whole number"),
    ],
)
def test_what_cannot_be_meant_is_a_sentence(cells, said):
    with pytest.raises(CohortError, match=f"row 2: .*{said}"):
        by_path([row(**cells)], images=IMAGE)


@given(st.dictionaries(st.sampled_from((*BOX_3D, "mask_value", "label")), st.text(max_size=4)))
def test_any_cells_are_a_lesion_or_our_error(cells):
    try:
        found = by_path([row(**cells)], images=IMAGE)
    except CohortError:
        return
    box = found["a.png"][0].box_px
    assert box is None or all(low < high for low, high in zip(box[: len(box) // 2], box[len(box) // 2 :], strict=True))
