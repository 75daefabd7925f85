"""Pixels in memory: read once, given as often as they are asked for, and not to be spoilt."""

import numpy as np
import pytest

from osteon.engine.held import held
from osteon.types import Grid, Image, Record, Study


def counted(*shape):
    """Return an image, and the list that each reading of it is noted in."""
    reads = []

    def load():
        reads.append(shape)
        return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)

    return Image(grid=Grid(shape=shape), modality="OT", load=load, notes=("A note.",)), reads


@pytest.mark.parametrize(("dimensions", "volumes"), [(None, 1), (2, 3)])
def test_an_image_is_read_once_however_often_it_is_looked_at(dimensions, volumes):
    (film, films), (volume, slices), row = counted(4, 3), counted(2, 4, 3), Record(values={"age_years": 3.0})
    study = held(Study(name="s", patient="p", data={"a": film, "b": volume, "c": row}), dimensions=dimensions)
    for _ in range(3):
        np.testing.assert_array_equal(study.data["a"].read(), np.arange(12).reshape(4, 3))
        assert study.data["b"].read().shape == (2, 4, 3)
    assert (len(films), len(slices)) == (1, volumes)
    assert study.data["c"] is row
    assert study.data["a"].notes == film.notes


def test_who_changes_the_pixels_spoils_them_for_nobody_else():
    film, _ = counted(4, 3)
    study = held(Study(name="s", patient="p", data={"a": film}))
    study.data["a"].read()[:] = -1
    assert study.data["a"].read().min() == 0
