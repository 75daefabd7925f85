from collections import Counter

from osteon import cohorts
from osteon.cohorts.splits import split


def test_counts_labels_and_the_set_s_own_split(data_dir):
    cohort = cohorts.load(data_dir / "bs80k_chest")
    assert len(cohort.studies) == 2184
    assert not {"bs80k-0570", "bs80k-0831", "bs80k-3245"} & {s.name for s in cohort.studies}
    assert Counter(s.truth.labels["anterior"] for s in cohort.studies)["abnormal"] == 154
    for study in cohort.studies:
        either = "abnormal" in (study.truth.labels["anterior"], study.truth.labels["posterior"])
        assert study.truth.labels["label"] == ("abnormal" if either else "normal")
        assert set(study.data) == {"anterior", "posterior"}
    found = split(cohort, "column")
    assert {int(name[-4:]) % 4 for name in found.train} == {2, 3}
    assert {int(name[-4:]) % 4 for name in found.validation | found.test} <= {1}
    assert abs(len(found.validation) - len(found.test)) < 60
