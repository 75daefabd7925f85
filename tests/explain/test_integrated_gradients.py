"""Integrated gradients: complete, exact where the network is plain, and a network left as it was."""

import pytest
import torch
from torch import nn

from osteon.errors import RequestError
from osteon.explain.integrated_gradients import (
    FEWEST,
    MOST,
    along,
    blurred,
    contrast_is_nothing,
    integrated_gradients,
    silent,
)
from osteon.models.efficientnet_lite import LiteClassifier
from osteon.models.five_layer_cnn import FiveLayerCnn
from osteon.models.lenet1d import LeNet1d


class _Sum(nn.Module):
    """A weighted sum of the picture and of a row: what each value adds is known."""

    def forward(self, image: torch.Tensor, row: torch.Tensor, kind: torch.Tensor) -> dict[str, torch.Tensor]:
        total = (2 * image).flatten(1).sum(dim=1) - 3 * row.sum(dim=1) + 0 * kind
        return {"logits": torch.stack([-total, total], dim=1)}


class _Step(nn.Module):
    """So steep a function that no number of steps is enough."""

    def forward(self, image: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"logits": torch.sigmoid(1e5 * (image.mean(dim=(1, 2, 3)) - 0.123456))[:, None]}


def test_a_sum_is_attributed_exactly():
    image, row = torch.rand(2, 1, 4, 5), torch.rand(2, 3)
    inputs = {"image": image, "row": row, "kind": torch.tensor([1, 2])}
    found = integrated_gradients(_Sum(), inputs, index=1)
    dark = image.amin(dim=(2, 3), keepdim=True)
    assert torch.allclose(found.values["image"], 2 * (image - dark), atol=1e-5)
    assert torch.allclose(found.values["row"], -3 * row, atol=1e-5)
    assert set(found.values) == {"image", "row"}
    assert found.steps == FEWEST
    assert found.error < 1e-4


@pytest.mark.parametrize(
    ("build", "inputs"),
    [
        (lambda: FiveLayerCnn(patch_px=32, widths=(4, 4, 8), dense=8), {"image": (2, 3, 32, 32)}),
        (lambda: LiteClassifier(classes=2), {"image": (1, 3, 64, 64)}),
        (lambda: LeNet1d(points=200), {"spectrum": (2, 1, 200)}),
    ],
)
def test_attributions_sum_to_the_difference(build, inputs):
    torch.manual_seed(4)
    network = build()
    given = {name: torch.rand(shape) for name, shape in inputs.items()}
    found = integrated_gradients(network, given, index=1, tolerance=0.03)
    network.eval()
    with torch.no_grad():
        dark = {n: t.amin(dim=tuple(range(2, t.ndim)), keepdim=True).expand_as(t) for n, t in given.items()}
        difference = network(**given)["logits"][:, 1] - network(**dark)["logits"][:, 1]
    total = torch.stack([v.flatten(1).sum(dim=1) for v in found.values.values()]).sum(dim=0)
    assert torch.allclose(found.difference, difference, atol=1e-5)
    assert torch.allclose(total + found.gap, difference, atol=1e-4)
    assert found.error <= 0.03


def test_what_is_not_complete_says_so_and_no_more_steps_are_taken_than_help():
    found = integrated_gradients(_Step(), {"image": torch.rand(1, 1, 8, 8)}, index=0)
    assert found.steps == 2 * FEWEST
    assert found.error > 0.02


def test_steps_are_doubled_as_long_as_they_help(monkeypatch):
    errors = {16: 0.5, 32: 0.3, 64: 0.2, 128: 0.1}

    class Found:
        def __init__(self, steps):
            self.steps, self.error = steps, errors[steps]

    monkeypatch.setattr("osteon.explain.integrated_gradients.along", lambda *_, steps, **__: Found(steps))
    assert integrated_gradients(_Step(), {}, index=0, baseline={}).steps == MOST
    errors[32] = 0.4
    assert integrated_gradients(_Step(), {}, index=0, baseline={}).steps == 32
    errors[16] = 0.01
    assert integrated_gradients(_Step(), {}, index=0, baseline={}).steps == FEWEST


def test_so_many_steps_as_are_asked_for():
    calls = []

    class Counted(_Step):
        def forward(self, image):
            calls.append(torch.is_grad_enabled())
            return super().forward(image)

    image = torch.rand(1, 1, 8, 8)
    found = along(Counted(), {"image": image}, index=0, start=silent({"image": image}), steps=3)
    assert (sum(calls), found.steps) == (3, 3)


