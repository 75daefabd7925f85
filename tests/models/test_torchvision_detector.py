"""torchvision's detectors give the outputs of CentreNet, and learn from the same boxes."""

import pytest
import torch

from osteon.models.torchvision_detector import KINDS, TorchvisionDetector

BOXES = torch.tensor([[[0.25, 0.5, 0.5, 0.75], [0.0, 0.0, 0.0, 0.0]], [[0.0, 0.0, 0.0, 0.0]] * 2])


@pytest.fixture(scope="module")
def detector():
    torch.manual_seed(0)
    return TorchvisionDetector("ssdlite320_mobilenet_v3_large", most=4)


def test_boxes_are_shares_of_the_picture(detector):
    detector.eval()
    with torch.no_grad():
        found = detector(torch.rand(2, 1, 64, 96))
    assert found["boxes"].shape == (2, 4, 4)
    assert found["scores"].shape == (2, 4)
    assert (found["boxes"] >= 0).all()
    assert (found["boxes"] <= 1 + 1e-6).all()


def test_rows_come_before_columns_and_missing_boxes_have_score_0(detector):
    stated = {"boxes": torch.tensor([[48.0, 16.0, 72.0, 32.0]]), "scores": torch.tensor([0.9])}
    boxes, scores = detector._padded(stated, torch.tensor([64.0, 96.0, 64.0, 96.0]))
    assert boxes[0].tolist() == [0.25, 0.5, 0.5, 0.75]
    assert scores.tolist() == pytest.approx([0.9, 0, 0, 0])


def test_its_loss_is_finite_also_for_a_film_without_a_lesion(detector):
    detector.train()
    loss = detector(torch.rand(2, 1, 64, 96), boxes=BOXES)["loss"]
    loss.backward()
    assert torch.isfinite(loss)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_can_be_built_without_downloading(kind):
    network = TorchvisionDetector(kind, side_px=96).eval()
    with torch.no_grad():
        assert network(torch.rand(1, 1, 96, 96))["scores"].shape == (1, 8)
