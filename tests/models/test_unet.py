"""U-Net in the plane and the volume: sizes, and that skips and depth both matter."""

import pytest
import torch

from osteon.models.fcn8s import Fcn8s
from osteon.models.unet import UNet


@pytest.mark.parametrize(("dimensions", "shape"), [(2, (33, 47)), (3, (9, 17, 12))])
def test_any_size_comes_back(dimensions, shape):
    network = UNet(dimensions=dimensions, widths=(4, 8, 16), out=3, inside=2, name="bones")
    assert network(torch.rand(2, 2, *shape))["bones"].shape == (2, 3, *shape)


def test_parameters_of_ronneberger_with_normalisation():
    """Counted from the paper's layers: two 3x3 convolutions a level, 2x2 upwards, 1x1 at the end."""
    network = UNet()
    convolutions = sum(p.numel() for p in network.parameters() if p.ndim == 4)
    wanted = 9 * sum(a * b + b * b for a, b in [(1, 64), (64, 128), (128, 256), (256, 512), (512, 1024)])
    wanted += sum(4 * 2 * c * c + 9 * (2 * c * c + c * c) for c in (64, 128, 256, 512)) + 64
    assert convolutions == wanted


def test_it_sees_far_and_near():
    torch.manual_seed(0)
    network = UNet(widths=(8, 16, 32, 64)).eval()
    image = torch.rand(1, 1, 64, 64, requires_grad=True)
    network(image)["tumour"][0, 0, 32, 32].backward()
    rows = image.grad[0, 0].abs().sum(dim=1).nonzero().ravel()
    assert int(rows.max() - rows.min()) > 32


def test_fcn8s_joins_three_scores():
    network = Fcn8s(width=0.1, hidden=16).eval()
    with torch.no_grad():
        image = torch.rand(1, 1, 64, 64)
        whole = network(image)["tumour"]
        assert whole.shape == (1, 1, 64, 64)
        for layer in (network.score8, network.score16, network.head[-1]):
            kept = layer.weight.clone()
            layer.weight.zero_()
            assert not torch.allclose(network(image)["tumour"], whole)
            layer.weight.copy_(kept)
