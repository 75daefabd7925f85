"""Maps of a fitted network: whose evidence, of which class, at home in the study, and what cannot be drawn."""

from dataclasses import replace

import numpy as np
import pytest
import tiny
import torch
from torch import nn

from osteon.engine import maps
from osteon.engine.apply import Fitted
from osteon.engine.predictor import Predictor
from osteon.errors import RequestError
from osteon.types import Maker

CPU = torch.device("cpu")


class Summed(nn.Module):
    """One convolution of known weights, pooled and added up: class 1 is brightness, class 0 darkness."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 1, bias=False)
        with torch.no_grad():
            self.conv.weight[:] = torch.tensor([-1.0, 1.0]).reshape(2, 1, 1, 1)

    def forward(self, image):
        cam = self.conv(image)
        return {"logits": cam.mean(dim=(-2, -1)), "cam": cam}


class Flat(nn.Module):
    """Classifies, with nothing to draw from."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(64, 2)

    def forward(self, image):
        return {"logits": self.head(image.flatten(1))}


class Line(nn.Module):
    """Classifies a spectrum."""

    def forward(self, image):
        return {"logits": torch.stack([-image.mean(dim=(1, 2, 3)), image.mean(dim=(1, 2, 3))], 1)}


def decode(outputs, study):
    (said,) = tiny.decode(outputs, study)
    values = outputs["net"][0].values
    return [replace(said, heat_map=values["cam"][1] if "cam" in values else None)]


def predictor(model, *, draw=decode, **more):
    part = replace(tiny.PART, build=lambda: model)
    fitted = Fitted(part=part, model=model.eval(), shapes={"image": (1, 8, 8)}, device=CPU)
    return Predictor(
        system=tiny.system(part, decode=draw, **more), parts={"net": fitted}, temperatures={}, maker=Maker(system="t")
    )


def study(pixels):
    return replace(tiny.cohort(2).studies[0], data={"radiograph": tiny.picture(np.asarray(pixels, np.float32))})


@pytest.fixture
def spot():
    pixels = np.full((8, 8), -1.0)
    pixels[2:4, 5:7] = 3.0
    pixels[6, 0] = 1.5
    return study(pixels)


def test_the_exact_evidence_is_what_speaks_for_the_class_divided_by_its_top(spot) -> None:
    (one,) = maps.mapped(predictor(Summed()), spot, "evidence")
    expected = np.zeros((8, 8), np.float32)
    expected[2:4, 5:7], expected[6, 0] = 1.0, 0.5
    np.testing.assert_allclose(one.prediction.heat_map, expected, atol=1e-6)
    assert one.field.all(), "the network looked everywhere"


def test_another_class_has_other_evidence(spot) -> None:
    fitted = predictor(Summed()).parts["net"]
    (sample,) = fitted.part.prepare(spot, {})
    dark, bright = (maps.heat(maps.bound(fitted, sample), "evidence", index=k).values[0] for k in (0, 1))
    assert float(dark[0, 0]) == 1.0
    assert float(bright[0, 0]) == 0.0
    assert not ((dark > 0) & (bright > 0)).any()


def test_a_picture_without_evidence_has_an_empty_map_and_not_nan() -> None:
    (one,) = maps.mapped(predictor(Summed()), study(np.full((8, 8), -2.0)), "evidence")
    assert (one.prediction.heat_map == 0).all()


@pytest.mark.parametrize("method", maps.METHODS)
def test_every_method_lies_in_nought_to_one_and_leaves_the_network_as_it_was(method: str, spot) -> None:
    model = Summed()
    before = {name: t.clone() for name, t in model.state_dict().items()}
    (one,) = maps.mapped(predictor(model), spot, method)
    assert one.prediction.heat_map.min() >= 0
    assert one.prediction.heat_map.max() == pytest.approx(1)
    assert np.unravel_index(one.prediction.heat_map.argmax(), (8, 8)) in {(2, 5), (2, 6), (3, 5), (3, 6)}
    assert all(torch.equal(t, before[name]) for name, t in model.state_dict().items())
    assert not model.training
    assert model.conv.weight.grad is None


