"""What sheet 8 asks: a fixed named vector of 1,316, the table's arithmetic, models side by side and never merged."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2_contingency

from osteon import systems
from osteon.errors import InputError
from osteon.metrics.size import longest_diameter
from osteon.systems import _radiomics
from osteon.systems import ct_sacral_radiomics_yin2020 as yin
from osteon.types import Output, Record, Sample
from tests import phantoms

NAME = "ct-sacral-radiomics-yin2020"


@pytest.fixture(autouse=True)
def original_features(monkeypatch):
    monkeypatch.setattr(yin, "FEATURES", "original")


@pytest.fixture
def study():
    return phantoms.study(yin.SYSTEM, index=1)


def test_1316_features_with_names_of_their_own():
    names = _radiomics.names("sheet-8")
    assert len(names) == len(set(names)) == 1316
    assert len(_radiomics.names("original")) == 107


def test_the_vector_is_the_outlined_regions(study):
    (sample,) = yin.SYSTEM.parts[0].prepare(study, {})
    found = dict(zip(_radiomics.names("original"), sample.inputs["features"], strict=True))
    image, mask = study.data["ct"], study.truth.masks["ct"].read() > 0
    assert found["original_firstorder_Mean"] == pytest.approx(image.read()[mask].mean(), rel=1e-4)
    assert found["original_shape_VoxelVolume"] == pytest.approx(mask.sum() * np.prod(image.grid.spacing_mm), rel=1e-4)


def test_the_second_regression_sees_score_sex_age_and_size(study):
    aged = replace(study, data={**study.data, "clinical": Record(values={"age_years": 61.0, "sex": "male"})})
    sample = Sample(study=study.name, patient=study.patient, inputs={}, input="ct")
    said = (Output(sample=sample, values={"probabilities": np.array([0.25, 0.75])}),)
    (joined,) = yin.SYSTEM.parts[1].prepare(aged, {"radscore": said})
    size = longest_diameter(study.truth.masks["ct"].read(), grid=study.data["ct"].grid)
    assert joined.inputs["numbers"].tolist() == pytest.approx([math.log(3), 61.0, 1.0, size], rel=1e-5)


def test_models_stand_side_by_side():
    """Each kind of model is a system of its own, with the row and without, and none averages another."""
    kinds = {tag: systems.get(f"{NAME}.{tag}") for tag in yin.SYSTEM.variants}
    kinds = {tag: system for tag, system in kinds.items() if system.tasks == (yin.LESION,)}
    assert set(kinds) == {"radscore", "dnn", "dnn-radiomics", "forest", "svm", "neighbours"}
    assert all(len(system.parts) == 1 for system in kinds.values())
    assert [i.name for i in kinds["radscore"].inputs] == [i.name for i in kinds["dnn-radiomics"].inputs] == ["ct"]


def test_without_a_row_the_score_answers(study):
    sample = Sample(study=study.name, patient=study.patient, inputs={}, input="ct")
    score, joined = ((Output(sample=sample, values={"probabilities": np.array([1 - p, p])}),) for p in (0.3, 0.9))
    (fused,) = yin.SYSTEM.decode({"radscore": score, "regression": joined}, study)
    (alone,) = yin.SYSTEM.decode({"radscore": score, "regression": ()}, study)
    assert (fused.probabilities["malignant"], alone.probabilities["malignant"]) == (0.9, 0.3)
    with pytest.raises(InputError, match="not outlined on ct"):
        yin.SYSTEM.decode({"radscore": (), "regression": ()}, study)


def test_the_published_odds_ratio_and_the_table_of_sexes():
    assert math.exp(0.9130) == pytest.approx(2.492, abs=5e-4)
    found = chi2_contingency([[109, 97], [95, 158]], correction=False)
    assert found.statistic == pytest.approx(10.854, abs=5e-4)


def test_the_models_claims_are_their_own():
    by_model = {(c.data.rpartition(" ")[2], c.metric): c.value for c in yin.SYSTEM.claims}
    assert (by_model["LR", "roc_auc"], by_model["LR", "accuracy"]) == (0.84, 0.81)
    assert (by_model["DNN", "roc_auc"], by_model["DNN", "accuracy"]) == (0.83, 0.76)
