"""The sanity check: it passes a map that hangs on the weights, and catches one that does not."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from osteon.explain.grad_cam import grad_cam
from osteon.explain.integrated_gradients import integrated_gradients
from osteon.explain.sanity import Sanity, cascade, joined, rank_correlation, worst
from osteon.models.five_layer_cnn import FiveLayerCnn

IMAGE = {"image": torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))}


@pytest.fixture(scope="module")
def trained():
    """A network that has learnt to see a bright square on the left or on the right."""
    torch.manual_seed(0)
    network = FiveLayerCnn(classes=2, patch_px=64, widths=(8, 8, 16), dense=16, dropout=0.0)
    optimiser = torch.optim.Adam(network.parameters(), lr=3e-3)
    for _ in range(30):
        pixels, side = 0.3 * torch.rand(16, 3, 64, 64), torch.randint(0, 2, (16,))
        for i, right in enumerate(side.tolist()):
            pixels[i, :, 20:40, 8 + 32 * right : 24 + 32 * right] += 0.6
        loss = functional.cross_entropy(network(pixels)["logits"], side)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert float(loss.detach()) < 0.1
    return network.eval()


def _bright():
    image = 0.3 * torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    image[:, :, 20:40, 40:56] += 0.6
    return {"image": image}


def test_grad_cam_hangs_on_the_weights(trained, rng):
    draw = lambda n: grad_cam(n, _bright(), index=1, layer="convolutions.3")  # noqa: E731
    found = cascade(trained, draw, rng=rng, stages=5)
    assert found.passed
    assert len(found.layers) == len(found.correlations) == 5
    assert found.layers[0] == "head"
    assert found.layers[-1] == "convolutions.0"
    assert found.correlations[-1] < 0.5


def test_integrated_gradients_hang_on_the_weights(trained, rng):
    found = cascade(trained, lambda n: integrated_gradients(n, _bright(), index=1).heat(), rng=rng, stages=2)
    assert found.passed


def test_an_edge_detector_is_caught(trained, rng):
    """A map of the image's edges looks like an explanation and asks the network nothing."""
    pixels = IMAGE["image"].mean(dim=1)
    found = cascade(trained, lambda _: (pixels[:, 1:] - pixels[:, :-1]).abs(), rng=rng, stages=3)
    assert not found.passed
    assert found.correlations == pytest.approx((1.0, 1.0, 1.0))


def test_the_network_is_left_as_it_was(trained, rng):
    before = {name: t.clone() for name, t in trained.state_dict().items()}
    cascade(trained, lambda n: grad_cam(n, IMAGE, index=0), rng=rng, stages=2)
    assert all(torch.equal(t, before[name]) for name, t in trained.state_dict().items())


def test_each_stage_leaves_the_layers_below_alone(trained, rng):
    """Each stage's copy has the top shuffled and the rest as learnt, every value still there."""
    seen = []

    def explain(network):
        seen.append({name: t.clone() for name, t in network.named_parameters()})
        return torch.rand(4)

    cascade(trained, explain, rng=rng, stages=5)
    assert not torch.equal(seen[1]["head.weight"], seen[0]["head.weight"])
    assert torch.equal(seen[1]["dense.1.weight"], seen[0]["dense.1.weight"])
    for name in seen[0]:
        assert not torch.equal(seen[5][name], seen[0][name])
        assert torch.equal(seen[5][name].flatten().sort().values, seen[0][name].flatten().sort().values)


def test_the_same_draw_gives_the_same_check(trained):
    def check():
        explain = lambda n: grad_cam(n, IMAGE, index=0)  # noqa: E731
        return cascade(trained, explain, rng=np.random.default_rng(3), stages=2)

    assert check() == check()


def test_several_inputs_are_averaged():
    one = Sanity(layers=("head", "stem"), correlations=(0.8, 0.2))
    two = Sanity(layers=("head", "stem"), correlations=(0.4, 0.6))
    found = joined([one, two])
    assert found.correlations == pytest.approx((0.6, 0.4))
    assert found.passed


def test_a_flat_map_ranks_nothing(rng):
    assert rank_correlation(np.zeros(9), rng.random(9)) is None
    assert rank_correlation(rng.random(3), np.array([0.0, np.nan, 1.0])) is None
    assert rank_correlation(np.arange(9.0), -np.arange(9.0)) == pytest.approx(-1)


@pytest.mark.parametrize(
    ("first", "later", "why"),
    [
        ("rises", "flat", "the map of the shuffled network is the same everywhere"),
        ("flat", "rises", "the network's own map is the same everywhere"),
        ("rises", "nan", "the map of the shuffled network holds values that are no numbers"),
    ],
)
def test_a_map_that_ranks_nothing_is_not_tested_neither_passed_nor_failed(trained, rng, first, later, why):
    maps = {"rises": torch.arange(4.0), "flat": torch.zeros(4), "nan": torch.full((4,), torch.nan)}
    drawn = iter([maps[first], maps[later], maps[later]])
    found = cascade(trained, lambda _: next(drawn), rng=rng, stages=2)
    assert found.correlations == (None, None)
    assert found.passed is None
    assert (found.flat, found.pictures) == (1, 1)
    assert found.verdict == f"not tested: {why}"


def test_of_several_inputs_those_that_rank_something_count_and_the_rest_are_told():
    one = Sanity(layers=("head", "stem"), correlations=(0.8, None), flat=1, why="the map is flat")
    two = Sanity(layers=("head", "stem"), correlations=(0.4, 0.2))
    found = joined([one, two])
    assert found.correlations == pytest.approx((0.6, 0.2))
    assert found.passed is True
    assert found.verdict == "hangs on the weights; on 1 of 2 pictures it was not tested: the map is flat"
    assert joined([one, one]).verdict == "not tested: the map is flat"


def test_the_worst_network_speaks_failed_before_not_tested_before_passed():
    passed, better, failed, flat = (Sanity(layers=("stem",), correlations=(v,)) for v in (0.3, -0.2, 0.8, None))
    assert worst([passed, flat, failed]) is failed
    assert worst([passed, flat]) is flat
    assert worst([better, passed]) is passed
