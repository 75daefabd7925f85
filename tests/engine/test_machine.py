"""Devices, precisions, compiling, and several processes."""

import os
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pair
import pytest
import tiny
import torch

from osteon import engine
from osteon.engine import machine
from osteon.engine.machine import Machine
from osteon.errors import RequestError, ResumableError
from osteon.io import weights
from osteon.types import Batch

HERE = Path(__file__).parent


def trained(out: Path, **options) -> dict[str, torch.Tensor]:
    engine.train(tiny.system(), tiny.cohort(40), out, options=replace(pair.OPTIONS, **options))
    return weights.load_network(out / "part-net" / weights.NETWORK)


@pytest.mark.slow
def test_two_processes_share_a_training(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(map(str, [HERE, HERE.parents[1]])),
    }
    words = [sys.executable, str(HERE / "pair.py"), str(tmp_path)]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    # The first process judges and writes, the second only helps; both come to their end.
    assert int((tmp_path / "process-0").read_text()) > 0
    assert (tmp_path / "process-1").read_text() == "0"
    assert tiny.weights_of(tmp_path / "one") == tiny.weights_of(tmp_path / "other")
    assert not list((tmp_path / "one").rglob("checkpoint*"))
    assert engine.evaluate(tmp_path / "one", tiny.cohort(), device="cpu", system=tiny.system())
    engine.train(pair.plain(), tiny.cohort(), tmp_path / "alone", options=pair.OPTIONS)
    two, one = (weights.load_network(tmp_path / name / "part-net" / weights.NETWORK) for name in ("plain", "alone"))
    assert all(torch.allclose(two[name], one[name], atol=1e-6) for name in one)


def test_low_precision_is_close_to_full_precision_on_the_cpu(tmp_path: Path) -> None:
    full, low = trained(tmp_path / "full"), trained(tmp_path / "low", precision="bf16-mixed")
    assert all(t.dtype == torch.float32 for t in low.values() if t.is_floating_point())
    assert any(not torch.equal(full[name], low[name]) for name in full)
    assert all(
        torch.allclose(full[name].float(), low[name].float(), atol=0.15) for name in full if "running" not in name
    )


def test_a_precision_that_the_cpu_lacks_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="16-mixed needs a GPU; on the CPU choose bf16-mixed or 32-true"):
        trained(tmp_path / "run", precision="16-mixed")
    assert not (tmp_path / "run").exists()


def test_a_precision_of_one_part_is_checked_as_well(tmp_path: Path) -> None:
    system = tiny.system(replace(tiny.PART, fit=replace(tiny.FIT, precision="16-mixed")), tiny.SECOND)
    with pytest.raises(RequestError, match="needs a GPU"):
        engine.train(system, tiny.cohort(40), tmp_path / "run", options=pair.OPTIONS)


def test_an_unknown_precision_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="'64' is unknown; it may be 32-true, bf16-mixed, 16-mixed"):
        trained(tmp_path / "run", precision="64")


def test_a_compiled_network_ends_in_the_same_weights_and_predicts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    compiled = partial(torch.compile, backend="eager")
    monkeypatch.setattr(torch, "compile", lambda network, **_: (seen.append(network), compiled(network))[1])
    fast, plain = trained(tmp_path / "fast", compile=True), trained(tmp_path / "plain")
    assert seen
    assert list(fast) == list(plain)
    assert all(torch.allclose(fast[name], plain[name], atol=1e-6) for name in plain)
    assert engine.evaluate(tmp_path / "fast", tiny.cohort(40), device="cpu", system=tiny.system())


def test_without_a_compiler_compiling_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RequestError, match=r"takes a C\+\+ compiler"):
        trained(tmp_path / "run", compile=True)
    monkeypatch.setenv("CXX", "g++")
    Machine(device="cpu", compile=True).check("32-true")


@pytest.mark.parametrize("name", ["cuda:99", "quantum", "cuda:x"])
def test_a_device_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(RequestError, match=r"is not in this machine|is unknown"):
        machine.device(name)


def test_devices_by_name() -> None:
    assert machine.device("cpu") == torch.device("cpu")
    assert machine.device("auto").type in ("cpu", "cuda")
    assert Machine(device="cpu").torch_device.type == "cpu"
    assert 1 <= machine.cores() <= (os.cpu_count() or 1)


def test_one_process_is_first_and_waits_for_nobody() -> None:
    alone = Machine(device="cpu")
    assert alone.first
    assert not machine.helping()
    alone.barrier()
    assert alone.fabric("32-true") is alone.fabric("32-true")
    assert alone.fabric("32-true").world_size == 1


def test_a_lost_process_is_told_from_a_fault() -> None:
    gone = RuntimeError("[gloo/transport/tcp/pair.cc:547] Connection closed by peer [::1]:2993")
    assert machine.lost(gone, devices=2)
    assert not machine.lost(gone, devices=1)
    assert not machine.lost(RuntimeError("mat1 and mat2 shapes cannot be multiplied"), devices=2)


def test_a_training_that_lost_a_process_can_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object, **__: object) -> None:
        raise RuntimeError("gloo: Connection closed by peer")

    monkeypatch.setattr("osteon.engine.stack.fit_all", gone)
    monkeypatch.setattr(Machine, "first", True)
    monkeypatch.setattr(Machine, "barrier", lambda _: None)
    with pytest.raises(ResumableError, match="A process of the training was lost; run the same command again"):
        trained(tmp_path / "run", devices=2)
    with pytest.raises(RuntimeError, match="gloo"):
        trained(tmp_path / "alone")


class Asking(torch.nn.Module):
    def forward(self, image: torch.Tensor, *, present: dict) -> dict:
        return {"seen": torch.stack([image.sum(), *(p.sum() for p in present.values())])}


@pytest.mark.parametrize("wrap", [lambda n: n, partial(torch.compile, backend="eager")], ids=["plain", "compiled"])
def test_presence_is_given_to_networks_that_ask(wrap) -> None:
    batch = Batch(
        inputs={"image": torch.ones(2, 3)}, targets={}, present={"image": torch.tensor([True, False])}, samples=()
    )
    assert machine.forward(wrap(Asking()), batch)["seen"].tolist() == [6, 1]
    with torch.inference_mode():
        shapes = machine.forward(wrap(pair.Plain()), replace(batch, inputs={"image": torch.ones(2, 1, 8, 8)}))
    assert shapes["logits"].shape == (2, 2)


def test_outputs_come_back_in_full_precision() -> None:
    low = {"logits": torch.ones(2, dtype=torch.bfloat16), "count": torch.ones(2, dtype=torch.int64)}
    assert {name: t.dtype for name, t in machine.as_float32(low).items()} == {
        "logits": torch.float32, "count": torch.int64,
    }  # fmt: skip


def test_convolutions_lie_channels_last_and_compute_the_same() -> None:
    network, image = tiny.Net().eval(), torch.randn(2, 1, 8, 8)
    before = network(image)["logits"].detach().numpy()
    assert machine.channels_last(network) is network
    assert np.allclose(network(image)["logits"].detach().numpy(), before, atol=1e-6)
    linear = pair.Plain()
    assert machine.channels_last(linear) is linear
