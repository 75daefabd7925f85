"""The loss is lowest at the truth, forgives places beside a centre, and takes films without a lesion."""

import math

import pytest
import torch

from osteon.models.centre_loss import bells, centre_loss, focal
from osteon.models.centre_net import peaks

SHAPE = (16, 16)
BOX = torch.tensor([[[0.25, 0.5, 0.5, 0.75], [0.0, 0.0, 0.0, 0.0]]])


def _outputs(centre=-6.0):
    return {"centre": torch.full((1, 1, *SHAPE), centre), "sides": torch.zeros(1, 4, *SHAPE)}


def _perfect():
    outputs = _outputs(-12.0)
    outputs["centre"][0, 0, 6, 10] = 12.0
    outputs["sides"][0, :, 6, 10] = torch.tensor([-0.5, -0.5, math.log(0.25), math.log(0.25)])
    return outputs


def test_the_truth_costs_nothing_and_is_what_is_read_back():
    outputs = _perfect()
    assert float(centre_loss(outputs, BOX)) == pytest.approx(0, abs=1e-3)
    boxes, scores = peaks(outputs["centre"], outputs["sides"], most=2)
    assert torch.allclose(boxes[0, 0], BOX[0, 0], atol=1e-5)
    assert scores[0, 0] > 0.99


def test_a_box_of_the_wrong_size_costs_its_logarithm():
    outputs = _perfect()
    outputs["sides"][0, 2, 6, 10] += math.log(2)
    assert float(centre_loss(outputs, BOX)) == pytest.approx(math.log(2), abs=1e-3)
    assert float(centre_loss(outputs, BOX, sides=0.5)) == pytest.approx(math.log(2) / 2, abs=1e-3)


def test_a_mark_beside_the_centre_costs_less_than_one_far_off():
    near, far = _perfect(), _perfect()
    near["centre"][0, 0, 6, 11] = 3.0
    far["centre"][0, 0, 1, 1] = 3.0
    assert float(centre_loss(near, BOX)) < float(centre_loss(far, BOX))


def test_a_film_without_a_lesion_wants_an_empty_map():
    none = torch.zeros(1, 2, 4)
    assert float(centre_loss(_outputs(-12.0), none)) == pytest.approx(0, abs=1e-3)
    assert float(centre_loss(_outputs(2.0), none)) > 10


def test_gradients_are_finite_with_empty_boxes_among_the_others():
    outputs = {name: value.requires_grad_() for name, value in _outputs().items()}
    centre_loss(outputs, BOX).backward()
    assert all(torch.isfinite(value.grad).all() for value in outputs.values())


def test_the_bell_is_one_at_the_centre_and_follows_the_box():
    middle, lengths = torch.tensor([[[0.53125, 0.53125]]]), torch.tensor([[[0.2, 0.8]]])
    bell = bells(middle, lengths, torch.tensor([[True]]), shape=torch.Size(SHAPE))[0]
    assert float(bell[8, 8]) == pytest.approx(1)
    assert bell[8, 11] > bell[11, 8]


def test_focal_loss_of_one_place_by_hand():
    hit = focal(torch.zeros(1, 1, 1), torch.ones(1, 1, 1), torch.ones(1, 1, 1))
    miss = focal(torch.zeros(1, 1, 1), torch.full((1, 1, 1), 0.5), torch.zeros(1, 1, 1))
    assert float(hit) == pytest.approx(0.25 * math.log(2))
    assert float(miss) == pytest.approx(0.5**4 * 0.25 * math.log(2))
