from collections import Counter

import numpy as np
import pytest

from osteon import cohorts
from osteon.errors import CohortError
from osteon.types import Evidence


def test_the_counts_of_the_readme(data_dir):
    cohort = cohorts.load(data_dir / "raman_saliva")
    assert cohort.evidence is Evidence.SURROGATE
    assert len(cohort.studies) == 2501
    people = {s.patient: s.truth.labels["label"] for s in cohort.studies}
    assert Counter(people.values()) == {"COV+": 30, "COV-": 37, "CTRL": 34}
    assert len({s.name for s in cohort.studies}) == 2501
    spectrum = cohort.studies[7].data["spectrum"]
    assert spectrum.shift_per_cm.shape == spectrum.counts.shape == (991,)
    assert (np.diff(spectrum.shift_per_cm) > 0).all()


def test_damaged_or_unfitting_arrays_are_a_sentence(tmp_path):
    good = {
        "raman_shift_per_cm": np.zeros((3, 5)),
        "counts": np.ones((3, 5)),
        "patient": np.array(["a", "a", "b"]),
        "category": np.array(["x", "x", "y"]),
    }
    np.savez(tmp_path / "spectra.npz", **good)
    assert [s.name for s in cohorts.load(tmp_path).studies] == ["a-001", "a-002", "b-001"]
    np.savez(tmp_path / "spectra.npz", **(good | {"counts": np.ones((3, 6))}))
    with pytest.raises(CohortError, match="do not fit"):
        cohorts.load(tmp_path)
    np.savez(tmp_path / "spectra.npz", **(good | {"patient": np.array([{}, {}, {}], dtype=object)}))
    with pytest.raises(CohortError, match="damaged"):
        cohorts.load(tmp_path)
