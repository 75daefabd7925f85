"""The loss of a class that systems share: counted from the training samples, set from the command line."""

import pytest
import torch
from torch.nn import functional

from osteon.systems._loss import ClassLoss, binary_cross_entropy, cross_entropy
from osteon.types import Batch

LOGITS = torch.randn(12, 3, generator=torch.Generator().manual_seed(1))
TRUTH = torch.tensor([0] * 8 + [1] * 3 + [2])
BATCH = Batch(inputs={}, targets={"grade": TRUTH}, present={}, samples=())


def test_in_one_word_it_is_the_plain_cross_entropy() -> None:
    ours = cross_entropy("grade", smoothing=0.1)({"logits": LOGITS}, BATCH)
    torch.testing.assert_close(ours, functional.cross_entropy(LOGITS, TRUTH, label_smoothing=0.1))
    two = Batch(inputs={}, targets={"grade": TRUTH.clamp(max=1)}, present={}, samples=())
    ours = binary_cross_entropy("grade")({"logits": LOGITS[:, :1]}, two)
    theirs = functional.binary_cross_entropy_with_logits(LOGITS[:, 0], TRUTH.clamp(max=1).float())
    torch.testing.assert_close(ours, theirs)


def test_balanced_weights_are_counted_once_from_what_it_is_trained_on() -> None:
    loss = ClassLoss(target="grade", weights="balanced")
    counted = loss.counted([{"grade": t} for t in TRUTH.numpy()])
    assert counted.weights == pytest.approx((12 / 24, 12 / 9, 12 / 3))
    expected = functional.cross_entropy(LOGITS, TRUTH, weight=torch.tensor(counted.weights))
    torch.testing.assert_close(counted({"logits": LOGITS}, BATCH), expected.to(torch.float32))
    # Before it is told, and where nobody asked, classes count as they come.
    torch.testing.assert_close(loss({"logits": LOGITS}, BATCH), cross_entropy("grade")({"logits": LOGITS}, BATCH))
    assert cross_entropy("grade").counted([{"grade": 0}]) == cross_entropy("grade")
    given = ClassLoss(target="grade", weights=(1.0, 2.0, 3.0))
    assert given.counted([{"grade": 0}]) is given
