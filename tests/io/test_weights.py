"""Weights are written and read back; anything that could run code is refused by its content."""

import io
import json
import pickle
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from sklearn.base import clone
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from osteon import weights as packaged
from osteon.errors import WeightsError
from osteon.io import weights


@pytest.fixture
def state():
    torch.manual_seed(0)
    shared = torch.randn(3, 4)
    return {
        "a": shared, "tied": shared, "turned": torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last),
        "count": torch.tensor(7), "flag": torch.tensor([True, False]),
    }  # fmt: skip


def test_a_network_comes_back_and_other_programs_read_it(tmp_path, state):
    path = tmp_path / "weights.safetensors"
    sha = weights.save_network(path, state)
    assert sha == weights.sha256(path)
    for found in (weights.load_network(path), load_file(path)):
        assert found.keys() == state.keys()
        assert all(torch.equal(found[n], state[n]) and found[n].dtype == state[n].dtype for n in state)


def test_the_same_state_gives_the_same_bytes(tmp_path, state):
    one, other = weights.save_network(tmp_path / "1", state), weights.save_network(tmp_path / "2", dict(state))
    assert one == other


def test_half_precision_halves_the_file_and_loads_as_float32(tmp_path, state):
    big = {"w": torch.randn(1000)}
    weights.save_network(tmp_path / "full", big)
    weights.save_network(tmp_path / "half", big, half=True)
    assert (tmp_path / "half").stat().st_size < 0.55 * (tmp_path / "full").stat().st_size
    found = weights.load_network(tmp_path / "half")["w"]
    assert found.dtype == torch.float32
    assert torch.equal(found, big["w"].half().float())
    with pytest.raises(WeightsError, match="'w' has values above 65504"):
        weights.save_network(tmp_path / "over", {"w": torch.tensor([1e6])}, half=True)


ESTIMATORS = [
    LogisticRegression(), RandomForestClassifier(5, random_state=0), make_pipeline(StandardScaler(), SVC()),
    GradientBoostingClassifier(n_estimators=3, random_state=0), KNeighborsClassifier(3),
]  # fmt: skip


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_an_estimator_comes_back_and_its_bytes_depend_on_it_alone(tmp_path, rng, estimator):
    x, y = rng.normal(size=(40, 4)), np.arange(40) % 2
    estimator = clone(estimator).fit(x, y)
    sha = weights.save_estimator(tmp_path / "weights.skops", estimator)
    found = weights.load_estimator(tmp_path / "weights.skops")
    np.testing.assert_array_equal(found.predict(x), estimator.predict(x))
    assert weights.save_estimator(tmp_path / "third", clone(estimator).fit(x.copy(), y.copy())) == sha


def test_a_type_that_is_not_listed_is_refused_on_writing(tmp_path, rng):
    x = rng.normal(size=(9, 2))
    estimator = make_pipeline(FunctionTransformer(np.exp), LogisticRegression()).fit(x, [0, 1, 0] * 3)
    with pytest.raises(WeightsError, match="FunctionTransformer"):
        weights.save_estimator(tmp_path / "weights.skops", estimator)
    assert not (tmp_path / "weights.skops").exists()


def _skops(node, **files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("schema.json", json.dumps({"protocol": 2, "_skops_version": "0.16.0", **node}))
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


SYSTEM = {"module_path": "os", "function": "system"}
HOSTILE = {
    "a type not listed": _skops({"__class__": "system", "__module__": "os", "__loader__": "FunctionNode"}),
    "a function under a listed name": _skops(
        {"__class__": "str", "__module__": "builtins", "__loader__": "FunctionNode", "content": SYSTEM}
    ),
    "a node without a class": _skops({"__loader__": "FunctionNode", "content": SYSTEM}),
    "a schema that is no JSON": b"PK\x05\x06" + b"\0" * 18,
}  # fmt: skip


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_skops_file_is_refused(tmp_path, data):
    path = tmp_path / "weights.skops"
    path.write_bytes(data)
    with pytest.raises(WeightsError, match=r"^weights\.skops: "):
        weights.load_estimator(path)


class Boom:
    def __reduce__(self):
        return pytest.fail, ("unpickled",)


def _torch(value):
    out = io.BytesIO()
    torch.save(value, out)
    return out.getvalue()


REFUSED = {
    "a pickle": pickle.dumps(Boom()), "an old pickle": pickle.dumps(Boom(), protocol=0),
    "a pytorch file": _torch({"a": torch.ones(2)}), "nothing": b"", "noise": b"\x13\x37" * 40,
    "a picture": b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "a zip": _skops({})[:-40] + b"\0" * 40,
    "cut short": weights.tensor_bytes({"a": torch.ones(100)})[:-9],
    "a header beyond the end": (2**60).to_bytes(8, "little") + b"{}",
}  # fmt: skip


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("load", [weights.load_network, weights.load_estimator])
def test_anything_else_is_refused_by_its_content_whatever_its_name(tmp_path, data, load):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(data)
    with pytest.raises(WeightsError, match=r"^weights\.safetensors: "):
        load(path)


def test_a_file_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(WeightsError, match="is not there or cannot be read"):
        weights.load_network(tmp_path / "weights.safetensors")


def test_packaged_weights_that_are_not_there_are_named():
    with pytest.raises(WeightsError, match="No weights are packaged for 'nix'"):
        packaged.folder("nix")
    assert all((packaged.folder(name) / "run.json").is_file() for name in packaged.names())
