import numpy as np
import pytest
import torch
from scipy.special import log_softmax

from osteon.errors import InputError
from osteon.metrics.temperature import apply, fit_temperature


def simulated(rng, *, temperature, n=4000, k=3):
    logits = rng.normal(size=(n, k)) * 2
    p = apply(logits, temperature=temperature)
    truth = (p.cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1)
    return logits, truth


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_finds_the_temperature_the_labels_were_drawn_with(rng, temperature):
    logits, truth = simulated(rng, temperature=temperature)
    assert fit_temperature(logits, truth) == pytest.approx(temperature, rel=0.1)


def test_equals_torch_lbfgs(rng):
    logits, truth = simulated(rng, temperature=1.7, n=500)
    log_t = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([log_t], max_iter=100, line_search_fn="strong_wolfe")

    def closure():
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(torch.from_numpy(logits) / log_t.exp(), torch.from_numpy(truth))
        loss.backward()
        return loss

    optimiser.step(closure)
    assert fit_temperature(logits, truth) == pytest.approx(log_t.detach().exp().item(), rel=1e-3)


def test_log_probabilities_serve_as_logits(rng):
    logits, truth = simulated(rng, temperature=2.0, n=300)
    assert fit_temperature(log_softmax(logits, axis=1), truth) == pytest.approx(
        fit_temperature(logits, truth), rel=1e-6
    )


def test_a_perfect_validation_set_does_not_reach_zero():
    logits = np.eye(3) * 5
    assert fit_temperature(logits, np.arange(3)) >= 0.1


def test_the_order_of_the_classes_never_changes(rng):
    logits = rng.normal(size=(50, 4))
    assert (apply(logits, temperature=3.0).argmax(1) == logits.argmax(1)).all()
    assert apply(logits, temperature=3.0).sum(1) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("logits", "truth"),
    [
        (np.zeros((3, 2)), np.zeros(2, int)),
        (np.zeros((0, 2)), np.zeros(0, int)),
        (np.full((2, 2), -np.inf), np.zeros(2, int)),
        (np.zeros((2, 2)), np.array([0, 2])),
    ],
)
def test_refuses_what_cannot_be_fitted(logits, truth):
    with pytest.raises(InputError, match="Temperature scaling got"):
        fit_temperature(logits, truth)


def test_refuses_a_temperature_of_zero():
    with pytest.raises(InputError, match="above 0"):
        apply(np.zeros(2), temperature=0.0)
