"""The rows on the sarcomas: networks beside each other alike, controls and parts alone beside what they are for."""

import pytest

from osteon import systems
from osteon.contract import Classify, Segment
from osteon.engine.evidence import EVIDENCE
from osteon.engine.evidence_sarcomas import SARCOMAS

ROWS = {row.name: row for row in SARCOMAS}


def test_all_are_of_the_sarcomas_and_stand_in_the_list() -> None:
    assert {row.cohort for row in SARCOMAS} == {"sts"}
    assert [row for row in EVIDENCE if row.cohort == "sts"] == list(SARCOMAS)


def test_each_says_that_it_is_no_bone() -> None:
    grounds = ("Soft tissue, not bone", "Control", "Comparator", "plain baseline")
    assert all(any(ground in row.remark for ground in grounds) for row in SARCOMAS)


@pytest.mark.parametrize("row", SARCOMAS, ids=lambda row: row.name)
def test_outlines_are_judged_on_trimmed_crops_only(row) -> None:
    tasks = {task.name: task for task in systems.get(row.system).tasks}
    assert isinstance(tasks[row.first[1]], Classify | Segment)
    assert (row.trim_mm > 0) == isinstance(tasks[row.first[1]], Segment)


@pytest.mark.parametrize(
    ("whole", "alone"),
    [
        ("mri-pelvis-multiview-qu2021.coarse-sts", {"coarse-axial", "ellipsoid"}),
        ("pet-chemo-kim2021.centre10-metastasis-sts", {"forest-metastasis"}),
        ("pet-chemo-kim2021.centre10-grade-sts", {"forest-grade"}),
    ],
)
def test_what_joins_is_compared_with_what_stands_alone(whole, alone) -> None:
    row = ROWS[whole]
    others = [ROWS[name] for name in row.against]
    assert {other.system.partition(".")[2] for other in others} == alone
    assert (row.role, {other.role for other in others}) == ("result", {"baseline"})


def test_ct_networks_of_one_split_are_trained_alike_and_stand_before_the_outline_on_pet() -> None:
    rows = [row for row in SARCOMAS if row.name.startswith("ct-")]
    networks = [row for row in rows if row.system.endswith(("small", "lite0"))]
    assert len(networks) == 6
    assert len({(row.cohort, row.split, row.seeds, row.trim_mm, row.first) for row in networks}) == 1
    assert len({tuple(o for o in row.overrides if o.startswith("fit.")) for row in networks}) == 1
    assert all(row.reduced for row in networks)
    results = [row.system for row in rows if row.role == "result"]
    assert results[0] == "ct-msfcn-huang2017.small", "the first one stands for the system"
    assert results.index("ct-msrn-zhang2018.small") < results.index("ct-msrn-zhang2018.lite0")
