"""Side outputs and the class-balanced loss."""

import pytest
import torch
from torch.nn import functional

from osteon.models.side_supervised import Side, SideSupervised, balanced_cross_entropy, side_loss
from osteon.models.vgg16 import Vgg16


def test_a_side_doubles_as_often_as_it_is_told():
    up = Side(8, (6, 6, 4, 4)).up(torch.rand(1, 8, 5, 7))
    assert up.shape == (1, 4, 40, 56)


def test_hed_has_a_side_at_every_depth():
    network = SideSupervised(Vgg16(width=0.1), dict.fromkeys(range(5), ()))
    out = network(torch.rand(2, 1, 32, 48))
    assert out["sides"].shape == (2, 5, 32, 48)
    assert all(side.logit.kernel_size == (1, 1) and len(side.up) == 0 for side in network.sides)


def test_at_the_start_the_fusion_is_the_mean():
    network = SideSupervised(Vgg16(width=0.1), {1: (), 3: ()})
    out = network(torch.rand(1, 1, 32, 32))
    wanted = out["sides"].mean(dim=1, keepdim=True) + network.fuse.bias
    assert torch.allclose(out["tumour"], wanted, atol=1e-6)


def test_tumour_and_background_weigh_the_same():
    mask = torch.zeros(1, 1, 10, 10)
    mask[..., :2, :5] = 1  # a tenth
    nothing = torch.zeros(1, 1, 10, 10)
    all_tumour = balanced_cross_entropy(nothing + 3, mask)
    all_background = balanced_cross_entropy(nothing - 3, mask)
    assert float(all_tumour) == pytest.approx(float(all_background), rel=1e-5)


def test_a_picture_without_tumour_has_the_plain_loss():
    logits, mask = torch.randn(1, 1, 8, 8), torch.zeros(1, 1, 8, 8)
    assert balanced_cross_entropy(logits, mask) == functional.binary_cross_entropy_with_logits(logits, mask)


def test_the_loss_is_lowest_at_the_truth():
    mask = (torch.rand(1, 1, 16, 16) > 0.7).float()
    right = (mask * 2 - 1) * 6
    assert (
        side_loss({"tumour": right}, mask)
        < side_loss({"tumour": right * 0}, mask)
        < side_loss({"tumour": -right}, mask)
    )
