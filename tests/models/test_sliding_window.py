"""Blended windows: what MONAI makes of the same windows, whatever the sizes; labels are those of whole logits."""

import itertools
from contextlib import contextmanager

import pytest
import torch
from torch import nn

from osteon.errors import RequestError
from osteon.models import sliding_window
from osteon.models.sliding_window import Windows, _finished, _Rows, label_map, logits


@pytest.fixture
def network():
    """Return a small network that sees its window's edges."""
    torch.manual_seed(3)
    return nn.Sequential(nn.Conv3d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv3d(4, 5, 3, padding=1)).eval()


def monai(volume, network, windows):
    """Return MONAI's logits (classes, ...)."""
    inferers = pytest.importorskip("monai.inferers", reason="MONAI judges: pip install monai")
    with torch.inference_mode():
        return inferers.sliding_window_inference(
            volume[None], windows.size, windows.batch, network, overlap=windows.overlap, mode=windows.blend,
            sigma_scale=windows.sigma,
        )[0]  # fmt: skip


@pytest.mark.parametrize("blend", ["constant", "gaussian"])
@pytest.mark.parametrize(
    ("shape", "size", "overlap"),
    [
        ((20, 24, 28), (8, 8, 8), 0.5),
        ((20, 23, 29), (8, 10, 12), 0.25),
        ((9, 30, 17), (8, 8, 16), 0.7),  # windows that three or more of a row share
        ((16, 16, 16), (8, 8, 8), 0.0),
        ((8, 8, 8), (8, 8, 8), 0.5),
        ((6, 20, 7), (8, 8, 10), 0.5),  # smaller than a window
    ],
)
def test_logits_are_those_of_monai(rng, network, blend, shape, size, overlap):
    volume = torch.from_numpy(rng.normal(0, 1, (1, *shape))).float()
    windows = Windows(size=size, overlap=overlap, blend=blend)
    found = logits(volume, network, windows=windows)
    assert found.shape == (5, *shape)
    assert torch.allclose(found, monai(volume, network, windows), atol=1e-5)


def test_pictures_and_batches_are_the_same(rng):
    torch.manual_seed(1)
    network = nn.Conv2d(2, 3, 5, padding=2).eval()
    picture = torch.from_numpy(rng.normal(0, 1, (2, 40, 51))).float()
    windows = Windows(size=(16, 16), overlap=0.4)
    found = logits(picture, network, windows=windows)
    assert torch.allclose(found, monai(picture, network, windows), atol=1e-5)
    batched = logits(picture, network, windows=Windows(size=(16, 16), overlap=0.4, batch=3))
    assert torch.allclose(found, batched, atol=1e-5)


@pytest.mark.parametrize("shape", [(20, 24, 28), (6, 20, 7)])
def test_labels_are_the_largest_logits(rng, network, shape):
    volume = torch.from_numpy(rng.normal(0, 1, (1, *shape))).float()
    windows = Windows(size=(8, 8, 10), overlap=0.4)
    found = label_map(volume, network, windows=windows)
    assert found.dtype == torch.uint8
    assert torch.equal(found.long(), logits(volume, network, windows=windows).argmax(0))


def test_labels_can_be_decided_otherwise(rng, network):
    volume = torch.from_numpy(rng.normal(0, 1, (1, 20, 20, 20))).float()
    windows = Windows(size=(8, 8, 8))
    found = label_map(volume, network, windows=windows, decide=lambda x: x[2] > 0.1)
    assert torch.equal(found.bool(), logits(volume, network, windows=windows)[2] > 0.1)
    assert 0 < found.float().mean() < 1


def test_many_classes_need_more_than_a_byte(rng):
    volume = torch.from_numpy(rng.normal(0, 1, (1, 8, 8))).float()
    network = nn.Conv2d(1, 300, 1).eval()
    nn.init.zeros_(network.weight)
    with torch.no_grad():
        network.bias[290] += 100.0
    assert label_map(volume, network, windows=Windows(size=(4, 4))).unique().tolist() == [290]


def test_a_constant_network_gives_a_constant_everywhere():
    volume = torch.zeros(1, 13, 21, 17)
    for overlap in (0.0, 0.3, 0.5, 0.8):
        found = logits(volume, lambda x: x + 2.5, windows=Windows(size=(8, 8, 8), overlap=overlap))
        assert torch.allclose(found, torch.full_like(found, 2.5), atol=1e-6)


def test_windows_begin_where_they_must():
    assert Windows(size=(8,), overlap=0.5).starts((20,)) == [[0, 4, 8, 12]]
    assert Windows(size=(8,), overlap=0.5).starts((21,)) == [[0, 4, 8, 12, 13]]
    assert Windows(size=(8,), overlap=0.0).starts((8,)) == [[0]]


def test_weights_fall_from_the_middle_and_never_to_nothing():
    weights = Windows(size=(16, 16)).weights()
    assert weights.max() == weights[7, 7] == weights[8, 8]
    assert weights.min() == pytest.approx(1e-3)
    assert (Windows(size=(4, 5), blend="constant").weights() == 1).all()