class _Relative(nn.Module):
    """Divides by the contrast of what it sees, as the film networks do, and looks how bright the middle is."""

    def forward(self, image: torch.Tensor, row: torch.Tensor) -> dict[str, torch.Tensor]:
        low, high = image.amin(dim=(-2, -1), keepdim=True), image.amax(dim=(-2, -1), keepdim=True)
        scaled = (image - low) / (high - low).clamp(min=1e-6)
        return {"logits": scaled[..., 12:20, 12:20].mean(dim=(-2, -1)) + 0 * row.sum(dim=1, keepdim=True)}


def test_a_network_that_takes_no_notice_of_contrast_is_known():
    picture, row = torch.rand(2, 1, 32, 32), torch.rand(2, 3)
    assert contrast_is_nothing(_Relative(), {"image": picture, "row": row}, index=0)
    both = {"image": picture, "row": row, "kind": torch.tensor([0, 0])}
    assert not contrast_is_nothing(_Sum(), both, index=1)
    assert not contrast_is_nothing(LeNet1d(points=200), {"spectrum": torch.rand(1, 1, 200)}, index=0)


def test_from_a_blurred_picture_the_values_of_such_a_network_add_up():
    picture, row = 0.3 + 0.05 * torch.rand(1, 1, 32, 32), torch.rand(1, 3)
    picture[..., 14:18, 14:18] = 0.9
    picture[..., :8, :8], picture[..., 24:, 24:] = 0.0, 1.0  # so that the darkest and the brightest lie elsewhere
    inputs = {"image": picture, "row": row}
    dark = integrated_gradients(_Relative(), inputs, index=0)
    found = integrated_gradients(_Relative(), inputs, index=0, baseline=blurred(inputs))
    assert dark.error > 0.5
    assert found.error < 0.05
    assert float(found.heat()[0, 12:20, 12:20].sum() / found.heat().sum()) > 0.5


def test_blurring_leaves_the_level_and_takes_the_structure():
    picture, spectrum = torch.rand(1, 2, 64, 48), torch.rand(1, 1, 30)
    start = blurred({"image": picture, "spectrum": spectrum, "held": picture}, held=("held",))
    assert set(start) == {"image", "spectrum"}
    assert start["image"].shape == picture.shape
    assert float(start["image"].mean()) == pytest.approx(float(picture.mean()), abs=0.02)
    assert float(start["image"].std()) < 0.4 * float(picture.std())
    assert torch.equal(start["spectrum"], silent({"spectrum": spectrum})["spectrum"])


def test_a_baseline_of_ones_own():
    image = torch.rand(1, 3, 32, 32)
    network = FiveLayerCnn(patch_px=32, widths=(2, 2, 2), dense=4)
    same = integrated_gradients(network, {"image": image}, index=0, baseline={"image": image})
    assert float(same.difference) == 0
    assert float(same.values["image"].abs().max()) == 0


def test_what_is_held_is_not_asked_and_the_sum_is_that_of_the_rest():
    image, row = torch.rand(1, 1, 4, 5), torch.rand(1, 3)
    inputs = {"image": image, "row": row, "kind": torch.tensor([1])}
    start = silent(inputs, held=("row",))
    assert set(start) == {"image"}
    found = integrated_gradients(_Sum(), inputs, index=1, baseline=start)
    assert set(found.values) == {"image"}
    assert float(found.difference) == pytest.approx(float(2 * (image - image.amin()).sum()), rel=1e-5)
    assert found.error < 1e-4


def test_the_map_is_the_evidence_for():
    image = torch.zeros(1, 2, 6, 7)
    image[:, :, 2, 3] = 1.0
    image[:, 0, 5, 5] = 0.5
    row = {"row": torch.zeros(1, 3), "kind": torch.tensor([0])}
    found = integrated_gradients(_Sum(), {"image": image, **row}, index=1).heat()[0]
    assert found.shape == (6, 7)
    assert float(found[2, 3]) == 1
    assert float(found[5, 5]) == pytest.approx(0.25)
    assert float(integrated_gradients(_Sum(), {"image": image, **row}, index=0).heat().max()) == 0


def test_a_spectrum_has_no_map():
    found = integrated_gradients(LeNet1d(points=200), {"spectrum": torch.rand(1, 1, 200)}, index=0)
    with pytest.raises(RequestError, match="no picture"):
        found.heat()


def test_mode_and_gradients_are_left_as_they_were():
    network = FiveLayerCnn(patch_px=32, widths=(2, 2, 2), dense=4).train()
    integrated_gradients(network, {"image": torch.rand(1, 3, 32, 32)}, index=0)
    assert network.training
    assert all(p.grad is None for p in network.parameters())
