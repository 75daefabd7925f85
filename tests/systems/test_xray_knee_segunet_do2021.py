"""What sheet 4 says of the Seg-UNet system."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from osteon import systems, weights
from osteon.engine import start
from osteon.engine.predictor import Predictor
from osteon.systems import xray_knee_segunet_do2021 as segunet
from osteon.types import Output, Sample, Truth
from tests import phantoms

NAME = "xray-knee-segunet-do2021"


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(segunet, "SIDE_PX", 128)
    monkeypatch.setattr(segunet, "PATCH_PX", 64)
    return systems.get(f"{NAME}.quarter")


@pytest.fixture
def study(small):
    return phantoms.study(small, index=2)


def out_of(sample, *, odds, level):
    size = sample.inputs["image"].shape[-1]
    maps = np.full((1, size, size), level, np.float32)
    return Output(
        sample=replace(sample, inputs={}, targets={}), values={"probabilities": odds, "tumour": maps, "risk": maps}
    )


def answers(system, study, *, film, patch, level=20.0, patches=None):
    whole = [out_of(s, odds=film, level=level) for s in system.parts[0].prepare(study, {})]
    parts = [out_of(s, odds=patch, level=level) for s in system.parts[1].prepare(study, {})]
    for index, odds in (patches or {}).items():
        parts[index].values["probabilities"] = odds
    return system.decode({"film": tuple(whole), "patch": tuple(parts)}, study)


def test_patches_overlap_by_half_and_those_off_the_tumour_count_as_normal(small, study):
    samples = list(small.parts[1].prepare(study, {}))
    assert len(samples) == 9
    assert all(s.inputs["image"].shape == (1, 64, 64) for s in samples)
    for sample in samples:
        assert sample.targets["film"] == (2 if sample.targets["mask"].any() else 0)


def test_maps_of_ones_give_an_outline_of_ones(small, study):
    _, found = answers(small, study, film=np.array([0.1, 0.2, 0.7]), patch=np.array([0.1, 0.2, 0.7]))
    assert found.label_map.shape == study.data["radiograph"].grid.shape
    assert (found.label_map == 1).all()
    assert found.heat_map.min() > 0.99


def test_a_tiny_lesion_missed_on_the_film_is_found_by_its_patch(small, study):
    normal, sure = np.array([0.9, 0.06, 0.04]), np.array([0.05, 0.05, 0.9])
    without, _ = answers(small, study, film=normal, patch=normal)
    with_patch, found = answers(small, study, film=normal, patch=normal, patches={4: sure})
    assert without.probabilities["malignant"] < 0.5 < with_patch.probabilities["malignant"]
    assert found.label_map.any()


def test_a_normal_film_has_an_empty_outline(small, study):
    normal = np.array([0.9, 0.06, 0.04])
    seen, found = answers(small, study, film=normal, patch=normal)
    assert not found.label_map.any()
    assert seen.heat_map.max() > 0.9


def test_a_tumour_without_outline_teaches_nothing(small, study):
    blank = replace(study, truth=Truth(labels={"film": "malignant"}))
    assert [s.targets for s in small.parts[0].prepare(blank, {})] == [{}]
    normal = replace(study, truth=Truth(labels={"film": "normal"}))
    (sample,) = small.parts[0].prepare(normal, {})
    assert sample.targets["film"] == 0
    assert not sample.targets["mask"].any()


@pytest.fixture
def read_film():
    """A film of the two-stream system with what its film part said: two bright places."""
    lite = systems.get(f"{NAME}.lite0")
    study = phantoms.study(lite, index=1)
    (sample,) = lite.parts[0].prepare(study, {})
    suspicion = np.full((1, 256, 256), -6.0, np.float32)
    suspicion[0, 100:120, 40:80] = 2.0
    suspicion[0, 200, 200] = 4.0
    values = {
        "logits": np.log(np.array([0.4, 0.5, 0.1])),
        "tumour": suspicion,
        "risk": suspicion,
        "film": np.array([1.0, 2.0, -1.0], np.float32),
        "features": np.zeros(4, np.float32),
    }
    return lite, study, {"film": (Output(sample=sample, values=values),)}


def test_lite_outlines_only_films_it_marks(read_film):
    lite, study, said = read_film
    sample = said["film"][0].sample
    for marked, expected in ((1.0, True), (-1.0, False)):
        values = {
            "logits": np.log(np.array([0.1, 0.2, 0.7])),
            "tumour": said["film"][0].values["tumour"],
            "marked": np.array([marked], np.float32),
        }
        seen, found = lite.decode({**said, "closer": (Output(sample=sample, values=values),)}, study)
        assert bool(found.label_map.any()) is expected
        assert seen.probabilities["malignant"] == pytest.approx(0.7)


def test_the_closer_look_is_told_where_to_look(read_film):
    lite, study, said = read_film
    (sample,) = lite.parts[1].prepare(study, said)
    assert sample.inputs["image"].shape == sample.inputs["suspicion"].shape == (1, 256, 256)
    broad, sharp, wide = sample.inputs["places"]
    assert broad[2] == segunet.LOOK_PX
    assert 100 <= broad[0] < 120
    assert sharp.tolist() == [200.0, 200.0, 1.0, 4.0]
    assert wide == pytest.approx([109.5, 59.5, 40.0, 2.0])
    assert list(lite.parts[1].prepare(study, {"film": ()})) == []


def test_both_streams_read_a_film_in_turn(read_film):
    lite, study, _ = read_film
    torch.manual_seed(0)
    said = {}
    for part in lite.parts:
        (sample,) = part.prepare(study, said)
        network = part.build().eval()
        with torch.no_grad():
            out = network(**{name: torch.from_numpy(array)[None] for name, array in sample.inputs.items()})
        said[part.name] = (Output(sample=sample, values={k: v[0].numpy() for k, v in out.items()}),)
    seen, found = lite.decode(said, study)
    assert sum(seen.probabilities.values()) == pytest.approx(1.0)
    assert found.label_map.shape == study.data["radiograph"].grid.shape


def one_stream(said, *, film, tumour=None):
    """Return what the film's network alone said, with another opinion on the film."""
    (whole,) = said["film"]
    film = np.array(film, np.float32)
    tumour = whole.values["tumour"] if tumour is None else tumour
    return {"film": (replace(whole, values={**whole.values, "film": film, "tumour": tumour}),)}