def test_the_field_is_where_the_system_brought_the_map_home(spot) -> None:
    def half(outputs, here):
        (said,) = decode(outputs, here)
        return [replace(said, heat_map=np.where(np.arange(8) < 4, said.heat_map, 0))]

    (one,) = maps.mapped(predictor(Summed(), draw=half), spot, "evidence")
    assert one.field[:, :4].all()
    assert not one.field[:, 4:].any()


def test_answers_to_other_questions_and_those_without_a_map_are_none(spot) -> None:
    def other(outputs, here):
        return [replace(said, task="size") for said in decode(outputs, here)]

    assert maps.mapped(predictor(Summed(), draw=other), spot, "evidence") == []
    assert maps.mapped(predictor(Summed(), draw=tiny.decode), spot, "evidence") == []


def test_methods_that_do_not_fit_the_network_are_left_out_in_the_order_asked(spot) -> None:
    asked = ("integrated-gradients", "evidence", "grad-cam")
    assert maps.methods(predictor(Summed()), spot, asked) == asked
    assert maps.methods(predictor(Flat()), spot, asked) == ("integrated-gradients",)
    assert maps.methods(predictor(Line()), spot, ("evidence", "grad-cam")) == ()


def test_a_method_that_there_is_not_is_an_error_and_never_left_out(spot) -> None:
    with pytest.raises(RequestError, match=r"no method 'saliency'; there are evidence, grad-cam"):
        maps.methods(predictor(Summed()), spot, ("evidence", "saliency"))


def test_a_study_of_which_the_network_sees_nothing_has_no_map_and_no_method(spot) -> None:
    told = predictor(Summed(), draw=lambda outputs, here: [])
    blind = replace(told.parts["net"].part, prepare=lambda here, earlier: iter(()))
    none = replace(told, parts={"net": replace(told.parts["net"], part=blind)})
    assert maps.methods(none, spot, maps.METHODS) == ()
    assert maps.mapped(none, spot, "evidence") == []


class Two(nn.Module):
    """A picture and a number, and it asks whether the number was there."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 1)
        self.seen = []

    def forward(self, image, age, present):
        self.seen.append(bool(present["age"].all()))
        cam = self.conv(image)
        return {"logits": cam.mean(dim=(-2, -1)) + age, "cam": cam}


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("method", ["grad-cam", "integrated-gradients"])
def test_an_input_that_is_missing_stays_missing_while_a_map_is_drawn(there: bool, method: str, spot) -> None:
    model = Two()

    def prepare(here, earlier):
        (sample,) = tiny.prepare(here, earlier)
        more = {"age": np.array([40.0], np.float32)} if there else {}
        yield replace(sample, inputs={**sample.inputs, **more})

    part = replace(tiny.PART, prepare=prepare)
    fitted = Fitted(part=part, model=model.eval(), shapes={"image": (1, 8, 8), "age": (1,)}, device=CPU)
    (sample,) = prepare(spot, {})
    found = maps.heat(maps.bound(fitted, sample), method, index=1)
    assert found.values.shape == (1, 8, 8)
    assert set(model.seen) == {there}


class Counted(Summed):
    """Counts how often it is asked for gradients' sake: with gradients on."""

    asked = 0

    def forward(self, image):
        self.asked += torch.is_grad_enabled()
        return super().forward(image)


def test_only_the_class_that_is_drawn_is_explained(spot) -> None:
    """Gradients are what costs, and the system here draws one class of two."""
    model = Counted()
    assert len(maps.mapped(predictor(model), spot, "integrated-gradients")) == 1
    assert model.asked == 16


def test_a_map_of_something_else_beside_it_does_not_make_every_class_explained(spot) -> None:
    """An outline's own map, say, which is there whatever the evidence: each class used to be explained for it."""

    def beside(outputs, here):
        (said,) = decode(outputs, here)
        return [said, replace(said, task="size", heat_map=np.full((8, 8), 0.5, np.float32))]

    model = Counted()
    assert len(maps.mapped(predictor(model, draw=beside), spot, "integrated-gradients")) == 1
    assert model.asked == 16
    assert [(one.part, one.index) for one in maps.drawn(predictor(model, draw=beside), spot)] == [("net", 1)]


