"""The region detector as a first part: boxes in place, crops out of them, lesions found."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from osteon import engine, systems
from osteon.contract import Input, System
from osteon.engine.batches import stack
from osteon.engine.options import TrainOptions
from osteon.systems import _detector
from osteon.systems.xray_triage_he2020 import LESION
from osteon.types import Cohort, Evidence, Grid, Image, Lesion, Output, Study, Truth
from tests import phantoms
from tests.engine.tiny import PAPER

DETECTED = "xray-triage-he2020.lite0-detected"


def _film(index, *, shape=(96, 64), lesion=True):
    """Return a film with one bright disc, boxed; of an index its place."""
    rng = np.random.default_rng(index)
    pixels = rng.normal(0.2, 0.03, shape).astype(np.float32)
    radius = int(rng.integers(7, 12))
    row, column = (int(rng.integers(radius, n - radius)) for n in shape)
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    disc = (rows - row) ** 2 + (columns - column) ** 2 < radius**2
    pixels[disc] += 0.6 * lesion
    image = Image(grid=Grid(shape=shape), modality="DX", load=pixels.copy)
    mask = Image(grid=Grid(shape=shape), modality="DX", unit="label", load=(disc * int(lesion)).astype(np.uint8).copy)
    box = (row - radius + 1, column - radius + 1, row + radius, column + radius)
    found = (Lesion(input="radiograph", label="benign", box_px=box),) if lesion else ()
    truth = Truth(labels={"lesion": "malignant"}, lesions=found, masks={"radiograph": mask})
    return Study(name=f"s{index:02d}", patient=f"p{index:02d}", data={"radiograph": image}, truth=truth)


def _output(study, boxes, scores):
    (sample,) = _detector.detector_part().prepare(study, {})
    values = {"boxes": np.array(boxes, np.float32), "scores": np.array(scores, np.float32)}
    return Output(sample=replace(sample, inputs={}, targets={}), values=values)


def _alone(part):
    return System(
        summary="Boxes alone",
        paper=PAPER,
        tasks=(_detector.REGION,),
        inputs=(Input(name="radiograph", kind="radiograph"),),
        parts=(part,),
        decode=lambda outputs, study: _detector.regions(outputs[_detector.NAME], study),
    )


def test_true_boxes_come_back_in_their_place_on_the_studys_own_grid():
    study = _film(1)
    (sample,) = _detector.detector_part().prepare(study, {})
    assert sample.inputs["image"].shape == (1, 256, 256)
    output = _output(study, sample.targets["boxes"], [0.9] + [0.0] * 15)
    ((box, score),) = _detector.boxes_of(output)
    assert score == pytest.approx(0.9)
    assert np.abs(np.subtract(box, study.truth.lesions[0].box_px)).max() <= 1


def test_an_empty_outline_is_a_film_without_lesion_and_no_outline_is_nothing_to_learn_from():
    free = _film(2, lesion=False)
    prepare = _detector.detector_part().prepare
    assert not next(prepare(free, {})).targets["boxes"].any()
    silent = replace(free, truth=Truth(labels={"lesion": "benign"}))
    assert next(prepare(silent, {})).targets == {}
    assert next(prepare(replace(free, truth=None), {})).targets == {}


def test_of_too_many_boxes_the_largest_are_kept():
    lesions = tuple(Lesion(input="radiograph", box_px=(0, 0, 2 + i, 2 + i)) for i in range(_detector.MOST + 4))
    study = replace(_film(3), truth=Truth(lesions=lesions))
    boxes = next(_detector.detector_part().prepare(study, {})).targets["boxes"]
    assert boxes.any(axis=1).all()
    assert boxes[:, 2].min() == pytest.approx(6 / 96)


def test_augmentation_moves_the_boxes_with_the_film():
    part = _detector.detector_part(side_px=96)
    (sample,) = part.prepare(_film(4), {})
    seen = part.augment(sample, np.random.default_rng(0))
    assert seen.targets["boxes"].shape == sample.targets["boxes"].shape
    assert not np.array_equal(seen.targets["boxes"], sample.targets["boxes"])


@pytest.mark.parametrize(
    "part", [_detector.detector_part(side_px=64), _detector.torchvision_part("ssdlite320_mobilenet_v3_large")]
)
def test_three_steps_lower_the_loss(part):
    samples = [sample for i in range(4) for sample in part.prepare(_film(i), {})]
    batch = stack(samples)
    torch.manual_seed(0)
    network = part.build().train()
    optimiser = torch.optim.Adam([p for p in network.parameters() if p.requires_grad], lr=1e-3)
    losses = []
    for _ in range(4):
        torch.manual_seed(1)
        loss = part.step(network, batch, None) if part.step else part.loss(network(**batch.inputs), batch)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0]


def test_the_validation_figure_is_the_share_of_lesions_found():
    targets = [next(_detector.detector_part().prepare(_film(i), {})).targets for i in range(2)]
    right = _output(_film(0), targets[0]["boxes"], [0.9] + [0.0] * 15)
    wrong = _output(_film(1), [[0.0, 0.0, 0.01, 0.01]], [0.8])
    assert _detector.lesions_found([right, wrong], targets)["froc"] == pytest.approx(0.5)


@pytest.mark.slow
def test_trained_a_little_it_finds_discs_and_is_scored_by_lesion(tmp_path):
    cohort = Cohort(
        name="discs", studies=tuple(_film(i) for i in range(24)), evidence=Evidence.SIMULATED, fingerprint="d"
    )
    fit = ("fit.epochs=12", "fit.batch_size=8", "fit.lr=2e-3", "fit.ema=0.9")
    system = _alone(_detector.detector_part(side_px=64))
    options = TrainOptions(split="70/20/10", device="cpu", overrides=fit, allow=("near-duplicate",), workers=1)
    run = engine.train(replace(system, name="discs"), cohort, tmp_path / "run", options=options)
    scores = {s.metric: s for s in engine.evaluate(run, cohort, split="validation", system=system)}
    assert scores["froc"].value > 0.5
    assert "lesion_sensitivity" in scores


def test_crops_are_cut_about_the_detectors_box_and_labelled_by_the_lesion_it_overlaps():
    study = _film(5)
    prepare = _detector.crops_of(_detector.NAME, LESION, lambda: 32, film_px=256)
    true = next(_detector.detector_part().prepare(study, {})).targets["boxes"][:1]
    (on,) = prepare(study, {_detector.NAME: (_output(study, true, [0.9]),)})
    (beside,) = prepare(study, {_detector.NAME: (_output(study, [[0.0, 0.0, 0.02, 0.02]], [0.9]),)})
    assert (on.item, on.inputs["image"].shape) == ("region 1", (1, 32, 32))
    assert on.inputs["image"][0, 12:20, 12:20].mean() > 0.6
    assert LESION.classes[on.targets["lesion"]] == "benign"
    assert LESION.classes[beside.targets["lesion"]] == "malignant"


def test_without_the_detectors_word_nothing_is_cropped():
    assert list(_detector.crops_of(_detector.NAME, LESION, lambda: 32, film_px=256)(_film(6), {})) == []


def test_the_variant_answers_without_a_drawn_lesion_and_says_where():
    system = systems.get(DETECTED)
    study = replace(phantoms.study(system, index=1), truth=None)
    outputs = {}
    for part in system.parts:
        torch.manual_seed(0)
        network = part.build().eval()
        samples = list(part.prepare(study, outputs))
        with torch.no_grad():
            values = network(**stack(samples).inputs)
        outputs[part.name] = tuple(
            Output(sample=s, values={k: v[i].numpy() for k, v in values.items()}) for i, s in enumerate(samples)
        )
    lesion, region = system.decode(outputs, study)
    assert lesion.heat_map.shape == study.data["radiograph"].grid.shape
    assert sum(lesion.probabilities.values()) == pytest.approx(1, abs=1e-5)
    assert len(region.boxes_px) == len(region.box_scores) > 0


@pytest.mark.slow
def test_in_training_the_later_part_sees_boxes_of_films_that_the_detector_was_not_trained_on(tmp_path, monkeypatch):
    monkeypatch.setattr(_detector, "PICTURE_PX", 64)
    system = systems.get(DETECTED)
    detector = replace(_detector.detector_part(side_px=64), stack=2)
    studies = [
        replace(_film(i), truth=replace(_film(i).truth, labels={"lesion": LESION.classes[i % 3]})) for i in range(18)
    ]
    seen = []

    def recorded(study, earlier):
        seen.append((study.name, len(earlier[_detector.NAME])))
        yield from _detector.crops_of(_detector.NAME, LESION, lambda: 32, film_px=64)(study, earlier)

    lesion = replace(system.parts[1], prepare=recorded)
    once = tuple(f"{part}.fit.{what}" for part in (_detector.NAME, "lesion") for what in ("epochs=1", "batch_size=6"))
    options = TrainOptions(
        device="cpu",
        overrides=once,
        from_scratch=True,
        workers=1,
        allow=("few-patients", "near-duplicate", "class-not-on-side"),
    )
    cohort = Cohort(name="discs", studies=tuple(studies), evidence=Evidence.SIMULATED, fingerprint="o")
    run = engine.train(replace(system, parts=(detector, lesion)), cohort, tmp_path / "run", options=options)
    folds = sorted(path.name for path in (run / "part-detector").iterdir() if path.is_dir())
    assert folds == ["fold-0-of-2", "fold-1-of-2"]
    assert {count for _, count in seen} == {1}
    assert len({name for name, _ in seen}) >= 16


def test_the_detector_may_be_another_network_of_the_users_own():
    class Middle(torch.nn.Module):
        def forward(self, image):
            box = torch.tensor([0.25, 0.25, 0.75, 0.75]).expand(len(image), 1, 4)
            return {"boxes": box, "scores": torch.ones(len(image), 1)}

    part = _detector.detector_part(build=Middle, side_px=32)
    study = _film(7)
    (sample,) = part.prepare(study, {})
    values = {k: v[0].numpy() for k, v in part.build()(**stack([sample]).inputs).items()}
    (answer,) = _detector.regions([Output(sample=sample, values=values)], study)
    assert answer.boxes_px == ((24, 16, 72, 48),)
    assert answer.box_scores == (1.0,)
    assert (answer.task, answer.input, answer.study) == ("region", "radiograph", study.name)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((-0.1, -0.1, 0.1, 0.1), (0, 0, 10, 7)),
        ((0.999, 0.999, 1.2, 1.2), (95, 63, 96, 64)),
        ((0.5, 0.5, 0.5, 0.5), (48, 32, 49, 33)),
    ],
)
def test_boxes_stay_on_the_film_and_are_a_pixel_wide_at_least(box, expected):
    ((found, _),) = _detector.boxes_of(_output(_film(8), [np.clip(box, 0, 1)], [0.5]))
    assert found == expected
