"""Peaks are boxes, boxes are shares of the picture, and the network is small."""

import torch

from osteon.io import pretrained
from osteon.models.centre_net import STRIDE, CentreNet, boxes_at, peaks


def test_it_is_a_couple_of_megabytes():
    assert 4 * sum(p.numel() for p in CentreNet().parameters()) < 4e6


def test_maps_and_boxes_have_their_shapes_also_of_a_film_that_is_not_square():
    torch.manual_seed(0)
    found = CentreNet(most=5).eval()(torch.rand(2, 1, 96, 64))
    assert found["centre"].shape == (2, 1, 96 // STRIDE, 64 // STRIDE)
    assert found["sides"].shape == (2, 4, 96 // STRIDE, 64 // STRIDE)
    assert found["boxes"].shape == (2, 5, 4)
    assert found["scores"].shape == (2, 5)
    assert (found["scores"].diff(dim=1) <= 0).all()
    assert (found["boxes"] >= 0).all()
    assert (found["boxes"] <= 1).all()
    assert (found["boxes"][..., 2:] > found["boxes"][..., :2]).all()


def test_an_untrained_network_believes_in_few_centres():
    torch.manual_seed(0)
    found = CentreNet().eval()(torch.rand(1, 1, 64, 64))
    assert 0.02 < found["centre"].sigmoid().mean() < 0.3


def test_a_box_is_read_where_its_centre_lies():
    sides = torch.zeros(1, 4, 10, 20)
    sides[0, :, 3, 7] = torch.tensor([0.25, -0.5, 0.2, 0.1]).where(
        torch.tensor([True, True, False, False]), torch.tensor([0.0, 0.0, 0.2, 0.1]).log()
    )
    (box,) = boxes_at(sides, torch.tensor([[3 * 20 + 7]]))[0]
    expected = torch.tensor([0.375 - 0.1, 0.35 - 0.05, 0.375 + 0.1, 0.35 + 0.05])
    assert torch.allclose(box, expected, atol=1e-6)


def test_a_neighbour_of_a_peak_is_no_peak():
    centre = torch.full((1, 1, 8, 8), -9.0)
    centre[0, 0, 2, 2], centre[0, 0, 2, 3], centre[0, 0, 6, 6] = 4.0, 3.0, 1.0
    _, scores = peaks(centre, torch.zeros(1, 4, 8, 8), most=3)
    assert torch.allclose(scores[0, :2], torch.tensor([4.0, 1.0]).sigmoid())
    assert scores[0, 2] < 0.01


def test_it_starts_from_the_imagenet_weights_of_the_package():
    network = CentreNet()
    before = network.encoder.stem[0].weight.clone()
    network.load_pretrained(pretrained.load("imagenet-lite0"))
    assert not torch.equal(before, network.encoder.stem[0].weight)


def test_peaks_come_the_most_believed_first_each_with_its_own_box():
    centre, sides = torch.full((1, 1, 8, 8), -9.0), torch.zeros(1, 4, 8, 8)
    sides[:, 2:] = -3.0
    for place, belief in (((1, 1), 1.0), ((6, 2), 3.0), ((3, 6), 2.0)):
        centre[0, 0, *place] = belief
    boxes, scores = peaks(centre, sides, most=4)
    middles = (boxes[0, :, :2] + boxes[0, :, 2:]) / 2 * 8 - 0.5
    assert middles[:3].round().tolist() == [[6, 2], [3, 6], [1, 1]]
    torch.testing.assert_close(scores[0, :3], torch.tensor([3.0, 2.0, 1.0]).sigmoid())
    assert float(scores[0, 3]) < 1e-3


def test_films_of_a_batch_keep_their_own_boxes():
    torch.manual_seed(1)
    centre, sides = torch.randn(3, 1, 8, 8), torch.randn(3, 4, 8, 8)
    together, scores = peaks(centre, sides, most=5)
    for i in range(3):
        alone, score = peaks(centre[i : i + 1], sides[i : i + 1], most=5)
        assert torch.equal(together[i], alone[0])
        assert torch.equal(scores[i], score[0])


def test_a_box_never_leaves_the_picture_and_never_turns_inside_out():
    torch.manual_seed(2)
    boxes, _ = peaks(torch.randn(4, 1, 8, 8), 20 * torch.randn(4, 4, 8, 8), most=8)
    assert (boxes >= 0).all()
    assert (boxes <= 1).all()
    assert (boxes[..., 2:] >= boxes[..., :2]).all()
