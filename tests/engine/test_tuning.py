"""What learns, when and how fast: stages, freezing, gradual opening, linear probe, discriminative rates."""

from dataclasses import replace
from pathlib import Path

import pytest
import tiny
import torch
from torch import nn

from osteon import engine
from osteon.contract import Sgd
from osteon.engine import optimise, tuning
from osteon.errors import RequestError
from osteon.io import weights

OPTIONS = engine.TrainOptions(threads=1, seed=3, device="cpu", workers=0)


class Deep(nn.Module):
    """A trunk that holds most weights, and a head."""

    def __init__(self) -> None:
        super().__init__()
        blocks = [nn.Sequential(nn.Linear(8, 8), nn.BatchNorm1d(8)) for _ in range(3)]
        self.trunk = nn.Sequential(nn.Linear(64, 8), *blocks)
        self.pool = nn.Identity()
        self.head = nn.Linear(8, 2)
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, image: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"logits": self.head(self.trunk(image.flatten(1))) * self.scale}


def test_stages_go_from_the_output_to_the_input_and_big_modules_are_taken_apart() -> None:
    found = tuning.stages(Deep())
    assert [found[n] for n in ("head.weight", "trunk.3.0.weight", "trunk.3.1.bias", "trunk.1.0.bias")] == [0, 1, 1, 3]
    assert found["trunk.0.weight"] == 4
    assert found["scale"] == 4  # of no module: farthest from the output


def test_a_network_of_one_module_has_one_stage() -> None:
    assert set(tuning.stages(nn.Linear(2, 2)).values()) == {0}
    assert set(tuning.stages(nn.Sequential(nn.Linear(2, 2))).values()) == {0}


def test_published_backbones_fall_into_stages_of_their_own() -> None:
    from osteon.models.efficientnet_lite import LiteClassifier

    found = tuning.stages(LiteClassifier(classes=3))
    assert found["classifier.weight"] == 0
    assert 4 <= max(found.values()) <= 20
    assert found["encoder.stem.0.weight"] == max(found.values())


@pytest.mark.parametrize(
    ("fit", "expected"),
    [
        (Sgd(), [1, 1, 1]),
        (Sgd(stage_decay=0.5), [1, 0.5, 0.0625]),
        (Sgd(tune="head"), [1, 0, 0]),
        (Sgd(tune="gradual", stage_decay=0.5), [1, 0.5, 0.0625]),
        (Sgd(stage_decay=0.5, lr_scale={"trunk": 0.1, "head": 3}), [3, 0.05, 0.00625]),
        (Sgd(lr_scale={"trunk": 0}), [1, 0, 0]),
    ],
)
def test_rates_multiply_and_zero_freezes(fit: Sgd, expected: list[float]) -> None:
    found = tuning.factors(Deep(), fit)
    assert [found[n] for n in ("head.weight", "trunk.3.0.weight", "trunk.0.weight")] == pytest.approx(expected)


def test_stages_open_one_after_the_other() -> None:
    fit = Sgd(tune="gradual", stage_epochs=2)
    names = set(tuning.stages(Deep()))
    resting = [tuning.resting(Deep(), fit, epoch=e) for e in range(12)]
    assert resting[0] == resting[1] == {n for n in names if not n.startswith("head")}
    assert [len(r) for r in resting] == sorted((len(r) for r in resting), reverse=True)
    assert "trunk.0.weight" in resting[7]
    assert resting[8] == frozenset()
    assert tuning.resting(Deep(), Sgd(), epoch=0) == frozenset()


def test_what_does_not_learn_keeps_its_batch_norm_still() -> None:
    network = Deep()
    fit = Sgd(tune="gradual")
    optimise.train_mode(network, fit, resting=tuning.resting(network, fit, epoch=1))
    assert network.head.training
    assert network.trunk[3][1].training
    assert not network.trunk[2][1].training
    optimise.train_mode(network, Sgd())
    assert network.trunk[2][1].training


def test_a_network_frozen_whole_is_refused() -> None:
    with pytest.raises(RequestError, match=r"fit\.lr_scale and fit\.tune; leave at least one free"):
        optimise.optimiser(Deep(), Sgd(tune="head", lr_scale={"head": 0}))


def part(**fit):
    return replace(tiny.PART, build=Deep, augment=None, fit=replace(tiny.FIT, **fit))


def grown(folder: Path, fit: dict, epochs: int) -> set[str]:
    """Train and return the names of the tensors that are not as they were built."""
    system = tiny.system(part(**fit, epochs=epochs))
    engine.train(system, tiny.cohort(40), folder, options=OPTIONS)
    after = weights.load_network(folder / "part-net" / weights.NETWORK)
    torch.manual_seed(engine.loop.seeds.torch_seed(3, "net", "weights"))
    before = Deep().state_dict()
    return {name for name, t in after.items() if not torch.equal(t, before[name])}


def test_a_linear_probe_moves_the_head_alone(tmp_path: Path) -> None:
    assert grown(tmp_path / "run", {"tune": "head"}, 2) == {"head.weight", "head.bias"}


def test_unfreezing_reaches_one_stage_an_epoch(tmp_path: Path) -> None:
    heads = [{name.rsplit(".", 1)[0] for name in grown(tmp_path / str(n), {"tune": "gradual"}, n)} for n in (1, 2)]
    assert heads[0] == {"head"}
    assert heads[1] == {"head", "trunk.3.0", "trunk.3.1"}
