"""A network that reads several times reads once for a while, and then as before, also after an error."""

import pytest
import torch
from torch import nn

from osteon.explain.single_reading import single_reading
from osteon.models.segunet import LiteSegUnet


class Reader(nn.Module):
    def __init__(self, *, thorough):
        super().__init__()
        self.thorough = thorough


def test_each_thorough_module_reads_once_and_the_others_are_left_alone():
    network = nn.Sequential(Reader(thorough=True), nn.Sequential(Reader(thorough=False)), nn.ReLU())
    with single_reading(network) as several:
        assert several
        assert [m.thorough for m in network.modules() if isinstance(m, Reader)] == [False, False]
    assert [m.thorough for m in network.modules() if isinstance(m, Reader)] == [True, False]
    with single_reading(network[1]) as several:
        assert not several


def test_after_an_error_too():
    network = Reader(thorough=True)
    with pytest.raises(ZeroDivisionError), single_reading(network):
        1 / 0  # noqa: B018
    assert network.thorough


def test_the_film_network_then_says_what_its_brisk_form_says():
    torch.manual_seed(0)
    thorough, brisk = LiteSegUnet(), LiteSegUnet(thorough=False)
    brisk.load_state_dict(thorough.state_dict())
    film = torch.rand(1, 1, 64, 64)
    with torch.no_grad(), single_reading(thorough.eval()):
        once = thorough(film)["logits"]
    with torch.no_grad():
        assert torch.equal(once, brisk.eval()(film)["logits"])
        assert not torch.equal(once, thorough(film)["logits"])
