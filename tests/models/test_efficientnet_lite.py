"""EfficientNet-Lite0: the packaged weights under timm's names, frozen stages, exact class evidence; B0's size."""

import numpy as np
import pytest
import timm
import torch

from osteon.errors import WeightsError
from osteon.io import pretrained
from osteon.models.efficientnet_lite import (
    STRIDE_CHANNELS,
    B0Classifier,
    LiteClassifier,
    LiteEncoder,
    from_package,
)


@pytest.fixture(scope="module")
def imagenet():
    return pretrained.load("imagenet-lite0")


@pytest.fixture
def film():
    return torch.rand(2, 1, 64, 96, generator=torch.Generator().manual_seed(0))


def parameters(network):
    return sum(p.numel() for p in network.parameters())


def test_parameter_counts():
    assert parameters(B0Classifier(classes=3)) == 4_011_391
    assert parameters(LiteClassifier(classes=3)) == 3_374_851


def test_packaged_weights_are_those_of_timms_network(imagenet):
    theirs = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    theirs.load_state_dict(from_package(imagenet))
    ours = LiteClassifier()
    ours.load_pretrained(imagenet)
    image = torch.rand(1, 3, 96, 96) * 2 - 1
    theirs.eval()
    ours.eval()
    with torch.no_grad():
        expected = theirs.forward_head(theirs.forward_features(image), pre_logits=True)
        assert torch.allclose(ours(image)["features"], expected, atol=1e-5)


def test_names_of_timm_stay(imagenet):
    named = from_package(imagenet)
    assert from_package(named).keys() == named.keys()


def test_other_weights_are_refused(imagenet):
    short = {k: v for k, v in imagenet.items() if not k.startswith("_blocks.15")}
    with pytest.raises(WeightsError, match="not EfficientNet-Lite0 weights"):
        LiteEncoder().load_pretrained(short)
    with pytest.raises(WeightsError, match="not timm's EfficientNet-B0"):
        B0Classifier().load_pretrained({"stem": torch.zeros(1)})


def test_b0_starts_from_timms_state_and_keeps_its_own_head():
    source = timm.create_model("efficientnet_b0", pretrained=False)
    network = B0Classifier(classes=3)
    head = network.classifier.weight.clone()
    network.load_pretrained(source.state_dict())
    assert torch.equal(network.encoder.conv_stem.weight, source.conv_stem.weight)
    assert torch.equal(network.classifier.weight, head)


def test_pyramid_strides_and_channels():
    maps = LiteEncoder().eval().pyramid(torch.zeros(1, 3, 64, 96))
    assert [m.shape[1] for m in maps] == list(STRIDE_CHANNELS)
    assert [m.shape[2:] for m in maps] == [(64 // s, 96 // s) for s in (2, 4, 8, 16, 32)]


def test_frozen_stages_keep_weights_and_statistics(imagenet, film):
    network = LiteClassifier(frozen=3, film="contrast")
    network.load_pretrained(imagenet)
    before = {k: v.clone() for k, v in network.state_dict().items()}
    network.train()
    optimiser = torch.optim.SGD([p for p in network.parameters() if p.requires_grad], lr=0.1)
    network(film)["logits"].sum().backward()
    optimiser.step()
    changed = {k for k, v in network.state_dict().items() if not torch.equal(v, before[k])}
    kept = ("encoder.stem", "encoder.stages.0.", "encoder.stages.1.", "encoder.stages.2.")
    assert not any(k.startswith(kept) for k in changed)
    assert any(k.startswith("encoder.stages.3.") for k in changed)


@pytest.mark.parametrize("network", [LiteClassifier(film="contrast"), B0Classifier()])
def test_class_evidence_adds_up_to_the_logits(network, film):
    network.eval()
    with torch.no_grad():
        out = network(film)
    assert set(out) == {"logits", "features", "cam"}
    total = out["cam"].mean(dim=(2, 3)) + network.classifier.bias
    assert torch.allclose(total, out["logits"], atol=1e-5)
    assert out["features"].shape == (2, 1280)


def test_a_film_is_judged_at_a_share_of_its_size_and_trained_at_all_of_it(film):
    network, plain = (LiteClassifier(film="contrast", dropout=0.0, judged_at=share) for share in (0.75, 1.0))
    plain.load_state_dict(network.state_dict())
    smaller = torch.nn.functional.interpolate(film, scale_factor=0.75, mode="bilinear", antialias=True)
    with torch.no_grad():
        assert torch.allclose(network.eval()(film)["logits"], plain.eval()(smaller)["logits"], atol=1e-5)
        assert not torch.allclose(network(film)["logits"], plain(film)["logits"], atol=1e-5)
    seen = []
    network.encoder.register_forward_pre_hook(lambda _module, given: seen.append(given[0].shape[-1]))
    network.train()(film)
    network.eval()(film)
    assert seen == [film.shape[-1], *[round(0.75 * film.shape[-1])] * 2]


def test_a_film_and_its_mirror_image_get_one_answer(film):
    network = LiteClassifier(film="contrast").eval()
    with torch.no_grad():
        one, other = network(film)["logits"], network(film.flip(-1))["logits"]
    assert np.allclose(one, other, atol=1e-4)


def test_depthwise_filters_stay_only_where_stages_are_frozen():
    def trained(frozen):
        return {n for n, p in LiteEncoder(frozen=frozen).named_parameters() if p.requires_grad and "conv_dw" in n}

    assert trained(0)
    assert not trained(3)


def test_five_stages_end_at_stride_16_and_start_from_the_same_weights(imagenet):
    short = LiteEncoder(stages=5).eval()
    short.load_pretrained(imagenet)
    whole = LiteEncoder().eval()
    whole.load_pretrained(imagenet)
    image = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        ours, theirs = short.pyramid(image), whole.pyramid(image)
    assert len(ours) == 4
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=False))


def test_an_encoder_starts_from_another_networks_encoder():
    torch.manual_seed(2)
    source, network = LiteClassifier(classes=5), LiteClassifier()
    network.load_pretrained(source.state_dict())
    assert torch.equal(network.encoder.stages[6][0].conv_pwl.weight, source.encoder.stages[6][0].conv_pwl.weight)
    headless = {k: v for k, v in source.state_dict().items() if "top" not in k}
    with pytest.raises(WeightsError, match="misfit"):
        LiteClassifier().load_pretrained(headless)


def test_a_film_seen_in_one_view_has_the_same_weights_and_another_answer(film):
    three, one = (LiteClassifier(film=view).eval() for view in ("contrast", "plain"))
    one.load_state_dict(three.state_dict())
    shaded = film * torch.linspace(0.2, 1.0, 64).view(1, 1, 64, 1)
    with torch.no_grad():
        assert not torch.allclose(three(shaded)["logits"], one(shaded)["logits"])
        assert torch.allclose(one(shaded)["logits"], one(shaded.flip(-1))["logits"], atol=1e-4)


def test_maps_are_kept_channels_last_all_the_way_which_is_faster_on_a_cpu(film):
    maps = LiteEncoder().eval().pyramid(film.expand(-1, 3, -1, -1))
    assert all(m.is_contiguous(memory_format=torch.channels_last) for m in maps)
    plain = LiteEncoder().eval()
    stored = plain.state_dict()
    assert all(t.is_contiguous() for t in stored.values()), "what is saved keeps its order"
