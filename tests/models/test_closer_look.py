"""The closer look: windows where they were asked for, back at their place, joined with what the film's network said."""

import pytest
import torch

from osteon.errors import WeightsError
from osteon.explain.integrated_gradients import integrated_gradients, silent
from osteon.io import pretrained
from osteon.models.closer_look import BEYOND, CloserLook, _seen, _windows
from osteon.models.segunet import LiteSegUnet

SIDE = 96


@pytest.fixture
def network():
    torch.manual_seed(0)
    return CloserLook(frozen=0).eval()


@pytest.fixture
def asked():
    generator = torch.Generator().manual_seed(0)
    return {
        "image": torch.rand(2, 1, SIDE, SIDE, generator=generator),
        "suspicion": torch.full((2, 1, SIDE, SIDE), -3.0),
        "film": torch.tensor([[1.0, 0.0, 2.0], [-2.0, -1.0, -1.0]]),
        "places": torch.tensor([[[40.0, 50.0, 60.0, 1.0], [40.0, 50.0, 20.0, 2.0], [80.0, 20.0, 24.0, 1.0]]] * 2),
    }


def empty(value=-torch.inf):
    """Return maps of the five windows: the opinion's, both narrow ones, the wide one and the whole film."""
    return torch.full((2, 5, SIDE, SIDE), value)


def saying(network, monkeypatch, *, votes, maps):
    """Let the windows' looks be given ones."""
    monkeypatch.setattr(network, "_looks", lambda _image, _places: (votes, maps))


def test_in_training_it_reads_windows_of_any_size(network):
    network.train()
    out = network(torch.rand(2, 1, 64, 96), torch.zeros(2, 1), torch.zeros(2, 3), torch.zeros(2, 3, 4))
    assert out["tumour"].shape == (2, 1, 64, 96)
    assert out["votes"].shape == (2, 2)
    out["votes"].square().sum().backward()
    assert bool(network.encoder.stem[0].weight.grad.any())


def test_windows_go_back_to_their_place():
    ramp = torch.arange(SIDE).float().expand(1, 1, SIDE, SIDE)
    places = torch.tensor([[30.0, 60.0, 32.0, 0.0]])
    there, back = _windows(places, shape=ramp.shape[-2:])
    window = _seen(ramp, there, side=32)
    assert torch.allclose(window[0, 0, 0], torch.arange(44.5, 76.5), atol=1e-3)
    again = _seen(window, back, side=SIDE)
    assert torch.allclose(again[0, 0, 20:40, 50:70], ramp[0, 0, 20:40, 50:70], atol=1e-3)
    assert not again[0, 0, :, :40].any()


def test_outlines_lie_in_the_narrow_windows_where_no_other_has_a_say(network, asked):
    network.LARGE, network.REACH = 1.0, 0.0
    with torch.no_grad():
        out = network(**asked)
    inside = torch.zeros(SIDE, SIDE, dtype=torch.bool)
    inside[18:63, 28:73] = inside[53:, :47] = True
    assert not bool((out["tumour"][:, 0, ~inside] > BEYOND).any())
    assert bool((out["tumour"].amax(dim=(1, 2, 3)) > 0).all())


def test_both_networks_have_a_say(network, asked, monkeypatch):
    votes = torch.tensor([[[9.0, 5.0], [-1.0, 3.0], [-3.0, 9.0], [8.0, 4.0], [7.0, 9.0]]] * 2)
    saying(network, monkeypatch, votes=votes, maps=empty(0.0))
    with torch.no_grad():
        out = network(**asked)
    expected = torch.tensor([[0.5 + 0.3 * -1, (2 + 4) / 2], [-1.5 + 0.3 * -1, (4 - 1) / 2]])
    assert torch.allclose(out["votes"], expected)
    odds = out["logits"].exp()
    assert torch.allclose(odds.sum(dim=1), torch.ones(2))
    assert torch.allclose(1 - odds[:, 0], expected[:, 0].sigmoid())
    assert torch.allclose(odds[:, 2] / (1 - odds[:, 0]), expected[:, 1].sigmoid())


def test_what_counts_as_even_odds_moves_the_answer_and_the_decision(network, asked):
    with torch.no_grad():
        before = network(**asked)
        network.even.fill_(1.2)
        after = network(**asked)
    assert torch.allclose(after["votes"], before["votes"] - torch.tensor([1.2, 0.0]), atol=1e-6)
    assert torch.allclose(1 - after["logits"].exp()[:, 0], after["votes"][:, 0].sigmoid(), atol=1e-6)
    assert torch.allclose(after["marked"], before["marked"] - 1.2, atol=1e-6)
    assert torch.equal(after["tumour"], before["tumour"])


@pytest.mark.parametrize(("second", "outlined"), [(-1.5, True), (-3.0, False)])
def test_a_second_place_is_outlined_when_it_is_nearly_as_sure(network, asked, monkeypatch, second, outlined):
    votes, maps = torch.zeros(2, 5, 2), empty()
    votes[:, 2, 0] = second
    maps[:, 1, 35:45, 45:55] = maps[:, 2, 75:85, 15:25] = 9.0
    saying(network, monkeypatch, votes=votes, maps=maps)
    with torch.no_grad():
        tumour = network(**asked)["tumour"]
    assert bool((tumour[:, 0, 35:45, 45:55] > 0).all())
    assert bool((tumour[:, 0, 75:85, 15:25] > 0).all()) is outlined


