"""What sheet 3 says of the lesion classifier."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score
from torch.nn import functional

from osteon import systems
from osteon.engine import start
from osteon.systems import xray_triage_he2020 as triage
from osteon.types import Batch, Lesion, Output, Prediction, Truth
from tests import phantoms

NAME = "xray-triage-he2020"


@pytest.fixture(scope="module")
def lite():
    return systems.get(f"{NAME}.lite0")


def test_b0_has_the_sheets_parameters():
    network = systems.get(NAME).parts[0].build()
    assert sum(p.numel() for p in network.parameters()) == 4_011_391


def test_output_sums_to_one_and_both_binary_scores_come_from_it(lite):
    torch.manual_seed(0)
    network = lite.parts[0].build().eval()
    with torch.no_grad():
        odds = network(torch.rand(4, 1, 96, 96))["logits"].softmax(dim=1)
    assert odds.shape == (4, 3)
    assert torch.allclose(odds.sum(dim=1), torch.ones(4))
    truth = [0, 1, 2, 2]
    for read_out in ("benign", "malignant"):
        column = triage.LESION.classes.index(read_out)
        assert 0 <= roc_auc_score([t == column for t in truth], odds[:, column]) <= 1


def test_two_films_of_a_patient_give_one_row(lite):
    def film(name, malignant):
        odds = {"benign": 1 - malignant, "intermediate": 0.0, "malignant": malignant}
        return Prediction(study=name, patient="p", task="lesion", probabilities=odds)

    joined = lite.aggregate([film("a", 0.2), film("b", 0.8)])
    assert joined.patient == "p"
    assert joined.probabilities["malignant"] == pytest.approx(0.5)


def test_each_boxed_lesion_is_a_sample_and_a_mask_serves_as_well(lite):
    study = phantoms.study(lite, index=2)
    boxes = tuple(Lesion(input="radiograph", label="benign", box_px=box) for box in ((2, 2, 12, 12), (20, 8, 30, 30)))
    boxed = replace(study, truth=Truth(labels={"lesion": "malignant"}, lesions=boxes))
    prepare = lite.parts[0].prepare
    samples = list(prepare(boxed, {}))
    assert [s.item for s in samples] == ["lesion 1", "lesion 2"]
    assert [s.targets["lesion"] for s in samples] == [0, 0]
    masked = replace(study, truth=Truth(labels={"lesion": "malignant"}, masks=study.truth.masks))
    (sample,) = prepare(masked, {})
    assert sample.targets["lesion"] == 2
    assert sample.inputs["image"].shape == (1, triage.LITE_PX, triage.LITE_PX)
    assert list(prepare(replace(study, truth=None), {})) == []


def test_the_crop_is_half_as_long_again_as_the_lesion(lite):
    study = phantoms.study(lite, index=0)
    rows, columns = study.data["radiograph"].grid.shape
    lesion = Lesion(input="radiograph", box_px=(rows // 4, columns // 4, rows // 2, columns // 2))
    (sample,) = lite.parts[0].prepare(replace(study, truth=Truth(lesions=(lesion,))), {})
    top, left, bottom, right = sample.steps[1].params["box"]
    assert bottom - top == right - left == triage.FILM_PX // 4 * 3 // 2


def test_evidence_lies_in_the_crop_alone(lite):
    study = phantoms.study(lite, index=0)
    (sample,) = lite.parts[0].prepare(study, {})
    torch.manual_seed(0)
    network = lite.parts[0].build().eval()
    with torch.no_grad():
        values = {k: v[0].numpy() for k, v in network(torch.from_numpy(sample.inputs["image"])[None]).items()}
    (answer,) = lite.decode({"lesion": (Output(sample=sample, values=values),)}, study)
    assert answer.heat_map.shape == study.data["radiograph"].grid.shape
    assert answer.item == "lesion 1"
    assert np.isfinite(answer.heat_map).all()


def test_crops_are_mixed_in_pairs_each_answerable_for_its_share(lite):
    class Mean(torch.nn.Module):
        def forward(self, image):
            return {"logits": image.mean(dim=(2, 3)) * torch.tensor([1.0, 2.0, 3.0])}

    image = torch.tensor([0.0, 1.0, 2.0, 5.0]).reshape(4, 1, 1, 1).expand(4, 1, 8, 8)
    label = torch.tensor([0, 1, 2, 2])
    batch = Batch(inputs={"image": image}, targets={"lesion": label}, present={}, samples=(None,) * 4)
    loss = lite.parts[0].step(Mean(), batch, np.random.default_rng(5))
    rng = np.random.default_rng(5)
    share, other = rng.beta(triage.MIXED, triage.MIXED), rng.permutation(4)
    mixed = share * image + (1 - share) * image[other]
    soft = share * functional.one_hot(label, 3) + (1 - share) * functional.one_hot(label[other], 3)
    expected = functional.cross_entropy(Mean()(mixed)["logits"], soft.float(), label_smoothing=0.1)
    assert torch.allclose(loss, expected)


def test_each_choice_can_be_taken_back_alone(lite):
    def trained(name):
        network = systems.get(f"{NAME}.{name}").parts[0].build()
        return {n for n, p in network.named_parameters() if p.requires_grad}, network

    frozen, _ = trained("lite0")
    free, network = trained("lite0-unfrozen")
    assert frozen < free == {n for n, _ in network.named_parameters()}
    one, network = trained("lite0-one-view")
    assert one == frozen
    image = torch.rand(1, 1, 64, 64)
    three = systems.get(f"{NAME}.lite0").parts[0].build()
    three.load_state_dict(network.state_dict())
    with torch.no_grad():
        assert not torch.allclose(three.eval()(image)["logits"], network.eval()(image)["logits"])
    for name in ("lite0-unfrozen", "lite0-one-view", "lite0-whole"):
        part = systems.get(f"{NAME}.{name}").parts[0]
        assert (part.fit, part.start_from) == (lite.parts[0].fit, lite.parts[0].start_from)


def test_the_whole_film_is_read_without_a_box_and_its_evidence_lies_anywhere(lite):
    whole = systems.get(f"{NAME}.lite0-whole")
    study = replace(phantoms.study(lite, index=1), truth=None)
    (sample,) = whole.parts[0].prepare(study, {})
    assert sample.inputs["image"].shape == (1, triage.FILM_PX, triage.FILM_PX)
    cam = np.ones((3, 8, 8), np.float32)
    output = Output(sample=sample, values={"logits": np.zeros(3, np.float32), "cam": cam})
    (answer,) = whole.decode({"lesion": (output,)}, study)
    assert answer.item == "region 1"
    assert answer.heat_map.min() == pytest.approx(1.0)


def test_from_film_starts_from_the_packaged_films_encoder():
    part = systems.get(f"{NAME}.lite0-from-film").parts[0]
    network, film = part.build(), start.pretraining(part)
    start.starter(part, film)(network)
    assert torch.equal(network.encoder.stages[6][0].conv_pwl.weight, film["encoder.stages.6.0.conv_pwl.weight"].float())
    with torch.no_grad():
        out = network.eval()(torch.rand(1, 1, 64, 64))
    assert out["features"].shape == (1, 320)
    assert out["logits"].shape == (1, 3)


def test_crops_are_judged_a_tenth_smaller_and_whole_films_as_they_are():
    sizes = {
        v: systems.get(f"{NAME}.{v}").parts[-1].build().judged_at for v in ("lite0", "lite0-detected", "lite0-whole")
    }
    assert sizes == {"lite0": 0.9, "lite0-detected": 0.9, "lite0-whole": 1.0}
