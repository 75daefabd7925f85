"""Quarter turns come back exactly, and all four come up."""

import numpy as np

from osteon.transforms.quarter_turn import QuarterTurn, undo
from osteon.types import Sample


def test_undo_of_all_four(rng):
    image = rng.random((3, 5, 7))
    turn = QuarterTurn()
    seen = set()
    for _ in range(40):
        step = turn.draw(rng)
        seen.add(step.params["turns"])
        turned = turn.apply(Sample(study="s", patient="p", inputs={"image": image}), step).inputs["image"]
        assert turned.shape[1:] == ((5, 7) if step.params["turns"] % 2 == 0 else (7, 5))
        assert np.array_equal(undo(turned, step), image)
    assert seen == {0, 1, 2, 3}
