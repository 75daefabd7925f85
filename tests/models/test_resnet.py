"""The residual encoder against torchvision's own network."""

import pytest
import torch
from torchvision.models import resnet18, resnet34

from osteon.errors import WeightsError
from osteon.models.resnet import ResNet
from osteon.models.vgg16 import IMAGENET_MEAN, IMAGENET_STD


def test_parameters_of_the_trunk():
    assert sum(p.numel() for p in ResNet(depth=50).parameters()) == 25_557_032 - 2_049_000


def test_with_torchvisions_weights_it_says_what_torchvision_says():
    theirs = resnet18(weights=None).eval()
    ours = ResNet(depth=18).eval()
    ours.load_pretrained(theirs.state_dict())
    image = torch.rand(1, 3, 64, 64)
    scaled = (image - torch.tensor(IMAGENET_MEAN)[:, None, None]) / torch.tensor(IMAGENET_STD)[:, None, None]
    with torch.no_grad():
        pooled = ours.pyramid(image)[-1].mean(dim=(2, 3))
        assert torch.allclose(theirs.fc(pooled), theirs(scaled), atol=1e-5)


def test_weights_of_another_depth_are_refused():
    with pytest.raises(WeightsError, match="not those of this ResNet"):
        ResNet(depth=18).load_pretrained(resnet34(weights=None).state_dict())
