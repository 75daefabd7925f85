"""What sheet 39 asks of the LeNet on serum spectra."""

import numpy as np
import pytest
import torch

from osteon import cohorts, systems
from osteon.errors import InputError
from osteon.models.lenet1d import LeNet1d
from osteon.systems import raman_cnn_shao2020 as shao
from osteon.types import Cohort, Spectrum, Study, Truth
from tests import phantoms


def _spectrum(**changes) -> Study:
    system = systems.get("raman-cnn-shao2020")
    made = phantoms.study(system, index=1)
    datum = made.data["spectrum"]
    arrays = {"shift_per_cm": datum.shift_per_cm, "counts": datum.counts} | changes
    return Study(name="s", patient="p", data={"spectrum": Spectrum(**arrays)}, truth=made.truth)


def test_the_network_of_the_sheet():
    network = shao.SYSTEM.parts[0].build()
    assert sum(p.numel() for p in network.parameters()) == 485_226
    kernels = [(m.out_channels, m.kernel_size) for m in network.modules() if isinstance(m, torch.nn.Conv1d)]
    units = [m.out_features for m in network.modules() if isinstance(m, torch.nn.Linear)]
    assert kernels == [(6, (5,)), (16, (5,))]
    assert units == [120, 84, 2]


def test_the_network_takes_991_points():
    network = LeNet1d(points=991)
    assert sum(p.numel() for p in network.parameters()) == 479_466
    assert network(spectrum=torch.zeros(2, 1, 991))["logits"].shape == (2, 2)


@pytest.mark.parametrize("plan", ["kfold:5", "kfold:3"])
def test_three_spectra_of_one_patient_share_a_fold(plan):
    system = systems.get("raman-cnn-shao2020")
    base = [phantoms.study(system, index=i) for i in range(20)]
    studies = tuple(
        Study(name=f"{s.name}-{n}", patient=s.patient, data=s.data, truth=Truth(labels=s.truth.labels))
        for s in base
        for n in range(3)
    )
    cohort = Cohort(name="three", studies=studies)
    patient = {s.name: s.patient for s in studies}
    tested = []
    for fold in cohorts.folds(cohort, plan, seed=0):
        train, test = ({patient[name] for name in names} for names in (fold.train, fold.test))
        assert train.isdisjoint(test)
        assert len(fold.test) == 3 * len(test)
        tested += sorted(fold.test)
    assert sorted(tested) == sorted(patient)


def test_peaks_stay_where_they_are():
    (sample,) = shao.SYSTEM.parts[0].prepare(_spectrum(), {})
    axis = np.linspace(shao.FROM_PER_CM, shao.TO_PER_CM, shao.POINTS)
    counts = sample.inputs["spectrum"][0]
    for centre in (620, 850, 1004, 1450):
        near = np.abs(axis - centre) < 25
        assert abs(axis[near][counts[near].argmax()] - centre) < 4
    assert np.linalg.norm(counts) == pytest.approx(1, abs=1e-5)


def test_a_spectrum_that_does_not_cover_the_range_is_refused():
    short = _spectrum(shift_per_cm=np.linspace(600.0, 1610.0, 1000))
    with pytest.raises(InputError, match="covers 600 to 1610 /cm"):
        list(shao.SYSTEM.parts[0].prepare(short, {}))


def test_counts_that_are_no_numbers_are_refused():
    with pytest.raises(InputError, match="not numbers"):
        list(shao.SYSTEM.parts[0].prepare(_spectrum(counts=np.full(1000, np.nan)), {}))


def test_a_patient_is_the_mean_of_the_spectra():
    system = systems.get("raman-cnn-shao2020")
    study = phantoms.study(system, index=0)
    torch.manual_seed(0)
    network = system.parts[0].build().eval()
    predictions = []
    for index in range(3):
        (sample,) = system.parts[0].prepare(phantoms.study(system, index=index), {})
        with torch.no_grad():
            values = {k: v[0].numpy() for k, v in network(torch.from_numpy(sample.inputs["spectrum"])[None]).items()}
        from osteon.types import Output

        predictions += system.decode({"lenet": (Output(sample=sample, values=values),)}, study)
    one = system.aggregate(predictions)
    mean = np.mean([p.probabilities["present"] for p in predictions])
    assert one.probabilities["present"] == pytest.approx(mean)
    assert one.patient == study.patient


@pytest.mark.data
def test_the_saliva_variant_reads_the_surrogate(data_dir):
    cohort = cohorts.load(data_dir / "raman_saliva")
    system = systems.get("raman-cnn-shao2020.saliva")
    seen = {s.truth.labels["label"]: s for s in cohort.studies}
    labels = {word: next(iter(system.parts[0].prepare(s, {}))).targets["covid19"] for word, s in seen.items()}
    assert labels == {"COV+": 1, "COV-": 0, "CTRL": 0}
    assert system.claims == ()
