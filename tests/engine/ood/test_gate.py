"""The description of a film by a network that never saw the task."""

import numpy as np

from osteon.engine.ood.gate import Describer


def limb(rng):
    """Return a bright shaft with soft edges on black."""
    columns = np.indices((160, 120))[1]
    shaft = 0.7 * np.exp(-(((columns - 60) / 12) ** 4))
    return np.clip(shaft + rng.normal(0, 0.01, shaft.shape), 0, 1).astype(np.float32)


def test_a_description_does_not_depend_on_size_or_units(rng):
    describer, pixels = Describer(), limb(rng)
    large = np.kron(pixels, np.ones((4, 4)))
    one, other = describer([pixels, large * 4000 - 500])
    far = describer([rng.random((160, 120))])[0]
    assert np.linalg.norm(one - other) < 0.25 * np.linalg.norm(one - far)
    assert one.shape == (1432,)
