"""Resizing equals torchvision's, keeps the mean, and comes back for a smooth map."""

import numpy as np
import torch
from scipy import ndimage
from torchvision.transforms import functional

from osteon.transforms import resize


def test_as_torchvision(rng):
    image = rng.random((3, 50, 31)).astype(np.float32)
    ours = resize.apply(image, resize.draw(image.shape, to=(20, 64)))
    theirs = functional.resize(torch.from_numpy(image), [20, 64], antialias=True).numpy()
    assert np.allclose(ours, theirs, atol=1e-6)


def test_undo_of_a_smooth_map(rng):
    image = ndimage.gaussian_filter(rng.random((64, 48)), 6).astype(np.float32)
    step = resize.draw(image.shape, to=(128, 128))
    assert np.abs(resize.undo(resize.apply(image, step), step) - image).max() < 0.01


def test_a_map_of_any_size_comes_back_to_the_image():
    step = resize.draw((40, 60), to=(224, 224))
    assert resize.undo(np.ones((7, 7), dtype=np.float32), step).shape == (40, 60)
