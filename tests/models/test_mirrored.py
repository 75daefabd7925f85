"""Asked of every mirror image, the answer does not depend on which one was shown."""

import pytest
import torch

from osteon.models.mirrored import Mirrored
from osteon.models.unet import UNet

AXES = (-1, -2, -3)


@pytest.fixture
def network():
    torch.manual_seed(0)
    return Mirrored(UNet(dimensions=3, inside=2, widths=(4, 8)), axes=AXES).eval()


@pytest.mark.parametrize("axis", AXES)
@torch.inference_mode()
def test_a_mirror_image_gets_the_mirrored_answer(network, axis):
    image = torch.rand(1, 2, 6, 8, 7)
    plain, mirrored = network(image)["tumour"], network(image.flip([axis]))["tumour"]
    assert plain.shape == (1, 1, 6, 8, 7)
    torch.testing.assert_close(mirrored.flip([axis]), plain)


@torch.inference_mode()
def test_it_is_the_mean_of_eight(network):
    image = torch.rand(1, 2, 6, 8, 7)
    ways = [
        [a for a, on in zip(AXES, bits, strict=True) if on] for bits in torch.cartesian_prod(*[torch.arange(2)] * 3)
    ]
    each = [network.network(image.flip(w))["tumour"].flip(w) for w in ways]
    torch.testing.assert_close(network(image)["tumour"], torch.stack(each).mean(dim=0))


def test_in_training_it_is_the_network(network):
    network.train()
    image = torch.rand(1, 2, 6, 8, 7)
    torch.testing.assert_close(network(image)["tumour"], network.network(image)["tumour"])
