"""Small cohorts on disk and in memory."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from osteon import cohorts
from osteon.types import Cohort, Record, Study, Truth


@pytest.fixture(autouse=True, scope="session")
def key(tmp_path_factory) -> Path:
    """Use a key of the tests' own, never the user's."""
    path = tmp_path_factory.mktemp("key") / "key"
    before = os.environ.get("OSTEON_KEY")
    os.environ["OSTEON_KEY"] = str(path)
    yield path
    if before is None:
        del os.environ["OSTEON_KEY"]
    else:
        os.environ["OSTEON_KEY"] = before


class Folder:
    """A cohort's folder in the making."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def table(self, name: str, rows: list[dict]) -> None:
        columns = list(dict.fromkeys(c for row in rows for c in row))
        with (self.root / name).open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, columns)
            writer.writeheader()
            writer.writerows(rows)

    def picture(self, name: str, pixels: np.ndarray) -> str:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Pillow.fromarray(np.asarray(pixels, dtype=np.uint8)).save(path)
        return name

    def noise(self, name: str, seed: int, shape=(40, 32)) -> str:
        """Write a smooth random picture: unlike any other, and not flat."""
        rng = np.random.default_rng(seed)
        coarse = rng.integers(0, 255, (shape[0] // 8, shape[1] // 8))
        fine = np.kron(coarse, np.ones((8, 8))) + rng.integers(0, 9, shape)
        return self.picture(name, np.clip(fine, 0, 255))


@pytest.fixture
def folder(tmp_path) -> Folder:
    root = tmp_path / "cohort"
    root.mkdir()
    return Folder(root)


@pytest.fixture
def films(folder) -> Folder:
    """Return a folder of twelve films of twelve patients, benign and malignant by turns."""
    rows = [
        {
            "patient": f"id-{n:03d}",
            "path": folder.noise(f"films/{n * 37 % 101}.png", n),
            "label": ("benign", "malignant")[n % 2],
        }
        for n in range(12)
    ]
    folder.table("cohort.csv", rows)
    return folder


def _made(labels: dict[str, list[str]], *, sites: dict[str, str] | None = None) -> Cohort:
    """Return a cohort without files: for each patient, the labels of their studies."""
    studies = tuple(
        Study(
            name=f"{patient}/{n}",
            patient=patient,
            site=(sites or {}).get(patient),
            data={"clinical": Record(values={"age_years": float(n)})},
            truth=Truth(labels={"label": word}),
        )
        for patient, words in labels.items()
        for n, word in enumerate(words)
    )
    return Cohort(name="made", studies=studies)


@pytest.fixture(scope="session")
def made():
    """Return a maker of cohorts without files, for properties of splits."""
    return _made


@pytest.fixture(scope="session")
def btxrd_set(data_dir, key) -> Cohort:
    """Return the real radiographs, opened once."""
    return cohorts.load(data_dir / "btxrd")
