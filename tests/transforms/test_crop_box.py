"""Cutting a box out of an image, beyond its edge too, and putting maps back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from osteon.errors import InputError
from osteon.transforms import crop_box


def test_box_of_a_mask():
    mask = np.zeros((10, 12), dtype=int)
    mask[2:5, 7:11] = 3
    assert crop_box.mask_box(mask) == (2, 7, 5, 11)


def test_an_empty_mask_is_refused():
    with pytest.raises(InputError, match="empty"):
        crop_box.mask_box(np.zeros((3, 3)))


def test_square_in_millimetres():
    top, left, bottom, right = crop_box.square_box((10, 10, 20, 30), spacing_mm=(2.0, 0.5), scale=2.0)
    assert (bottom - top) * 2.0 == (right - left) * 0.5 == 40.0
    assert (top + bottom) / 2 == pytest.approx(15, abs=1)
    assert (left + right) / 2 == pytest.approx(20, abs=1)


def test_beyond_the_edge_the_edge_is_repeated():
    image = np.arange(12.0).reshape(3, 4)
    cut = crop_box.cut(image, crop_box.draw(image.shape, (-1, -2, 2, 3)))
    assert cut.tolist() == [[0, 0, 0, 1, 2], [0, 0, 0, 1, 2], [4, 4, 4, 5, 6]]


@given(
    st.tuples(st.integers(1, 12), st.integers(1, 12)),
    st.tuples(st.integers(-8, 11), st.integers(-8, 11)),
    st.tuples(st.integers(1, 20), st.integers(1, 20)),
)
def test_what_is_put_back_lies_where_it_was(shape, corner, size):
    image = np.random.default_rng(0).random((2, *shape)) + 1
    box = (*corner, corner[0] + size[0], corner[1] + size[1])
    step = crop_box.draw(image.shape, box)
    back = crop_box.undo(crop_box.cut(image, step), step)
    assert back.shape == image.shape
    inside = np.zeros(shape, dtype=bool)
    inside[max(box[0], 0) : max(box[2], 0), max(box[1], 0) : max(box[3], 0)] = True
    assert np.array_equal(back[:, inside], image[:, inside])
    assert not back[:, ~inside].any()
