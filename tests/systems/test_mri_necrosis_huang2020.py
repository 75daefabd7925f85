"""What sheet 12 asks: three signals, three tasks, folds by patient, the map and its share, the rule of 90 %."""

from dataclasses import replace

import numpy as np
import pytest

from osteon.cohorts import splits
from osteon.errors import InputError
from osteon.systems import mri_necrosis_huang2020 as necrosis
from osteon.transforms.cells import core
from osteon.types import Cohort, Evidence, Lesion, Output, Truth
from tests import phantoms

LABELS = ("non-viable", "viable", "cartilaginous")


@pytest.fixture
def study():
    """Return a patient whose tumour on t2 is cut into three tissue samples along the rows."""
    whole = phantoms.study(necrosis.SYSTEM, index=0)
    mask = whole.truth.masks["t2"]
    inside = mask.read() > 0
    rows = np.nonzero(inside.any(axis=(0, 2)))[0]
    numbers = np.zeros(inside.shape, np.int32)
    for number, part in enumerate(np.array_split(rows, 3), start=1):
        numbers[:, part] = number * inside[:, part]
    lesions = tuple(Lesion(label=word, input="t2", mask_value=n) for n, word in enumerate(LABELS, start=1))
    truth = Truth(masks={"t2": replace(mask, load=lambda: numbers)}, lesions=lesions)
    return replace(whole, truth=truth)


def regions(study, task):
    prepare = necrosis.SYSTEM.parts[necrosis.TASKS.index(task)].prepare
    return [s for s in prepare(study, {}) if s.item != "cell"]


def test_three_signals_and_three_tasks(study):
    for task, wanted in zip(necrosis.TASKS, ([0, 1, 1], [0, 1, None], [0, None, 1]), strict=True):
        samples = regions(study, task)
        assert [s.inputs["signals"].shape for s in samples] == [(3,)] * 3
        assert [s.targets.get(task.name) for s in samples] == wanted


def test_signals_do_not_depend_on_the_scanners_gain(study):
    def louder(image):
        return replace(image, load=lambda: image.read() * 3.5)

    loud = replace(study, data={name: louder(image) for name, image in study.data.items()})
    for one, other in zip(regions(study, necrosis.SURVIVAL), regions(loud, necrosis.SURVIVAL), strict=True):
        assert np.allclose(one.inputs["signals"], other.inputs["signals"], atol=1e-3)


def test_cells_cover_the_tumour_once(study):
    cells = [s for s in necrosis.SYSTEM.parts[0].prepare(study, {}) if s.item == "cell"]
    covered = np.zeros(study.data["t2"].grid.shape, int)
    for sample in cells:
        at = sample.steps[0].params
        covered[at["slice"], slice(*at["rows"]), slice(*at["columns"])] += 1
        assert not sample.targets
    tumour = study.truth.masks["t2"].read() > 0
    assert (covered[tumour] == 1).all()


def outputs_of(study, dead):
    """Return outputs whose cells are necrotic where `dead` says so."""
    found = {}
    for part in necrosis.SYSTEM.parts:
        found[part.name] = ()
        for sample in part.prepare(study, {}):
            odds = np.array([0.2, 0.8])
            if sample.item == "cell":
                at = sample.steps[0].params
                odds = np.array([0.9, 0.1]) if dead(at) else np.array([0.1, 0.9])
            bare = replace(sample, inputs={}, targets={})
            found[part.name] += (Output(sample=bare, values={"probabilities": odds}),)
    return found


def test_the_map_its_share_and_the_response(study):
    tumour = study.truth.masks["t2"].read() > 0
    slices = np.nonzero(tumour.any(axis=(1, 2)))[0]
    living = int(slices[len(slices) // 2])
    predictions = necrosis.SYSTEM.decode(outputs_of(study, lambda at: at["slice"] != living), study)
    by_task = {p.task: p for p in predictions if p.item == ""}
    labels = by_task["necrosis_map"].label_map
    assert ((labels > 0) == tumour).all()
    assert (labels[living][tumour[living]] == 1).all()
    spacing_mm = study.data["t2"].grid.spacing_mm
    within = core(tumour, spacing_mm=spacing_mm, rim_mm=necrosis.RIM_MM)
    judged = np.nonzero(within.any(axis=(1, 2)))[0]
    nearest = {z: judged[np.argmin(abs(judged - z))] for z in slices}
    percent = 100 * sum(tumour[z].sum() for z in slices if nearest[z] != living) / tumour.sum()
    assert living in judged
    assert by_task["necrosis"].value == pytest.approx(percent)
    assert by_task["response"].probabilities == necrosis.odds(percent)
    assert by_task["response"].probabilities["poor"] > 0.5
    assert percent < 90
    dead = necrosis.SYSTEM.decode(outputs_of(study, lambda at: True), study)
    assert next(p for p in dead if p.task == "response").probabilities["good"] > 0.85
    assert [p.item for p in predictions if p.task == "survival"] == ["lesion 1", "lesion 2", "lesion 3"]


@pytest.mark.parametrize(("percent", "word"), [(90.0, "good"), (89.9, "poor"), (100.0, "good"), (0.0, "poor")])
def test_ninety_percent_counts_as_responder(percent, word):
    assert necrosis.response(percent) == word


@pytest.mark.parametrize("percent", [0.0, 50.0, 89.9, 90.0, 90.1, 97.0, 100.0])
def test_the_odds_say_what_the_rule_says_and_are_surer_farther_off(percent):
    found = necrosis.odds(percent)
    assert max(found, key=found.get) == necrosis.response(percent)
    assert sum(found.values()) == pytest.approx(1.0)
    farther = necrosis.odds(percent + (20 if percent >= 90 else -20))
    assert max(farther.values()) > max(found.values())


def test_the_edge_of_the_tumour_takes_the_answer_of_what_lies_within(study):
    """Cells at the edge share their signal with what lies around: what they say does not count."""
    tumour = study.truth.masks["t2"].read() > 0
    inner = core(tumour, spacing_mm=study.data["t2"].grid.spacing_mm, rim_mm=necrosis.RIM_MM)
    assert 0 < inner.sum() < tumour.sum()

    def within(at):
        return inner[at["slice"], slice(*at["rows"]), slice(*at["columns"])].any()

    predictions = necrosis.SYSTEM.decode(outputs_of(study, within), study)
    assert next(p for p in predictions if p.task == "necrosis").value == 100.0


def test_folds_keep_a_patients_samples_together(study):
    studies = tuple(replace(study, name=f"s{i}", patient=f"p{i // 2}") for i in range(24))
    cohort = Cohort(name="twelve", studies=studies, evidence=Evidence.SIMULATED)
    for fold in splits.folds(cohort, "kfold:5", seed=0):
        held = {s.patient for s in studies if s.name in fold.test}
        assert held.isdisjoint({s.patient for s in studies if s.name in fold.train})


def test_a_study_without_a_scan_is_refused_in_a_sentence(study):
    bare = replace(study, data={name: image for name, image in study.data.items() if name != "adc"})
    assert not list(necrosis.SYSTEM.parts[0].prepare(bare, {}))
    with pytest.raises(InputError, match="lacks adc, t2, st1"):
        necrosis.SYSTEM.decode({p.name: () for p in necrosis.SYSTEM.parts}, bare)
