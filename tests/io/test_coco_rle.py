import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from osteon.io import coco_rle

pycoco = pytest.importorskip("pycocotools.mask", reason="pip install pycocotools")


@pytest.mark.parametrize("seed", range(20))
def test_decodes_what_pycocotools_encodes(seed):
    rng = np.random.default_rng(seed)
    shape = tuple(int(n) for n in rng.integers(1, 400, 2))
    mask = np.repeat(rng.random((shape[0], -(-shape[1] // 7))) < rng.random(), 7, axis=1)[:, : shape[1]]
    said = pycoco.encode(np.asfortranarray(mask, dtype=np.uint8))
    assert np.array_equal(coco_rle.decode(said["counts"].decode(), shape=shape), mask)


@pytest.mark.parametrize("value", [False, True])
def test_empty_and_full(value):
    mask = np.full((30, 50), value)
    said = pycoco.encode(np.asfortranarray(mask, dtype=np.uint8))
    assert np.array_equal(coco_rle.decode(said["counts"].decode(), shape=(30, 50)), mask)


@pytest.mark.parametrize("runs", [[3], [1, 2, 3], [-1, 5], [], [[4, 0], [1]], "zzz!", "\u00e9", "o" * 40])
def test_runs_that_do_not_fill_the_mask_are_refused(runs):
    with pytest.raises(ValueError, match=r".+"):
        coco_rle.decode(runs, shape=(2, 2))


@given(st.text(max_size=20) | st.lists(st.integers(-5, 2**70), max_size=6))
def test_anything_else_is_a_value_or_an_overflow_error(runs):
    try:
        found = coco_rle.decode(runs, shape=(3, 4))
    except (ValueError, OverflowError):
        return
    assert found.shape == (3, 4)
