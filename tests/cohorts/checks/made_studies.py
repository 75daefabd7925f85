"""Films, studies and cohorts in memory, for the tests of the checks."""

import numpy as np

from osteon.types import Cohort, Grid, Image, Study, Truth


def film(seed=0, *, pixels=None, grid=None):
    """Return an image in memory, unlike any other seed's."""
    rng = np.random.default_rng(seed)
    if pixels is None:
        pixels = np.kron(rng.normal(size=(8, 8)), np.ones((8, 8))) + rng.normal(size=(64, 64)) / 10
    grid = grid or Grid(shape=pixels.shape)
    return Image(grid=grid, modality="OT", load=lambda: pixels.astype(np.float32))


def study(n, image, *, patient=None, labels=None, **more):
    truth = Truth(labels=labels or {}, **{k: more.pop(k) for k in ("masks", "outcomes") if k in more})
    return Study(
        name=f"s{n}",
        patient=patient or f"p{n}",
        data={"radiograph": image},
        truth=truth,
        origins={"radiograph": f"row {n}"},
        **more,
    )


def cohort(*studies, **more):
    return Cohort(name="c", studies=studies, **more)
