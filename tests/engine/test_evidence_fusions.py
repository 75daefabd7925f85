"""The rows of image and clinical row: three of each system, told apart by what they see alone."""

import pytest

from osteon import systems
from osteon.engine.evidence_fusions import FUSIONS
from osteon.engine.evidence_sarcomas import SARCOMAS

ROWS = {row.name: row for row in FUSIONS}
FUSED = {
    "ct-sacral-radiomics-yin2020.metastasis-sts": {"texture-metastasis", "clinical-metastasis"},
    "mri-gctb-recurrence-he2019.metastasis-sts": {"network-metastasis", "clinical-metastasis"},
    "mri-lesion-eweje2021.grade-sts": {"t1-grade", "clinical-grade"},
    "xray-fusion-liu2021.metastasis-sts": {"lesion-metastasis", "clinical-metastasis"},
}


def test_all_of_them_end_the_list_of_the_sarcomas() -> None:
    assert SARCOMAS[-len(FUSIONS) :] == FUSIONS
    assert {row.name for row in FUSIONS if row.role == "result"} == set(FUSED)


@pytest.mark.parametrize("name", FUSED)
def test_a_fused_row_is_compared_with_its_image_and_a_clinical_row_alone(name) -> None:
    row = ROWS[name]
    image, clinical = (ROWS[other] for other in row.against)
    assert {image.system.partition(".")[2], clinical.system.partition(".")[2]} == FUSED[name]
    assert (image.role, clinical.role) == ("baseline", "baseline")
    assert image.system.partition(".")[0] == row.system.partition(".")[0]
    assert (image.overrides, image.films, image.reduced) == (row.overrides, row.films, row.reduced)
    assert len({(one.split, one.cohort, one.first) for one in (row, image, clinical)}) == 1


@pytest.mark.parametrize("row", FUSIONS, ids=lambda row: row.name)
def test_each_says_how_few_they_are_what_stands_for_what_and_what_it_sees(row) -> None:
    system = systems.get(row.system)
    seen = {i.name for i in system.inputs}
    assert "Soft tissue, not bone" in row.remark
    assert "only a large difference can be seen" in row.remark
    assert ("alone" in row.remark.partition("Soft tissue")[0]) == (row.role == "baseline") == (len(seen) == 1)
    assert row.films == ("radiograph" in seen), "the sarcomas have no radiograph but a projected one"
    assert bool(row.reduced) == any(part.start_from for part in system.parts), "only networks are less than published"


def test_networks_on_the_sarcomas_are_trained_alike() -> None:
    trained = [row for row in FUSIONS if row.overrides]
    assert len(trained) == 6
    assert {(row.overrides, row.seeds) for row in trained} == {(trained[0].overrides, (0,))}
    assert "fit.tune=head" in trained[0].overrides