def test_brisk_marks_what_it_takes_for_a_tumour_and_its_class_is_its_logits(read_film):
    brisk, (_, study, said) = systems.get(f"{NAME}.brisk"), read_film
    for film, expected in (([1.0, -0.5, 0.0], True), ([-1.0, 0.5, 0.0], False)):
        seen, found = brisk.decode(one_stream(said, film=film), study)
        assert bool(found.label_map.any()) is expected
        assert list(seen.probabilities.values()) == pytest.approx([0.4, 0.5, 0.1])
        assert seen.heat_map.shape == found.heat_map.shape == study.data["radiograph"].grid.shape


def test_brisk_outlines_the_highest_place_of_a_marked_film_however_low(read_film):
    brisk, (_, study, said) = systems.get(f"{NAME}.brisk"), read_film
    low = np.full((1, 256, 256), -6.0, np.float32)
    low[0, 100:120, 40:80], low[0, 100:120, 80:120] = -1.0, -3.5
    _, found = brisk.decode(one_stream(said, film=[1.0, 1.0, 0.0], tumour=low), study)
    rows, columns = found.label_map.shape
    share = found.label_map[round(100 / 256 * rows) : round(120 / 256 * rows)].mean()
    assert share == pytest.approx(40 / 256, abs=0.04)  # from -1 down to -3, not the neighbour at -3.5
    assert found.label_map.sum() < 1.2 * 20 * 40 / 256**2 * rows * columns


