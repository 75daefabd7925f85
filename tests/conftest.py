"""What tests share: where the real data lie, and a generator."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

# A busy machine is slow to draw and to test; that says nothing about the code.
# The same cases are tried every time, so that a change is judged and not the draw; OSTEON_FUZZ=1 draws new ones.
settings.register_profile(
    "osteon", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="OSTEON_FUZZ" not in os.environ
)
settings.load_profile("osteon")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Return the folder of real data; skip with a reason where it is absent, fail in CI."""
    path = Path(os.environ.get("OSTEON_DATA", ROOT.parent / "shared" / "data"))
    if not path.is_dir():
        reason = "real data not found: set OSTEON_DATA to their folder"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@pytest.fixture
def rng() -> np.random.Generator:
    """Return a generator with a fixed seed."""
    return np.random.default_rng(20220812)
