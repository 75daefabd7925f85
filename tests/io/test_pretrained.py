"""Named pre-trainings: found, or an error that says what to do instead."""

import socket

import pytest
import torch

from osteon.errors import WeightsError
from osteon.io import pretrained, weights


@pytest.fixture
def offline(monkeypatch, tmp_path):
    def refuse(*args, **more):
        raise socket.gaierror(-2, "Name or service not known")

    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *a, **k: None)


def test_lite0_is_the_packaged_file():
    state = pretrained.load("imagenet-lite0")
    assert len(state) == 296
    assert sum(t.numel() for t in state.values() if t.is_floating_point()) > 4.6e6


def test_a_changed_package_file_is_refused(monkeypatch):
    monkeypatch.setattr(pretrained, "LITE0_SHA256", "0" * 64)
    with pytest.raises(WeightsError, match=r"sha256.*--from-scratch"):
        pretrained.load("imagenet-lite0")


@pytest.mark.parametrize("name", ["imagenet-densenet161", "imagenet-nothing", "nothing", "lost.safetensors"])
def test_what_cannot_be_had_says_what_to_do(offline, monkeypatch, name):
    monkeypatch.delenv(pretrained.FOLDER, raising=False)
    with pytest.raises(WeightsError) as caught:
        pretrained.load(name)
    if name.startswith("imagenet"):
        assert "--from-scratch" in str(caught.value)
        assert f"{name}.safetensors" in str(caught.value)
        assert pretrained.FOLDER in str(caught.value)


def test_a_folder_of_ones_own_and_a_path_are_read(tmp_path, monkeypatch, offline):
    weights.save_network(tmp_path / "imagenet-densenet161.safetensors", {"a": torch.ones(2)})
    monkeypatch.setenv(pretrained.FOLDER, str(tmp_path))
    assert pretrained.load("imagenet-densenet161").keys() == {"a"}
    assert pretrained.load(str(tmp_path / "imagenet-densenet161.safetensors")).keys() == {"a"}