def test_a_faint_outline_reaches_so_far_below_its_highest_logit(network, asked, monkeypatch):
    maps = empty()
    maps[:, 1, 40, 40:60] = torch.linspace(-9.0, -4.03, 20)
    maps[:, 2, 80, 20] = -9.0
    saying(network, monkeypatch, votes=torch.zeros(2, 5, 2), maps=maps)
    with torch.no_grad():
        tumour = network(**asked)["tumour"]
    fused = 0.6 * maps[0, 1, 40, 40:60] + 0.4 * -3.0
    expected = (fused - (fused.max() - network.DEPTH)).clamp(min=BEYOND)
    assert torch.allclose(tumour[0, 0, 40, 40:60], expected, atol=1e-5)
    assert bool((expected < 0).any())


@pytest.mark.parametrize(("extent", "heard"), [(20.0, True), (9.0, False)])
def test_a_wide_window_has_a_say_where_the_lesion_is_not_too_narrow_for_it(network, asked, monkeypatch, extent, heard):
    asked["places"][:, 1, 2] = extent
    maps = empty()
    maps[:, 1, 40, 50], maps[:, 3, 40, 50] = 9.0, -20.0
    saying(network, monkeypatch, votes=torch.zeros(2, 5, 2), maps=maps)
    with torch.no_grad():
        tumour = network(**asked)["tumour"]
    fused = 0.6 * (9.0 - 20.0) / 2 + 0.4 * -3.0
    assert float(tumour[0, 0, 40, 50]) == pytest.approx(2.0 if heard else 0.6 * 9.0 - 1.2)
    assert fused < -2.0, "so that the level is what makes the outline where both speak"


@pytest.mark.parametrize(("side", "asked_of_the_whole"), [(20, True), (5, False)])
def test_a_large_outline_is_asked_of_the_whole_film_too(network, asked, monkeypatch, side, asked_of_the_whole):
    maps = empty()
    maps[:, 1, 30 : 30 + side, 40 : 40 + side] = 9.0
    maps[:, 4] = -9.0
    maps[:, 4, 30:60, 40:80] = 9.0
    saying(network, monkeypatch, votes=torch.zeros(2, 5, 2), maps=maps)
    with torch.no_grad():
        outline = network(**asked)["tumour"][0, 0] > 0
    expected = torch.zeros(SIDE, SIDE, dtype=torch.bool)
    rows, columns = (30, 40) if asked_of_the_whole else (side, side)
    expected[30 : 30 + rows, 40 : 40 + columns] = True
    assert torch.equal(outline, expected)


def test_an_answer_can_be_traced_back_to_the_picture_alone(network, asked):
    start = silent(asked, held=network.held)
    assert set(start) == {"image"}
    found = integrated_gradients(network, asked, index=2, baseline=start, tolerance=float("inf"))
    assert found.values["image"].shape == asked["image"].shape
    assert bool(found.values["image"].any())


def test_the_operating_point_moves_the_decision_alone(network, asked):
    with torch.no_grad():
        before = network(**asked)
        network.operating_point.fill_(1.5)
        after = network(**asked)
    assert torch.allclose(after["marked"], before["marked"] - 1.5)
    assert all(torch.equal(before[k], after[k]) for k in ("tumour", "logits", "votes"))


def test_mirrored_films_get_mirrored_outlines(network, asked):
    turned = {k: v.flip(-1) if v.ndim == 4 else v for k, v in asked.items()}
    turned["places"] = asked["places"].clone()
    turned["places"][..., 1] = SIDE - 1 - asked["places"][..., 1]
    with torch.no_grad():
        one, other = network(**asked), network(**turned)
    assert torch.allclose(one["logits"], other["logits"], atol=1e-4)
    same = torch.isclose(one["tumour"], other["tumour"].flip(-1), atol=1e-3)
    assert same.float().mean() > 0.99, "all but the windows' own edges"


def test_it_starts_from_the_films_network_or_from_imagenet():
    torch.manual_seed(1)
    film, closer = LiteSegUnet(), CloserLook()
    closer.load_pretrained(film.state_dict())
    assert torch.equal(closer.ups[1].join[0].weight, film.ups[1].join[0].weight)
    assert torch.equal(closer.outline.weight[0], film.maps.weight[0])
    state = pretrained.load("imagenet-lite0")
    closer.load_pretrained(state)
    assert torch.equal(closer.encoder.stem[0].weight, state["_conv_stem.weight"])
    with pytest.raises(WeightsError, match="film's Seg-UNet"):
        closer.load_pretrained({"maps.weight": torch.zeros(5, 24, 1, 1), "maps.bias": torch.zeros(5)})


def test_it_is_small():
    assert sum(p.numel() for p in CloserLook().parameters()) < 1_200_000
