"""FCN-8s: its strides joined, its sizes, its weights, and where it looks."""

import pytest
import torch
from torchvision.models import vgg16

from osteon.errors import WeightsError
from osteon.models.fcn8s import Fcn8s


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return Fcn8s(width=0.1, hidden=16).eval()


@pytest.mark.parametrize("size", [(32, 32), (64, 96), (160, 32)])
def test_a_logit_for_each_pixel(network, size):
    with torch.no_grad():
        assert network(torch.rand(2, 1, *size))["tumour"].shape == (2, 1, *size)


def test_a_pixel_is_judged_by_what_lies_around_it_and_not_by_the_far_corner(network):
    image = torch.rand(1, 1, 64, 64, requires_grad=True)
    network(image)["tumour"][0, 0, 8, 8].backward()
    near, far = (image.grad[0, 0, part, part].abs().sum() for part in (slice(0, 24), slice(40, 64)))
    assert near > far


def test_grey_is_seen_in_all_three_channels(network):
    image = torch.rand(1, 1, 32, 32)
    with torch.no_grad():
        one, three = (network(i)["tumour"] for i in (image, image.expand(-1, 3, -1, -1)))
    assert torch.allclose(one, three)


def test_dropout_is_for_training_alone(network):
    image = torch.rand(1, 1, 64, 64)
    with torch.no_grad():
        assert torch.equal(network(image)["tumour"], network(image)["tumour"])
        network.train()
        assert not torch.equal(network(image)["tumour"], network(image)["tumour"])
        network.eval()


def test_the_encoder_starts_from_imagenet_and_the_head_does_not(network):
    theirs = vgg16(weights=None).state_dict()
    whole = Fcn8s(hidden=8)
    head = whole.head[0].weight.detach().clone()
    whole.load_pretrained(theirs)
    assert any(torch.equal(p, theirs["features.0.weight"]) for p in whole.encoder.parameters())
    assert torch.equal(whole.head[0].weight, head)
    with pytest.raises(WeightsError):
        network.load_pretrained(theirs)
