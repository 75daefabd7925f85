"""Every module comes back in the mode it was in, also after an error."""

import pytest
from torch import nn

from osteon.explain.evaluation_mode import evaluation_mode


def test_modes_come_back():
    network = nn.Sequential(nn.Dropout(), nn.Sequential(nn.BatchNorm1d(2))).train()
    network[1].eval()
    with evaluation_mode(network):
        assert not any(m.training for m in network.modules())
    assert [m.training for m in network.modules()] == [True, True, False, False]


def test_after_an_error_too():
    network = nn.Dropout().train()
    with pytest.raises(ZeroDivisionError), evaluation_mode(network):
        1 / 0  # noqa: B018
    assert network.training
