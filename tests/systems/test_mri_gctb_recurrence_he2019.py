"""What sheet 14 asks of the recurrence model: its size, three predictors, and the arithmetic of 28 patients."""

from dataclasses import replace

import numpy as np
import pytest

from osteon import systems
from osteon.errors import InputError
from osteon.metrics.proportion import clopper_pearson
from osteon.systems import mri_gctb_recurrence_he2019 as gctb
from osteon.types import Output, Record, Truth
from tests import phantoms


@pytest.fixture
def study():
    return phantoms.study(gctb.SYSTEM, index=1)


def _said(study, malignant):
    (sample,) = gctb.SYSTEM.parts[0].prepare(study, {})
    values = {"logits": np.log([1 - malignant, malignant]), "cam": np.ones((2, 5, 5), np.float32)}
    return (Output(sample=replace(sample, inputs={}, targets={}), values=values),)


def test_inception_has_the_sheets_parameters():
    assert sum(p.numel() for p in gctb.SYSTEM.parts[0].build().parameters()) == 21_789_666


def test_the_regression_has_three_predictors_the_place_one_hot(study):
    aged = replace(study, data={**study.data, "clinical": Record(values={"age_years": 31.0, "location": "Tibia"})})
    (sample,) = gctb.SYSTEM.parts[1].prepare(aged, {"network": _said(study, 0.7)})
    assert sample.inputs["image"].tolist() == pytest.approx([0.7])
    assert dict(zip(gctb.columns().names, sample.inputs["clinical"], strict=True)) == {
        "age_years": 31.0,
        **{f"location={site}": float(site == "tibia") for site in gctb.SITES},
    }


def test_it_is_fitted_on_out_of_fold_answers_of_four_folds():
    network, regression = gctb.SYSTEM.parts
    assert network.stack == 4
    assert regression.takes[0] == network.name


def test_without_a_row_the_network_speaks_for_itself(study):
    (answer,) = gctb.SYSTEM.decode({"network": _said(study, 0.8), "regression": ()}, study)
    assert answer.probabilities["yes"] == pytest.approx(0.8)
    assert answer.heat_map.shape == study.data["t1"].grid.shape
    assert answer.heat_map.max() == pytest.approx(1)


def test_a_tumour_without_outline_is_refused_in_a_sentence(study):
    with pytest.raises(InputError, match="not outlined on t1"):
        gctb.SYSTEM.decode({"network": (), "regression": ()}, replace(study, truth=Truth()))


@pytest.mark.parametrize(("right", "low", "high"), [(21, 0.551, 0.893), (22, 0.590, 0.917), (18, 0.441, 0.814)])
def test_the_published_intervals_are_those_of_28_patients(right, low, high):
    found = clopper_pearson(right, 28)
    assert (found[0], found[1]) == (pytest.approx(low, abs=6e-4), pytest.approx(high, abs=6e-4))
    assert any((c.low, c.high) == (low, high) for c in gctb.SYSTEM.claims)


def test_image_alone_and_row_alone_are_there_to_compare():
    assert [p.name for p in systems.get("mri-gctb-recurrence-he2019.image-lite0").parts] == ["network"]
    assert [p.name for p in systems.get("mri-gctb-recurrence-he2019.clinical").parts] == ["regression"]
