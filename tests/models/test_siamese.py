"""The network of two exams: shared weights, what changed, and that it can learn a change."""

import torch
from torch.nn import functional

from osteon.models.siamese import Siamese


def test_shapes_and_size():
    network = Siamese(classes=3, channels=1, widths=(4, 8)).eval()
    out = network(torch.rand(2, 1, 32, 24), torch.rand(2, 1, 32, 24))
    assert out["logits"].shape == (2, 3)
    assert out["features"].shape == (2, 16)
    assert 100_000 < sum(p.numel() for p in Siamese().parameters()) < 250_000


def test_the_encoder_is_shared():
    """Exchanging the exams turns the sign of what changed."""
    torch.manual_seed(0)
    network, pre, post = Siamese(widths=(4, 8)).eval(), torch.rand(2, 3, 32, 32), torch.rand(2, 3, 32, 32)
    one, other = network(pre, post)["features"], network(post, pre)["features"]
    assert torch.allclose(one[:, 8:], -other[:, 8:], atol=1e-5)
    assert torch.allclose(one[:, :8] + one[:, 8:], other[:, :8], atol=1e-5)


def test_two_equal_exams_have_no_change():
    network, image = Siamese(widths=(4, 8)).eval(), torch.rand(2, 3, 32, 32)
    assert torch.allclose(network(image, image)["features"][:, 8:], torch.zeros(2, 8), atol=1e-6)


def test_a_change_can_be_learnt_that_neither_exam_shows():
    """Each exam is bright or dark by chance; only whether it faded tells the class."""
    torch.manual_seed(0)
    network = Siamese(channels=1, widths=(4, 8), dropout=0.0)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)

    def draw():
        start, faded = torch.rand(32) + 0.5, torch.randint(0, 2, (32,))
        end = start + 0.4 - 0.8 * faded
        exams = [level[:, None, None, None] * torch.ones(32, 1, 16, 16) for level in (start, end)]
        return [exam + 0.05 * torch.rand_like(exam) for exam in exams], faded

    for _ in range(60):
        (pre, post), faded = draw()
        loss = functional.cross_entropy(network(pre, post)["logits"], faded)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    (pre, post), faded = draw()
    assert float((network(pre, post)["logits"].argmax(dim=1) == faded).float().mean()) > 0.9
