"""The Seg-UNet's losses: nothing to gain from a right answer, much from a wrong one."""

import pytest
import torch

from osteon.models.segunet_loss import closer_loss, film_loss, lesion_first_loss, map_loss, nearness, risk_region


@pytest.fixture
def mask():
    truth = torch.zeros(2, 1, 64, 64)
    truth[1, :, 16:40, 16:40] = 1
    return truth


def maps(mask, *, sure=8.0, right=True):
    sign = sure if right else -sure
    tumour = (mask * 2 - 1) * sign
    distance = torch.zeros(2, 3, 64, 64)
    return {"tumour": tumour, "risk": tumour, "distance": distance}


def answers(mask, *, film):
    places = torch.zeros(2, 2, 4, 4)
    return {**maps(mask), "film": torch.tensor(film), "places": places}


def test_right_maps_cost_less(mask):
    assert map_loss(maps(mask), mask) < map_loss(maps(mask, right=False), mask) / 5


def test_maps_of_normal_films_alone_are_finite():
    empty = torch.zeros(2, 1, 64, 64)
    assert bool(map_loss(maps(empty), empty).isfinite())


def test_risk_region_holds_the_tumour_and_a_rim():
    eighth = torch.zeros(1, 1, 16, 16)
    eighth[..., 8, 8] = 1
    assert int(risk_region(eighth).sum()) == 25


def test_nearness_falls_from_the_tumour_outwards():
    eighth = torch.zeros(1, 1, 32, 32)
    eighth[..., 16, 16] = 1
    along = nearness(eighth)[0, :, 16, 16:]
    assert torch.allclose(along[:, 0], torch.ones(3))
    assert bool((along.diff(dim=1) <= 1e-6).all())
    assert float(along[0, 4]) == 0
    assert float(along[2, 4]) > 0


def test_film_loss_wants_the_class():
    film = torch.tensor([0, 2])
    right = torch.tensor([[4.0, 0, 0], [0, 0, 4.0]])
    assert film_loss(right, film) < film_loss(right.flip(0), film)


def test_lesion_first_loss_wants_tumour_and_malignancy(mask):
    film = torch.tensor([0, 2])
    right = answers(mask, film=[[-3.0, -3.0, 0.0], [3.0, 3.0, 2.0]])
    wrong = answers(mask, film=[[3.0, 3.0, 0.0], [-3.0, -3.0, -2.0]])
    assert lesion_first_loss(right, mask, film) < lesion_first_loss(wrong, mask, film)


def test_malignancy_is_not_asked_of_films_without_a_mask(mask):
    film = torch.tensor([0, 1])
    one = answers(mask, film=[[-3.0, -3.0, -5.0], [3.0, 3.0, -2.0]])
    other = answers(mask, film=[[-3.0, -3.0, 5.0], [3.0, 3.0, -2.0]])
    assert torch.equal(lesion_first_loss(one, mask, film), lesion_first_loss(other, mask, film))


def test_windows_cost_less_when_right_and_malignancy_counts_where_a_lesion_is_seen(mask):
    film = torch.tensor([2, 2])

    def cost(votes, *, right=True):
        return closer_loss({"tumour": maps(mask, right=right)["tumour"], "votes": torch.tensor(votes)}, mask, film)

    good = cost([[-3.0, 0.0], [3.0, 3.0]])
    assert good < cost([[-3.0, 0.0], [3.0, 3.0]], right=False) / 5
    assert good < cost([[3.0, 0.0], [-3.0, 3.0]])
    assert good < cost([[-3.0, 0.0], [3.0, -3.0]])
    assert good == cost([[-3.0, 9.0], [3.0, 3.0]])
