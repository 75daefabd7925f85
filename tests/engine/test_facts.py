"""What the report says of how a part was fitted."""

from dataclasses import replace

import pytest

from osteon.contract import Sgd
from osteon.engine import facts
from osteon.engine.store import Store
from osteon.systems._loss import cross_entropy
from tests.engine import tiny


@pytest.fixture
def store(tmp_path):
    made = Store(folder=tmp_path, memory_gb=1.0)
    for study in tiny.cohort(12).studies:
        for sample in tiny.prepare(study, {}):
            made.add(sample)
    return made


def test_samples_and_patients_are_counted(store):
    told = facts.of_samples(tiny.PART, store)
    assert told["Trained on"] == "12 samples of 6 patients"


@pytest.mark.parametrize(
    ("fit", "name", "words"),
    [
        (Sgd(), "Drawn", "each sample once an epoch"),
        (Sgd(draw="patients"), "Drawn", "patients equally often"),
        (Sgd(draw="classes"), "Drawn", "classes equally often"),
        (Sgd(), "Learns", "the whole network"),
        (Sgd(tune="head"), "Learns", "linear probe"),
        (Sgd(tune="gradual", stage_epochs=2), "Learns", "after each 2 epochs"),
        (Sgd(lr_scale={"conv": 0.0}), "Learns", "frozen: conv"),
        (Sgd(), "Started from", "scratch"),
        (Sgd(), "Epochs", "the last one's weights kept"),
    ],
)
def test_the_fit_is_told_in_words(store, fit, name, words):
    told = facts.of_network(replace(tiny.PART, fit=fit), store, [{"epoch": 0}, {"epoch": 1}], start=None)
    assert words in told[name]


def test_early_stopping_says_which_epoch_was_kept(store):
    rows = [{"epoch": 0, "kept": True}, {"epoch": 1, "kept": True}, {"epoch": 2, "kept": False}]
    told = facts.of_network(replace(tiny.PART, fit=Sgd(epochs=9, patience=1)), store, rows, start=None)
    assert told["Epochs"] == "3 of at most 9, the weights of epoch 2 kept: better by loss"


def test_a_loss_says_its_settings_and_a_function_that_it_is_the_systems(store):
    loss = replace(cross_entropy("malignancy"), focal=2.0, weights=(1.0, 3.0))
    told = facts.of_network(replace(tiny.PART, loss=loss), store, [], start=None)
    assert told["Loss"] == "ClassLoss: target malignancy, weights 1 / 3, focal 2.0"
    assert facts.of_network(tiny.PART, store, [], start=None)["Loss"] == "the system's own"
