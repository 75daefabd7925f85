"""Explaining a run: maps at home in the study, scores by patient, the sanity check, and what is refused."""

import json
from dataclasses import replace

import numpy as np
import pytest
import tiny
import torch
from PIL import Image as Pillow
from torch import nn

from osteon import engine
from osteon.engine import maps
from osteon.engine.explain import ExplainOptions, _taken, explain
from osteon.engine.predictor import Predictor
from osteon.errors import InputError, RequestError
from osteon.types import Evidence

OPTIONS = engine.TrainOptions(threads=1, device="cpu", workers=0)
QUICK = ExplainOptions(checked=2, stages=2, most=4)


class Pooled(nn.Module):
    """Two convolutions, the mean over the picture, a sum: its evidence is exact."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(1, 6, 3, padding=1), nn.ReLU(), nn.Conv2d(6, 6, 3, padding=1), nn.ReLU())
        self.head = nn.Linear(6, 2)

    def forward(self, image):
        maps = self.body(image)
        cam = torch.einsum("bchw,kc->bkhw", maps, self.head.weight)
        return {"logits": self.head(maps.mean(dim=(-2, -1))), "cam": cam}


def decode(outputs, study):
    values = outputs["net"][0].values
    heat = None
    if "cam" in values:
        heat = values["cam"][1].clip(min=0)
        heat = heat / max(float(heat.max()), 1e-12)
    (said,) = tiny.decode(outputs, study)
    return [replace(said, heat_map=heat)]


def _system(build=Pooled):
    fit = replace(tiny.FIT, epochs=8, lr=2e-2)
    return tiny.system(replace(tiny.PART, build=build, fit=fit), decode=decode)


@pytest.fixture(scope="module")
def cohort():
    return tiny.cohort(strength=4.0)


@pytest.fixture(scope="module")
def run(tmp_path_factory, cohort):
    return engine.train(_system(), cohort, tmp_path_factory.mktemp("runs") / "run", options=OPTIONS)


@pytest.fixture(scope="module")
def done(run, cohort, tmp_path_factory):
    out = tmp_path_factory.mktemp("explained") / "out"
    return explain(run, cohort, out, options=ExplainOptions(checked=2, stages=3), system=_system()), out


def test_every_method_points_at_the_lesion_better_than_chance(done):
    found, _ = done
    scores = {s.metric: s for s in found.scores}
    for method in maps.METHODS:
        hit, chance = scores[f"pointing_game[{method}]"], scores[f"pointing_chance[{method}]"]
        assert chance.value == pytest.approx(9 / 64)
        assert hit.value > 2 * chance.value
        assert hit.low <= hit.value <= hit.high
        assert (hit.task, hit.unit, hit.split) == ("malignancy", "image", "test")
        assert hit.evidence is Evidence.SIMULATED
        assert hit.n > hit.patients > 0


def test_a_study_without_mask_has_a_map_and_no_score(done, cohort):
    found, _ = done
    with_mask = {s.name for s in cohort.studies if s.truth.masks}
    assert {one.study for one in found.shown if one.pointed} == {one.study for one in found.shown} & with_mask
    assert any("have no mask" in note for note in found.notes)


def test_the_folder_holds_maps_page_figure_and_numbers(done):
    found, out = done
    assert {p.name for p in out.iterdir()} == {"explain.html", "explain.json", "figures", "maps"}
    told = json.loads((out / "explain.json").read_text())
    assert {*told} == {"maps", "notes", "sanity", "scores"}
    assert set(told["sanity"]) == set(maps.METHODS)
    assert [len(check["correlations"]) for check in told["sanity"].values()] == [3, 3, 3]
    assert len(told["maps"]) == len(list((out / "maps").iterdir())) == len(found.shown)
    picture = np.asarray(Pillow.open(out / found.shown[0].file))
    assert picture.shape == (tiny.SIDE, tiny.SIDE)
    assert (out / "figures" / "sanity.svg").read_text().count("<svg") == 1
    page = (out / "explain.html").read_text()
    assert "hangs on the weights" in page
    assert "simulated data" in page
    assert str(out) not in page


def test_the_sanity_check_is_recorded(done):
    found, _ = done
    for check in found.sanity.values():
        assert check.layers[0].startswith("network.")
        assert all(value is None or -1 <= value <= 1 for value in check.correlations)


def test_what_integrated_gradients_miss_of_the_sum_stands_with_the_maps(done):
    found, out = done
    errors = {one.method: one.error for one in found.shown}
    assert errors["evidence"] is errors["grad-cam"] is None
    assert 0 <= errors["integrated-gradients"] < 1
    worst = max(one.error for one in found.shown if one.error is not None)
    (note,) = [note for note in found.notes if note.startswith("integrated-gradients: ")]
    assert f"at worst {100 * worst:.0f} %" in note
    assert note in (out / "explain.html").read_text()
    assert {one["error"] is None for one in json.loads((out / "explain.json").read_text())["maps"]} == {True, False}


def test_what_took_long_stands_on_the_page():
    assert _taken({"evidence": 0.02, "integrated-gradients": 9.0}, 4) == [
        "integrated-gradients took 2.2 s a study on this machine."
    ]


def test_the_exact_evidence_is_what_decode_draws_itself(run, cohort):
    predictor = Predictor.load(run, system=_system())
    study = cohort.studies[0]
    (own,) = predictor(study)
    (one,) = maps.mapped(predictor, study, "evidence")
    assert np.allclose(one.prediction.heat_map, own.heat_map, atol=1e-5)
    assert one.field.all()


def test_the_same_twice(run, cohort, done, tmp_path):
    again = explain(run, cohort, tmp_path / "out", options=ExplainOptions(checked=2, stages=3), system=_system())
    assert again.scores == done[0].scores
    assert again.sanity == done[0].sanity


def test_a_network_without_exact_evidence_gets_the_other_maps(tmp_path, cohort):
    system = _system(tiny.Net)
    run = engine.train(system, cohort, tmp_path / "run", options=OPTIONS)
    found = explain(run, cohort, tmp_path / "out", options=QUICK, system=system)
    assert set(found.sanity) == {"grad-cam", "integrated-gradients"}
    assert "evidence does not apply to this network." in found.notes
    assert any(note.startswith("4 of ") for note in found.notes)


def test_a_system_that_draws_no_map_still_gets_the_sanity_check(tmp_path, cohort):
    system, cohort = tiny.system(), replace(cohort, notes=("Simulated, say.",))
    run = engine.train(system, cohort, tmp_path / "run", options=OPTIONS)
    found = explain(run, cohort, tmp_path / "out", options=replace(QUICK, methods=("grad-cam",)), system=system)
    assert found.notes[0] == "Simulated, say.", "what a reader of any score on the cohort must know"
    assert "Simulated, say." in (tmp_path / "out" / "explain.html").read_text()
    assert (found.scores, found.shown) == ((), ())
    assert any("draws no map" in note for note in found.notes)
    assert "No map could be held against a mask" in (tmp_path / "out" / "explain.html").read_text()


def test_a_run_without_a_network_is_refused(tmp_path, cohort):
    part = replace(tiny.SECOND, name="net", takes=("radiograph",), prepare=tiny.prepare)
    system = tiny.system(part)
    run = engine.train(system, cohort, tmp_path / "run", options=OPTIONS)
    with pytest.raises(RequestError, match=r"no network that .* can explain; there are evidence"):
        explain(run, cohort, tmp_path / "out", options=QUICK, system=system)
    assert not (tmp_path / "out").exists()


def test_studies_that_cannot_be_read_are_passed_over(run, cohort, tmp_path):
    bare = tuple(replace(study, data={}) for study in cohort.studies)
    with pytest.raises(InputError, match="none of the studies can be read"):
        explain(run, replace(cohort, studies=bare), tmp_path / "out", options=QUICK, system=_system())


@pytest.mark.parametrize("change", [{"methods": ("lime",)}, {"methods": ()}, {"most": 0}, {"checked": 0}])
def test_what_cannot_be_meant_is_refused(change):
    with pytest.raises(RequestError, match="Methods are evidence, grad-cam"):
        ExplainOptions(**change)
