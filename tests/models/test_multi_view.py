"""Two views outlined together: swapped views, a place only the other sees, the relation's symmetry."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from osteon.models.multi_view import MultiViewNet, affinity, overlap_loss, relation_loss

HERE = torch.ones(1, 1)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return MultiViewNet(widths=(4, 8), relation=4).eval()


@pytest.fixture
def way():
    turn, _ = np.linalg.qr(np.random.default_rng(1).standard_normal((3, 3)))
    return torch.tensor(np.hstack([0.8 * turn, [[0.1], [0.0], [-0.1]]])[None], dtype=torch.float32)


def test_each_view_is_outlined_on_its_own_slices(network, way):
    with torch.no_grad():
        out = network(torch.rand(1, 5, 16, 16), torch.rand(1, 7, 16, 16), way, HERE)
    assert out["first"].shape == (1, 1, 5, 16, 16)
    assert out["second"].shape == (1, 1, 7, 16, 16)


def test_half_precision_says_about_the_same_and_learns(way):
    torch.manual_seed(0)
    network = MultiViewNet(widths=(4, 8), relation=4).train()
    views = torch.rand(1, 5, 16, 16), torch.rand(1, 7, 16, 16)
    whole = network(*views, way, HERE)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        half = network(*views, way, HERE)
    assert whole.keys() == half.keys()
    for name in ("first", "second"):
        assert torch.allclose(whole[name], half[name].float(), atol=0.1)
    overlap_loss(half["first"].float(), torch.ones(1, 5, 16, 16)).backward()
    assert all(p.grad is not None for name, p in network.named_parameters() if not name.startswith("relation"))


def test_swapped_views_give_swapped_outlines(network, way):
    first, second = torch.rand(1, 5, 16, 16), torch.rand(1, 7, 16, 16)
    back = torch.linalg.inv(torch.cat([way, torch.tensor([[[0.0, 0.0, 0.0, 1.0]]])], dim=1))[:, :3]
    with torch.no_grad():
        one, other = network(first, second, way, HERE), network(second, first, back, HERE)
    assert torch.allclose(one["first"], other["second"], atol=1e-5)
    assert torch.allclose(one["second"], other["first"], atol=1e-5)


def test_an_absent_view_says_nothing(network, way):
    first = torch.rand(1, 5, 16, 16)
    with torch.no_grad():
        found = [network(first, torch.rand(1, 7, 16, 16), way, 0 * HERE)["first"] for _ in range(2)]
        there = network(first, torch.rand(1, 7, 16, 16), way, HERE)["first"]
    assert torch.equal(*found)
    assert not torch.allclose(found[0], there)


def test_a_tumour_that_one_view_alone_shows_is_recovered_in_the_other():
    """The first view is empty everywhere; after a short training its outline follows the second's bright ball."""
    torch.manual_seed(0)
    network = MultiViewNet(widths=(8, 16), relation=4)
    same = torch.eye(4)[None, :3]
    optimiser = torch.optim.Adam(network.parameters(), lr=3e-3)
    z, y, x = torch.meshgrid(*(torch.arange(float(n)) for n in (6, 24, 24)), indexing="ij")

    def case(centre):
        mask = (((z - 2.5) / 2.5) ** 2 + ((y - centre[0]) / 5) ** 2 + ((x - centre[1]) / 5) ** 2 < 1).float()[None]
        return torch.zeros(1, 6, 24, 24), mask * 0.8 + 0.1, mask

    network.train()
    for step in range(60):
        empty, seen, mask = case((7 + step % 9, 16 - step % 7))
        optimiser.zero_grad()
        overlap_loss(network(empty, seen, same, HERE)["first"], mask).backward()
        optimiser.step()
    empty, seen, mask = case((12, 11))
    network.eval()
    with torch.no_grad():
        found = network(empty, seen, same, HERE)["first"][0] > 0
    dice = 2 * (found & (mask > 0)).sum() / (found.sum() + mask.sum())
    assert float(dice) > 0.8


def test_affinity_is_symmetric():
    labels = torch.tensor([0, 1, 1, 0])
    pairs = torch.tensor([[0, 1, 2, 3], [1, 2, 0, 0]])
    assert affinity(labels, pairs).tolist() == [0, 1, 0, 1]
    assert torch.equal(affinity(labels, pairs), affinity(labels, pairs.flip(0)))


def test_relation_loss_is_low_where_tissues_are_told_apart():
    mask = torch.zeros(1, 2, 8, 8)
    mask[:, :, 2:6, 2:6] = 1
    signed = (mask * 2 - 1)[:, None]
    apart = torch.cat([3 * signed, functional.pad(signed, (0, 0))], dim=1)
    assert relation_loss(apart, mask) < 0.1 < relation_loss(0 * apart, mask)
