"""A checkpoint gives back the loop's state to the bit, and a damaged one is none."""

from pathlib import Path

import pytest
import tiny
import torch
from torch.optim import SGD, AdamW

from osteon.engine import checkpoint
from osteon.engine.checkpoint import Where

WHERE = Where(round=1, epoch=3, step=7, loss_sum=0.1 + 0.2, best=-0.3, stale=2, kept=[0.1, 0.7], pool=[4, 2],
              rows=[{"part": "net", "epoch": 0, "loss": 1 / 3}])  # fmt: skip


def stepped(kind, network, **settings):
    optimiser = kind(network.parameters(), lr=0.01, **settings)
    for seed in range(3):
        torch.manual_seed(seed)
        network(torch.randn(4, 1, 8, 8))["logits"].square().mean().backward()
        optimiser.step()
        optimiser.zero_grad()
    return optimiser


def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    groups = {"network": tiny.Net().state_dict(), "best": {"a/b": torch.arange(3)}}
    checkpoint.save(tmp_path / "c.safetensors", WHERE, groups, plain={"identity": "x", "optimiser": {"0/step": 3}})
    where, found, plain = checkpoint.load(tmp_path / "c.safetensors")
    assert where == WHERE
    assert plain == {"identity": "x", "optimiser": {"0/step": 3}}
    assert list(found["best"]) == ["a/b"]
    assert all(torch.equal(found["network"][name], t) for name, t in groups["network"].items())


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b"{}" * 100])
def test_a_damaged_one_is_none_so_that_the_loop_begins_again(damage, tmp_path: Path) -> None:
    path = tmp_path / "c.safetensors"
    checkpoint.save(path, WHERE, {"network": tiny.Net().state_dict()}, plain={})
    path.write_bytes(damage(path.read_bytes()))
    assert checkpoint.load(path) is None
    assert checkpoint.load(tmp_path / "gone") is None


def test_one_of_before_a_field_was_added_is_still_taken_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {name: value for name, value in vars(WHERE).items() if name != "kept"}
    monkeypatch.setattr(checkpoint, "asdict", lambda _: told)
    checkpoint.save(tmp_path / "c.safetensors", WHERE, {"network": tiny.Net().state_dict()}, plain={})
    where, _, _ = checkpoint.load(tmp_path / "c.safetensors")
    assert where.kept == []
    assert where.rows == WHERE.rows


@pytest.mark.parametrize(("kind", "settings"), [(AdamW, {}), (AdamW, {"amsgrad": True}), (SGD, {"momentum": 0.9})])
def test_an_optimiser_goes_on_to_the_bit(kind, settings) -> None:
    torch.manual_seed(0)
    one = tiny.Net().train()
    first = stepped(kind, one, **settings)
    other = tiny.Net().train()
    other.load_state_dict(one.state_dict())
    second = kind(other.parameters(), lr=0.01, **settings)
    tensors, plain = checkpoint.flatten(first)
    checkpoint.unflatten(second, {name: t.clone() for name, t in tensors.items()}, plain)
    for network, optimiser in ((one, first), (other, second)):
        torch.manual_seed(9)
        network(torch.randn(4, 1, 8, 8))["logits"].square().mean().backward()
        optimiser.step()
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_copied_weights_do_not_move_with_the_network() -> None:
    network = tiny.Net()
    kept = checkpoint.copied(network)
    with torch.no_grad():
        network.head.weight.add_(1)
    assert not torch.equal(kept["head.weight"], network.head.weight)
    assert list(kept) == list(network.state_dict())
