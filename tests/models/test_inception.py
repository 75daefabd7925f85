"""Inception v3 against torchvision's own network, and its exact class evidence."""

import pytest
import torch
from torchvision.models import inception_v3

from osteon.errors import WeightsError
from osteon.models.inception import InceptionClassifier


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return InceptionClassifier(classes=2).eval()


def test_small_pictures_are_enlarged_and_the_evidence_is_exact(network):
    with torch.no_grad():
        out = network(torch.rand(2, 1, 64, 64))
    assert out["logits"].shape == (2, 2)
    mean = out["cam"].mean(dim=(2, 3)) + network.classifier.bias
    assert torch.allclose(mean, out["logits"], atol=1e-4)


def test_with_torchvisions_weights_it_says_what_torchvision_says(network):
    theirs = inception_v3(weights=None, aux_logits=True, init_weights=False).eval()
    network.load_pretrained(theirs.state_dict())
    image = torch.rand(1, 3, 96, 96) * 2 - 1
    theirs.transform_input = False
    theirs.fc = torch.nn.Identity()
    with torch.no_grad():
        assert torch.allclose(theirs(image), network(image)["features"], atol=1e-4)


def test_weights_of_another_network_are_refused(network):
    with pytest.raises(WeightsError, match="not those of an Inception v3"):
        network.load_pretrained({"conv1.weight": torch.zeros(1)})
