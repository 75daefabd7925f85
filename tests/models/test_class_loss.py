"""Cross-entropy with class weights, focal exponent and smoothing, against torch and torchvision."""

import pytest
import torch
from torch.nn import functional
from torchvision.ops import sigmoid_focal_loss

from osteon.models.class_loss import balanced, class_loss

RNG = torch.Generator().manual_seed(0)
LOGITS = torch.randn(50, 3, generator=RNG)
TRUTH = torch.randint(0, 3, (50,), generator=RNG)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_plain_it_is_torchs(smoothing: float) -> None:
    ours = class_loss(LOGITS, TRUTH, smoothing=smoothing)
    torch.testing.assert_close(ours, functional.cross_entropy(LOGITS, TRUTH, label_smoothing=smoothing))


def test_weighted_it_is_torchs() -> None:
    weights = (0.5, 1.0, 4.0)
    theirs = functional.cross_entropy(LOGITS, TRUTH, weight=torch.tensor(weights))
    torch.testing.assert_close(class_loss(LOGITS, TRUTH, weights=weights), theirs)


def test_one_logit_is_two_classes() -> None:
    one, truth = LOGITS[:, :1], TRUTH.clamp(max=1)
    theirs = functional.binary_cross_entropy_with_logits(one[:, 0], truth.float())
    torch.testing.assert_close(class_loss(one, truth), theirs)


@pytest.mark.parametrize("gamma", [0.5, 2.0, 5.0])
def test_focal_on_two_classes_is_torchvisions(gamma: float) -> None:
    one, truth = LOGITS[:, :1], TRUTH.clamp(max=1)
    theirs = sigmoid_focal_loss(one[:, 0], truth.float(), alpha=-1, gamma=gamma, reduction="mean")
    torch.testing.assert_close(class_loss(one, truth, focal=gamma), theirs)


def test_focal_turns_from_the_easy_to_the_hard() -> None:
    easy, hard = torch.tensor([[4.0, 0.0]]), torch.tensor([[-1.0, 0.0]])
    zero = torch.zeros(1, dtype=torch.int64)
    shares = [float(class_loss(easy, zero, focal=g) / class_loss(hard, zero, focal=g)) for g in (0, 1, 2)]
    assert shares[0] > 10 * shares[1] > 100 * shares[2]


def test_balanced_weights_make_classes_count_alike() -> None:
    classes = [0] * 90 + [1] * 9 + [3] * 1
    weights = balanced(classes)
    assert weights[2] == 1  # never seen, never weighted
    assert [weights[c] * classes.count(c) for c in (0, 1, 3)] == pytest.approx([100 / 3] * 3)
    assert sum(weights[c] for c in classes) / len(classes) == pytest.approx(1)


def test_a_class_beyond_the_weights_counts_one() -> None:
    short, long = class_loss(LOGITS, TRUTH, weights=(2.0, 3.0)), class_loss(LOGITS, TRUTH, weights=(2.0, 3.0, 1.0))
    assert float(short) == float(long)


def test_weights_reach_the_gradient_in_their_proportion() -> None:
    logits = torch.zeros(2, 2, requires_grad=True)
    class_loss(logits, torch.tensor([0, 1]), weights=(1.0, 3.0)).backward()
    grown = logits.grad.abs().sum(1)
    assert float(grown[1] / grown[0]) == pytest.approx(3)
