"""Packed samples give their values back exactly, from memory or from the disk."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from osteon.engine.store import Store, pack
from osteon.types import Sample

BYTES = np.arange(256, dtype=np.uint8)


@pytest.mark.parametrize(
    ("array", "stored"),
    [
        (BYTES.astype(np.float32), np.uint8),
        (BYTES.astype(np.float32) / np.float32(255), np.uint8),
        ((BYTES.astype(np.float32) - 127) / 128, np.float16),
        (np.array([0.1, 0.2], np.float32), np.float32),
        (np.array([np.nan, 1.0], np.float32), np.float32),
        (np.array([-1.0, 70000.0], np.float32), np.float32),
        (np.array([0, 255]), np.uint8),
        (np.array([-1, 3]), np.int64),
        (np.array(True), np.bool_),
        (np.zeros((0, 3), np.float32), np.float32),
    ],
)
def test_the_narrowest_exact_type_is_used(array, stored):
    packed = pack(array)
    assert packed.stored == stored
    found = packed.read()
    assert found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


@given(arrays.arrays(np.float32, st.integers(0, 30), elements=st.floats(width=32)))
@settings(max_examples=200, deadline=None)
def test_any_floats_come_back(array):
    np.testing.assert_array_equal(pack(array).read(), array)


@pytest.mark.parametrize("memory_gb", [1.0, 0.0])
def test_samples_come_back_from_memory_and_from_the_disk(tmp_path, rng, memory_gb):
    made = [
        Sample(study=f"s{i}", patient="p", inputs={"x": rng.normal(size=(3, 5)).astype(np.float32)}, targets={"y": i})
        for i in range(7)
    ]
    store = Store(folder=tmp_path, memory_gb=memory_gb)
    for sample in made:
        store.add(sample)
    for sample, found in zip(made, store, strict=True):
        np.testing.assert_array_equal(found.inputs["x"], sample.inputs["x"])
        assert int(found.targets["y"]) == sample.targets["y"]
        found.inputs["x"][:] = 0  # a copy: the next reader sees the values
    np.testing.assert_array_equal(store[3].inputs["x"], made[3].inputs["x"])
    assert list(tmp_path.iterdir()) == []
    assert store.shapes() == {"x": (3, 5)}


def test_samples_without_targets_are_dropped_only_where_others_have_some(tmp_path):
    store = Store()
    for i in range(4):
        store.add(Sample(study=f"s{i}", patient="p", inputs={}, targets={"y": 1} if i % 2 else {}))
    assert store.without_unlabelled() == 2
    assert [s.study for s in store] == ["s1", "s3"]
    bare = Store()
    bare.add(Sample(study="s", patient="p", inputs={}))
    assert bare.without_unlabelled() == 0
