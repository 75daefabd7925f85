"""DenseNet-161: parameters of the sheet, exact evidence map, weights of torchvision and timm taken by name."""

import pytest
import timm
import torch
from torchvision.models import densenet161

from osteon.errors import WeightsError
from osteon.models.densenet import DenseNet161


@pytest.mark.parametrize(("logits", "parameters"), [(1, 26_474_209), (2, 26_476_418)])
def test_parameters(logits, parameters):
    assert sum(p.numel() for p in DenseNet161(logits=logits).parameters()) == parameters


def test_the_evidence_adds_up_to_the_logit():
    torch.manual_seed(0)
    network = DenseNet161(logits=2).eval()
    with torch.no_grad():
        out = network(torch.rand(1, 3, 64, 96))
    assert out["cam"].shape == (1, 2, 2, 3)
    assert torch.allclose(out["cam"].mean(dim=(-2, -1)) + network.classifier.bias, out["logits"], atol=1e-5)


@pytest.mark.parametrize("source", ["torchvision", "torchvision, old names", "timm"])
def test_takes_the_features_of(source):
    torch.manual_seed(1)
    if source == "timm":
        state = timm.create_model("densenet161", pretrained=False).state_dict()
    else:
        state = densenet161(weights=None).state_dict()
    if source.endswith("old names"):
        for end in (".norm1.", ".norm2.", ".conv1.", ".conv2."):
            state = {k.replace(end, f"{end[:-2]}.{end[-2:]}") if "denselayer" in k else k: v for k, v in state.items()}
        assert any("denselayer1.norm.1.weight" in k for k in state)
    network = DenseNet161(logits=1)
    head = network.classifier.weight.clone()
    network.load_pretrained(state)
    assert torch.equal(network.features.conv0.weight, state["features.conv0.weight"])
    assert torch.equal(network.classifier.weight, head)


def test_other_weights_are_refused():
    state = timm.create_model("densenet121", pretrained=False).state_dict()
    with pytest.raises(WeightsError, match="not those of a DenseNet-161"):
        DenseNet161().load_pretrained(state)
