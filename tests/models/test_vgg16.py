"""VGG-16's stages: counts, strides, and ImageNet weights in torchvision's names."""

import pytest
import torch
from torchvision.models import vgg16

from osteon.errors import WeightsError
from osteon.models.vgg16 import IMAGENET_MEAN, IMAGENET_STD, Vgg16


def test_strides_and_channels():
    encoder = Vgg16(width=0.25)
    maps = encoder.pyramid(torch.rand(1, 3, 64, 64))
    assert [64 // m.shape[-1] for m in maps] == list(encoder.strides)
    assert [m.shape[1] for m in maps] == list(encoder.channels) == [16, 32, 64, 128, 128]


def test_with_torchvisions_weights_it_says_what_torchvision_says():
    theirs = vgg16(weights=None).eval()
    ours = Vgg16()
    ours.load_pretrained(theirs.state_dict())
    image = torch.rand(1, 3, 32, 32)
    scaled = (image - torch.tensor(IMAGENET_MEAN)[:, None, None]) / torch.tensor(IMAGENET_STD)[:, None, None]
    with torch.no_grad():
        wanted = theirs.features[:-1](scaled)
        assert torch.allclose(ours.pyramid(image)[-1], wanted, atol=1e-5)


def test_weights_of_another_network_are_refused():
    with pytest.raises(WeightsError, match="not those of a VGG-16"):
        Vgg16(width=0.5).load_pretrained(vgg16(weights=None).state_dict())
