"""The five-layer network: parameters of the sheet, other sizes, gradients to every layer."""

import torch

from osteon.models.five_layer_cnn import FiveLayerCnn


def test_parameters():
    assert sum(p.numel() for p in FiveLayerCnn().parameters()) == 8_482_883


def test_other_patches_and_classes():
    out = FiveLayerCnn(classes=2, patch_px=64, widths=(8, 8, 8), dense=16)(torch.rand(3, 3, 64, 64))
    assert out["logits"].shape == (3, 2)
    assert out["features"].shape == (3, 16)


def test_dropout_is_for_training_alone():
    torch.manual_seed(0)
    network = FiveLayerCnn(patch_px=32, widths=(4, 4, 4), dense=32)
    image = torch.rand(2, 3, 32, 32)
    assert not torch.equal(network(image)["logits"], network(image)["logits"])
    network.eval()
    assert torch.equal(network(image)["logits"], network(image)["logits"])
