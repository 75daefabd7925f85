"""The surrogates on sarcomas: what each of the three variants sees, and that the fusion learns out of fold."""

from dataclasses import replace

import numpy as np
import pytest

from osteon import cohorts, engine, systems
from osteon.contract import label_of
from osteon.engine import TrainOptions
from osteon.errors import InputError
from osteon.systems import _fusion, _radiomics, _sarcoma
from osteon.types import Output, Record, Sample
from tests import phantoms

NAME = "ct-sacral-radiomics-yin2020"
LOOKS = {
    NAME: ("texture", "ct"),
    "mri-gctb-recurrence-he2019": ("network", "t1"),
    "xray-fusion-liu2021": ("lesion", "radiograph"),
}
"""What judges the image in each system, and which image."""


@pytest.fixture
def study():
    made = phantoms.study(systems.get(f"{NAME}.metastasis"), index=1)
    row = Record(values={"age_years": 56.0, "sex": "Female", "location": "Thigh"})
    return replace(made, data={**made.data, "clinical": row})


def _said(chance, *, name="ct"):
    sample = Sample(study="study-1", patient="patient-1", input=name, inputs={})
    return (Output(sample=sample, values={"probabilities": np.array([1 - chance, chance])}),)


@pytest.mark.parametrize(("name", "look", "image"), [(name, *told) for name, told in LOOKS.items()])
def test_all_three_ask_the_same_of_other_inputs(name, look, image):
    tags = ("metastasis", f"{look}-metastasis", "clinical-metastasis")
    found = {tag: systems.get(f"{name}.{tag}") for tag in tags}
    assert {system.tasks for system in found.values()} == {(_sarcoma.METASTASIS,)}
    assert [[i.name for i in found[tag].inputs] for tag in tags] == [[image, "clinical"], [image], ["clinical"]]
    assert [[p.name for p in found[tag].parts] for tag in tags] == [[look, "fusion"], [look], ["clinical"]]
    assert all("surrogate" in system.summary for system in found.values())
    assert any("lung metastasis" in note for note in found["metastasis"].reconstructed)


@pytest.mark.parametrize("name", [name for name in LOOKS if name != NAME])
def test_a_network_asked_of_the_lungs_is_the_small_one_with_their_task(name):
    (small,) = (part for part in systems.get(f"{name}.lite0").parts if part.name == LOOKS[name][0])
    (part,) = systems.get(f"{name}.{small.name}-metastasis").parts
    assert (part.fit, part.start_from, part.stack) == (small.fit, small.start_from, small.stack)
    system = systems.get(f"{name}.{small.name}-metastasis")
    for study in phantoms.cohort(system, studies=4).studies:
        (sample,) = part.prepare(study, {})
        assert sample.targets == {"lung_metastasis": ["no", "yes"].index(study.truth.labels["label"])}
        assert sample.inputs["image"].shape[-2:] == (160, 160)


@pytest.mark.parametrize("name", LOOKS)
def test_the_clinical_rows_are_one_model_in_all_systems(name, study):
    (part,) = systems.get(f"{name}.clinical-metastasis").parts
    (sample,) = part.prepare(study, {})
    assert sample.inputs["clinical"].tolist() == [56.0, 0.0, 1.0, 0.0, 0.0]
    assert repr(part.build()) == repr(systems.get(f"{NAME}.clinical-metastasis").parts[0].build())


def test_age_sex_and_site_are_what_the_row_says(study):
    row = _fusion.clinical_row(study, _sarcoma.columns)
    assert dict(zip(_sarcoma.columns().names, row.tolist(), strict=True)) == {
        "age_years": 56.0, "sex=male": 0.0, "location=thigh": 1.0, "location=buttock": 0.0, "location=calf": 0.0,
    }  # fmt: skip


def test_the_image_is_its_107_features(study):
    (sample,) = systems.get(f"{NAME}.texture-metastasis").parts[0].prepare(study, {})
    assert sample.inputs["features"].shape == (len(_radiomics.names("original")),) == (107,)


def test_the_fusion_sees_the_textures_answer_beside_the_row(study):
    fused = systems.get(f"{NAME}.metastasis").parts[1]
    (sample,) = fused.prepare(study, {"texture": _said(0.7)})
    assert sample.inputs["image"].tolist() == pytest.approx([0.7])
    assert sample.inputs["clinical"].tolist() == [56.0, 0.0, 1.0, 0.0, 0.0]


def test_the_fused_answer_stands_and_without_it_the_only_one(study):
    decode = systems.get(f"{NAME}.metastasis").decode
    (both,) = decode({"texture": _said(0.7), "fusion": _said(0.2)}, study)
    (image,) = decode({"texture": _said(0.7), "fusion": ()}, study)
    (row,) = decode({"clinical": _said(0.4, name="clinical")}, study)
    assert [p.probabilities["yes"] for p in (both, image, row)] == pytest.approx([0.2, 0.7, 0.4])
    with pytest.raises(InputError, match="neither an outlined tumour nor a clinical row"):
        decode({"texture": (), "fusion": ()}, study)


def test_a_clinical_row_alone_finds_what_only_the_row_tells(tmp_path):
    system = systems.get(f"{NAME}.clinical-metastasis")
    made = phantoms.cohort(system, studies=40)
    rows = [Record(values={"age_years": 30.0 + 40 * (i % 2), "sex": "male", "location": "calf"}) for i in range(40)]
    told = [replace(s, data={"clinical": row}) for s, row in zip(made.studies, rows, strict=True)]
    cohort = replace(made, studies=tuple(told))
    scores = engine.cross_validate(system, cohort, tmp_path, options=TrainOptions(split="kfold:2", threads=1))
    (auc,) = [s.value for s in scores if s.metric == "auc" and s.unit == "patient"]
    assert auc == pytest.approx(1.0)


def test_high_grade_is_told_from_the_rest_and_half_of_them_have_it(data_dir):
    studies = cohorts.load(data_dir / "sts").studies
    told = [label_of(study, _sarcoma.HIGHEST) for study in studies]
    assert {word: told.count(word) for word in (0, 1, None)} == {0: 18, 1: 18, None: 3}
    words = {study.truth.labels.get("grade") for study, one in zip(studies, told, strict=True) if one == 0}
    assert words == {"low", "intermediate"}


def test_the_sarcomas_say_where_without_the_side(data_dir):
    found = {s.name: s.data["clinical"].values for s in cohorts.load(data_dir / "sts").studies}
    assert (found["STS_001"]["tumour_site"], found["STS_001"]["location"]) == ("left thigh", "thigh")
    sites = [values["location"] for values in found.values()]
    assert {site: sites.count(site) for site in _sarcoma.SITES} == {"thigh": 22, "buttock": 6, "calf": 3}