def test_a_map_that_is_not_made_of_the_evidence_is_not_passed_off_as_one(spot) -> None:
    def outline(outputs, here):
        (said,) = tiny.decode(outputs, here)
        return [replace(said, heat_map=np.full((8, 8), 0.5, np.float32))]

    assert maps.mapped(predictor(Summed(), draw=outline), spot, "grad-cam") == []


class Twice(Summed):
    """Looks at the picture and its mirror image, and says which layer has both as one."""

    maps_layer = "joined"

    def __init__(self):
        super().__init__()
        self.joined = nn.Identity()

    def forward(self, image):
        cam = self.joined((self.conv(image) + self.conv(image.flip(-1)).flip(-1)) / 2)
        return {"logits": cam.mean(dim=(-2, -1)), "cam": cam}


def test_a_network_that_looks_twice_is_explained_where_both_looks_are_one(spot) -> None:
    seen = {m: maps.mapped(predictor(Twice()), spot, m)[0].prediction.heat_map for m in ("evidence", "grad-cam")}
    np.testing.assert_allclose(seen["grad-cam"], seen["evidence"], atol=1e-6)
    fitted = predictor(Twice()).parts["net"]
    (sample,) = fitted.part.prepare(spot, {})
    network = maps.bound(fitted, sample)
    assert network.maps_layer == "network.joined"
    del fitted.model.joined
    fitted.model.joined, fitted.model.maps_layer = nn.Identity(), None
    with pytest.raises(RequestError, match="several pictures of a sample"):
        maps.heat(network, "grad-cam", index=1)


def test_quick_maps_take_few_steps(spot) -> None:
    model = Counted()
    fitted = predictor(model).parts["net"]
    (sample,) = fitted.part.prepare(spot, {})
    found = maps.heat(maps.bound(fitted, sample), "integrated-gradients", index=1, quick=True)
    assert found.values.max() == pytest.approx(1)
    assert model.asked == maps.QUICK


def test_a_linear_network_misses_nothing_of_the_sum_and_other_methods_have_none(spot) -> None:
    errors = {m: maps.mapped(predictor(Summed()), spot, m)[0].error for m in maps.METHODS}
    assert errors["integrated-gradients"] == pytest.approx(0, abs=1e-5)
    assert errors["evidence"] is errors["grad-cam"] is None


class Relative(Counted):
    """Divides by the contrast of what it sees, and reads it twice unless it is told not to."""

    def __init__(self):
        super().__init__()
        self.thorough = True

    def forward(self, image):
        low, high = image.amin(dim=(-2, -1), keepdim=True), image.amax(dim=(-2, -1), keepdim=True)
        scaled = (image - low) / (high - low).clamp(min=1e-6)
        return super().forward(torch.cat([scaled, scaled]) if self.thorough else scaled)


def test_gradients_are_of_one_reading_from_a_blurred_picture_where_contrast_is_nothing_and_say_so(spot) -> None:
    fitted = predictor(model := Relative()).parts["net"]
    (sample,) = fitted.part.prepare(spot, {})
    found = maps.heat(maps.bound(fitted, sample), "integrated-gradients", index=1)
    assert found.values.shape == (1, 8, 8)
    assert model.thorough
    once, blurred = found.notes
    assert "the map is of the first reading" in once
    assert "starts at the blurred picture" in blurred
    plain = maps.mapped(predictor(Summed()), spot, "integrated-gradients")
    assert [one.notes for one in plain] == [()]


def test_networks_that_are_drawn_are_asked_for_the_class_that_is(spot) -> None:
    both = predictor(Summed())
    second = replace(both.parts["net"], part=replace(both.parts["net"].part, name="second"))
    two = replace(both, parts={**both.parts, "second": second})
    (asked,) = maps.drawn(two, spot)
    assert (asked.part, asked.index) == ("net", 1)

    def bare(outputs, here):
        return [replace(said, heat_map=None) for said in decode(outputs, here)]

    undrawn = replace(two, system=replace(two.system, decode=bare))
    assert [(one.part, one.index) for one in maps.drawn(undrawn, spot)] == [("net", 1), ("second", 1)]