def test_brisk_reads_a_film_once_with_the_network_of_lite0():
    (one,), (thorough, _) = systems.get(f"{NAME}.brisk").parts, systems.get(f"{NAME}.lite0").parts
    assert replace(one, build=thorough.build, prepare=thorough.prepare) == thorough
    network, reads = one.build().eval(), []
    assert network.state_dict().keys() == thorough.build().state_dict().keys()
    network.encoder.pyramid = lambda image, real=network.encoder.pyramid: reads.append(len(image)) or real(image)
    with torch.no_grad():
        network(torch.rand(1, 1, 64, 64))
    assert reads == [1]


def test_brisk_reads_with_the_packaged_weights_of_the_film():
    """The weights folder of `lite0` opened as `brisk`: its film part, no second copy of the file."""
    brisk = systems.get(f"{NAME}.brisk")
    predictor = Predictor.load(weights.folder(f"{NAME}.lite0"), system=brisk)
    assert list(predictor.parts) == ["film"]
    study = phantoms.study(brisk, index=1)
    seen, found = predictor(study)
    assert sum(seen.probabilities.values()) == pytest.approx(1.0)
    assert found.label_map.shape == study.data["radiograph"].grid.shape
    started = replace(brisk.parts[0], start_from=f"{NAME}.lite0:film")
    state = start.pretraining(started)
    network = started.build()
    start.starter(started, state)(network)
    assert all(torch.equal(network.state_dict()[name], tensor) for name, tensor in state.items())


def test_windows_of_the_closer_look_are_trained_on_small_views(read_film):
    lite, study, said = read_film
    (sample,) = lite.parts[1].prepare(study, said)
    view = lite.parts[1].augment(sample, np.random.default_rng(0))
    assert view.inputs["image"].shape == view.targets["mask"].shape == (1, 160, 160)
    assert [s.name for s in view.steps[-3:]] == ["near", "tone", "clutter"]


def test_lite_is_small_enough_to_ship():
    for part in systems.get(f"{NAME}.lite0").parts:
        state = part.build().state_dict().values()
        assert sum(t.numel() * (2 if t.is_floating_point() else t.element_size()) for t in state) < 12e6


def test_training_views_keep_film_and_mask_together():
    lite = systems.get(f"{NAME}.lite0")
    mask = np.zeros((1, 96, 96), np.float32)
    mask[0, 30:60, 30:60] = 1
    sample = Sample(study="s", patient="p", inputs={"image": mask.copy()}, targets={"mask": mask, "film": 2})
    view = lite.parts[0].augment(sample, np.random.default_rng(3))
    assert view.inputs["image"].shape == view.targets["mask"].shape
    assert [s.name for s in view.steps] == ["warp", "tone", "clutter"]
    assert torch.from_numpy(view.targets["mask"]).any()


def test_evidence_takes_the_place_of_the_films_map_and_of_nothing_else(read_film):
    """An explained run puts its maps into `cam`; the outline and the region at risk are not made of them."""
    lite, study, said = read_film
    (sample,) = lite.parts[1].prepare(study, said)
    values = {"tumour": np.full((1, 256, 256), 3.0), "marked": np.ones(1), "logits": np.log([0.2, 0.3, 0.5])}
    closer = {"closer": (Output(sample=sample, values=values),)}
    (film,) = said["film"]
    cam = np.zeros((3, 4, 4), np.float32)
    cam[2, 0, 3], cam[1] = 5.0, 9.0
    explained = {"film": (replace(film, values={**film.values, "cam": cam}),)}
    plain, outline = lite.decode({**said, **closer}, study)
    drawn, same = lite.decode({**explained, **closer}, study)
    rows, columns = drawn.heat_map.shape
    assert drawn.heat_map[0, -1] == pytest.approx(1, abs=1e-5)
    assert not drawn.heat_map[rows // 2 :].any()
    assert not drawn.heat_map[:, : columns // 2].any()
    assert drawn.probabilities == plain.probabilities
    assert np.array_equal(same.label_map, outline.label_map)
    assert np.array_equal(same.heat_map, outline.heat_map)
