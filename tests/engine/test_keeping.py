"""Which epoch is kept: the best one, or the first that no later one beats by more than chance."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny
import torch

from osteon import engine
from osteon.contract import Sgd
from osteon.engine import apply, batches, keeping
from osteon.engine.checkpoint import Where
from osteon.engine.keeping import Seen, judged
from osteon.engine.store import Store, prepare
from osteon.errors import RequestError

OPTIONS = engine.TrainOptions(threads=1, seed=3, device="cpu", workers=0)


def kept(losses, *, margin=0.0, monitor="loss", ses=None):
    """Return which epochs were called better."""
    part = replace(tiny.PART, fit=Sgd(patience=3, margin=margin, monitor=monitor))
    where, found = Where(), []
    for epoch, row in enumerate(losses):
        name = keeping.LOSS if monitor == "loss" else monitor
        figures = {name: float(np.mean(row))} | ({f"{monitor}_se": ses[epoch]} if ses else {})
        if judged(Seen(figures=figures, patients=tuple(row)), where, part):
            found.append(epoch)
    return found, where


def test_without_a_margin_any_gain_counts() -> None:
    found, where = kept([[1.0], [0.9], [0.95], [0.8999]])
    assert found == [0, 1, 3]
    assert (where.best, where.stale) == (-0.8999, 0)


def test_higher_is_better_for_any_other_figure() -> None:
    assert kept([[0.6], [0.7], [0.65]], monitor="auc")[0] == [0, 1]


@pytest.mark.parametrize("margin", [0.0, 1.0])
def test_an_epoch_without_a_figure_is_not_kept_for_ever(margin: float) -> None:
    nothing, good, better = [np.nan, np.nan, np.nan], [1.0, 1.1, 0.9], [0.5, 0.6, 0.4]
    assert kept([nothing, good, nothing, better], margin=margin)[0] == [0, 1, 3]
    found, where = kept([nothing, nothing, nothing], margin=margin)
    assert found == [0]
    assert where.stale == 2, "and a training that never gets one stops"


def test_the_same_figure_again_is_no_better() -> None:
    found, where = kept([[1.0], [1.0], [1.0]])
    assert (found, where.stale) == ([0], 2)


def test_a_gain_that_only_some_patients_share_is_not_one() -> None:
    rng = np.random.default_rng(0)
    first = rng.normal(1, 0.3, 30)
    chance = rng.normal(0, 0.5, 30)
    noisy = first - 0.02 + chance - chance.mean()  # a little better on the mean, at random
    steady = first - 0.05  # less than patients differ, but every one of them gains
    assert noisy.mean() < first.mean()
    assert kept([first, noisy])[0] == [0, 1]
    assert kept([first, noisy], margin=1.0)[0] == [0]
    assert kept([first, steady], margin=1.0)[0] == [0, 1]
    assert kept([first, noisy, steady], margin=1.0)[1].kept == pytest.approx(list(steady))


def test_small_steady_gains_add_up_against_what_is_kept() -> None:
    rng = np.random.default_rng(0)
    epochs = [1 - 0.01 * e + rng.normal(0, 0.05, 25) for e in range(12)]
    found, _ = kept(epochs, margin=2.0)
    assert 1 < len(found) < 8


def test_a_figure_of_its_own_brings_its_own_error() -> None:
    assert kept([[0.6], [0.64], [0.7]], monitor="auc", margin=1.0, ses=[0.05] * 3)[0] == [0, 2]
    with pytest.raises(RequestError, match="need 'auc_se'; its validation gives auc"):
        kept([[0.6], [0.64]], monitor="auc", margin=1.0)


def test_a_figure_that_is_not_there_is_named() -> None:
    with pytest.raises(RequestError, match="need 'auc'; its validation gives val_loss"):
        judged(Seen(figures={"val_loss": 1.0}), Where(), replace(tiny.PART, fit=Sgd(patience=1, monitor="auc")))


def test_the_patients_losses_are_those_of_their_samples() -> None:
    part = replace(tiny.PART, fit=Sgd(batch_size=7, margin=1.0))
    store = prepare(part, tiny.cohort(20).studies, {}, into=Store())
    network = tiny.Net().eval()
    seen = apply.validated(network, part, store, fabric=apply.Plain(device=torch.device("cpu")))
    names = sorted({s.patient for s in store})
    for name, loss in zip(names, seen.patients, strict=True):
        batch = batches.stack([s for s in store if s.patient == name])
        with torch.no_grad():
            assert loss == pytest.approx(float(part.loss(network(**batch.inputs), batch)), rel=1e-5)
    assert np.mean(seen.patients) == pytest.approx(seen.figures["val_loss"], rel=1e-5)
    plain = apply.validated(network, tiny.PART, store, fabric=apply.Plain(device=torch.device("cpu")))
    assert plain.patients == ()


def test_a_run_stops_by_it_and_its_log_and_record_say_so(tmp_path: Path) -> None:
    part = replace(tiny.PART, fit=replace(tiny.FIT, epochs=12, patience=2, margin=1.0, lr=0.02))
    engine.train(tiny.system(part), tiny.cohort(100), tmp_path / "run", options=OPTIONS)
    here = engine.run.open_run(tmp_path / "run")
    marks = [row["kept"] for row in here.log()]
    assert marks[0] == "1"
    facts = here.record.parts["net"].facts
    last = len(marks) - marks[::-1].index("1")
    assert facts["Epochs"] == (
        f"{len(marks)} of at most 12, the weights of epoch {last} kept: better by 1 standard errors of loss"
    )