class Seen(nn.Module):
    """Counts the values that are alive in tensors it made."""

    def forward(self, window):
        return window.expand(-1, 32, -1, -1, -1).clone()


def test_no_piece_is_larger_than_a_strip(monkeypatch):
    """The largest tensors made are a strip and what is carried between slabs, a small part of the logits."""
    largest = []
    plain = torch.Tensor.new_empty
    monkeypatch.setattr(
        torch.Tensor, "new_empty", lambda self, *shape: largest.append(torch.Size(shape).numel()) or plain(self, *shape)
    )
    label_map(torch.zeros(1, 96, 32, 32), Seen(), windows=Windows(size=(16, 16, 16), overlap=0.25))
    assert max(largest) <= 32 * 96 * 32 * 32 / 10


@pytest.mark.parametrize("wrong", [{"size": (8, 8)}, {"size": (0, 8, 8)}, {"overlap": 1.0}, {"batch": 0}])
def test_windows_that_cannot_be_meant_are_refused(network, wrong):
    with pytest.raises(RequestError, match="overlap"):
        label_map(torch.zeros(1, 9, 9, 9), network, windows=Windows(**({"size": (8, 8, 8)} | wrong)))


def test_a_network_that_shrinks_is_refused():
    with pytest.raises(RequestError, match="keeps the size"):
        logits(torch.zeros(1, 9, 9, 9), nn.MaxPool3d(2), windows=Windows(size=(8, 8, 8)))


@pytest.mark.parametrize(("shape", "overlap"), [((20, 23, 29), 0.25), ((9, 30, 17), 0.7), ((8, 8, 8), 0.5)])
def test_shares_of_all_windows_add_up_to_one_everywhere(shape, overlap):
    windows = Windows(size=(8, 8, 8), overlap=overlap)
    rows = _Rows(torch.zeros(1, *shape), nn.Identity(), windows)
    total = torch.zeros(shape)
    for corner in itertools.product(*rows.starts[:-1]):
        for start, _, share in rows.outputs(corner):
            total[tuple(slice(at, at + 8) for at in (*corner, start))] += share
    assert torch.allclose(total, torch.ones(shape), atol=1e-6)


def test_windows_with_the_same_neighbours_share_their_shares():
    rows = _Rows(torch.zeros(1, 40, 40), nn.Identity(), Windows(size=(8, 8)))
    shares = {id(share) for at in rows.starts[0] for _, _, share in rows.outputs((at,))}
    assert len(rows.starts[0]) == 9
    assert len(shares) == rows.share.cache_info().misses == 9  # first, inner and last along two axes


@pytest.mark.parametrize(("shape", "overlap"), [((20, 23, 29), 0.25), ((9, 30, 17), 0.7), ((6, 20, 7), 0.5)])
def test_pieces_on_a_device_are_what_is_added_whole(rng, network, shape, overlap):
    """Blended piece by piece, as on a GPU, whose logits leave it once."""
    volume = torch.from_numpy(rng.normal(0, 1, (1, *shape))).float()
    windows = Windows(size=(6, 8, 7), overlap=overlap)
    whole = logits(volume, network, windows=windows)
    pieces = torch.full_like(whole, torch.nan)
    with torch.inference_mode():
        for place, piece in _finished(_Rows(volume, network, windows)):
            pieces[(slice(None), *place)] = piece
    assert torch.allclose(pieces, whole, atol=1e-6)


def test_half_precision_is_blended_in_single(network):
    volume = torch.rand(1, 12, 12, 12, generator=torch.Generator().manual_seed(0))
    windows = Windows(size=(8, 8, 8))
    found = logits(volume, lambda window: network(window).half(), windows=windows)
    assert found.dtype == torch.float32
    assert torch.allclose(found, logits(volume, network, windows=windows), atol=1e-3)


def test_sums_along_the_last_axes_are_kept():
    rows = _Rows(torch.zeros(1, 40, 40, 40), nn.Identity(), Windows(size=(8, 8, 8)))
    for corner in itertools.product(*rows.starts[:-1]):
        assert len(list(rows.outputs(corner))) == 9
    assert rows.share.cache_info().misses == 27
    assert rows.summed.cache_info().misses == 1 + 3 + 9


@pytest.mark.parametrize(("made", "expected"), [(logits, ["in", "out"]), (label_map, [])])
def test_memory_is_kept_for_whole_logits_and_not_where_little_is_wanted(monkeypatch, made, expected):
    inside = []

    @contextmanager
    def kept():
        inside.append("in")
        yield
        inside.append("out")

    def network(window):
        assert inside == expected[:1]
        return window

    monkeypatch.setattr(sliding_window, "kept_memory", kept)
    made(torch.zeros(1, 8, 8), network, windows=Windows(size=(8, 8)))
    assert inside == expected
