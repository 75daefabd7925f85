"""Generator and critic learn in one step, each from its own loss."""

import pytest
import torch

from osteon.models.gan import NOISE, Gan

KINDS = ("dcgan", "wgan-gp")


@pytest.fixture(params=KINDS)
def gan(request):
    torch.manual_seed(0)
    return Gan(request.param, side_px=16, width=8)


def _gradients(gan, *, draws):
    torch.manual_seed(1)
    gan.zero_grad()
    gan(torch.rand(4, 1, 16, 16), torch.randn(4, NOISE), draws=draws)["loss"].backward()
    return {name: p.grad for name, p in gan.named_parameters()}


def test_pictures_are_grey_from_0_to_1_and_follow_the_generator(gan):
    gan.eval()
    one, same, other = (gan.draw(3, generator=torch.Generator().manual_seed(s)) for s in (1, 1, 2))
    assert one.shape == (3, 1, 16, 16)
    assert one.min() >= 0
    assert one.max() <= 1
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.mark.parametrize("side_px", [32, 64, 128])
def test_sides_are_as_asked(side_px):
    gan = Gan("wgan-gp", side_px=side_px, width=4).eval()
    assert gan.draw(2, generator=torch.Generator()).shape == (2, 1, side_px, side_px)
    assert gan(torch.rand(2, 1, side_px, side_px))["critic"].shape == (2, 1)


def test_in_a_step_of_the_critic_the_generator_rests(gan):
    gradients = _gradients(gan, draws=False)
    assert all(g is None for name, g in gradients.items() if name.startswith("generator"))
    assert all(g is not None and g.any() for n, g in gradients.items() if n == "critic.0.weight")


def test_the_generators_loss_leaves_the_critics_gradient_alone(gan):
    alone, both = _gradients(gan, draws=False), _gradients(gan, draws=True)
    for name, gradient in both.items():
        if name.startswith("critic"):
            assert torch.allclose(gradient, alone[name], atol=1e-6)
        else:
            assert gradient is not None


def test_a_critic_alone_learns_to_tell_drawn_from_taken(gan):
    torch.manual_seed(2)
    optimiser = torch.optim.Adam(gan.critic.parameters(), lr=1e-3)
    taken = torch.rand(16, 1, 16, 16).round()
    losses = []
    for _ in range(15):
        loss = gan(taken, torch.randn(16, NOISE), draws=False)["loss"]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0]
    gan.eval()
    drawn = gan.draw(16, generator=torch.Generator().manual_seed(0))
    assert gan(taken)["critic"].mean() > gan(drawn)["critic"].mean()


def test_the_slope_of_the_wasserstein_critic_is_held_near_one():
    torch.manual_seed(0)
    gan = Gan("wgan-gp", side_px=16, width=8)
    with torch.no_grad():
        gan.critic[-1].weight.mul_(100)
    steep = gan(torch.rand(4, 1, 16, 16), torch.randn(4, NOISE), draws=False)["loss"]
    assert steep > 10
