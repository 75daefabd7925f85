"""The control reads the size of the field and nothing else, and learns what a crop's margin gives away."""

import torch

from osteon.models.ellipsoid import Ellipsoid
from osteon.models.multi_view import overlap_loss


def test_the_image_is_not_looked_at():
    network = Ellipsoid(spacing_mm=4.0)
    one, other = (network(image)["tumour"] for image in (torch.zeros(1, 1, 9, 10, 11), torch.rand(1, 1, 9, 10, 11)))
    torch.testing.assert_close(one, other)
    assert one.shape == (1, 1, 9, 10, 11)


def test_it_is_an_ellipsoid_about_the_middle():
    inside = Ellipsoid(spacing_mm=5.0)(torch.zeros(1, 1, 21, 31, 41))["tumour"][0, 0] > 0
    assert inside[10, 15, 20]
    assert not inside[0, 0, 0]
    for axis in range(3):
        assert torch.equal(inside, inside.flip(axis))
    widths = [int(inside.any(dim=tuple(a for a in range(3) if a != axis)).sum()) for axis in range(3)]
    assert widths[0] < widths[1] < widths[2]


def test_a_fixed_margin_is_found_out():
    network = Ellipsoid(spacing_mm=10.0)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.1)
    sizes = [(16, 18, 20), (20, 16, 24), (24, 22, 18)]
    for step in range(300):
        shape = sizes[step % 3]
        axes = torch.meshgrid(*(torch.linspace(-(n - 1) / 2, (n - 1) / 2, n) for n in shape), indexing="ij")
        away = sum((a / (n / 2 - 5)) ** 2 for a, n in zip(axes, shape, strict=True))
        truth = (away < 1).float()[None]
        loss = overlap_loss(network(torch.zeros(1, 1, *shape))["tumour"], truth)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    said = network(torch.zeros(1, 1, *shape))["tumour"][0] > 0
    assert 2 * (said & (truth > 0)).sum() / (said.sum() + truth.sum()) > 0.85
