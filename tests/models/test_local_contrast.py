"""Three views of a film that do not change with the machine's exposure."""

import pytest
import torch

from osteon.models.local_contrast import local_contrast, one_view


@pytest.fixture
def film():
    ramp = torch.linspace(0, 1, 64).expand(1, 1, 64, 64)
    return ramp * 0.6 + 0.2 + 0.1 * torch.rand(1, 1, 64, 64, generator=torch.Generator().manual_seed(1))


def test_shape_and_range(film):
    views = local_contrast(film)
    assert views.shape == (1, 3, 64, 64)
    assert float(views.min()) >= -1.5
    assert float(views.max()) <= 1.5


@pytest.mark.parametrize(("gain", "offset"), [(0.5, 0.0), (0.7, 0.3), (1.3, -0.2)])
def test_exposure_does_not_matter(film, gain, offset):
    assert torch.allclose(local_contrast(film), local_contrast(film * gain + offset), atol=1e-3)


def test_a_constant_film_stays_finite():
    assert bool(local_contrast(torch.full((1, 1, 32, 32), 0.5)).isfinite().all())


def test_films_of_a_batch_do_not_mix(film):
    both = torch.cat([film, torch.rand(1, 1, 64, 64)])
    assert torch.allclose(local_contrast(both)[:1], local_contrast(film))


def test_local_views_forget_a_slow_shading(film):
    shaded = film * torch.linspace(0.8, 1.2, 64).view(1, 1, 64, 1)
    stretched, _, wide = (local_contrast(film) - local_contrast(shaded)).abs().mean(dim=(0, 2, 3))
    assert float(wide) < 2 * float(stretched)


def test_one_view_is_the_first_of_the_three_in_all_channels(film):
    alone = one_view(film)
    assert alone.shape == (1, 3, 64, 64)
    assert all(torch.equal(alone[:, i], local_contrast(film)[:, 0]) for i in range(3))


@pytest.mark.parametrize("size", [(32, 32), (33, 47), (8, 200)])
def test_any_size_comes_back(size):
    assert local_contrast(torch.rand(2, 1, *size)).shape == (2, 3, *size)


def test_a_few_burnt_pixels_do_not_blacken_the_film(film):
    burnt = film.clone()
    burnt[..., 3, 3] = 50.0
    assert (local_contrast(burnt)[:, :1, 10:, 10:] - local_contrast(film)[:, :1, 10:, 10:]).abs().mean() < 0.05


def test_a_mirrored_film_has_mirrored_views():
    film = torch.rand(1, 1, 64, 61)  # the same columns are looked at from both sides: 61 = 4 * 15 + 1
    assert torch.allclose(local_contrast(film.flip(-1))[:, :1], local_contrast(film)[:, :1].flip(-1), atol=1e-5)


def test_gradients_pass_through(film):
    given = film.clone().requires_grad_()
    local_contrast(given).square().sum().backward()
    assert torch.isfinite(given.grad).all()
    assert bool(given.grad.any())
