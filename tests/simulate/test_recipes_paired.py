from __future__ import annotations

import numpy as np
import pytest

from osteon.geometry import same_place
from osteon.io import files, nifti
from osteon.simulate import recipes
from osteon.simulate.recipe import Order

PAIRS = recipes.get("chemo-pet-pairs")


@pytest.mark.slow
def test_one_tumour_in_two_exams_and_what_died_takes_up_less(tmp_path):
    order = Order(recipe="chemo-pet-pairs", patients=6, seed=2, size="small")
    lost = {}
    for index in range(6):
        case = PAIRS.draw(order, index)
        folder = tmp_path / str(index)
        folder.mkdir()
        rows = {row.exam: row for row in PAIRS.make(case, order, folder)}
        assert set(rows) == {"pre", "post"}
        assert {row.input for row in rows.values()} == {"pet"}
        assert {row.study for row in rows.values()} == {"1"}, "both exams are one study"
        pre, post = (files.open_image(folder / rows[exam].path) for exam in ("pre", "post"))
        assert same_place(pre.grid, post.grid)
        tumour = nifti.read(folder / rows["pre"].mask).read() > 0
        assert tumour.any()
        assert not np.array_equal(pre.read(), post.read())
        lost.setdefault(case.labels["response"], []).append(1 - post.read()[tumour].mean() / pre.read()[tumour].mean())
        if index and len(lost) == 2:
            break
    assert np.mean(lost["good"]) > np.mean(lost["poor"])
    assert np.mean(lost["good"]) > 0.2
